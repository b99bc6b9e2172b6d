package storage

import (
	"context"

	"github.com/steelengine/steelgate/authz"
)

// Store is a database. Its methods may be called from many goroutines.
type Store interface {
	// View runs read in one read-only transaction: everything that it reads is of one revision.
	View(ctx context.Context, read func(Reader) error) error
	// Update runs write in one transaction, and answers the revision that it made once that is durable. Updates are
	// one after the other on every backend, and their revisions follow each other without a gap: what a reader has
	// seen up to one is all that there will ever be. Where write fails, or changes nothing, nothing happens; in the
	// latter case the answer is the revision that stands. Write must use nothing but its Tx.
	Update(ctx context.Context, write func(Tx) error) (revision uint64, err error)
	// Imports is where an import is staged before it is applied.
	Imports() Imports
	// Touch notes when keys, tokens and sessions were last used. It moves times forward alone, is no change of the world,
	// and passes over what is gone.
	Touch(ctx context.Context, used Used) error
	// PutReplica notes that a server runs, and how it is, and RemoveReplica that it does not any more: it need not have been noted.
	// Neither is a change of the world, nor waits for an Update where the database lets several write.
	PutReplica(ctx context.Context, replica Replica) error
	RemoveReplica(ctx context.Context, id string) error
	// Forget removes what nothing asks for any more.
	Forget(ctx context.Context, expired Expiry) error
	// Prune forgets changes up to and including the revision.
	Prune(ctx context.Context, through uint64) error
	Close() error
}

// Reader reads at one revision. A single record that is not there is ErrNotFound.
type Reader interface {
	Log
	World
	Directory
	Keys
	Tokens
	Audit
	SignIns
	Policies
	Replicas
	// ImportApplying tells whether an import is being applied: what it has applied is no world yet.
	ImportApplying() (bool, error)
	// ImportEnded is the revision by which an import is in force, or ErrNotFound where it is not, or was not for so long that
	// the change log has forgotten.
	ImportEnded(id string) (uint64, error)
	// Request is the one that an actor sent under a key of its own, or ErrNotFound.
	Request(actor, key string) (Request, error)
	// Meta is the value under a name of the store's own notes (the keyring's check value), or ErrNotFound.
	Meta(name string) (string, error)
	// CountByVersion counts keys, revoked ones too, and tokens by the keyring version that they were made under, in order.
	CountByVersion() ([]VersionCount, error)
	// ImportStands tells whether an import is staged or being applied.
	ImportStands() (bool, error)
}

// Log is the change log.
type Log interface {
	// Revision is that of the latest Update that changed something; 0 in a new database.
	Revision() (uint64, error)
	// Changes are those after the revision, in their order, at most limit but never part of a revision only; or
	// ErrChangesPruned.
	Changes(after uint64, limit int) ([]Change, error)
}

// World streams every record, for a full load, in no order that matters. It stops at visit's first error, and answers it.
// What visit is given is its own to keep. It must not read meanwhile.
type World interface {
	EachUser(visit func(authz.User) error) error
	EachOrganization(visit func(authz.Organization) error) error
	EachOrganizationMember(visit func(authz.OrganizationMember) error) error
	EachWorkspace(visit func(authz.Workspace) error) error
	EachWorkspaceMember(visit func(authz.WorkspaceMember) error) error
	EachResource(visit func(authz.Resource) error) error
	// EachKey leaves Sealed, Hint, CreatedBy, CreatedAt, LastUsedAt, RevokedBy, ReplacedBy and Replaces out: no decision needs
	// them. RevokedAt is set where the key is revoked.
	EachKey(visit func(Key) error) error
	EachToken(visit func(Token) error) error
}

