package management

import (
	"context"
	"errors"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/impact"
	"github.com/steelengine/steelgate/storage"
)

// Directory is the changes of the directory, which may be tried before they are made.
type Directory interface {
	PutUser(ctx context.Context, a Actor, id string, change UserChange) (authz.User, bool, uint64, error)
	DeleteUser(ctx context.Context, a Actor, id string) (uint64, error)
	PutOrganization(ctx context.Context, a Actor, id string, change OrganizationChange) (authz.Organization, bool, uint64, error)
	DeleteOrganization(ctx context.Context, a Actor, id string) (uint64, error)
	PutOrganizationMember(ctx context.Context, a Actor, organizationID, userID string, change MemberChange) (authz.OrganizationMember, bool, uint64, error)
	DeleteOrganizationMember(ctx context.Context, a Actor, organizationID, userID string) (uint64, error)
	PutWorkspace(ctx context.Context, a Actor, id string, change WorkspaceChange) (authz.Workspace, bool, uint64, error)
	PatchWorkspace(ctx context.Context, a Actor, id string, change WorkspaceChange) (authz.Workspace, uint64, error)
	DeleteWorkspace(ctx context.Context, a Actor, id string) (uint64, error)
	PutWorkspaceMember(ctx context.Context, a Actor, workspaceID, userID string, change MemberChange) (authz.WorkspaceMember, bool, uint64, error)
	DeleteWorkspaceMember(ctx context.Context, a Actor, workspaceID, userID string) (uint64, error)
	PutResource(ctx context.Context, a Actor, resourceType, id string, change ResourceChange) (authz.Resource, bool, uint64, error)
	DeleteResource(ctx context.Context, a Actor, resourceType, id string) (uint64, error)
}

var _ Directory = (*Service)(nil)

// DryRunReport is what keys would lose by a change.
type DryRunReport struct {
	impact.Report
	// Revision is the data revision that it was worked out on.
	Revision uint64
}

// DryRun tells what keys would lose by the one change that try makes, and changes nothing: the change is made, refused where
// it would be refused, and taken back. A key's name is "" where the actor may not read the key. It fails with
// engine.ErrStale where the engine does not have the data that the change is made on.
func (s *Service) DryRun(ctx context.Context, a Actor, try func(Directory) error) (report DryRunReport, err error) {
	run := &dryRun{}
	dry := *s
	dry.dryRun = run
	err = try(&dry)
	if errors.Is(err, errBehind) {
		// Nobody who wants to write waits meanwhile. Then the second try may wait inside, for what is on its way already.
		if err := s.engine.Await(ctx, run.revision); err != nil {
			return report, err
		}
		run.waits = true
		err = try(&dry)
	}
	switch {
	case err == nil:
		return report, errNothingTried
	case !errors.Is(err, errTakenBack):
		return report, err
	}
	report.Revision = run.revision
	if report.Report, err = s.compare(ctx, a, run); err != nil {
		return report, err
	}
	return report, s.withholdNames(ctx, a, report.Keys)
}

var (
	errTakenBack    = errors.New("the change was tried, and taken back")
	errBehind       = errors.New("the engine is behind the data that the change was tried on")
	errNothingTried = errors.New("a dry run that tried no change")
)

// compare asks what would be decided in a world with the change, beside the one without.
func (s *Service) compare(ctx context.Context, a Actor, run *dryRun) (impact.Report, error) {
	done, err := s.comparing.take(ctx, a.UserID)
	if err != nil {
		return impact.Report{}, err
	}
	defer done()
	edit := run.view.Snapshot().Edit()
	for _, change := range run.rehearsal.changes {
		change(edit)
	}
	after := run.view.Over(edit.Commit(run.revision + 1))
	report, err := impact.Compare(ctx, run.view, after, run.questions)
	report.Truncated = report.Truncated || run.truncated
	return report, err
}

// withholdNames takes the names away of keys that the actor may not read: that somebody else's key is concerned is theirs to
// know, what it is for is not.
func (s *Service) withholdNames(ctx context.Context, a Actor, keys []impact.Key) error {
	readable := map[authz.Owner]bool{}
	return s.view(ctx, func(r storage.Reader) error {
		for i, key := range keys {
			isReadable, known := readable[key.Owner]
			if !known {
				err := s.authorize(r, a, readKey, key.Owner)
				if _, refused := errors.AsType[*Error](err); err != nil && !refused {
					return err
				}
				isReadable = err == nil
				readable[key.Owner] = isReadable
			}
			if !isReadable {
				keys[i].Name = ""
			}
		}
		return nil
	})
}

// dryRun is one change that is tried and taken back. Its zero value has not begun; nil is none.
type dryRun struct {
	// waits lets the transaction wait for the engine.
	waits bool

	rehearsal *rehearsal
	// revision is the data's, without the change, and view the engine's at that revision.
	revision  uint64
	view      *engine.View
	questions []impact.Question
	truncated bool
}

// watch is the transaction, with what it changes noted where that is to be taken back.
func (d *dryRun) watch(tx storage.Tx) storage.Tx {
	if d == nil {
		return tx
	}
	d.rehearsal = newRehearsal(tx)
	return d.rehearsal
}

// end takes down, inside the transaction, all that can only be read there, and has it taken back: its error is errTakenBack
// where that went well. No other change can be made before it returns, so that the revision stands still.
func (d *dryRun) end(ctx context.Context, e *engine.Engine) (err error) {
	if d.revision, err = d.rehearsal.Revision(); err != nil {
		return err
	}
	if d.view, err = d.pin(ctx, e); err != nil {
		return err
	}
	if d.questions, d.truncated, err = d.rehearsal.questions(); err != nil {
		return err
	}
	return errTakenBack
}

func (d *dryRun) pin(ctx context.Context, e *engine.Engine) (*engine.View, error) {
	if d.waits {
		return e.ViewAt(ctx, d.revision)
	}
	view, err := e.View()
	if err == nil && view.DataRevision() != d.revision {
		return nil, errBehind
	}
	return view, err
}
