package engine

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// Options are an engine's; every field but Keyring may be left out.
type Options struct {
	Keyring *apikey.Keyring
	// Clock tells the time; time.Now unless given.
	Clock func() time.Time
	// TimeLimit ends the evaluation of a policy; 1 s unless given, so that a busy machine is not taken for a runaway rule.
	TimeLimit time.Duration
	// PermitLimit ends the evaluation of a rule about changes, which holds up every other change meanwhile: a quarter of a second
	// unless given, or as TimeLimit where that is given.
	PermitLimit time.Duration
	// MaxStaleness is how long after the feed last vouched for the data it may still be decided on; 10 s unless given.
	MaxStaleness time.Duration
	// RevisionWait is how long a question waits for the revision that it asks for; 1 s unless given.
	RevisionWait time.Duration
	// KeyUsed and TokenUsed are told, by its id, which live key or service token was presented, and when. They must not wait.
	KeyUsed, TokenUsed func(id string, at time.Time)
}

// Engine holds the policy and the snapshot in force. Its methods may be called from many goroutines; none that decides
// ever waits for one that changes either.
type Engine struct {
	options Options
	policy  atomic.Pointer[Policy]
	data    atomic.Pointer[data]
	// contexts has that of the second in which the last view was taken.
	contexts contexts

	// behind is told when a question asks for a revision that is not here yet.
	behind atomic.Pointer[func()]

	// advance serializes the writers of data, which are the feed's alone.
	advance sync.Mutex
}

// data is a snapshot, until when it is known to have been the whole truth, and a channel that is closed by its successor.
type data struct {
	snapshot *snapshot.Snapshot
	asOf     time.Time
	replaced chan struct{}
}

// New makes an engine that has neither policy nor data, and decides nothing yet.
func New(options Options) *Engine {
	if options.Clock == nil {
		options.Clock = time.Now
	}
	if options.KeyUsed == nil {
		options.KeyUsed = func(string, time.Time) {}
	}
	if options.TokenUsed == nil {
		options.TokenUsed = func(string, time.Time) {}
	}
	if options.PermitLimit == 0 {
		options.PermitLimit = cmp.Or(options.TimeLimit, time.Second/4)
	}
	if options.TimeLimit == 0 {
		options.TimeLimit = time.Second
	}
	if options.MaxStaleness == 0 {
		options.MaxStaleness = 10 * time.Second
	}
	if options.RevisionWait == 0 {
		options.RevisionWait = time.Second
	}
	e := &Engine{options: options}
	e.data.Store(&data{replaced: make(chan struct{})})
	return e
}

// UsePolicy puts a compiled policy in force for every view that is taken from now on.
func (e *Engine) UsePolicy(p *Policy) { e.policy.Store(p) }

// Policy is the one in force, or nil.
func (e *Engine) Policy() *Policy { return e.policy.Load() }

// UseSnapshot puts data in force that was the whole truth at asOf.
func (e *Engine) UseSnapshot(s *snapshot.Snapshot, asOf time.Time) {
	e.advance.Lock()
	defer e.advance.Unlock()
	old := e.data.Swap(&data{snapshot: s, asOf: asOf, replaced: make(chan struct{})})
	close(old.replaced)
}

// Vouch says that the data in force was still the whole truth at asOf.
func (e *Engine) Vouch(asOf time.Time) {
	e.advance.Lock()
	defer e.advance.Unlock()
	current := *e.data.Load()
	current.asOf = asOf
	e.data.Store(&current)
}

// Snapshot is the one in force, or nil.
func (e *Engine) Snapshot() *snapshot.Snapshot { return e.data.Load().snapshot }

// OnBehind has a function called, from any goroutine, when a question asks for data that is not here yet.
func (e *Engine) OnBehind(wake func()) { e.behind.Store(&wake) }

// Freshness tells since when the engine can't vouch for its data, as an age, and whether it is fresh enough to decide on.
func (e *Engine) Freshness() (age time.Duration, fresh bool) {
	d := e.data.Load()
	if d.snapshot == nil {
		return 0, false
	}
	age = ageOf(d.asOf, e.options.Clock())
	return age, age <= e.options.MaxStaleness
}

// ageOf is how long ago a moment was, by whichever clock ran further: the monotonic one may stand still while a machine is
// suspended, and the other may be set back.
func ageOf(moment, now time.Time) time.Duration {
	return max(now.Sub(moment), now.Round(0).Sub(moment.Round(0)))
}

// Ready is nil once the engine has a policy and fresh data, and else says what is missing.
func (e *Engine) Ready() error {
	_, err := e.View()
	return err
}

// Await waits until the data in force has reached the revision, as long as RevisionWait and the context allow, and
// answers ErrStale where it does not.
func (e *Engine) Await(ctx context.Context, revision uint64) error {
	if d := e.data.Load(); d.snapshot != nil && d.snapshot.Revision() >= revision {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, e.options.RevisionWait)
	defer cancel()
	if wake := e.behind.Load(); wake != nil {
		(*wake)()
	}
	for {
		d := e.data.Load()
		if d.snapshot != nil && d.snapshot.Revision() >= revision {
			return nil
		}
		select {
		case <-d.replaced:
		case <-ctx.Done():
			return stale("the data revision that was asked for has not arrived")
		}
	}
}
