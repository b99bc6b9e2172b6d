package management_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/steelengine/steelgate/management"
)

// shown is what a list of reaching keys says, a line a key: its name, the grants and the permission.
func shown(keys []management.ReachingKey) []string {
	var lines []string
	for _, k := range keys {
		line := k.Key.Name
		for _, g := range k.Grants {
			line += fmt.Sprintf(" %s%s:%s", g.WorkspaceID, g.WorkflowID, g.Permission)
		}
		if fmt.Sprint(k.Key.Grants) != fmt.Sprint(k.Grants) {
			line += " but the record has other grants"
		}
		lines = append(lines, line+" = "+k.Permission.String())
	}
	slices.Sort(lines)
	return lines
}

// The members of a workspace see which organization keys reach it, by which grants here; of grants elsewhere nothing.
func TestReachingKeys(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	make := func(name, grants, more string) {
		h.createKey(fmt.Sprintf(`{"type": "organization", "organization_id": "org", "name": %q, "grants": [%s] %s}`, name, grants, more))
	}
	make("both", `{"workspace_id": "ws", "permission": "read"}, {"workflow_id": "wf_b", "permission": "admin"}, {"workflow_id": "wf", "permission": "write"}, {"workspace_id": "ws_b", "permission": "admin"}`, "")
	make("workflow", `{"workflow_id": "wf", "permission": "read"}`, "")
	make("elsewhere", `{"workspace_id": "ws_b", "permission": "admin"}, {"workflow_id": "wf_b", "permission": "admin"}`, "")
	make("disabled", `{"workspace_id": "ws", "permission": "admin"}`, `, "disabled": true`)
	make("expires", `{"workspace_id": "ws", "permission": "admin"}`, `, "expires_at": "2030-01-31T12:00:01Z"`)
	revoked, _ := h.createKey(`{"type": "organization", "organization_id": "org", "name": "revoked", "grants": [{"workspace_id": "ws", "permission": "read"}]}`)
	if _, _, err := h.RevokeKey(t.Context(), platform, revoked.ID); err != nil {
		t.Fatal(err)
	}
	h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "no organization's"}`)
	h.createKey(`{"type": "personal", "user_id": "writer", "name": "no organization's"}`)

	want := []string{"both ws:read wf:write = write", "disabled ws:admin = admin", "expires ws:admin = admin", "workflow wf:read = read"}
	got, err := h.ReachingKeys(t.Context(), as("reader"), "ws")
	if err != nil || !slices.Equal(shown(got), want) {
		t.Errorf("got %q, want %q, %v", shown(got), want, err)
	}
	h.now = h.now.Add(time.Second)
	got, err = h.ReachingKeys(t.Context(), as("reader"), "ws")
	if err != nil || slices.Contains(shown(got), "expires ws:admin = admin") {
		t.Errorf("an expired key reaches: %q, %v", shown(got), err)
	}
	h.putWorkspace("ws", `{"organization_id": "org_2"}`)
	got, err = h.ReachingKeys(t.Context(), platform, "ws")
	if err != nil || len(got) != 0 {
		t.Errorf("keys of an organization that it left: %q, %v", shown(got), err)
	}
	_, err = h.ReachingKeys(t.Context(), platform, "nowhere")
	wantCode(t, err, "not_found")
}
