package storagetest

import (
	"context"
	"testing"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

// replicas proves that each server's row is its own, comes back as it was put, and is no change of the world.
func replicas(t *testing.T, store storage.Store) {
	age := 1234567 * time.Microsecond
	first := storage.Replica{
		ID: "rep_b", Version: "v1.2.3", StartedAt: noon, SeenAt: noon.Add(time.Minute), DataRevision: 1 << 40, PolicyRevision: 3, DataAge: &age, IsReady: true,
	}
	second := storage.Replica{ID: "rep_a", Version: "ü", StartedAt: noon, SeenAt: noon.Add(time.Second)}
	third := storage.Replica{ID: "rep_c", StartedAt: noon.Add(-time.Hour), SeenAt: noon.Add(time.Microsecond)}
	put := func(all ...storage.Replica) {
		t.Helper()
		for _, r := range all {
			wantError(t, "saying that it runs", store.PutReplica(t.Context(), r), nil)
		}
	}
	since := func(moment time.Time) []storage.Replica {
		t.Helper()
		return ask(t, store, func(r storage.Reader) ([]storage.Replica, error) { return r.Replicas(moment) })
	}
	same(t, "none", since(time.Time{}), []storage.Replica(nil))
	put(first, second, third)
	same(t, "all, the oldest first", since(noon), []storage.Replica{third, second, first})
	same(t, "from a moment on", since(noon.Add(time.Microsecond)), []storage.Replica{third, second, first})
	same(t, "after it", since(noon.Add(2*time.Microsecond)), []storage.Replica{second, first})
	second.SeenAt, second.IsReady, second.DataAge, second.DataRevision = noon.Add(time.Hour), true, new(time.Duration), 7
	put(second)
	same(t, "the latest alone", since(noon.Add(time.Minute)), []storage.Replica{second, first})
	wantError(t, "what can't be kept", store.PutReplica(t.Context(), storage.Replica{ID: "rep_d", Version: "v\x00"}), storage.ErrUnstorable)
	for range 2 {
		wantError(t, "leaving", store.RemoveReplica(t.Context(), "rep_b"), nil)
	}
	same(t, "without who left", since(noon), []storage.Replica{third, second})
	wantError(t, "forgetting nothing", store.Forget(t.Context(), storage.Expiry{Requests: noon.AddDate(1, 0, 0)}), nil)
	same(t, "who is not forgotten", since(noon), []storage.Replica{third, second})
	wantError(t, "forgetting", store.Forget(t.Context(), storage.Expiry{Replicas: noon.Add(time.Hour)}), nil)
	same(t, "who is left", since(time.Time{}), []storage.Replica{second})
	same(t, "the revision", ask(t, store, storage.Reader.Revision), uint64(0))
	same(t, "the changes", ask(t, store, func(r storage.Reader) ([]storage.Change, error) { return r.Changes(0, 10) }), []storage.Change(nil))
}

// replicasBesideAnUpdate proves that to say that one runs is possible, and to go on with an update, while the other happens.
func replicasBesideAnUpdate(t *testing.T, store storage.Store) {
	said := make(chan error, 1)
	revision := update(t, store, func(tx storage.Tx) error {
		if err := tx.PutUser(authz.User{ID: "usr_1"}); err != nil {
			return err
		}
		go func() {
			said <- store.PutReplica(t.Context(), storage.Replica{ID: "rep_a", StartedAt: noon, SeenAt: noon})
		}()
		return nil
	})
	wantError(t, "beside an update", <-said, nil)
	same(t, "the update's revision", revision, uint64(1))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	wantError(t, "after the end", store.PutReplica(ended, storage.Replica{ID: "rep_b", StartedAt: noon, SeenAt: noon}), context.Canceled)
	same(t, "who said so", len(ask(t, store, func(r storage.Reader) ([]storage.Replica, error) { return r.Replicas(noon) })), 1)
}
