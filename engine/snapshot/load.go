package snapshot

import (
	"sync"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
)

// Load makes a snapshot of a whole world, each record put once. It serves one goroutine.
type Load struct {
	keys, digests, users, organizations, organizationMembers, workspaces, workspaceMembers, resources builder

	// Pairs of each index.
	keyOwners, resourcePlaces, workspaceOwners, workspaceOrganizations, memberPlaces, memberUsers []uint64

	tokens Edit
	// packed is room for one record.
	packed []byte
}

// NewLoad begins one.
func NewLoad() *Load { return &Load{} }

// Commit answers what was put, at a data revision. The load is spent.
func (l *Load) Commit(revision uint64) *Snapshot {
	made := l.tokens.Commit(revision)
	// Two at a time, of which the keys alone are as much as all others but the digests.
	var others sync.WaitGroup
	others.Go(func() {
		made.digests = l.digests.table()
		made.users = l.users.table()
		made.organizations = l.organizations.table()
		made.organizationMembers = l.organizationMembers.table()
		made.workspaces = l.workspaces.table()
		made.workspaceMembers = l.workspaceMembers.table()
		made.resources = l.resources.table()
		made.resourcesByWorkspace = newIndex(l.resourcePlaces)
		made.workspacesByOwner = newIndex(l.workspaceOwners)
		made.workspacesByOrganization = newIndex(l.workspaceOrganizations)
		made.membersByWorkspace = newIndex(l.memberPlaces)
		made.membersByUser = newIndex(l.memberUsers)
	})
	made.keys = l.keys.table()
	made.keysByOwner = newIndex(l.keyOwners)
	others.Wait()
	*l = Load{}
	return made
}

// PutKey puts a key.
func (l *Load) PutKey(k authz.APIKey, digest apikey.Digest) {
	l.packed = packKey(l.packed[:0], k, digest)
	l.keys.put(name{a: k.ID}, l.packed)
	l.keyOwners = append(l.keyOwners, pairOf(name{string(k.Type), k.OwnerID}, name{a: k.ID}))
	l.digests.put(digestName(digest), append(l.packed[:0], k.ID...))
}

// PutToken puts a service token.
func (l *Load) PutToken(t authz.ServiceToken, digest apikey.Digest) { l.tokens.PutToken(t, digest) }

// PutUser puts a user.
func (l *Load) PutUser(u authz.User) {
	l.packed = packUser(l.packed[:0], u)
	l.users.put(name{a: u.ID}, l.packed)
}

// PutOrganization puts an organization.
func (l *Load) PutOrganization(o authz.Organization) {
	l.organizations.put(name{a: o.ID}, []byte(o.Name))
}

// PutOrganizationMember puts a membership.
func (l *Load) PutOrganizationMember(m authz.OrganizationMember) {
	l.organizationMembers.put(name{m.OrganizationID, m.UserID}, []byte(m.Role))
}

// PutWorkspace puts a workspace.
func (l *Load) PutWorkspace(w authz.Workspace) {
	l.packed = packWorkspace(l.packed[:0], w)
	n := name{a: w.ID}
	l.workspaces.put(n, l.packed)
	l.workspaceOwners = workspaceOwner.load(l.workspaceOwners, n, l.packed)
	l.workspaceOrganizations = workspaceOrganization.load(l.workspaceOrganizations, n, l.packed)
}

// PutWorkspaceMember puts a membership.
func (l *Load) PutWorkspaceMember(m authz.WorkspaceMember) {
	n := name{m.WorkspaceID, m.UserID}
	l.workspaceMembers.put(n, []byte{byte(m.Role)})
	l.memberPlaces = membersPlace.load(l.memberPlaces, n, nil)
	l.memberUsers = membersUser.load(l.memberUsers, n, nil)
}

// PutResource puts a resource.
func (l *Load) PutResource(r authz.Resource) {
	l.packed = packResource(l.packed[:0], r)
	n := name{r.Type, r.ID}
	l.resources.put(n, l.packed)
	l.resourcePlaces = resourcePlace.load(l.resourcePlaces, n, l.packed)
}
