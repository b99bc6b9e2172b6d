package model

import (
	"maps"

	"github.com/steelengine/steelgate/authz"
)

// World is the entities of the contract's first two sections. Defaults are filled in, and what the contract says of changes
// holds already: an mcp_server exposes workflows of its own workspace, nothing refers to what was deleted.
type World struct {
	Users               map[string]authz.User
	Organizations       map[string]authz.Organization
	OrganizationMembers map[Seat]authz.OrganizationRole
	Workspaces          map[string]authz.Workspace
	WorkspaceMembers    map[Seat]authz.Permission
	Resources           map[ResourceID]authz.Resource
	Keys                map[string]authz.APIKey
}

// Seat is a user's place in a workspace or an organization.
type Seat struct{ In, UserID string }

// ResourceID names a resource.
type ResourceID struct{ Type, ID string }

// NewWorld is an empty world.
func NewWorld() *World {
	return &World{
		Users:               map[string]authz.User{},
		Organizations:       map[string]authz.Organization{},
		OrganizationMembers: map[Seat]authz.OrganizationRole{},
		Workspaces:          map[string]authz.Workspace{},
		WorkspaceMembers:    map[Seat]authz.Permission{},
		Resources:           map[ResourceID]authz.Resource{},
		Keys:                map[string]authz.APIKey{},
	}
}

// Clone is a copy that may be changed; the lists inside its keys are shared, and must be replaced, not written to.
func (w *World) Clone() *World {
	return &World{
		Users:               maps.Clone(w.Users),
		Organizations:       maps.Clone(w.Organizations),
		OrganizationMembers: maps.Clone(w.OrganizationMembers),
		Workspaces:          maps.Clone(w.Workspaces),
		WorkspaceMembers:    maps.Clone(w.WorkspaceMembers),
		Resources:           maps.Clone(w.Resources),
		Keys:                maps.Clone(w.Keys),
	}
}

// PutUser makes a user or replaces it. The Put methods below do the same for what they are named after.
func (w *World) PutUser(u authz.User) { w.Users[u.ID] = u }

// PutOrganization puts an organization.
func (w *World) PutOrganization(o authz.Organization) { w.Organizations[o.ID] = o }

// PutOrganizationMember puts a membership.
func (w *World) PutOrganizationMember(m authz.OrganizationMember) {
	w.OrganizationMembers[Seat{m.OrganizationID, m.UserID}] = m.Role
}

// PutWorkspace puts a workspace.
func (w *World) PutWorkspace(ws authz.Workspace) { w.Workspaces[ws.ID] = ws }

// PutWorkspaceMember puts a membership.
func (w *World) PutWorkspaceMember(m authz.WorkspaceMember) {
	w.WorkspaceMembers[Seat{m.WorkspaceID, m.UserID}] = m.Role
}

// PutResource puts a resource.
func (w *World) PutResource(r authz.Resource) { w.Resources[ResourceID{r.Type, r.ID}] = r }

// PutKey puts a key.
func (w *World) PutKey(k authz.APIKey) { w.Keys[k.ID] = k }
