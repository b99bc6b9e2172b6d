package explain

import (
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// Change is one fact of the world made another, as data and in words. Of the fields after By, those that the kind of change needs
// stand.
type Change struct {
	// Kind is one of the kinds below.
	Kind Kind `json:"change"`
	// By is who can make it.
	By             Hand             `json:"by"`
	KeyID          string           `json:"key_id,omitzero"`
	UserID         string           `json:"user_id,omitzero"`
	OrganizationID string           `json:"organization_id,omitzero"`
	WorkspaceID    string           `json:"workspace_id,omitzero"`
	WorkflowID     string           `json:"workflow_id,omitzero"`
	MCPServerID    string           `json:"mcp_server_id,omitzero"`
	Permission     authz.Permission `json:"permission,omitzero"`
	CIDR           string           `json:"cidr,omitzero"`
	ExpiresAt      *time.Time       `json:"expires_at,omitzero"`
	// Time is when the same request would be allowed, though nothing changes.
	Time  *time.Time `json:"time,omitzero"`
	Words string     `json:"words"`
}

// Kind is what is changed.
type Kind string

// The kinds, in the order in which they are answered: first what an admin of the key can do to the key alone, the smaller before
// the larger; then what an admin of the workspace can; then what whoever keeps the directory can; last, to wait.
const (
	// EnableKey has the key no longer disabled.
	EnableKey Kind = "enable_key"
	// ExtendKey moves expires_at past the moment of the request.
	ExtendKey Kind = "expiry"
	// RaiseGrant gives a grant that the key has on workspace_id or workflow_id the permission.
	RaiseGrant Kind = "grant_permission"
	// AddGrant gives the key a grant on workflow_id, or on workspace_id.
	AddGrant Kind = "grant"
	// WidenScope adds workflow_id to those that the key is narrowed to.
	WidenScope Kind = "scope"
	// AllowAddress adds cidr, the client's address, to the key's allow-list.
	AllowAddress Kind = "allowed_cidr"
	// LiftScope has the key no longer narrowed to workflows.
	LiftScope Kind = "scope_lifted"
	// LiftAllowList has the key no longer bound to addresses.
	LiftAllowList Kind = "allow_list_lifted"
	// PersonalKeys turns the personal-key switch of the workspace on.
	PersonalKeys Kind = "personal_keys"
	// Member makes the key's user a member of the workspace with the permission as role, or raises their role to it.
	Member Kind = "member"
	// ActivateUser has the key's user active again.
	ActivateUser Kind = "user_active"
	// Deploy deploys workflow_id or mcp_server_id.
	Deploy Kind = "deployed"
	// Unarchive has the workspace no longer archived.
	Unarchive Kind = "unarchived"
	// MoveWorkspace puts the workspace into the key's organization, by which it leaves the one where it is.
	MoveWorkspace Kind = "organization"
	// Wait changes nothing: at time the request is allowed.
	Wait Kind = "time"
)

// Hand is who can make a change.
type Hand string

// The hands.
const (
	KeyAdmin       Hand = "key_admin"
	WorkspaceAdmin Hand = "workspace_admin"
	Directory      Hand = "directory"
	Nobody         Hand = "nobody"
)

// candidate is a change that may help. It answers the world that it makes, or false where it can't be made there or makes no
// difference.
type candidate struct {
	Change
	make func(*snapshot.Snapshot) (*snapshot.Snapshot, bool)
}

// ladder is changes that differ in how much they give alone, the least first: the least that helps is answered.
type ladder []candidate

// edited is a world with a change.
func edited(s *snapshot.Snapshot, change func(*snapshot.Edit)) (*snapshot.Snapshot, bool) {
	edit := s.Edit()
	change(edit)
	return edit.Commit(s.Revision()), true
}

// onKey is a change to a key, unless it makes no difference to it.
func onKey(id string, change func(*snapshot.Snapshot, *authz.APIKey) bool) func(*snapshot.Snapshot) (*snapshot.Snapshot, bool) {
	return func(s *snapshot.Snapshot) (*snapshot.Snapshot, bool) {
		key, ok := s.Key(id)
		if !ok {
			return nil, false
		}
		record := key.Record()
		if !change(s, &record) {
			return nil, false
		}
		return edited(s, func(e *snapshot.Edit) { e.ChangeKey(record) })
	}
}

// onWorkspace is the same for a workspace.
func onWorkspace(id string, change func(*snapshot.Snapshot, *authz.Workspace) bool) func(*snapshot.Snapshot) (*snapshot.Snapshot, bool) {
	return func(s *snapshot.Snapshot) (*snapshot.Snapshot, bool) {
		workspace, ok := s.Workspace(id)
		if !ok {
			return nil, false
		}
		record := workspace.Record()
		if !change(s, &record) {
			return nil, false
		}
		return edited(s, func(e *snapshot.Edit) { e.PutWorkspace(record) })
	}
}
