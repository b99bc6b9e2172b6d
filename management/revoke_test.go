package management_test

import (
	"testing"
	"time"

	"github.com/steelengine/steelgate/authz"
)

// Revoking is at once and for good; repeating it is harmless, and the first one's record stands.
func TestRevokeTwice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	key, secret := h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "n"}`)
	h.expect(secret, "workflow.read workflow wf", authz.Allowed)
	revoked, revision, err := h.RevokeKey(t.Context(), as("admin"), key.ID)
	if err != nil || revoked.RevokedAt == nil || !revoked.RevokedAt.Equal(noon) || revoked.RevokedBy != "admin" || revision != h.revision() {
		t.Fatalf("got %+v at %d, %v", revoked, revision, err)
	}
	h.expect(secret, "workflow.read workflow wf", authz.KeyRevoked)
	h.now = h.now.Add(time.Second)
	h.unchanged(func() {
		again, second, err := h.RevokeKey(t.Context(), platform, key.ID)
		if err != nil || !again.RevokedAt.Equal(noon) || again.RevokedBy != "admin" || second != revision {
			t.Errorf("the second time: %+v at %d, %v", again, second, err)
		}
	})
}

func TestRevokeTheUnknown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, id := range []string{"key_unknown", "", "no id!", "\x00"} {
		h.unchanged(func() {
			_, _, err := h.RevokeKey(t.Context(), platform, id)
			wantCode(t, err, "not_found")
		})
	}
}
