package usage

import (
	"context"
	"log/slog"
	"time"

	"github.com/steelengine/steelgate/storage"
)

// Interval is how often what was marked is written: with the write itself, within the minute that the record may be late.
const Interval = 20 * time.Second

// Tracker marks uses for one store. Its methods may be called from many goroutines.
type Tracker struct {
	store  storage.Store
	log    *slog.Logger
	keys   *marks
	tokens *marks
	// sessions are those of people in the console.
	sessions *marks
	failing  bool
}

// New makes a tracker that has seen no use.
func New(store storage.Store, log *slog.Logger) *Tracker {
	return &Tracker{store: store, log: log, keys: newMarks(), tokens: newMarks(), sessions: newMarks()}
}

// Key marks a key as used at a moment.
func (t *Tracker) Key(id string, at time.Time) { t.keys.set(id, at) }

// Token marks a service token as used at a moment.
func (t *Tracker) Token(id string, at time.Time) { t.tokens.set(id, at) }

// Session marks a session as used at a moment.
func (t *Tracker) Session(id string, at time.Time) { t.sessions.set(id, at) }

// Run writes what was marked now and then, and once more when the context ends.
func (t *Tracker) Run(ctx context.Context) {
	ticker := time.NewTicker(Interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWrite)
			defer cancel()
			t.report(t.Flush(last))
			return
		case <-ticker.C:
			t.report(t.Flush(ctx))
		}
	}
}

// lastWrite is how long the write at the end may take.
const lastWrite = 5 * time.Second

// Flush writes what was marked. What can't be written is kept for the next time.
func (t *Tracker) Flush(ctx context.Context) error {
	used := storage.Used{Keys: t.keys.take(), Tokens: t.tokens.take(), Sessions: t.sessions.take()}
	if len(used.Keys)+len(used.Tokens)+len(used.Sessions) == 0 {
		return nil
	}
	err := t.store.Touch(ctx, used)
	if err != nil {
		t.keys.put(used.Keys)
		t.tokens.put(used.Tokens)
		t.sessions.put(used.Sessions)
	}
	return err
}

// report logs the first failure of a row.
func (t *Tracker) report(err error) {
	if err != nil && !t.failing {
		t.log.Warn("when keys were last used can't be written now; it is tried again", "error", err)
	}
	t.failing = err != nil
}
