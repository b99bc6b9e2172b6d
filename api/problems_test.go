package api_test

import (
	"strings"
	"testing"
	"time"
)

// writes are calls with a body, each with one that is good but for what a test does to it.
var writes = []struct{ method, path, body string }{
	{"POST", "/v1/decisions", `{"api_key": "k", "action": "a", "resource": {"type": "t", "id": "i"}}`},
	{"POST", "/v1/decisions/batch", `{"decisions": [{"action": "a", "resource": {"type": "t", "id": "i"}}]}`},
	{"POST", "/v1/keys", `{"type": "personal", "user_id": "ben", "name": "n"}`},
	{"PATCH", "/v1/keys/key_core", `{"name": "n"}`},
	{"POST", "/v1/keys/key_core/rotate", `{"overlap_seconds": 0}`},
	{"PUT", "/v1/users/new", `{"name": "n"}`},
	{"PUT", "/v1/organizations/new", `{"name": "n"}`},
	{"PUT", "/v1/workspaces/new", `{"name": "n", "owner_id": "ada"}`},
	{"PATCH", "/v1/workspaces/core", `{"name": "n"}`},
	{"PUT", "/v1/resources/workflow/new", `{"name": "n"}`},
	{"PUT", "/v1/workspaces/core/members/dan", `{"role": "read"}`},
	{"PUT", "/v1/organizations/acme/members/dan", `{"role": "admin"}`},
	{"POST", "/v1/tokens", `{"name": "n", "scopes": ["decide"]}`},
	{"PUT", "/v1/users/ben/identities", `{"issuer": "https://id.example", "subject": "s"}`},
	{"POST", "/v1/sign-in/setup", `{"code": "sgl_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLM", "email": "fay@acme.example"}`},
}

// Every body is read by one strict decoder, and nothing is changed by what it refuses.
func TestBodies(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	deep := strings.Repeat("[", 40) + strings.Repeat("]", 40)
	for _, w := range writes {
		rest := strings.TrimPrefix(w.body, "{")
		for name, c := range map[string]struct {
			body   string
			status int
			code   string
			fields []string
		}{
			"empty":           {"", 400, "malformed", nil},
			"blank":           {" \n", 400, "malformed", nil},
			"cut off":         {w.body[:len(w.body)-1], 400, "malformed", nil},
			"two values":      {w.body + w.body, 400, "malformed", nil},
			"a tail":          {w.body + "x", 400, "malformed", nil},
			"a comma":         {strings.TrimSuffix(w.body, "}") + ",}", 400, "malformed", nil},
			"no JSON":         {"name=n", 400, "malformed", nil},
			"single quotes":   {strings.ReplaceAll(w.body, `"`, `'`), 400, "malformed", nil},
			"NaN":             {`{"x": NaN, ` + rest, 400, "malformed", nil},
			"a comment":       {`/* x */` + w.body, 400, "malformed", nil},
			"a BOM":           {"\ufeff" + w.body, 400, "malformed", nil},
			"not UTF-8":       {`{"x": "` + "\xff" + `", ` + rest, 400, "malformed", nil},
			"a name's UTF-8":  {`{"` + "\xc3\x28" + `": 1, ` + rest, 400, "malformed", nil},
			"half a pair":     {`{"x": "\ud800", ` + rest, 400, "malformed", nil},
			"a control":       {"{\"x\": \"\x01\", " + rest, 400, "malformed", nil},
			"a doubled name":  {`{` + strings.TrimSuffix(rest, "}") + `, ` + rest, 400, "malformed", nil},
			"an escaped name": {`{"x": 1, "\u0078": 2, ` + rest, 400, "malformed", nil},
			"too deep":        {`{"x": ` + deep + `, ` + rest, 400, "malformed", nil},
			"an array":        {`[` + w.body + `]`, 422, "invalid_field", nil},
			"a string":        {`"x"`, 422, "invalid_field", nil},
			"a number":        {`5`, 422, "invalid_field", nil},
			"unknown":         {`{"no_such_field": 1, ` + rest, 422, "invalid_field", []string{"no_such_field"}},
			"oversized":       {w.body + strings.Repeat(" ", 1<<20), 413, "too_large", nil},
		} {
			g.unchanged(func() {
				if w.path == "/v1/keys/key_core/rotate" && name == "empty" {
					return // Without a body a rotation has no overlap.
				}
				g.admin(w.method, w.path, c.body, "Content-Type: application/json").wantProblem(c.status, c.code, c.fields...)
			})
			if t.Failed() {
				t.Fatalf("%s %s, %s", w.method, w.path, name)
			}
		}
	}
	// As long as may be is not too long.
	body := writes[5].body
	g.admin("PUT", "/v1/users/new", body+strings.Repeat(" ", 1<<20-len(body))).want(201)
}

