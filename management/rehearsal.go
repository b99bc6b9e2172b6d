package management

import (
	"cmp"
	"errors"
	"slices"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/impact"
	"github.com/steelengine/steelgate/engine/snapshot"
	"github.com/steelengine/steelgate/storage"
)

// rehearsal is a transaction that notes what it changes: for a world to be made that has the changes, and for whom they
// concern to be found.
type rehearsal struct {
	storage.Tx
	changes []func(*snapshot.Edit)

	keys, users, workspaces map[string]bool
	seats                   map[seat]bool
	// resources are those changed, by the workspaces that they were in and are in.
	resources map[string]map[impact.Resource]bool
}

// seat is a user's place in a workspace, as its member or owner.
type seat struct{ workspaceID, userID string }

func (s seat) compare(other seat) int {
	return cmp.Or(cmp.Compare(s.workspaceID, other.workspaceID), cmp.Compare(s.userID, other.userID))
}

func newRehearsal(tx storage.Tx) *rehearsal {
	return &rehearsal{
		Tx: tx, keys: map[string]bool{}, users: map[string]bool{}, workspaces: map[string]bool{}, seats: map[seat]bool{},
		resources: map[string]map[impact.Resource]bool{},
	}
}

// note keeps a change once it is written.
func (r *rehearsal) note(err error, change func(*snapshot.Edit)) error {
	if err == nil {
		r.changes = append(r.changes, change)
	}
	return err
}

func (r *rehearsal) PutUser(u authz.User) error {
	r.users[u.ID] = true
	return r.note(r.Tx.PutUser(u), func(e *snapshot.Edit) { e.PutUser(u) })
}

func (r *rehearsal) DeleteUser(id string) error {
	r.users[id] = true
	return r.note(r.Tx.DeleteUser(id), func(e *snapshot.Edit) { e.DeleteUser(id) })
}

// PutOrganization concerns no key: an organization's record is its name.
func (r *rehearsal) PutOrganization(o authz.Organization) error {
	return r.note(r.Tx.PutOrganization(o), func(e *snapshot.Edit) { e.PutOrganization(o) })
}

// DeleteOrganization concerns keys that are changed too.
func (r *rehearsal) DeleteOrganization(id string) error {
	return r.note(r.Tx.DeleteOrganization(id), func(e *snapshot.Edit) { e.DeleteOrganization(id) })
}

func (r *rehearsal) PutOrganizationMember(m authz.OrganizationMember) error {
	r.users[m.UserID] = true
	return r.note(r.Tx.PutOrganizationMember(m), func(e *snapshot.Edit) { e.PutOrganizationMember(m) })
}

func (r *rehearsal) DeleteOrganizationMember(organizationID, userID string) error {
	r.users[userID] = true
	return r.note(r.Tx.DeleteOrganizationMember(organizationID, userID), func(e *snapshot.Edit) { e.DeleteOrganizationMember(organizationID, userID) })
}

func (r *rehearsal) PutWorkspace(w authz.Workspace) error {
	if err := r.touchWorkspace(w.ID); err != nil {
		return err
	}
	return r.note(r.Tx.PutWorkspace(w), func(e *snapshot.Edit) { e.PutWorkspace(w) })
}

func (r *rehearsal) DeleteWorkspace(id string) error {
	if err := r.touchWorkspace(id); err != nil {
		return err
	}
	return r.note(r.Tx.DeleteWorkspace(id), func(e *snapshot.Edit) { e.DeleteWorkspace(id) })
}

// touchWorkspace remembers the owner, whom nothing leads to once there is another.
func (r *rehearsal) touchWorkspace(id string) error {
	r.workspaces[id] = true
	was, err := r.Workspace(id)
	if err == nil {
		r.seats[seat{id, was.OwnerID}] = true
	}
	return unlessNotFound(err)
}

func (r *rehearsal) PutWorkspaceMember(m authz.WorkspaceMember) error {
	r.seats[seat{m.WorkspaceID, m.UserID}] = true
	return r.note(r.Tx.PutWorkspaceMember(m), func(e *snapshot.Edit) { e.PutWorkspaceMember(m) })
}

func (r *rehearsal) DeleteWorkspaceMember(workspaceID, userID string) error {
	r.seats[seat{workspaceID, userID}] = true
	return r.note(r.Tx.DeleteWorkspaceMember(workspaceID, userID), func(e *snapshot.Edit) { e.DeleteWorkspaceMember(workspaceID, userID) })
}

func (r *rehearsal) PutResource(resource authz.Resource) error {
	name := impact.Resource{Type: resource.Type, ID: resource.ID}
	if err := r.touchResource(name); err != nil {
		return err
	}
	r.putResourceIn(resource.WorkspaceID, name)
	return r.note(r.Tx.PutResource(resource), func(e *snapshot.Edit) { e.PutResource(resource) })
}

func (r *rehearsal) DeleteResource(resourceType, id string) error {
	if err := r.touchResource(impact.Resource{Type: resourceType, ID: id}); err != nil {
		return err
	}
	return r.note(r.Tx.DeleteResource(resourceType, id), func(e *snapshot.Edit) { e.DeleteResource(resourceType, id) })
}

// touchResource remembers where a resource was.
func (r *rehearsal) touchResource(name impact.Resource) error {
	was, err := r.Resource(name.Type, name.ID)
	if err == nil {
		r.putResourceIn(was.WorkspaceID, name)
	}
	return unlessNotFound(err)
}

func (r *rehearsal) putResourceIn(workspaceID string, name impact.Resource) {
	if !slices.Contains(impact.ResourceTypes, name.Type) {
		return
	}
	if r.resources[workspaceID] == nil {
		r.resources[workspaceID] = map[impact.Resource]bool{}
	}
	r.resources[workspaceID][name] = true
}

func (r *rehearsal) PutKey(k storage.Key) error {
	r.keys[k.ID] = true
	return r.note(r.Tx.PutKey(k), func(e *snapshot.Edit) { e.PutKey(k.APIKey, k.Digest) })
}

func unlessNotFound(err error) error {
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	return err
}
