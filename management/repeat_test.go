package management_test

import (
	"testing"
	"time"

	"github.com/steelengine/steelgate/management"
)

func TestACreateThatComesAgain(t *testing.T) {
	h := newHouse(t)
	fields := read[management.KeyFields](t, `{"type": "workspace", "workspace_id": "ws", "name": "CI"}`)
	admin := as("admin")
	admin.Once = management.Once{Key: "request-1", Fingerprint: [32]byte{1}}
	key, secret, _, err := h.CreateKey(t.Context(), admin, fields)
	if err != nil || secret.IsZero() {
		t.Fatal(err)
	}
	h.unchanged(func() {
		again, secret, _, err := h.CreateKey(t.Context(), admin, fields)
		if err != nil || again.ID != key.ID || !secret.IsZero() {
			t.Errorf("the repeat: %s, a secret %t, %v", again.ID, !secret.IsZero(), err)
		}
	})
	other := admin
	other.Once.Fingerprint = [32]byte{2}
	_, _, _, err = h.CreateKey(t.Context(), other, fields)
	wantCode(t, err, "idempotency_key_reused")

	// Another actor's request of the same name is another request.
	owner := as("owner")
	owner.Once = admin.Once
	_, _, _, err = h.CreateKey(t.Context(), owner, fields)
	wantCode(t, err, "name_taken")

	h.now = h.now.Add(24 * time.Hour)
	_, _, _, err = h.CreateKey(t.Context(), admin, fields)
	wantCode(t, err, "name_taken")
}

func TestARotationThatComesAgain(t *testing.T) {
	h := newHouse(t)
	key, _ := h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "CI"}`)
	admin := as("admin")
	admin.Once = management.Once{Key: "request-1"}
	successor, secret, _, err := h.RotateKey(t.Context(), admin, key.ID, time.Hour)
	if err != nil || secret.IsZero() {
		t.Fatal(err)
	}
	again, secret, _, err := h.RotateKey(t.Context(), admin, key.ID, time.Hour)
	if err != nil || again.ID != successor.ID || !secret.IsZero() {
		t.Errorf("the repeat: %s, a secret %t, %v", again.ID, !secret.IsZero(), err)
	}
}
