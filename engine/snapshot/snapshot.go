package snapshot

import (
	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
)

// Snapshot is the keys and the world at one data revision. It never changes, and any number of goroutines may read it.
type Snapshot struct {
	revision uint64

	keys                table
	digests             table
	users               table
	organizations       table
	organizationMembers table
	workspaces          table
	workspaceMembers    table
	resources           table

	// Which entries of a table are whose.
	keysByOwner, resourcesByWorkspace                                              index
	workspacesByOwner, workspacesByOrganization, membersByWorkspace, membersByUser index

	// Service tokens are few: a change copies them all.
	tokens       map[string]token
	tokenDigests map[apikey.Digest]string
}

type token struct {
	authz.ServiceToken
	digest apikey.Digest
}

// Empty is a snapshot of nothing, at revision 0.
func Empty() *Snapshot { return &Snapshot{} }

// Revision is the data revision.
func (s *Snapshot) Revision() uint64 { return s.revision }

// Counts are the numbers of records.
type Counts struct {
	Keys, Users, Organizations, OrganizationMembers, Workspaces, WorkspaceMembers, Resources, Tokens int
}

// Counts tells how many records of each kind stand.
func (s *Snapshot) Counts() Counts {
	return Counts{
		Keys: s.keys.count, Users: s.users.count, Organizations: s.organizations.count, OrganizationMembers: s.organizationMembers.count,
		Workspaces: s.workspaces.count, WorkspaceMembers: s.workspaceMembers.count, Resources: s.resources.count, Tokens: len(s.tokens),
	}
}

// Key finds a key by its id, live or not.
func (s *Snapshot) Key(id string) (Key, bool) {
	record, ok := s.keys.get(name{a: id})
	if !ok {
		return Key{}, false
	}
	return unpackKey(id, record), true
}

// digestName is what a key is found under by its digest. Half of it tells any two secrets apart; the whole is compared
// with the key's own.
func digestName(digest apikey.Digest) name { return name{a: string(digest[:16])} }

// KeyByDigest finds a key by the digest of its secret, live or not.
func (s *Snapshot) KeyByDigest(digest apikey.Digest) (Key, bool) {
	id, ok := s.digests.get(name{a: string(digest[:16])})
	if !ok {
		return Key{}, false
	}
	key, ok := s.Key(id)
	if !ok || key.digest != string(digest[:]) {
		return Key{}, false
	}
	return key, true
}

// TokenByDigest finds a service token by the digest of its secret, expired or not.
func (s *Snapshot) TokenByDigest(digest apikey.Digest) (authz.ServiceToken, bool) {
	id, ok := s.tokenDigests[digest]
	return s.tokens[id].ServiceToken, ok
}

// User finds a user.
func (s *Snapshot) User(id string) (User, bool) {
	record, ok := s.users.get(name{a: id})
	if !ok {
		return User{}, false
	}
	return unpackUser(id, record), true
}

// Organization finds an organization.
func (s *Snapshot) Organization(id string) (Organization, bool) {
	record, ok := s.organizations.get(name{a: id})
	if !ok {
		return Organization{}, false
	}
	return Organization{id, record}, true
}

// OrganizationMember is a user's role in an organization.
func (s *Snapshot) OrganizationMember(organizationID, userID string) (authz.OrganizationRole, bool) {
	role, ok := s.organizationMembers.get(name{organizationID, userID})
	return authz.OrganizationRole(role), ok
}

// Workspace finds a workspace.
func (s *Snapshot) Workspace(id string) (Workspace, bool) {
	record, ok := s.workspaces.get(name{a: id})
	if !ok {
		return Workspace{}, false
	}
	return unpackWorkspace(id, record), true
}

// WorkspaceMember is a user's role in a workspace, without the owner's.
func (s *Snapshot) WorkspaceMember(workspaceID, userID string) (authz.Permission, bool) {
	record, ok := s.workspaceMembers.get(name{workspaceID, userID})
	if !ok {
		return authz.None, false
	}
	return authz.Permission(record[0]), true
}

// Resource finds a resource.
func (s *Snapshot) Resource(resourceType, id string) (Resource, bool) {
	n := name{resourceType, id}
	record, ok := s.resources.get(n)
	if !ok {
		return Resource{}, false
	}
	return unpackResource(n, record), true
}
