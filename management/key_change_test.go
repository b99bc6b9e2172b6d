package management_test

import (
	"slices"
	"testing"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
)

func (h *house) updateKey(id, change string) (authz.APIKey, error) {
	h.t.Helper()
	key, revision, err := h.UpdateKey(h.t.Context(), platform, id, read[management.KeyChange](h.t, change))
	if err == nil && revision != h.revision() {
		h.t.Errorf("the change answers revision %d, and the data is at %d", revision, h.revision())
	}
	return key, err
}

func (h *house) mustUpdateKey(id, change string) authz.APIKey {
	h.t.Helper()
	key, err := h.updateKey(id, change)
	if err != nil {
		h.t.Fatalf("%s: %v", change, err)
	}
	return key
}

func (h *house) rotate(id string, overlap time.Duration) (authz.APIKey, apikey.Secret) {
	h.t.Helper()
	successor, secret, _, err := h.RotateKey(h.t.Context(), platform, id, overlap)
	if err != nil {
		h.t.Fatal(err)
	}
	return successor, secret
}

// Each change is in force at once, and leaves the rest as it is.
func TestUpdateKey(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	key, secret := h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "n", "workflow_ids": ["wf"]}`)
	const execute, other = "workflow.execute workflow wf", "workflow.execute workflow wf_other"
	h.mustUpdateKey(key.ID, `{"disabled": true}`)
	h.expect(secret, execute, authz.KeyDisabled)
	h.mustUpdateKey(key.ID, `{"disabled": false, "expires_at": "2030-01-31T12:00:00Z"}`)
	h.expect(secret, execute, authz.KeyExpired)
	h.mustUpdateKey(key.ID, `{"expires_at": null, "allowed_cidrs": ["10.0.0.0/8"]}`)
	h.expect(secret, execute, authz.IPNotAllowed)
	h.mustUpdateKey(key.ID, `{"allowed_cidrs": null, "workflow_ids": ["wf_other"]}`)
	h.expect(secret, execute, authz.OutsideScope)
	h.expect(secret, other, authz.Allowed)
	h.mustUpdateKey(key.ID, `{"workflow_ids": null}`)
	h.expect(secret, execute, authz.Allowed)
	renamed := h.mustUpdateKey(key.ID, `{"name": "renamed"}`)
	if renamed.Name != "renamed" || renamed.WorkflowIDs != nil || renamed.Disabled || renamed.CreatedBy != key.CreatedBy || renamed.Hint != key.Hint {
		t.Errorf("the key is %+v", renamed)
	}

	granted, secret := h.createKey(`{"type": "organization", "organization_id": "org", "name": "n", "grants": [{"workspace_id": "ws", "permission": "read"}]}`)
	h.mustUpdateKey(granted.ID, `{"grants": [{"workflow_id": "wf", "permission": "write"}]}`)
	h.expect(secret, execute, authz.Allowed)
	h.expect(secret, "workspace.read workspace ws", authz.OutsideScope)
}

func TestRefusedKeyChanges(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	workspace, _ := h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "a", "workflow_ids": ["wf"]}`)
	h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "b"}`)
	organization, _ := h.createKey(`{"type": "organization", "organization_id": "org", "name": "n", "grants": [{"workspace_id": "ws", "permission": "read"}]}`)
	personal, _ := h.createKey(`{"type": "personal", "user_id": "reader", "name": "n"}`)
	for _, c := range []struct {
		id, change string
		faults     []string
	}{
		{workspace.ID, `{"name": ""}`, []string{"name"}},
		{workspace.ID, `{"name": null, "disabled": null, "allowed_cidrs": [], "workflow_ids": []}`, []string{"name", "disabled", "allowed_cidrs", "workflow_ids"}},
		{workspace.ID, `{"workflow_ids": ["wf", "wf_b"]}`, []string{"workflow_ids[1]"}},
		{workspace.ID, `{"grants": [{"workspace_id": "ws", "permission": "read"}]}`, []string{"grants"}},
		{workspace.ID, `{"expires_at": "1900-01-01T00:00:00Z"}`, []string{"expires_at"}},
		{organization.ID, `{"grants": []}`, []string{"grants"}},
		{organization.ID, `{"grants": null}`, []string{"grants"}},
		{organization.ID, `{"grants": [{"workspace_id": "ws_2", "permission": "read"}]}`, []string{"grants[0].workspace_id"}},
		{organization.ID, `{"workflow_ids": ["wf"]}`, []string{"workflow_ids"}},
		{personal.ID, `{"workflow_ids": ["wf"], "grants": [{"workflow_id": "wf", "permission": "read"}]}`, []string{"workflow_ids", "grants"}},
	} {
		h.unchanged(func() {
			_, err := h.updateKey(c.id, c.change)
			if got := faultsOf(err); !slices.Equal(got, c.faults) {
				t.Errorf("%s: at fault %q, want %q", c.change, got, c.faults)
			}
		})
	}
	h.unchanged(func() {
		_, err := h.updateKey(workspace.ID, `{"name": "B"}`)
		wantCode(t, err, "name_taken")
		_, err = h.updateKey("key_unknown", `{}`)
		wantCode(t, err, "not_found")
	})
	if _, _, err := h.RevokeKey(t.Context(), platform, workspace.ID); err != nil {
		t.Fatal(err)
	}
	h.unchanged(func() {
		for _, change := range []string{`{"disabled": false}`, `{"expires_at": null}`, `{"name": "c"}`} {
			_, err := h.updateKey(workspace.ID, change)
			wantCode(t, err, "key_revoked")
		}
		_, _, _, err := h.RotateKey(t.Context(), platform, workspace.ID, 0)
		wantCode(t, err, "key_revoked")
	})
}

// A successor has the owner, scope, grants, restrictions and expiry of the key, and a secret of its own.
func TestRotate(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for name, body := range map[string]string{
		"personal":     `{"type": "personal", "user_id": "writer", "name": "n", "allowed_cidrs": ["10.0.0.0/8"], "expires_at": "2030-06-01T00:00:00Z"}`,
		"workspace":    `{"type": "workspace", "workspace_id": "ws", "name": "n", "workflow_ids": ["wf"], "disabled": true}`,
		"organization": `{"type": "organization", "organization_id": "org", "name": "n", "grants": [{"workspace_id": "ws", "permission": "read"}, {"workflow_id": "wf", "permission": "write"}]}`,
	} {
		old, oldSecret := h.createKey(body)
		successor, secret := h.rotate(old.ID, time.Hour)
		want := old
		want.ID, want.Hint, want.CreatedBy, want.CreatedAt, want.Replaces = successor.ID, secret.Hint(), successor.CreatedBy, successor.CreatedAt, successor.Replaces
		if successor.ID == old.ID || secret.Reveal() == oldSecret.Reveal() || jsonOf(successor) != jsonOf(want) || successor.OwnerID != old.OwnerID {
			t.Errorf("%s: the successor is %s\nof %s", name, jsonOf(successor), jsonOf(old))
		}
		replaced := h.key(old.ID)
		if replaced.ReplacedBy != successor.ID || replaced.RevokedAt != nil || !replaced.ExpiresAt.Equal(noon.Add(time.Hour)) {
			t.Errorf("%s: the old key is %s", name, jsonOf(replaced))
		}
	}
}

func TestRotatedKeyEndsAfterTheOverlap(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const execute = "workflow.execute workflow wf"
	old, oldSecret := h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "n"}`)
	successor, secret := h.rotate(old.ID, time.Minute)
	h.expect(oldSecret, execute, authz.Allowed)
	h.expect(secret, execute, authz.Allowed)
	h.now = h.now.Add(time.Minute - 1)
	h.expect(oldSecret, execute, authz.Allowed)
	h.now = h.now.Add(1)
	h.expect(oldSecret, execute, authz.KeyExpired)
	h.expect(secret, execute, authz.Allowed)

	last, lastSecret := h.rotate(successor.ID, 0)
	h.expect(secret, execute, authz.KeyExpired)
	h.expect(lastSecret, execute, authz.Allowed)
	// One that ends sooner keeps its end.
	short, _ := h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "short", "expires_at": "2030-01-31T12:30:00Z"}`)
	next, _ := h.rotate(short.ID, management.MaxOverlap)
	if got := h.key(short.ID).ExpiresAt; !got.Equal(*short.ExpiresAt) || !next.ExpiresAt.Equal(*short.ExpiresAt) {
		t.Errorf("the old ends at %v, its successor at %v", got, next.ExpiresAt)
	}
	if _, _, err := h.RevokeKey(t.Context(), platform, last.ID); err != nil {
		t.Fatal(err)
	}
	h.expect(lastSecret, execute, authz.KeyRevoked)
}

// A replaced key has one successor, gives its name up, and may not live longer than it was left.
func TestReplacedKey(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	old, secret := h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "n"}`)
	successor, _ := h.rotate(old.ID, time.Hour)
	h.unchanged(func() {
		_, _, _, err := h.RotateKey(t.Context(), platform, old.ID, 0)
		wantCode(t, err, "key_replaced")
		for _, change := range []string{`{"expires_at": null}`, `{"expires_at": "2030-01-31T13:00:01Z"}`} {
			_, err = h.updateKey(old.ID, change)
			wantFaults(t, err, "expires_at")
		}
		_, err = h.Import(t.Context(), platform, lines(`{"kind": "key", "id": "`+old.ID+`", "expires_at": null}`))
		wantFaults(t, err, "1 expires_at")
	})
	h.mustUpdateKey(old.ID, `{"expires_at": "2030-01-31T12:30:00Z"}`)
	h.mustUpdateKey(old.ID, `{"disabled": true}`)
	h.expect(secret, "workflow.read workflow wf", authz.KeyDisabled)
	// The name is the successor's now.
	_, _, _, err := h.CreateKey(t.Context(), platform, read[management.KeyFields](t, `{"type": "workspace", "workspace_id": "ws", "name": "N"}`))
	wantCode(t, err, "name_taken")
	h.mustUpdateKey(successor.ID, `{"name": "m"}`)
	h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "N"}`)
}

func TestExpiredKeyHasNoSuccessor(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	key, _ := h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "n", "expires_at": "2030-01-31T12:00:00Z"}`)
	h.unchanged(func() {
		_, _, _, err := h.RotateKey(t.Context(), platform, key.ID, 0)
		wantCode(t, err, "key_expired")
	})
}

// A successor takes the consequences that its predecessor would: nothing that ended comes back by a rotation.
func TestRotationBringsNothingBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	old, _ := h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "n", "workflow_ids": ["wf"]}`)
	h.deleteResource("workflow", "wf")
	_, secret := h.rotate(old.ID, 0)
	h.putResource("workflow", "wf", `{"workspace_id": "ws"}`)
	h.expect(secret, "workflow.read workflow wf", authz.OutsideScope)
	h.expect(secret, "workflow.read workflow wf_other", authz.OutsideScope)

	old, _ = h.createKey(`{"type": "organization", "organization_id": "org", "name": "n", "grants": [{"workspace_id": "ws", "permission": "read"}]}`)
	_, secret = h.rotate(old.ID, 0)
	h.putWorkspace("ws", `{"organization_id": null}`)
	h.putWorkspace("ws", `{"organization_id": "org"}`)
	h.expect(secret, "workspace.read workspace ws", authz.OutsideScope)
}
