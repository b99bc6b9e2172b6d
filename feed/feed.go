package feed

import (
	"context"
	"errors"
	"log/slog"
	"sync"
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
	// Check says, in the transaction that reads, whether what is read may be adopted; whole is set where that is everything and
	// not only what has changed. Where it fails the engine keeps the data that it has, and goes stale.
	Check func(r storage.Reader, whole bool) error
	// Candidate is told of the policy that begins to run beside the one in force; the id "" is that none does any more, and a nil
	// policy that it does not compile here.
	Candidate func(id string, policy *engine.Policy)
	// Keep is how many revisions of the change log are kept for others to follow; 100,000 unless given.
	Keep uint64
	Log  *slog.Logger
}

// Feed follows one store for one engine. Step is called by one goroutine, Wake by any.
type Feed struct {
	store   storage.Store
	engine  *engine.Engine
	options Options
	wake    chan struct{}
	failing bool
	// last are the changes of the revision that the engine's snapshot is of, as far as they are known: by them another
	// history is told from the one that was loaded.
	last []storage.Change
	held held
	// policies are what the engine has been given of those that are published.
	policies policyState
}

// A store that does not answer is given up on, and asked anew, after these. They are long: what is slow but gets there
// must not be begun again and again.
const (
	followLimit = time.Minute
	loadLimit   = 10 * time.Minute
)

// New makes a feed, and has the engine wake it when a question asks for what is not here yet.
func New(store storage.Store, e *engine.Engine, options Options) *Feed {
	if options.Clock == nil {
		options.Clock = time.Now
	}
	if options.Interval == 0 {
		options.Interval = 250 * time.Millisecond
	}
	if options.Check == nil {
		options.Check = func(storage.Reader, bool) error { return nil }
	}
	if options.Candidate == nil {
		options.Candidate = func(string, *engine.Policy) {}
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
	// Pruning waits for its turn to write, and following must not wait for that.
	var pruning sync.WaitGroup
	defer pruning.Wait()
	pruning.Go(func() { f.keepPruned(ctx) })

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

// Step brings the engine's snapshot up to the store's revision, by a full load where there is none yet or the change log
// does not lead on from it, and vouches for it as of the moment before the store was asked.
func (f *Feed) Step(ctx context.Context) error {
	if current := f.engine.Snapshot(); current != nil {
		err := f.follow(ctx, current)
		if !errors.Is(err, errLoadAnew) {
			return err
		}
		f.options.Log.Warn("everything is loaded anew", "why", err)
	}
	if err := f.load(ctx); err != nil {
		return err
	}
	// A long load is old by the time it is there. What came since is small.
	return f.follow(ctx, f.engine.Snapshot())
}

func (f *Feed) follow(ctx context.Context, current *snapshot.Snapshot) error {
	ctx, cancel := context.WithTimeout(ctx, followLimit)
	defer cancel()
	asked := f.options.Clock()
	next, last := current, f.last
	var published newPolicies
	err := f.store.View(ctx, func(r storage.Reader) (err error) {
		if err := f.options.Check(r, false); err != nil {
			return err
		}
		if next, last, err = follow(r, current, f.last, &f.held); err != nil || next == current {
			return err
		}
		published, err = readPolicies(r, f.policies)
		return err
	})
	if err != nil {
		return err
	}
	f.last = last
	f.held.forgetReleased()
	if next == current {
		f.engine.Vouch(asked)
		return nil
	}
	// First the policy: who asks with the revision that published it is decided by it.
	f.usePolicies(published)
	f.engine.UseSnapshot(next, asked)
	return nil
}

func (f *Feed) load(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, loadLimit)
	defer cancel()
	asked := f.options.Clock()
	var loaded *snapshot.Snapshot
	var last []storage.Change
	var published newPolicies
	err := f.store.View(ctx, func(r storage.Reader) (err error) {
		if err := f.options.Check(r, true); err != nil {
			return err
		}
		if loaded, last, err = load(r); err != nil {
			return err
		}
		// In another history the same files may be published as the same revision for another reason, or for none.
		published, err = readPolicies(r, policyState{candidate: f.policies.candidate})
		return err
	})
	if err != nil {
		return err
	}
	f.last, f.held = last, held{}
	f.usePolicies(published)
	f.engine.UseSnapshot(loaded, asked)
	f.options.Log.Info("data loaded", "revision", loaded.Revision(), "keys", loaded.Counts().Keys, "seconds", f.options.Clock().Sub(asked).Seconds())
	return nil
}
