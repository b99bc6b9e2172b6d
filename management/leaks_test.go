package management_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
)

func TestALeakedKeyIsRevoked(t *testing.T) {
	h := newHouse(t)
	key, secret := h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "CI"}`)
	scanner := token(authz.LeaksScope)
	for range 2 {
		if err := h.ReportLeak(t.Context(), scanner, secret.Reveal(), "GitHub: acme/site"); err != nil {
			t.Fatal(err)
		}
	}
	if got := h.key(key.ID); got.RevokedAt == nil || got.RevokedBy != "leak: GitHub: acme/site" {
		t.Errorf("%+v", got)
	}
	page, _, err := h.Audit(t.Context(), as("admin"), management.AuditQuery{Owner: key.Owner(), Action: "leaks.report", Limit: 10})
	if err != nil || len(page) != 1 || page[0].Target.ID != "GitHub: acme/site" {
		t.Errorf("what the workspace's admin is told: %+v, %v", page, err)
	}
	if text := jsonOf(page); strings.Contains(text, secret.Reveal()) {
		t.Errorf("the audit shows the secret: %s", text)
	}
}

func TestALeakReportTellsNothing(t *testing.T) {
	h := newHouse(t)
	h.unchanged(func() {
		for _, found := range []string{apikey.Mint().Reveal(), "sk-steelengine-", "hello", strings.Repeat("x", 10_000)} {
			if err := h.ReportLeak(t.Context(), token(authz.LeaksScope), found, "a scanner"); err != nil {
				t.Errorf("%.40s: %v", found, err)
			}
		}
	})
	wantCode(t, h.ReportLeak(t.Context(), token(authz.DecideScope), apikey.Mint().Reveal(), "x"), "insufficient_scope")
}

// TestALeakIsEndedWhateverItsSource has sources as scanners write them: with the key in a URL, far too long, or none.
func TestALeakIsEndedWhateverItsSource(t *testing.T) {
	h := newHouse(t)
	for n, source := range []string{"https://x.example/log?key=%s&page=2", strings.Repeat("path/", 1000) + "%s", "", "a\x00b\n%s", "\xff%s"} {
		key, secret := h.createKey(fmt.Sprintf(`{"type": "workspace", "workspace_id": "ws", "name": "%d"}`, n))
		if err := h.ReportLeak(t.Context(), token(authz.LeaksScope), secret.Reveal(), strings.ReplaceAll(source, "%s", secret.Reveal())); err != nil {
			t.Errorf("%.60q: %v", source, err)
		}
		got := h.key(key.ID)
		if got.RevokedAt == nil || !strings.HasPrefix(got.RevokedBy, "leak: ") || strings.Contains(got.RevokedBy, secret.Reveal()) {
			t.Errorf("%.60q: %+v", source, got)
		}
		page, _, err := h.Audit(t.Context(), platform, management.AuditQuery{Limit: 1})
		if err != nil || strings.Contains(jsonOf(page), secret.Reveal()) {
			t.Errorf("%.60q: %s, %v", source, jsonOf(page), err)
		}
	}
}

func TestRevokeAllOfAnOwner(t *testing.T) {
	h := newHouse(t)
	_, first := h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "one"}`)
	_, second := h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "two"}`)
	_, other := h.createKey(`{"type": "workspace", "workspace_id": "ws_b", "name": "one"}`)
	owner := authz.Owner{Type: authz.WorkspaceOwner, ID: "ws"}
	_, _, err := h.RevokeKeysOf(t.Context(), as("writer"), owner)
	wantCode(t, err, "forbidden")
	count, _, err := h.RevokeKeysOf(t.Context(), as("admin"), owner)
	if err != nil || count != 2 {
		t.Errorf("%d, %v", count, err)
	}
	h.expect(first, "workspace.read workspace ws", authz.KeyRevoked)
	h.expect(second, "workspace.read workspace ws", authz.KeyRevoked)
	h.expect(other, "workspace.read workspace ws_b", authz.Allowed)
}
