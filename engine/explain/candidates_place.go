package explain

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// The changes where the resource is, and to the key's user.

// workspace is a change to the workspace where the resource is.
func (s suspects) workspace(c Change, change func(*snapshot.Snapshot, *authz.Workspace) bool) candidate {
	c.WorkspaceID = s.workspaceID
	return candidate{c, onWorkspace(s.workspaceID, change)}
}

func (s suspects) personalKeys() ladder {
	c := changeOf(PersonalKeys, WorkspaceAdmin, "Have the workspace %s accept personal keys.", s.workspaceID)
	return ladder{s.workspace(c, func(_ *snapshot.Snapshot, w *authz.Workspace) bool {
		was := w.PersonalKeysEnabled
		w.PersonalKeysEnabled = true
		return !was
	})}
}

func (s suspects) unarchive() ladder {
	c := changeOf(Unarchive, Directory, "Bring the workspace %s back from the archive.", s.workspaceID)
	return ladder{s.workspace(c, func(_ *snapshot.Snapshot, w *authz.Workspace) bool {
		was := w.Archived
		w.Archived = false
		return was
	})}
}

func (s suspects) move() ladder {
	c := changeOf(MoveWorkspace, Directory, "Move the workspace %s into the key's organization %s.", s.workspaceID, s.Key.OwnerID())
	c.OrganizationID = s.Key.OwnerID()
	return ladder{s.workspace(c, func(_ *snapshot.Snapshot, w *authz.Workspace) bool {
		was := w.OrganizationID
		w.OrganizationID = s.Key.OwnerID()
		return was != w.OrganizationID
	})}
}

func (s suspects) member() (l ladder) {
	userID := s.Key.OwnerID()
	for _, role := range permissions {
		c := changeOf(Member, Directory, "Make the user %s a member of the workspace %s with the role %s.", userID, s.workspaceID, role)
		if current, isMember := s.view.Snapshot().WorkspaceMember(s.workspaceID, userID); isMember {
			c.Words = fmt.Sprintf("Raise the role of the user %s in the workspace %s from %s to %s.", userID, s.workspaceID, current, role)
		}
		c.UserID, c.WorkspaceID, c.Permission = userID, s.workspaceID, role
		l = append(l, candidate{c, func(world *snapshot.Snapshot) (*snapshot.Snapshot, bool) {
			_, stands := world.Workspace(s.workspaceID)
			current, _ := world.WorkspaceMember(s.workspaceID, userID)
			if !stands || current >= role {
				return nil, false
			}
			return edited(world, func(e *snapshot.Edit) {
				e.PutWorkspaceMember(authz.WorkspaceMember{WorkspaceID: s.workspaceID, UserID: userID, Role: role})
			})
		}})
	}
	return l
}

func (s suspects) activate() ladder {
	c := changeOf(ActivateUser, Directory, "Have the user %s active again.", s.Key.OwnerID())
	c.UserID = s.Key.OwnerID()
	return ladder{{c, func(world *snapshot.Snapshot) (*snapshot.Snapshot, bool) {
		user, stands := world.User(s.Key.OwnerID())
		if !stands || user.Active() {
			return nil, false
		}
		record := user.Record()
		record.Active = true
		return edited(world, func(e *snapshot.Edit) { e.PutUser(record) })
	}}}
}

func (s suspects) deploy() ladder {
	resourceType, id := s.resource.Type(), s.resource.ID()
	c := changeOf(Deploy, Directory, "Deploy the workflow %s.", id)
	c.WorkflowID = id
	switch resourceType {
	case authz.WorkflowType:
	case authz.MCPServerType:
		c.WorkflowID, c.MCPServerID, c.Words = "", id, fmt.Sprintf("Deploy the MCP server %s.", id)
	default:
		return nil
	}
	return ladder{{c, func(world *snapshot.Snapshot) (*snapshot.Snapshot, bool) {
		resource, _ := world.Resource(resourceType, id)
		properties := map[string]jsontext.Value{}
		if err := json.Unmarshal([]byte(resource.Properties()), &properties); err != nil || string(properties["deployed"]) == "true" {
			return nil, false
		}
		properties["deployed"] = jsontext.Value("true")
		text, err := json.Marshal(properties, json.Deterministic(true))
		if err != nil {
			return nil, false
		}
		record := resource.Record()
		record.Properties = text
		return edited(world, func(e *snapshot.Edit) { e.PutResource(record) })
	}}}
}
