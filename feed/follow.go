package feed

import (
	"errors"
	"fmt"

	"github.com/steelengine/steelgate/engine/snapshot"
	"github.com/steelengine/steelgate/storage"
)

// record names what a change is about.
type record struct {
	kind storage.Kind
	a, b string
}

// follow answers the snapshot at the reader's revision: current itself where nothing changed. All of it is read in one
// transaction, so that what a change is about is seen as of the very revision that the snapshot gets.
func follow(r storage.Reader, current *snapshot.Snapshot) (*snapshot.Snapshot, error) {
	revision, err := r.Revision()
	if err != nil {
		return nil, err
	}
	if revision == current.Revision() {
		return current, nil
	}
	if revision < current.Revision() {
		return nil, fmt.Errorf("%w: the store went back from revision %d to %d", storage.ErrChangesPruned, current.Revision(), revision)
	}
	changed, err := changedSince(r, current.Revision(), revision)
	if err != nil {
		return nil, err
	}
	edit := current.Edit()
	for c := range changed {
		if err := apply(r, edit, c); err != nil {
			return nil, fmt.Errorf("%s %s %s: %w", c.kind, c.a, c.b, err)
		}
	}
	return edit.Commit(revision), nil
}

func changedSince(r storage.Reader, after, through uint64) (map[record]struct{}, error) {
	const page = 10_000
	changed := map[record]struct{}{}
	for after < through {
		changes, err := r.Changes(after, page)
		if err != nil {
			return nil, err
		}
		if len(changes) == 0 || len(changed) > reloadAbove {
			return nil, storage.ErrChangesPruned
		}
		for _, c := range changes {
			changed[record{c.Kind, c.A, c.B}] = struct{}{}
		}
		after = changes[len(changes)-1].Revision
	}
	return changed, nil
}

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
