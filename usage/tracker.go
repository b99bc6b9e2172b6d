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
	store   storage.Store
	log     *slog.Logger
	keys    *marks
	tokens  *marks
	failing bool
}

// New makes a tracker that has seen no use.
func New(store storage.Store, log *slog.Logger) *Tracker {
	return &Tracker{store: store, log: log, keys: newMarks(), tokens: newMarks()}
}

// Key marks a key as used at a moment.
func (t *Tracker) Key(id string, at time.Time) { t.keys.set(id, at) }

// Token marks a service token as used at a moment.
func (t *Tracker) Token(id string, at time.Time) { t.tokens.set(id, at) }

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
	keys, tokens := t.keys.take(), t.tokens.take()
	if len(keys)+len(tokens) == 0 {
		return nil
	}
	err := t.store.Touch(ctx, keys, tokens)
	if err != nil {
		t.keys.put(keys)
		t.tokens.put(tokens)
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