// Fields of a wrong type are named, however deep they stand.
func TestMistypedFields(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	for _, c := range []struct{ method, path, body, field string }{
		{"POST", "/v1/keys", `{"name": 1}`, "name"},
		{"POST", "/v1/keys", `{"type": []}`, "type"},
		{"POST", "/v1/keys", `{"expires_at": "soon"}`, "expires_at"},
		{"POST", "/v1/keys", `{"expires_at": 1900000000}`, "expires_at"},
		{"POST", "/v1/keys", `{"disabled": "no"}`, "disabled"},
		{"POST", "/v1/keys", `{"allowed_cidrs": "10.0.0.0/8"}`, "allowed_cidrs"},
		{"POST", "/v1/keys", `{"allowed_cidrs": [1]}`, "allowed_cidrs[0]"},
		{"POST", "/v1/keys", `{"workflow_ids": {"a": 1}}`, "workflow_ids"},
		{"POST", "/v1/keys", `{"grants": [{"workspace_id": "x"}, {"workspace_id": 2}]}`, "grants[1].workspace_id"},
		{"POST", "/v1/keys", `{"grants": [{"role": "x"}]}`, "grants[0].role"},
		{"POST", "/v1/keys", `{"id": "key_x"}`, "id"},
		{"POST", "/v1/keys", `{"secret": "` + secretOf("mine") + `"}`, "secret"},
		{"POST", "/v1/keys", `{"created_by": "x"}`, "created_by"},
		{"PATCH", "/v1/keys/key_core", `{"type": "personal"}`, "type"},
		{"PATCH", "/v1/keys/key_core", `{"workspace_id": "off"}`, "workspace_id"},
		{"PATCH", "/v1/keys/key_core", `{"revoked_at": null}`, "revoked_at"},
		{"PATCH", "/v1/keys/key_core", `{"replaced_by": null}`, "replaced_by"},
		{"POST", "/v1/keys/key_core/rotate", `{"overlap_seconds": -1}`, "overlap_seconds"},
		{"POST", "/v1/keys/key_core/rotate", `{"overlap_seconds": 604801}`, "overlap_seconds"},
		{"POST", "/v1/keys/key_core/rotate", `{"overlap_seconds": 1.5}`, "overlap_seconds"},
		{"POST", "/v1/keys/key_core/rotate", `{"overlap_seconds": 1e30}`, "overlap_seconds"},
		{"POST", "/v1/keys/key_core/rotate", `{"overlap_seconds": "60"}`, "overlap_seconds"},
		{"PUT", "/v1/users/u", `{"active": 1}`, "active"},
		{"PUT", "/v1/users/u", `{"id": "v"}`, "id"},
		{"PUT", "/v1/users/u", `{"email": "nobody"}`, "email"},
		{"PUT", "/v1/workspaces/w", `{"owner_id": 5}`, "owner_id"},
		{"PUT", "/v1/workspaces/w", `{"name": "W"}`, "owner_id"},
		{"PUT", "/v1/resources/workspace/w", `{}`, "type"},
		{"PUT", "/v1/resources/workflow/w", `{"properties": "x"}`, "properties"},
		{"PUT", "/v1/workspaces/core/members/dan", `{"role": "owner"}`, "role"},
		{"POST", "/v1/tokens", `{"name": "n", "scopes": "decide"}`, "scopes"},
		{"POST", "/v1/tokens", `{"name": "n", "scopes": ["decide", "all"]}`, "scopes[1]"},
	} {
		g.unchanged(func() { g.admin(c.method, c.path, c.body).wantProblem(422, "invalid_field", c.field) })
		if t.Failed() {
			t.Fatalf("%+v", c)
		}
	}
}

