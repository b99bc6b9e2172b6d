package snapshot

import (
	"maps"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
)

// Edit makes the snapshot that follows another. It serves one goroutine, and the snapshot that it began from stays as it is.
type Edit struct {
	next Snapshot
	// ownsTokens tells that next has maps of tokens of its own.
	ownsTokens bool
}

// Edit begins a change.
func (s *Snapshot) Edit() *Edit { return &Edit{next: *s} }

// Commit answers what was made, at a data revision. The edit is spent.
func (e *Edit) Commit(revision uint64) *Snapshot {
	made := e.next
	made.revision = revision
	e.next = Snapshot{}
	return &made
}

// PutKey makes a key or replaces it, the digest of its secret too.
func (e *Edit) PutKey(k authz.APIKey, digest apikey.Digest) {
	e.forgetDigest(k.ID)
	e.useKeys(e.next.keys.put(name{a: k.ID}, string(packKey(nil, k, digest))), k.ID)
	e.next.digests = e.next.digests.put(digestName(digest), k.ID)
}

// DeleteKey removes a key, if it is there.
func (e *Edit) DeleteKey(id string) {
	e.forgetDigest(id)
	e.useKeys(e.next.keys.remove(name{a: id}), id)
}

// useKeys has a table in which one key changed.
func (e *Edit) useKeys(changed table, id string) {
	e.next.keysByOwner = keyOwner.change(e.next.keysByOwner, e.next.keys, changed, name{a: id})
	e.next.keys = changed
}

// forgetDigest leaves a digest alone that has gone over to another key: the two changes may come in either order.
func (e *Edit) forgetDigest(id string) {
	key, ok := e.next.Key(id)
	if !ok {
		return
	}
	n := name{a: key.digest[:16]}
	if holder, _ := e.next.digests.get(n); holder == id {
		e.next.digests = e.next.digests.remove(n)
	}
}

// PutToken makes a service token or replaces it.
func (e *Edit) PutToken(t authz.ServiceToken, digest apikey.Digest) {
	e.DeleteToken(t.ID)
	e.next.tokens[t.ID] = token{t, digest}
	e.next.tokenDigests[digest] = t.ID
}

// DeleteToken removes a service token, if it is there.
func (e *Edit) DeleteToken(id string) {
	if !e.ownsTokens {
		e.ownsTokens = true
		e.next.tokens, e.next.tokenDigests = maps.Clone(e.next.tokens), maps.Clone(e.next.tokenDigests)
		if e.next.tokens == nil {
			e.next.tokens, e.next.tokenDigests = map[string]token{}, map[apikey.Digest]string{}
		}
	}
	if t, ok := e.next.tokens[id]; ok {
		if e.next.tokenDigests[t.digest] == id {
			delete(e.next.tokenDigests, t.digest)
		}
		delete(e.next.tokens, id)
	}
}

// PutUser makes a user or replaces it.
func (e *Edit) PutUser(u authz.User) {
	e.next.users = e.next.users.put(name{a: u.ID}, string(packUser(nil, u)))
}

// DeleteUser removes a user, if it is there.
func (e *Edit) DeleteUser(id string) { e.next.users = e.next.users.remove(name{a: id}) }

// PutOrganization makes an organization or replaces it.
func (e *Edit) PutOrganization(o authz.Organization) {
	e.next.organizations = e.next.organizations.put(name{a: o.ID}, o.Name)
}

// DeleteOrganization removes an organization, if it is there.
func (e *Edit) DeleteOrganization(id string) {
	e.next.organizations = e.next.organizations.remove(name{a: id})
}

// PutOrganizationMember makes a membership or replaces it.
func (e *Edit) PutOrganizationMember(m authz.OrganizationMember) {
	e.next.organizationMembers = e.next.organizationMembers.put(name{m.OrganizationID, m.UserID}, string(m.Role))
}

// DeleteOrganizationMember removes a membership, if it is there.
func (e *Edit) DeleteOrganizationMember(organizationID, userID string) {
	e.next.organizationMembers = e.next.organizationMembers.remove(name{organizationID, userID})
}

// PutWorkspace makes a workspace or replaces it.
func (e *Edit) PutWorkspace(w authz.Workspace) {
	e.useWorkspaces(e.next.workspaces.put(name{a: w.ID}, string(packWorkspace(nil, w))), w.ID)
}

// useWorkspaces has a table in which one workspace changed.
func (e *Edit) useWorkspaces(changed table, id string) {
	n := name{a: id}
	e.next.workspacesByOwner = workspaceOwner.change(e.next.workspacesByOwner, e.next.workspaces, changed, n)
	e.next.workspacesByOrganization = workspaceOrganization.change(e.next.workspacesByOrganization, e.next.workspaces, changed, n)
	e.next.workspaces = changed
}

// DeleteWorkspace removes a workspace, if it is there.
func (e *Edit) DeleteWorkspace(id string) {
	e.useWorkspaces(e.next.workspaces.remove(name{a: id}), id)
}

// PutWorkspaceMember makes a membership or replaces it.
func (e *Edit) PutWorkspaceMember(m authz.WorkspaceMember) {
	n := name{m.WorkspaceID, m.UserID}
	e.useMembers(e.next.workspaceMembers.put(n, string([]byte{byte(m.Role)})), n)
}

// useMembers has a table in which one membership changed.
func (e *Edit) useMembers(changed table, n name) {
	e.next.membersByWorkspace = membersPlace.change(e.next.membersByWorkspace, e.next.workspaceMembers, changed, n)
	e.next.membersByUser = membersUser.change(e.next.membersByUser, e.next.workspaceMembers, changed, n)
	e.next.workspaceMembers = changed
}

// DeleteWorkspaceMember removes a membership, if it is there.
func (e *Edit) DeleteWorkspaceMember(workspaceID, userID string) {
	n := name{workspaceID, userID}
	e.useMembers(e.next.workspaceMembers.remove(n), n)
}

// PutResource makes a resource or replaces it.
func (e *Edit) PutResource(r authz.Resource) {
	n := name{r.Type, r.ID}
	e.useResources(e.next.resources.put(n, string(packResource(nil, r))), n)
}

// useResources has a table in which one resource changed.
func (e *Edit) useResources(changed table, n name) {
	e.next.resourcesByWorkspace = resourcePlace.change(e.next.resourcesByWorkspace, e.next.resources, changed, n)
	e.next.resources = changed
}

// DeleteResource removes a resource, if it is there.
func (e *Edit) DeleteResource(resourceType, id string) {
	n := name{resourceType, id}
	e.useResources(e.next.resources.remove(n), n)
}
