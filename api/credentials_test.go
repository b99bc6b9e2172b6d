package api_test

import (
	"strings"
	"testing"
	"time"
)

// doors are calls that need a token, one of each way in.
var doors = []struct{ method, path, body string }{
	{"POST", "/v1/decisions", `{"action": "a", "resource": {"type": "t", "id": "i"}}`},
	{"POST", "/v1/decisions/batch", `{"decisions": [{"action": "a", "resource": {"type": "t", "id": "i"}}]}`},
	{"POST", "/v1/keys", `{"type": "personal", "user_id": "ben", "name": "n"}`},
	{"GET", "/v1/keys", ""},
	{"GET", "/v1/keys/key_core", ""},
	{"PATCH", "/v1/keys/key_core", `{"name": "n"}`},
	{"POST", "/v1/keys/key_core/revoke", ""},
	{"POST", "/v1/keys/key_core/rotate", ""},
	{"POST", "/v1/keys/revoke", `{"owner_type": "user", "owner_id": "cleo"}`},
	{"POST", "/v1/leaks", `{"api_key": "sk-steelengine-0123456789abcdef", "source": "a scanner"}`},
	{"GET", "/v1/audit", ""},
	{"GET", "/v1/audit/export", ""},
	{"GET", "/v1/decision-log", ""},
	{"GET", "/v1/decision-log/dec_x", ""},
	{"GET", "/v1/workspaces/core/reaching-keys", ""},
	{"GET", "/v1/users/ada", ""},
	{"PUT", "/v1/users/ada", `{"name": "n"}`},
	{"DELETE", "/v1/users/cleo", ""},
	{"PUT", "/v1/organizations/acme", `{"name": "n"}`},
	{"DELETE", "/v1/organizations/acme", ""},
	{"PUT", "/v1/workspaces/core", `{"name": "n"}`},
	{"PATCH", "/v1/workspaces/core", `{"name": "n"}`},
	{"DELETE", "/v1/workspaces/core", ""},
	{"PUT", "/v1/workspaces/core/members/ben", `{"role": "admin"}`},
	{"DELETE", "/v1/workspaces/core/members/ben", ""},
	{"PUT", "/v1/organizations/acme/members/ben", `{"role": "admin"}`},
	{"PUT", "/v1/resources/workflow/invoice", `{"name": "n"}`},
	{"DELETE", "/v1/resources/workflow/invoice", ""},
	{"POST", "/v1/import", `{"kind": "user", "id": "u"}`},
	{"POST", "/v1/tokens", `{"name": "n", "scopes": ["admin"]}`},
	{"GET", "/v1/tokens", ""},
	{"DELETE", "/v1/tokens/tok_x", ""},
}

// Nothing is done, and nothing told, for who brings no token, a wrong one, or another credential.
func TestNoToken(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	expired := g.change("POST", "/v1/tokens", `{"name": "short", "scopes": ["admin"], "expires_at": "2030-01-31T12:00:05Z"}`)
	deleted := g.change("POST", "/v1/tokens", `{"name": "gone", "scopes": ["admin"]}`)
	g.change("DELETE", "/v1/tokens/"+deleted.text("id"), "")
	g.now = g.now.Add(5 * time.Second)
	credentials := map[string][]string{
		"none":           nil,
		"empty":          {"Authorization: "},
		"bearer alone":   {"Authorization: Bearer"},
		"bearer blank":   {"Authorization: Bearer "},
		"unknown":        {"Authorization: Bearer sgt_" + strings.Repeat("0", 49)},
		"malformed":      {"Authorization: Bearer sgt_short"},
		"expired":        {"Authorization: Bearer " + expired.text("secret")},
		"deleted":        {"Authorization: Bearer " + deleted.text("secret")},
		"no scheme":      {"Authorization: " + adminToken},
		"basic":          {"Authorization: Basic " + adminToken},
		"a prefix":       {asAdmin[:len(asAdmin)-1]},
		"with a tail":    {asAdmin + "x"},
		"another case":   {"Authorization: Bearer " + strings.ToUpper(adminToken)},
		"an API key":     {"Authorization: Bearer " + secretOf("ada")},
		"X-API-Key":      {"X-API-Key: " + secretOf("ada")},
		"a cookie":       {"Cookie: token=" + adminToken},
		"another header": {"X-Authorization: Bearer " + adminToken},
	}
	g.unchanged(func() {
		for name, headers := range credentials {
			for _, d := range doors {
				a := g.ask(d.method, d.path, d.body, headers...)
				a.wantProblem(401, "unauthenticated")
				// To name a user makes nobody of no token.
				g.ask(d.method, d.path, d.body, append(headers, "X-Steelgate-Actor: root")...).wantProblem(401, "unauthenticated")
				if t.Failed() {
					t.Fatalf("%s: %s %s", name, d.method, d.path)
				}
			}
		}
		for _, d := range doors {
			g.ask(d.method, d.path, d.body, asAdmin, asAdmin).wantProblem(400, "doubled_header")
			g.ask(d.method, d.path, d.body, asAdmin, "Authorization: Basic x").wantProblem(400, "doubled_header")
		}
	})
	g.ask("GET", "/v1/users/ada", "", "Authorization: bearer  "+adminToken).want(200)
}