// What stands in the way is a conflict, what is not there is not found.
func TestConflictsAndWhatIsNotThere(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	rotated := g.change("POST", "/v1/keys/key_narrow/rotate", `{"overlap_seconds": 60}`)
	g.unchanged(func() {
		g.admin("POST", "/v1/keys", `{"type": "workspace", "workspace_id": "core", "name": "CORE"}`).wantProblem(409, "name_taken")
		g.admin("PATCH", "/v1/keys/key_core", `{"name": "Office"}`).wantProblem(409, "name_taken")
		g.admin("DELETE", "/v1/users/ada", "").wantProblem(409, "owns_workspaces")
		g.admin("PATCH", "/v1/keys/key_revoked", `{"disabled": false}`).wantProblem(409, "key_revoked")
		g.admin("POST", "/v1/keys/key_revoked/rotate", `{}`).wantProblem(409, "key_revoked")
		g.admin("POST", "/v1/keys/key_expired/rotate", `{}`).wantProblem(409, "key_expired")
		g.admin("POST", "/v1/keys/key_narrow/rotate", `{}`).wantProblem(409, "key_replaced")
		g.admin("PATCH", "/v1/keys/key_narrow", `{"expires_at": null}`).wantProblem(422, "invalid_field", "expires_at")
		for _, path := range []string{
			"/v1/users/none", "/v1/organizations/none", "/v1/workspaces/none", "/v1/resources/workflow/none", "/v1/resources/none/invoice",
			"/v1/workspaces/core/members/dan", "/v1/organizations/acme/members/dan",
		} {
			g.admin("GET", path, "").wantProblem(404, "not_found")
			g.admin("DELETE", path, "").wantProblem(404, "not_found")
		}
		g.admin("GET", "/v1/keys/key_none", "").wantProblem(404, "not_found")
		g.admin("PATCH", "/v1/keys/key_none", `{}`).wantProblem(404, "not_found")
		g.admin("POST", "/v1/keys/key_none/revoke", "").wantProblem(404, "not_found")
		g.admin("POST", "/v1/keys/key_none/rotate", "").wantProblem(404, "not_found")
		g.admin("GET", "/v1/workspaces/none/reaching-keys", "").wantProblem(404, "not_found")
		g.admin("PATCH", "/v1/workspaces/none", `{"personal_keys_enabled": true}`).wantProblem(404, "not_found")
		g.admin("PUT", "/v1/workspaces/none/members/ben", `{"role": "read"}`).wantProblem(404, "not_found")
		g.admin("PUT", "/v1/workspaces/core/members/none", `{"role": "read"}`).wantProblem(404, "not_found")
		g.admin("DELETE", "/v1/tokens/tok_none", "").wantProblem(404, "not_found")
		for _, path := range []string{"/v1", "/v1/nothing", "/v1/keys/", "/v1/users", "/v1/keys/a/b/c", "/v2/keys", "/V1/keys", "/v1/resources/workflow"} {
			g.admin("GET", path, "").wantProblem(404, "not_found")
		}
		g.admin("DELETE", "/v1/keys", "").wantProblem(405, "method_not_allowed")
		g.admin("GET", "/v1/decisions", "").wantProblem(405, "method_not_allowed")
		g.admin("POST", "/v1/users/ada", `{}`).wantProblem(405, "method_not_allowed")
	})
	if rotated.Code != 201 || rotated.Header().Get("Location") != "/v1/keys/"+rotated.text("id") {
		t.Errorf("a successor is answered with %d and %v", rotated.Code, rotated.Header())
	}
}

// A database that does not answer is a 503, and says to try again.
func TestDatabaseThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	if err := g.store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, a := range []answer{g.admin("PUT", "/v1/users/u", `{}`), g.admin("GET", "/v1/users/ada", "")} {
		if a.Code < 500 || a.text("code") == "" || strings.Contains(a.Body.String(), "sql") {
			t.Errorf("got %d %s", a.Code, a.Body)
		}
	}
	// Decisions go on for as long as the data may be vouched for, and no longer.
	body := question(secretOf("core"), "workflow.execute", "workflow", "invoice", "")
	if got := g.decide(body).want(200).text("code"); got != "allowed" {
		t.Errorf("got %s", got)
	}
	g.now = g.now.Add(11 * time.Second)
	g.decide(body).wantProblem(503, "stale")
}
