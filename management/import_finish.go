package management

import (
	"context"
	"errors"
	"time"

	"github.com/steelengine/steelgate/storage"
)

const (
	// applyPortion is how many lines are applied in one transaction: as long as that takes, a revocation waits.
	applyPortion = 200
	// resumeInterval is how often imports are looked for that a process left unfinished.
	resumeInterval = 5 * time.Second
	// forgetInterval is how often what is over is forgotten: requests that can no longer be repeated, sessions that have ended,
	// imports that were broken off.
	forgetInterval = time.Hour
)

// Run does what is due now and then, until the context ends: it finishes imports that a crash or a lost database left
// behind, and forgets what is over.
func (s *Service) Run(ctx context.Context) {
	ticker := time.NewTicker(resumeInterval)
	defer ticker.Stop()
	var forgotten time.Time
	var seen importPlace
	for failing := false; ; {
		if now := s.now(); now.Sub(forgotten) >= forgetInterval {
			forgotten = now
			if err := errors.Join(s.forget(ctx), s.forgetImports(ctx)); err != nil && ctx.Err() == nil {
				s.log.Debug("what is over is not forgotten yet", "error", err)
			}
		}
		place, err := s.importPlace(ctx)
		if err == nil && place == seen {
			// It has not moved since the last look: nobody is at it.
			err = s.Resume(ctx)
		}
		seen = place
		if err != nil && !failing && ctx.Err() == nil {
			s.log.Error("imports that were left unfinished can't be looked for, or finished, now; it is tried again until they are", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// importPlace is the import that is being applied, and how far it is; zero where there is none.
type importPlace struct {
	id      string
	through storage.StagedPosition
}

func (s *Service) importPlace(ctx context.Context) (place importPlace, err error) {
	place.id, place.through, err = s.store.Imports().Applying(ctx)
	if errors.Is(err, storage.ErrNotFound) {
		return importPlace{}, nil
	}
	return place, err
}

// Resume finishes the import that is being applied, if there is one. Several processes may do so at once.
func (s *Service) Resume(ctx context.Context) error {
	id, _, err := s.store.Imports().Applying(ctx)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if !s.applying.TryLock() {
		// It was not left: somebody here is at it.
		return nil
	}
	defer s.applying.Unlock()
	s.log.Info("finishing an import that was left unfinished", "import", id)
	_, err = s.finish(ctx, id, neverChecked)
	if errors.Is(err, errTakenOver) {
		return nil
	}
	if _, refused := errors.AsType[*Error](err); refused {
		s.log.Warn("an import that was broken off before it was checked is at fault, and was discarded", "error", err)
		return nil
	}
	return err
}

// neverChecked is the revision of no world.
const neverChecked = ^uint64(0)

// finish checks an import, now that nothing but revocations can come between, and applies it from where it stands. The
// check is spared where the world is still the one that it was made on. Once a portion is applied there is no way back; an
// error then says that the rest has to wait for Run.
func (s *Service) finish(ctx context.Context, id string, checkedAt uint64) (revision uint64, err error) {
	ctx = context.WithoutCancel(ctx)
	for isChecked := false; ; isChecked = true {
		applying, through, err := s.store.Imports().Applying(ctx)
		if errors.Is(err, storage.ErrNotFound) || err == nil && applying != id {
			return s.endedElsewhere(ctx, id)
		}
		if err != nil {
			return 0, translated(err)
		}
		if !isChecked && through == (storage.StagedPosition{}) {
			if err := s.checkAgain(ctx, id, checkedAt); err != nil {
				return 0, s.unlessRefused(ctx, id, err)
			}
		}
		lines, err := s.store.Imports().Lines(ctx, id, through, applyPortion)
		switch {
		case err != nil:
			return 0, translated(err)
		case len(lines) == 0 && through == (storage.StagedPosition{}):
			return s.endedElsewhere(ctx, id)
		}
		revision, err := s.applyLines(ctx, id, through, lines)
		switch {
		case errors.Is(err, storage.ErrNotFound):
			continue
		case err != nil:
			return 0, translated(err)
		}
		s.wake()
		if len(lines) < applyPortion {
			s.settle(ctx, revision)
			s.forgetLines(ctx, id)
			return revision, nil
		}
	}
}

// errTakenOver says that another process took the import over, and found it at fault.
var errTakenOver = refuse(Busy, "import_taken_over", "Another process took this import over, and nothing was imported: send it again, which is harmless.")

// endedElsewhere tells how an import ended that another process finished beside this one: a server looks for imports that
// were left, and can't tell those of a command that is at work.
func (s *Service) endedElsewhere(ctx context.Context, id string) (revision uint64, err error) {
	err = s.view(ctx, func(r storage.Reader) error {
		revision, err = r.ImportEnded(id)
		return err
	})
	if errors.Is(err, storage.ErrNotFound) {
		return 0, errTakenOver
	}
	if err == nil {
		s.settle(ctx, revision)
	}
	return revision, err
}

// forgetLines is a courtesy to the disk: the import is done.
func (s *Service) forgetLines(ctx context.Context, id string) {
	if err := s.store.Imports().Discard(ctx, id, false); err != nil {
		s.log.Warn("a finished import's lines are left over until the next import", "error", err)
	}
}

// checkAgain asks what was asked before the world was held still: whether the importer may, and, unless it is the same
// world, whether the lines fit it.
func (s *Service) checkAgain(ctx context.Context, id string, checkedAt uint64) error {
	importer, err := s.importer(ctx, id)
	if err != nil {
		return err
	}
	var revision uint64
	err = s.view(ctx, func(r storage.Reader) error {
		if err := importer.mustStand(r); err != nil {
			return err
		}
		if err := s.authorize(r, importer, importWorld, thePlatform); err != nil {
			return err
		}
		revision, err = r.Revision()
		return err
	})
	if err == nil && revision != checkedAt {
		_, err = s.checkStaged(ctx, id)
	}
	return err
}

// unlessRefused gives an import up that is at fault, before anything of it was applied.
func (s *Service) unlessRefused(ctx context.Context, id string, err error) error {
	if _, refused := errors.AsType[*Error](err); !refused {
		return err
	}
	if failed := s.store.Imports().Discard(ctx, id, true); failed != nil {
		return translated(failed)
	}
	return err
}

func (s *Service) revision(ctx context.Context) (revision uint64, err error) {
	err = s.view(ctx, func(r storage.Reader) error {
		revision, err = r.Revision()
		return err
	})
	return revision, err
}
