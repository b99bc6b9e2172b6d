package usage_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/storage/sqlite"
	"github.com/steelengine/steelgate/usage"
)

var noon = time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)

// flaky is a store that can't be written as long as it fails.
type flaky struct {
	storage.Store
	fails bool
}

func (f *flaky) Touch(ctx context.Context, used storage.Used) error {
	if f.fails {
		return errors.New("no")
	}
	return f.Store.Touch(ctx, used)
}

func newStore(t *testing.T) *flaky {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "steelgate.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	_, err = store.Update(t.Context(), func(tx storage.Tx) error {
		key := storage.Key{APIKey: authz.APIKey{ID: "key_1", Type: authz.PersonalKey, OwnerID: "u", Name: "n", CreatedAt: noon}}
		token := storage.Token{ServiceToken: authz.ServiceToken{ID: "tok_1", Name: "n", CreatedAt: noon}}
		return errors.Join(tx.PutKey(key), tx.PutToken(token))
	})
	if err != nil {
		t.Fatal(err)
	}
	return &flaky{Store: store}
}

// lastUsed reads when the key and the token were last used, and the revision.
func lastUsed(t *testing.T, store storage.Store) (key, token *time.Time, revision uint64) {
	t.Helper()
	err := store.View(t.Context(), func(r storage.Reader) error {
		k, err := r.Key("key_1")
		if err != nil {
			return err
		}
		tok, err := r.Token("tok_1")
		if err != nil {
			return err
		}
		key, token = k.LastUsedAt, tok.LastUsedAt
		revision, err = r.Revision()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return key, token, revision
}

func wantTime(t *testing.T, what string, got *time.Time, want time.Time) {
	t.Helper()
	if got == nil || !got.Equal(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestTheLatestUseIsWritten(t *testing.T) {
	store := newStore(t)
	tracker := usage.New(store, slog.New(slog.DiscardHandler))
	var callers sync.WaitGroup
	for n := range 100 {
		callers.Go(func() {
			tracker.Key("key_1", noon.Add(time.Duration(n)*time.Second))
			tracker.Token("tok_1", noon.Add(time.Duration(n)*time.Minute))
			tracker.Key("key_gone", noon)
		})
	}
	callers.Wait()
	if err := tracker.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	key, token, revision := lastUsed(t, store)
	wantTime(t, "the key", key, noon.Add(99*time.Second))
	wantTime(t, "the token", token, noon.Add(99*time.Minute))
	if revision != 1 {
		t.Errorf("to note a use made revision %d", revision)
	}
}

func TestAnEarlierUseMovesNothingBack(t *testing.T) {
	store := newStore(t)
	tracker := usage.New(store, slog.New(slog.DiscardHandler))
	for _, at := range []time.Time{noon.Add(time.Hour), noon} {
		tracker.Key("key_1", at)
		if err := tracker.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	key, _, _ := lastUsed(t, store)
	wantTime(t, "the key", key, noon.Add(time.Hour))
}

func TestWhatCouldNotBeWrittenIsKept(t *testing.T) {
	store := newStore(t)
	tracker := usage.New(store, slog.New(slog.DiscardHandler))
	tracker.Key("key_1", noon)
	store.fails = true
	if tracker.Flush(t.Context()) == nil {
		t.Error("the store failed, and the tracker did not")
	}
	store.fails = false
	if err := tracker.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	key, _, _ := lastUsed(t, store)
	wantTime(t, "the key", key, noon)
}

func TestTheLastUsesAreWrittenAtTheEnd(t *testing.T) {
	store := newStore(t)
	tracker := usage.New(store, slog.New(slog.DiscardHandler))
	tracker.Key("key_1", noon)
	ended, end := context.WithCancel(t.Context())
	end()
	tracker.Run(ended)
	key, _, _ := lastUsed(t, store)
	wantTime(t, "the key", key, noon)
}