// Directory reads the world that SteelEngine keeps here.
type Directory interface {
	User(id string) (authz.User, error)
	Organization(id string) (authz.Organization, error)
	OrganizationMember(organizationID, userID string) (authz.OrganizationMember, error)
	Workspace(id string) (authz.Workspace, error)
	WorkspaceMember(workspaceID, userID string) (authz.WorkspaceMember, error)
	Resource(resourceType, id string) (authz.Resource, error)

	// WorkspacesOwnedBy and WorkspacesOf are the ids of the workspaces of a user, or in an organization, in order.
	WorkspacesOwnedBy(userID string) ([]string, error)
	WorkspacesOf(organizationID string) ([]string, error)
	// ResourcesIn are the resources of a workspace; a resourceType other than "" narrows them.
	ResourcesIn(workspaceID, resourceType string) ([]authz.Resource, error)
	// ResourceIDsIn are the ids of a workspace's resources of one type, in order, at most limit.
	ResourceIDsIn(workspaceID, resourceType string, limit int) ([]string, error)
	// ListWorkspaces, ListOrganizations and ListResources are one page each, ordered by names, and whether more follow.
	ListWorkspaces(filter WorkspaceFilter) (page []ListedWorkspace, more bool, err error)
	ListOrganizations(filter OrganizationFilter) (page []authz.Organization, more bool, err error)
	ListResources(filter ResourceFilter) (page []authz.Resource, more bool, err error)
	OrganizationMembers(organizationID string) ([]authz.OrganizationMember, error)
	WorkspaceMembers(workspaceID string) ([]authz.WorkspaceMember, error)
	// OrganizationsWith and WorkspacesWith are the memberships of a user.
	OrganizationsWith(userID string) ([]authz.OrganizationMember, error)
	WorkspacesWith(userID string) ([]authz.WorkspaceMember, error)
}

// Keys reads keys.
type Keys interface {
	Key(id string) (Key, error)
	KeyByDigest(digest Digest) (Key, error)
	// ListKeys is one page, newest first, and whether more follow.
	ListKeys(filter KeyFilter) (page []Key, more bool, err error)
	// KeysOf are an owner's keys that are not revoked.
	KeysOf(owner authz.Owner) ([]Key, error)
	// KeysTargeting are the keys, not revoked, with a grant on the target or narrowed to it.
	KeysTargeting(target Target) ([]Key, error)
	// KeysReaching are the organization keys, not revoked, with a grant on the workspace or on one of its workflows.
	KeysReaching(workspaceID string) ([]Key, error)
	// KeysUnder are up to limit keys, revoked ones too, that were made under a version of the keyring: in the order of their
	// ids, after one.
	KeysUnder(version uint32, after string, limit int) ([]Key, error)
	// KeyIDsAt are the ids of the keys, not revoked, that what happens to a workspace may concern: its own, those of its owner
	// and of its members, and those that KeysReaching has; in order, at most limit.
	KeyIDsAt(workspaceID string, limit int) ([]string, error)
}

// Tokens reads service tokens.
type Tokens interface {
	Token(id string) (Token, error)
	// ListTokens are all tokens, newest first.
	ListTokens() ([]Token, error)
}

// Tx reads what it has written, and writes. Every Put and Delete enters the change log by itself. A Put makes the record
// or replaces it whole, or fails with ErrUnstorable; a Delete of what is not there is ErrNotFound. No method cascades: what follows from a change is
// for the caller to know, and to do in the same Tx.
type Tx interface {
	Reader

	PutUser(authz.User) error
	DeleteUser(id string) error
	PutOrganization(authz.Organization) error
	DeleteOrganization(id string) error
	PutOrganizationMember(authz.OrganizationMember) error
	DeleteOrganizationMember(organizationID, userID string) error
	PutWorkspace(authz.Workspace) error
	DeleteWorkspace(id string) error
	PutWorkspaceMember(authz.WorkspaceMember) error
	DeleteWorkspaceMember(workspaceID, userID string) error
	PutResource(authz.Resource) error
	DeleteResource(resourceType, id string) error

	// PutKey fails with ErrSecretTaken or ErrNameTaken, after which the Tx may still be used. A key may name a target more
	// than once.
	PutKey(Key) error
	// PutToken fails with ErrSecretTaken, after which the Tx may still be used.
	PutToken(Token) error
	DeleteToken(id string) error

	SignInWriter
	PolicyWriter

	// AppendAudit writes the entry that follows LastAudit. It enters no change.
	AppendAudit(AuditEntry) error

	// PutRequest and ForgetRequestsOf enter no change.
	PutRequest(Request) error
	// ForgetRequestsOf forgets all of an actor's.
	ForgetRequestsOf(actor string) error

	// PutMeta enters no change: notes are no part of the world.
	PutMeta(name, value string) error

	// ImportDone ends the applying of an import, and enters that in the change log: from this revision on it is in force. It
	// is ErrNotFound where the import is not being applied.
	ImportDone(id string) error
	// ImportApplied notes that the import is applied from after one position through another, in the same transaction as
	// what it applied. It is ErrNotFound where the import no longer stands at the first: another process applied that.
	ImportApplied(id string, after, through StagedPosition) error
}
