package api_test

import (
	"strconv"
	"strings"
	"testing"
)

// Each kind of entity is put, read, put again and deleted, and each change says by which revision it is in force.
func TestDirectory(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	for _, c := range []struct{ path, body, made, change, changed string }{
		{"/v1/users/u", `{}`, `{"id":"u","name":"","email":"","active":true,"platform_role":null}`,
			`{"name":"U","platform_role":"policy_admin"}`, `{"id":"u","name":"U","email":"","active":true,"platform_role":"policy_admin"}`},
		{"/v1/organizations/o", `{"id": "o", "name": "O"}`, `{"id":"o","name":"O"}`, `{}`, `{"id":"o","name":"O"}`},
		{"/v1/workspaces/w", `{"owner_id": "ben"}`, `{"id":"w","name":"","owner_id":"ben","organization_id":null,"personal_keys_enabled":true,"archived":false}`,
			`{"organization_id": "acme", "archived": true}`, `{"id":"w","name":"","owner_id":"ben","organization_id":"acme","personal_keys_enabled":true,"archived":true}`},
		{"/v1/resources/workflow/f:1@x.y-z_", `{}`, `{"type":"workflow","id":"f:1@x.y-z_","name":"","workspace_id":null,"properties":{"deployed":true}}`,
			`{"workspace_id": "core", "properties": {"b": 1, "a": null}}`, `{"type":"workflow","id":"f:1@x.y-z_","name":"","workspace_id":"core","properties":{"a":null,"b":1,"deployed":true}}`},
		{"/v1/resources/table/t", `{"properties": {"deployed": "maybe"}}`, `{"type":"table","id":"t","name":"","workspace_id":null,"properties":{"deployed":"maybe"}}`,
			`{"name": "T"}`, `{"type":"table","id":"t","name":"T","workspace_id":null,"properties":{"deployed":"maybe"}}`},
		{"/v1/workspaces/core/members/dan", `{"role": "read"}`, `{"workspace_id":"core","user_id":"dan","role":"read"}`,
			`{"role": "admin"}`, `{"workspace_id":"core","user_id":"dan","role":"admin"}`},
		{"/v1/organizations/acme/members/dan", `{"role": "member"}`, `{"organization_id":"acme","user_id":"dan","role":"member"}`,
			`{}`, `{"organization_id":"acme","user_id":"dan","role":"member"}`},
	} {
		before := g.revision()
		g.admin("GET", c.path, "").wantProblem(404, "not_found")
		for _, step := range []struct {
			method, body string
			status       int
			want         string
		}{{"PUT", c.body, 201, c.made}, {"GET", "", 200, c.made}, {"PUT", c.change, 200, c.changed}, {"GET", "", 200, c.changed}, {"DELETE", "", 204, ""}} {
			a := g.admin(step.method, c.path, step.body).want(step.status)
			if got := strings.TrimSpace(a.Body.String()); got != step.want {
				t.Errorf("%s %s: %s\n\twant %s", step.method, c.path, got, step.want)
			}
			revision := a.Header().Get("Steelgate-Revision")
			if step.method != "GET" && revision != strconv.FormatUint(g.revision(), 10) || step.method == "GET" && revision != "" {
				t.Errorf("%s %s answers the revision %q, and the data is at %d", step.method, c.path, revision, g.revision())
			}
		}
		if g.revision() == before {
			t.Errorf("%s: nothing was changed", c.path)
		}
		g.admin("GET", c.path, "").wantProblem(404, "not_found")
	}
}

// A change is in force for a decision that asks with its revision.
func TestChangeAndDecide(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	ask := func(revision string) string {
		g.step()
		return g.decide(question(secretOf("ben"), "workflow.execute", "workflow", "invoice", `"min_revision": `+revision)).want(200).text("code")
	}
	for _, c := range []struct{ method, path, body, want string }{
		{"PATCH", "/v1/workspaces/core", `{"personal_keys_enabled": false}`, "personal_keys_disabled"},
		{"PATCH", "/v1/workspaces/core", `{"personal_keys_enabled": true, "archived": true}`, "workspace_archived"},
		{"PUT", "/v1/workspaces/core", `{"archived": false}`, "allowed"},
		{"PUT", "/v1/resources/workflow/invoice", `{"properties": {"deployed": false}}`, "workflow_not_deployed"},
		{"PUT", "/v1/resources/workflow/invoice", `{"properties": {}}`, "allowed"},
		{"PUT", "/v1/workspaces/core/members/ben", `{"role": "read"}`, "insufficient_permission"},
		{"DELETE", "/v1/workspaces/core/members/ben", "", "not_a_member"},
		{"PUT", "/v1/workspaces/core", `{"owner_id": "ben"}`, "allowed"},
		{"PATCH", "/v1/keys/key_ben", `{"disabled": true}`, "key_disabled"},
		{"PATCH", "/v1/keys/key_ben", `{"disabled": false}`, "allowed"},
		{"PUT", "/v1/users/ben", `{"active": false}`, "owner_inactive"},
		{"PUT", "/v1/users/ben", `{"active": true}`, "allowed"},
		{"DELETE", "/v1/resources/workflow/invoice", "", "outside_scope"},
		{"PUT", "/v1/resources/workflow/invoice", `{"workspace_id": "core"}`, "allowed"},
		{"POST", "/v1/keys/key_ben/revoke", "", "key_revoked"},
	} {
		a := g.admin(c.method, c.path, c.body)
		if a.Code >= 300 {
			t.Fatalf("%s %s: %d %s", c.method, c.path, a.Code, a.Body)
		}
		if got := ask(a.Header().Get("Steelgate-Revision")); got != c.want {
			t.Errorf("after %s %s %s: %s, want %s", c.method, c.path, c.body, got, c.want)
		}
	}
}

func TestImport(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	a := g.admin("POST", "/v1/import", "{\"kind\": \"user\", \"id\": \"x\"}\n\n{\"kind\": \"workspace_member\", \"workspace_id\": \"core\", \"user_id\": \"x\", \"role\": \"read\"}\n", "Content-Type: application/x-ndjson").want(200)
	if a.text("lines") != "2" || a.text("revision") != strconv.FormatUint(g.revision(), 10) || a.Header().Get("Steelgate-Revision") != a.text("revision") {
		t.Errorf("answered %s, %v", a.Body, a.Header())
	}
	g.unchanged(func() {
		refused := g.admin("POST", "/v1/import", "{\"kind\": \"user\", \"id\": \"y\"}\n{\"kind\": \"user\"}\n{\"kind\": \"user\", \"id\": \"z\", \"active\": 1}\n")
		refused.wantProblem(422, "invalid_import", "2 id", "3 active")
		g.admin("POST", "/v1/import", "").wantProblem(422, "empty_import")
	})
	directory := g.token("directory")
	g.unchanged(func() {
		g.ask("POST", "/v1/import", `{"kind": "key", "id": "key_x", "type": "workspace", "workspace_id": "core", "name": "x"}`, directory).wantProblem(403, "forbidden", "1")
	})
}
