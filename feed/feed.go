package feed

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/snapshot"
	"github.com/steelengine/steelgate/storage"
)

// Options are a feed's; every field may be left out.
type Options struct {
	// Clock tells the time that freshness is measured by: the engine's own; time.Now unless given.
	Clock func() time.Time
	// Interval is how often the change log is looked at without a wake-up; 250 ms unless given.
	Interval time.Duration
	// Keep is how many revisions of the change log are kept for others to follow; 100,000 unless given.
	Keep uint64
	Log  *slog.Logger
}

// Feed follows one store for one engine. Load and Step are called by one goroutine, Wake by any.
type Feed struct {
	store    storage.Store
	engine   *engine.Engine
	options  Options
	wake     chan struct{}
	failing  bool
	prunedAt time.Time
}

// pruneInterval is how often the change log is cut back to what is kept.
const pruneInterval = 10 * time.Minute

// reloadAbove is the number of changes from which a full load is the shorter way.
const reloadAbove = 500_000

// New makes a feed, and has the engine wake it when a question asks for what is not here yet.
func New(store storage.Store, e *engine.Engine, options Options) *Feed {
	if options.Clock == nil {
		options.Clock = time.Now
	}
	if options.Interval == 0 {
		options.Interval = 250 * time.Millisecond
	}
	if options.Keep == 0 {
		options.Keep = 100_000
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	f := &Feed{store: store, engine: e, options: options, wake: make(chan struct{}, 1)}
	e.OnBehind(f.Wake)
	return f
}

// Wake has the running feed look at the change log now. It never blocks.
func (f *Feed) Wake() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// Run follows the store until the context ends. A store that can't be read is tried again and again; meanwhile the engine
// goes stale by itself.
func (f *Feed) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-f.wake:
		case <-timer.C:
		}
		f.report(ctx, f.Step(ctx))
		f.prune(ctx)
		timer.Reset(f.options.Interval)
	}
}

// report logs the first failure of a row, and the recovery.
func (f *Feed) report(ctx context.Context, err error) {
	switch {
	case err != nil && ctx.Err() == nil && !f.failing:
		f.failing = true
		f.options.Log.Error("the store can't be followed; decisions stop when the data is too old", "error", err)
	case err == nil && f.failing:
		f.failing = false
		f.options.Log.Info("the store is followed again")
	}
}

// Step brings the engine's snapshot up to the store's revision, by a full load where there is none yet, and vouches for it
// as of the moment before the store was asked.
func (f *Feed) Step(ctx context.Context) error {
	asked := f.options.Clock()
	current := f.engine.Snapshot()
	if current == nil {
		return f.load(ctx, asked)
	}
	var next *snapshot.Snapshot
	err := f.store.View(ctx, func(r storage.Reader) (err error) {
		next, err = follow(r, current)
		return err
	})
	switch {
	case errors.Is(err, storage.ErrChangesPruned):
		return f.load(ctx, asked)
	case err != nil:
		return err
	case next == current:
		f.engine.Vouch(asked)
	default:
		f.engine.UseSnapshot(next, asked)
	}
	return nil
}

func (f *Feed) load(ctx context.Context, asked time.Time) error {
	var loaded *snapshot.Snapshot
	err := f.store.View(ctx, func(r storage.Reader) (err error) {
		loaded, err = load(r)
		return err
	})
	if err != nil {
		return err
	}
	f.engine.UseSnapshot(loaded, asked)
	f.options.Log.Info("data loaded", "revision", loaded.Revision(), "keys", loaded.Counts().Keys, "seconds", f.options.Clock().Sub(asked).Seconds())
	return nil
}

// prune is a courtesy to the disk: a failure is tried again next time.
func (f *Feed) prune(ctx context.Context) {
	s := f.engine.Snapshot()
	now := f.options.Clock()
	if s == nil || s.Revision() <= f.options.Keep || now.Sub(f.prunedAt) < pruneInterval {
		return
	}
	f.prunedAt = now
	if err := f.store.Prune(ctx, s.Revision()-f.options.Keep); err != nil && ctx.Err() == nil {
		f.options.Log.Warn("the change log could not be pruned", "error", err)
	}
}
