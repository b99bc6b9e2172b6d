package feed

import (
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/snapshot"
	"github.com/steelengine/steelgate/storage"
)

// load builds a snapshot of everything at the reader's revision, and answers the changes of that revision. In the midst of
// an import there is none.
func load(r storage.Reader) (*snapshot.Snapshot, []storage.Change, error) {
	switch applying, err := r.ImportApplying(); {
	case err != nil:
		return nil, nil, err
	case applying:
		return nil, nil, errImportApplying
	}
	revision, err := r.Revision()
	if err != nil {
		return nil, nil, err
	}
	last, err := changesAt(r, revision)
	if err != nil {
		return nil, nil, err
	}
	l := snapshot.NewLoad()
	for _, each := range []func() error{
		func() error { return r.EachUser(putting(l.PutUser)) },
		func() error { return r.EachOrganization(putting(l.PutOrganization)) },
		func() error { return r.EachOrganizationMember(putting(l.PutOrganizationMember)) },
		func() error { return r.EachWorkspace(putting(l.PutWorkspace)) },
		func() error { return r.EachWorkspaceMember(putting(l.PutWorkspaceMember)) },
		func() error { return r.EachResource(putting(l.PutResource)) },
		func() error {
			return r.EachKey(func(k storage.Key) error { l.PutKey(k.APIKey, k.Digest); return nil })
		},
		func() error {
			return r.EachToken(func(t storage.Token) error { l.PutToken(t.ServiceToken, t.Digest); return nil })
		},
	} {
		if err := each(); err != nil {
			return nil, nil, err
		}
	}
	return l.Commit(revision), last, nil
}

func putting[T authz.User | authz.Organization | authz.OrganizationMember | authz.Workspace | authz.WorkspaceMember | authz.Resource](put func(T)) func(T) error {
	return func(record T) error { put(record); return nil }
}
