package storage

import (
	"time"

	"github.com/steelengine/steelgate/authz"
)

// Digest is the keyed hash of a secret, by which it is found.
type Digest = [32]byte

// Key is a key's record with what stands in its secret's stead.
type Key struct {
	authz.APIKey
	Digest Digest
	// PepperVersion is the keyring version that Digest and Sealed were made under.
	PepperVersion uint32
	// Sealed is the secret, encrypted to the key's id and owner.
	Sealed []byte
}

// Token is a service token's record with what stands in its secret's stead.
type Token struct {
	authz.ServiceToken
	Digest Digest
	// PepperVersion is the keyring version that Digest and Sealed were made under.
	PepperVersion uint32
	// Sealed is the secret, encrypted to the token's id.
	Sealed []byte
}

// VersionCount is how many records stand that were made under a version of the keyring.
type VersionCount struct {
	Version      uint32
	Keys, Tokens int
}

// Kind says what kind of record a change is about.
type Kind string

// The kinds of records.
const (
	UserKind               Kind = "user"
	OrganizationKind       Kind = "organization"
	OrganizationMemberKind Kind = "organization_member"
	WorkspaceKind          Kind = "workspace"
	WorkspaceMemberKind    Kind = "workspace_member"
	ResourceKind           Kind = "resource"
	KeyKind                Kind = "key"
	TokenKind              Kind = "token"
	// ImportKind is an import that is done: no record, but a moment.
	ImportKind Kind = "import"
	// PolicyKind is a revision of the policy that was published, PolicyCandidateKind one that began or ended to run beside it.
	PolicyKind          Kind = "policy"
	PolicyCandidateKind Kind = "policy_candidate"
	// SessionKind and IdentityKind are no part of the world, and never in the change log: the audit names them.
	SessionKind  Kind = "session"
	IdentityKind Kind = "identity"
)

// Change is one entry of the change log: the record that Kind, A and B name was put or deleted at Revision. What it is
// now, the reader looks up. A is its id, or the organization or workspace of a member, or the type of a resource; B is
// the user of a member, or the id of a resource, and else "".
type Change struct {
	Revision uint64
	Kind     Kind
	A, B     string
}

// KeyStatus is a key's state as people speak of it.
type KeyStatus string

// The statuses, of which a key has exactly one, the first that holds: revoked, replaced (by a rotation and not yet
// ended), expired, disabled, active.
const (
	RevokedStatus  KeyStatus = "revoked"
	ReplacedStatus KeyStatus = "replaced"
	ExpiredStatus  KeyStatus = "expired"
	DisabledStatus KeyStatus = "disabled"
	ActiveStatus   KeyStatus = "active"
)

// KeyStatuses are all statuses.
var KeyStatuses = []KeyStatus{ActiveStatus, DisabledStatus, ExpiredStatus, ReplacedStatus, RevokedStatus}

// KeyFilter narrows a list of keys. Its zero fields narrow nothing.
type KeyFilter struct {
	Owner authz.Owner
	// Status is judged at Now.
	Status KeyStatus
	Now    time.Time
	// Query is found anywhere in a key's name, id or hint, ignoring case.
	Query string
	// ExpiresBefore finds the keys that expire, and before that moment.
	ExpiresBefore time.Time
	// UnusedSince finds the keys that were made before that moment, and not used from it on.
	UnusedSince time.Time
	// After is the position that the page starts behind: newest first, by CreatedAt and then ID descending.
	After *KeyPosition
	// Limit is the greatest length of the page, 1 or more.
	Limit int
}

// KeyPosition is a key's place in a list, which does not move while keys are added.
type KeyPosition struct {
	CreatedAt time.Time
	ID        string
}

// Target is what a grant or a narrowed scope names: a workspace, or a workflow. Exactly one is set.
type Target struct {
	WorkspaceID, WorkflowID string
}
