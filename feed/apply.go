package feed

import (
	"errors"
	"fmt"

	"github.com/steelengine/steelgate/engine/snapshot"
	"github.com/steelengine/steelgate/storage"
)

// apply puts a record as it is now, or deletes it where it is not.
func apply(r storage.Reader, e *snapshot.Edit, c record) error {
	switch c.kind {
	case storage.UserKind:
		user, err := r.User(c.a)
		return putOrDelete(err, func() { e.PutUser(user) }, func() { e.DeleteUser(c.a) })
	case storage.OrganizationKind:
		organization, err := r.Organization(c.a)
		return putOrDelete(err, func() { e.PutOrganization(organization) }, func() { e.DeleteOrganization(c.a) })
	case storage.OrganizationMemberKind:
		member, err := r.OrganizationMember(c.a, c.b)
		return putOrDelete(err, func() { e.PutOrganizationMember(member) }, func() { e.DeleteOrganizationMember(c.a, c.b) })
	case storage.WorkspaceKind:
		workspace, err := r.Workspace(c.a)
		return putOrDelete(err, func() { e.PutWorkspace(workspace) }, func() { e.DeleteWorkspace(c.a) })
	case storage.WorkspaceMemberKind:
		member, err := r.WorkspaceMember(c.a, c.b)
		return putOrDelete(err, func() { e.PutWorkspaceMember(member) }, func() { e.DeleteWorkspaceMember(c.a, c.b) })
	case storage.ResourceKind:
		resource, err := r.Resource(c.a, c.b)
		return putOrDelete(err, func() { e.PutResource(resource) }, func() { e.DeleteResource(c.a, c.b) })
	case storage.KeyKind:
		key, err := r.Key(c.a)
		return putOrDelete(err, func() { e.PutKey(key.APIKey, key.Digest) }, func() { e.DeleteKey(c.a) })
	case storage.TokenKind:
		token, err := r.Token(c.a)
		return putOrDelete(err, func() { e.PutToken(token.ServiceToken, token.Digest) }, func() { e.DeleteToken(c.a) })
	case storage.ImportKind, storage.PolicyKind, storage.PolicyCandidateKind:
		// No records of the snapshot.
		return nil
	}
	return fmt.Errorf("a change of a kind that this version does not know")
}

func putOrDelete(err error, put, remove func()) error {
	switch {
	case err == nil:
		put()
	case errors.Is(err, storage.ErrNotFound):
		remove()
	default:
		return err
	}
	return nil
}
