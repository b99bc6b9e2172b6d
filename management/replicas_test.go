package management_test

import (
	"testing"
	"time"

	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/storage"
)

// Who was seen within the last minute is listed, and who says nothing for a day is forgotten.
func TestServersAreListedWhileTheySayThatTheyRun(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Service = management.New(management.Options{Store: h.store, Keyring: h.keyring, Engine: h.engine, Clock: func() time.Time { return h.now }, ReplicaID: "rep_a"})
	before := h.revision()
	for id, seen := range map[string]time.Duration{"rep_a": 0, "rep_b": time.Minute, "rep_c": time.Minute + time.Microsecond, "rep_d": 25 * time.Hour} {
		h.must(h.store.PutReplica(t.Context(), storage.Replica{ID: id, StartedAt: noon.Add(-seen), SeenAt: noon.Add(-seen)}))
	}
	listed := func() (ids string) {
		t.Helper()
		seen, err := h.Replicas(t.Context(), platform)
		h.must(err)
		for _, r := range seen {
			ids += r.ID + " "
			if r.IsSelf != (r.ID == "rep_a") {
				t.Errorf("%s is itself: %t", r.ID, r.IsSelf)
			}
		}
		return ids
	}
	if got := listed(); got != "rep_b rep_a " {
		t.Errorf("seen are %s", got)
	}
	if h.now = noon.Add(2 * time.Minute); listed() != "" {
		t.Errorf("later: %s", listed())
	}
	if h.revision() != before {
		t.Error("the world has changed")
	}
}
