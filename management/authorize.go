package management

import (
	"errors"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

// operation is what an actor wants to do, by the name that the policy knows it by.
type operation string

// The operations. The policy's table data.steelgate.management.operations says which standing each requires.
const (
	listKeys           operation = "keys.list"
	readKey            operation = "keys.read"
	createKey          operation = "keys.create"
	updateKey          operation = "keys.update"
	revokeKey          operation = "keys.revoke"
	rotateKey          operation = "keys.rotate"
	listReachingKeys   operation = "reaching_keys.list"
	switchPersonalKeys operation = "personal_keys.switch"
	listContents       operation = "contents.list"
	readDirectory      operation = "directory.read"
	writeDirectory     operation = "directory.write"
	importWorld        operation = "import"
	readAudit          operation = "audit.read"
	listSessions       operation = "sessions.list"
	endSessions        operation = "sessions.end"
	readPolicies       operation = "policies.read"
	writePolicies      operation = "policies.write"
	readDecisionLog    operation = "decision_log.read"
	readReplicas       operation = "replicas.read"
)

// readsOnly are the operations that whoever has any standing may be given by the policy.
var readsOnly = map[operation]bool{listKeys: true, readKey: true, listReachingKeys: true, listContents: true}

// directoryOperations are those that a service token of scope directory does by itself.
var directoryOperations = map[operation]bool{readDirectory: true, writeDirectory: true, importWorld: true}

// policyOperations are those on the platform's own that whoever may edit policies may be given.
var policyOperations = map[operation]bool{readPolicies: true, writePolicies: true, readDecisionLog: true, readReplicas: true}

// thePlatform is the owner of what belongs to nobody in particular.
var thePlatform = authz.Owner{Type: "platform"}

// facts are what the policy decides on: its whole input.
type facts struct {
	Operation operation  `json:"operation"`
	Actor     actorFacts `json:"actor"`
	Owner     ownerFacts `json:"owner"`
}

type actorFacts struct {
	ID           string             `json:"id"`
	PlatformRole authz.PlatformRole `json:"platform_role,omitempty"`
}

type ownerFacts struct {
	Type authz.OwnerType `json:"type"`
	ID   string          `json:"id"`
	// Role is the actor's with the owner: read, write or admin in a workspace, member or admin in an organization.
	Role string `json:"role,omitempty"`
}

// authorize answers nil where the actor may do the operation on the owner's things, by the facts of the transaction that
// does it. The platform does not ask the policy, so that no edit of it can lock the platform out.
func (s *Service) authorize(r storage.Reader, a Actor, o operation, owner authz.Owner) error {
	if attempt, ok := r.(*recorder); ok {
		attempt.owner = owner
	}
	if a.isPlatform() || a.keepsDirectory() && directoryOperations[o] {
		return nil
	}
	user, err := a.user(r)
	if err != nil {
		return err
	}
	f := facts{
		Operation: o,
		Actor:     actorFacts{ID: user.ID, PlatformRole: user.PlatformRole},
		Owner:     ownerFacts{Type: owner.Type, ID: owner.ID},
	}
	if f.Owner.Role, err = roleWith(r, owner, user.ID); err != nil {
		return err
	}
	permitted, err := s.isPermitted(f)
	if err != nil {
		return err
	}
	if !permitted {
		return errForbidden
	}
	return nil
}

// isPermitted asks the bounds and then the policy.
func (s *Service) isPermitted(f facts) (bool, error) {
	if !f.withinBounds() {
		return false, nil
	}
	return s.engine.Permits(f)
}

var errForbidden = refuse(Forbidden, "forbidden", "You may not do this here: ask an admin of the owner.")

// withinBounds holds what no edit of the policy may widen: nobody manages an owner whom they do not administer, nor looks
// into one whom they have nothing to do with; and whoever may edit policies does not thereby get hold of the directory.
func (f facts) withinBounds() bool {
	switch f.Owner.Type {
	case authz.UserOwner:
		return f.Owner.ID == f.Actor.ID
	case authz.WorkspaceOwner, authz.OrganizationOwner:
		return f.Owner.Role == "admin" || f.Owner.Role != "" && readsOnly[f.Operation]
	case thePlatform.Type:
		return f.Actor.PlatformRole == authz.PlatformAdmin || f.Actor.PlatformRole == authz.PolicyAdmin && policyOperations[f.Operation]
	}
	return false
}

// roleWith is a user's role with an owner, or "". A workspace's owner counts as its admin.
func roleWith(r storage.Reader, owner authz.Owner, userID string) (string, error) {
	var role string
	var err error
	switch owner.Type {
	case authz.WorkspaceOwner:
		var workspace authz.Workspace
		if workspace, err = r.Workspace(owner.ID); err != nil {
			break
		}
		if workspace.OwnerID == userID {
			return authz.Admin.String(), nil
		}
		var member authz.WorkspaceMember
		member, err = r.WorkspaceMember(owner.ID, userID)
		role = member.Role.String()
	case authz.OrganizationOwner:
		var member authz.OrganizationMember
		member, err = r.OrganizationMember(owner.ID, userID)
		role = string(member.Role)
	}
	if errors.Is(err, storage.ErrNotFound) {
		return "", nil
	}
	return role, err
}
