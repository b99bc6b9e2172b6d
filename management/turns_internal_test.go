package management

import (
	"context"
	"errors"
	"testing"
)

// Whoever asks for much waits for themselves: another user comes next, and what is too much is refused.
func TestTurnsAreFair(t *testing.T) {
	t.Parallel()
	turns := newTurns(2)
	first, err := turns.take(t.Context(), "greedy")
	if err != nil {
		t.Fatal(err)
	}
	greedy := make(chan error, maxQueued)
	ctx, cancel := context.WithCancel(t.Context())
	for range maxQueued - 1 {
		go func() {
			done, err := turns.take(ctx, "greedy")
			if err == nil {
				done()
			}
			greedy <- err
		}()
	}
	for queued := 0; queued < maxQueued; {
		turns.lock.Lock()
		queued = turns.lanes["greedy"].queue
		turns.lock.Unlock()
	}
	if _, err := turns.take(t.Context(), "greedy"); !errors.Is(err, errTooMuchAtOnce) {
		t.Errorf("got %v", err)
	}
	for _, other := range []string{"modest", ""} {
		done, err := turns.take(t.Context(), other)
		if err != nil {
			t.Fatal(err)
		}
		done()
	}
	cancel()
	for range maxQueued - 1 {
		if err := <-greedy; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
	first()
	if len(turns.lanes) != 0 || len(turns.places) != 0 {
		t.Errorf("%d lanes and %d places are left", len(turns.lanes), len(turns.places))
	}
}

// All that waits is served, though more wait than there are places.
func TestTurnsServeAll(t *testing.T) {
	t.Parallel()
	turns := newTurns(1)
	served := make(chan error)
	for n := range 8 {
		go func() {
			done, err := turns.take(t.Context(), []string{"a", "b", "c", ""}[n%4])
			if err == nil {
				done()
			}
			served <- err
		}()
	}
	for range 8 {
		if err := <-served; err != nil {
			t.Error(err)
		}
	}
}
