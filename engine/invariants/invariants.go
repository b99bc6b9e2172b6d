package invariants

import (
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/opastore"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// The invariants, by name.
const (
	OrganizationKeyStays = "organization_key_stays_in_its_organization"
	PersonalKeyIsMembers = "personal_key_works_for_members_alone"
	WorkspaceKeyStays    = "workspace_key_stays_in_its_workspace"
)

// Broken names the invariant that is broken where the key is allowed anything on the resource, and says why in words that hold ids
// of the snapshot's records and nothing else; "" is none. The workspace that is reached is the resource itself where its type is
// workspace, and else the one that the stored resource is in. Where there is none, nothing is said.
//
// It looks two or three records up, and allocates nothing where nothing is broken. Unless it is nil, note is told of each record,
// whether it stands or not.
func Broken(s *snapshot.Snapshot, key snapshot.Key, resource authz.Entity, note func(opastore.Record)) (name, reason string) {
	l := look{s, note}
	workspaceID := Reached(s, resource, note)
	if workspaceID == "" {
		return "", ""
	}
	switch key.Type() {
	case authz.OrganizationKey:
		switch organizationID := l.workspace(workspaceID).OrganizationID(); organizationID {
		case key.OwnerID():
		case "":
			return OrganizationKeyStays, "the workspace " + workspaceID + " belongs to no organization"
		default:
			return OrganizationKeyStays, "the workspace " + workspaceID + " belongs to " + organizationID
		}
	case authz.PersonalKey:
		if l.workspace(workspaceID).OwnerID() != key.OwnerID() && !l.isMember(workspaceID, key.OwnerID()) {
			return PersonalKeyIsMembers, key.OwnerID() + " is no member of " + workspaceID
		}
	case authz.WorkspaceKey:
		if workspaceID != key.OwnerID() {
			return WorkspaceKeyStays, workspaceID + " is another workspace"
		}
	}
	return "", ""
}

// look reads records of a snapshot, and tells note of them.
type look struct {
	snapshot *snapshot.Snapshot
	note     func(opastore.Record)
}

func (l look) tell(r opastore.Record) {
	if l.note != nil {
		l.note(r)
	}
}

// Reached is the workspace that something done to a resource is done in; "" is none. Note is told as Broken tells it.
func Reached(s *snapshot.Snapshot, resource authz.Entity, note func(opastore.Record)) string {
	l := look{s, note}
	if resource.Type == authz.WorkspaceType {
		return l.workspace(resource.ID).ID()
	}
	l.tell(opastore.Record{Kind: "resource", A: resource.Type, B: resource.ID})
	stored, _ := s.Resource(resource.Type, resource.ID)
	return stored.WorkspaceID()
}

func (l look) workspace(id string) snapshot.Workspace {
	l.tell(opastore.Record{Kind: "workspace", A: id})
	workspace, _ := l.snapshot.Workspace(id)
	return workspace
}

func (l look) isMember(workspaceID, userID string) bool {
	l.tell(opastore.Record{Kind: "workspace_member", A: workspaceID, B: userID})
	_, is := l.snapshot.WorkspaceMember(workspaceID, userID)
	return is
}
