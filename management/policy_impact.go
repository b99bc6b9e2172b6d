package management

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/impact"
	"github.com/steelengine/steelgate/engine/opastore"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/storage/decisions"
)

const (
	// ReplayWindow is how far back logged decisions are made again where nobody says.
	ReplayWindow = 24 * time.Hour
	// maxReplayed is how many of them are, the oldest of the window first.
	maxReplayed = 100_000
	// historyPage is how many changes are read at once, and maxHistory how many at most.
	historyPage = 10_000
	maxHistory  = 500_000
)

// PolicyImpact tells what a draft would change, before it does: over the small world, of the keys that stand, and of what was
// decided in a window of time. It fails with DraftRefused where the draft can't decide at all.
//
// The draft is somebody's program. It runs here only after it passed through the check's own decisions, in a process with
// limits; each decision has the engine's time limit, and one impact is worked out at a time.
func (s *Service) PolicyImpact(ctx context.Context, a Actor, files map[string]string, from, until time.Time) (report impact.Draft, err error) {
	if err := s.MayReadPolicies(ctx, a); err != nil {
		return report, err
	}
	verdict, err := s.drafts.Check(ctx, files)
	if err != nil {
		return report, err
	}
	if verdict.IsBroken() {
		return report, &DraftRefused{verdict}
	}
	select {
	case s.weighing <- struct{}{}:
		defer func() { <-s.weighing }()
	case <-ctx.Done():
		return report, ctx.Err()
	}
	view, err := s.engine.View()
	if err != nil {
		return report, err
	}
	active := s.engine.Policy()
	draft, err := engine.Compile(files, active.Revision(), engine.Unguarded)
	if err != nil {
		return report, err
	}
	if report.SmallWorld, err = impact.Policies(ctx, active, draft); err != nil {
		return report, err
	}
	report.Widens, report.Digest = report.SmallWorld.Widens, report.SmallWorld.Digest
	s.weighed.note(weighedDraft{active.Revision(), DigestOfPolicy(files)}, report.Digest)
	if report.Live, err = impact.Touched(ctx, view, draft, report.SmallWorld); err != nil {
		return report, err
	}
	logged, err := s.replay(ctx, view, draft, from, until)
	report.Logged = &logged
	return report, err
}

// replay makes the logged decisions of a window again; none where no log is kept that can be read.
func (s *Service) replay(ctx context.Context, view *engine.View, draft *engine.Policy, from, until time.Time) (impact.Logged, error) {
	if s.decisions == nil {
		return impact.Replay(ctx, view, draft, func(func(authz.LoggedDecision, error) bool) {}, impact.NewHistory(view.DataRevision(), view.DataRevision()))
	}
	if until.IsZero() {
		until = s.now().Add(time.Second)
	}
	if from.IsZero() {
		from = until.Add(-ReplayWindow)
	}
	window := decisions.Filter{From: from, Until: until}
	history, err := s.history(ctx, window, view.DataRevision())
	if err != nil {
		return impact.Logged{}, err
	}
	return impact.Replay(ctx, view, draft, s.window(ctx, window, maxReplayed), history)
}

// window are the logged decisions of a window, oldest first, at most so many.
func (s *Service) window(ctx context.Context, window decisions.Filter, most int) iter.Seq2[authz.LoggedDecision, error] {
	return func(yield func(authz.LoggedDecision, error) bool) {
		taken := 0
		err := s.decisions.Replay(ctx, window, func(d authz.LoggedDecision) error {
			if taken++; taken > most || !yield(d, nil) {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(authz.LoggedDecision{}, translated(err))
		}
	}
}

var errEnough = errors.New("enough")

// history is what changed since the oldest decision of the window. Where the change log no longer reaches back so far, or that
// is too much to read, it begins at the revision that stands: decisions of before can't be made again.
func (s *Service) history(ctx context.Context, window decisions.Filter, through uint64) (*impact.History, error) {
	oldest := through
	for d, err := range s.window(ctx, window, 1) {
		if err != nil {
			return nil, err
		}
		oldest = min(oldest, d.DataRevision)
	}
	history := impact.NewHistory(oldest, through)
	err := s.view(ctx, func(r storage.Reader) error {
		for after, read := oldest, 0; after < through; {
			changes, err := r.Changes(after, historyPage)
			if err != nil {
				return err
			}
			if read += len(changes); len(changes) == 0 || read > maxHistory {
				return storage.ErrChangesPruned
			}
			for _, c := range changes {
				history.Note(opastore.Record{Kind: string(c.Kind), A: c.A, B: c.B}, c.Revision)
			}
			after = changes[len(changes)-1].Revision
		}
		return nil
	})
	if errors.Is(err, storage.ErrChangesPruned) {
		return impact.NewHistory(through, through), nil
	}
	return history, err
}