// A token may do what its scope says and no more; scope admin may do it all.
func TestScopes(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	tokens := map[string]string{}
	for _, scope := range []string{"decide", "bundle", "manage", "directory", "leaks"} {
		tokens[scope] = g.token(scope)
	}
	for scope, header := range tokens {
		for _, d := range doors {
			a := g.ask(d.method, d.path, d.body, header)
			isDecision := strings.HasPrefix(d.path, "/v1/decisions")
			isDirectory := strings.HasPrefix(d.path, "/v1/users") || strings.HasPrefix(d.path, "/v1/organizations") || strings.HasPrefix(d.path, "/v1/resources") || d.path == "/v1/import" ||
				strings.HasPrefix(d.path, "/v1/workspaces") && !strings.HasSuffix(d.path, "reaching-keys")
			var want bool
			switch {
			case isDecision:
				want = scope == "decide"
			case isDirectory:
				want = scope == "directory"
			case d.path == "/v1/leaks":
				want = scope == "leaks"
			}
			if may := a.Code < 400 || a.Code == 404 || a.Code == 409; may != want {
				t.Errorf("%s: %s %s answers %d %s", scope, d.method, d.path, a.Code, a.Body)
			}
			if !want && a.Code != 403 && !(scope == "manage" && a.Code == 401) {
				t.Errorf("%s: %s %s answers %d", scope, d.method, d.path, a.Code)
			}
		}
	}
	// The doors above took the world apart.
	g = newGate(t)
	admin := g.token("admin")
	for _, d := range doors {
		if a := g.ask(d.method, d.path, d.body, admin); a.Code == 401 || a.Code == 403 || a.Code >= 500 {
			t.Errorf("admin: %s %s answers %d %s", d.method, d.path, a.Code, a.Body)
		}
	}
}

// X-Steelgate-Actor names the user whom a token of scope manage acts for.
func TestActorHeader(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	manage, decide := g.token("manage"), g.token("decide")
	own := `{"type": "personal", "name": "own"}`
	g.unchanged(func() {
		g.ask("POST", "/v1/keys", own, manage).wantProblem(401, "no_actor")
		for _, actor := range []string{"", "no body", "nobody", "idle", strings.Repeat("a", 129), "ben,ada", "b\u00e9n"} {
			g.ask("POST", "/v1/keys", own, manage, "X-Steelgate-Actor: "+actor).wantProblem(401, "no_actor")
		}
		g.ask("POST", "/v1/keys", own, manage, "X-Steelgate-Actor: ben", "X-Steelgate-Actor: ben").wantProblem(400, "doubled_header")
		g.ask("POST", "/v1/keys", own, decide, "X-Steelgate-Actor: ben").wantProblem(403, "insufficient_scope")
		g.ask("POST", "/v1/tokens", `{"name": "n", "scopes": ["decide"]}`, asAdmin, "X-Steelgate-Actor: root").wantProblem(403, "forbidden")
		g.ask("GET", "/v1/keys/key_ada", "", manage, "X-Steelgate-Actor: ben").wantProblem(404, "not_found")
		g.ask("POST", "/v1/keys/key_ada/revoke", "", manage, "X-Steelgate-Actor: ben").wantProblem(404, "not_found")
		g.ask("POST", "/v1/keys/key_core/revoke", "", manage, "X-Steelgate-Actor: ben").wantProblem(403, "forbidden")
		g.ask("PATCH", "/v1/workspaces/core", `{"personal_keys_enabled": false}`, manage, "X-Steelgate-Actor: ben").wantProblem(403, "forbidden")
		g.ask("PUT", "/v1/users/ben", `{}`, manage, "X-Steelgate-Actor: ben").wantProblem(403, "forbidden")
	})
	made := g.ask("POST", "/v1/keys", own, manage, "X-Steelgate-Actor: ben").want(201)
	if made.text("user_id") != "ben" || made.text("created_by") != "ben" {
		t.Errorf("got %s", made.Body)
	}
	g.ask("PATCH", "/v1/workspaces/core", `{"personal_keys_enabled": false}`, manage, "X-Steelgate-Actor: ada").want(200)
	g.ask("GET", "/v1/users/ben", "", manage, "X-Steelgate-Actor: root").want(200)
	// An API key beside a token changes nothing about who asks.
	g.ask("GET", "/v1/keys/key_ada", "", manage, "X-Steelgate-Actor: ben", key("ada")).wantProblem(404, "not_found")
}
