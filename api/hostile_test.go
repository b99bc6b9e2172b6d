package api_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/api"
	"github.com/steelengine/steelgate/storage/postgres"
)

// hostileTexts are what a caller may put wherever a text stands.
var hostileTexts = []string{
	"", " ", "\x00", "a\x00b", "\u0000", "\ufeff", "\u202e", "é", strings.Repeat("a", 129), strings.Repeat("_", 60_000), strings.Repeat("é", 5000), "'", `"`, "\\", "%", "%00", "%s%n",
	"' OR 1=1--", "../../etc/passwd", "a/b", "{}", "${x}", "<script>", "\r\nX: y", "key_core", "null", "-1", "1e999", "NaN", "\xff\xfe", "\xc0\xaf", "\xed\xa0\x80",
}

// hostileValues are what may stand where a value does.
var hostileValues = []string{
	"null", "true", "0", "-1", "1e400", "-0", "1.5", "18446744073709551616", `""`, `"\u0000"`, `"a\u0000b"`, `"\ud83d\ude00"`, "[]", "{}", "[null]", `[""]`, `["\u0000"]`, `[[]]`, `{"a": null}`, `{"\u0000": "\u0000"}`,
	`"9999-12-31T23:59:59-23:59"`, `"0000-01-01T00:00:00Z"`, `"2030-01-31T12:00:00.123456789123Z"`, `["0.0.0.0/0", "::/0", "::ffff:0:0/96"]`,
	`[{"workspace_id": "core", "permission": "admin"}, {"workflow_id": "\u0000", "permission": "read"}]`, `"` + strings.Repeat("x", 100_000) + `"`, strings.Repeat("[", 30) + strings.Repeat("]", 30),
}

// fieldsOf are the fields of each body, by the path's first words.
var fieldsOf = map[string]string{
	"/v1/decisions":                      "api_key action resource context min_revision",
	"/v1/decisions/batch":                "decisions",
	"/v1/keys":                           "type name user_id workspace_id organization_id workflow_ids grants expires_at disabled allowed_cidrs",
	"/v1/keys/key_core":                  "name workflow_ids grants expires_at disabled allowed_cidrs",
	"/v1/keys/key_core/rotate":           "overlap_seconds",
	"/v1/users/new":                      "id name email active platform_role",
	"/v1/organizations/new":              "id name",
	"/v1/workspaces/new":                 "id name owner_id organization_id personal_keys_enabled archived",
	"/v1/workspaces/core":                "id name owner_id organization_id personal_keys_enabled archived",
	"/v1/resources/workflow/new":         "type id name workspace_id properties",
	"/v1/workspaces/core/members/dan":    "workspace_id user_id organization_id role",
	"/v1/organizations/acme/members/dan": "workspace_id user_id organization_id role",
	"/v1/tokens":                         "name scopes expires_at",
	"/v1/users/ben/identities":           "issuer subject",
	"/v1/sign-in/setup":                  "code id name email",
}

// Whatever comes, the answer is the caller's fault or none, and no unknown key is allowed anything.
func TestHostileRequests(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(testing.TB) *gate{"sqlite": newGate, "postgres": newPostgresGate} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := make(t)
			t.Run("paths", func(t *testing.T) { hostilePaths(g.in(t)) })
			t.Run("queries", func(t *testing.T) { hostileQueries(g.in(t)) })
			t.Run("bodies", func(t *testing.T) { hostileBodies(g.in(t)) })
			t.Run("imports", func(t *testing.T) { hostileImports(g.in(t)) })
			// The service is as well as before.
			g.step()
			g.change("PUT", "/v1/workspaces/afterwards", `{"owner_id": "ada"}`)
			made := g.change("POST", "/v1/keys", `{"type": "workspace", "workspace_id": "afterwards", "name": "n"}`)
			if got := g.decide(question(made.text("secret"), "workspace.read", "workspace", "afterwards", "")).want(200).text("code"); got != "allowed" {
				t.Errorf("afterwards: %s", got)
			}
		})
	}
}

// newPostgresGate is a gate over a Postgres of the tests' server.
func newPostgresGate(t testing.TB) *gate {
	t.Helper()
	address := os.Getenv("STEELGATE_TEST_POSTGRES_URL")
	if address == "" {
		t.Skip("STEELGATE_TEST_POSTGRES_URL is not set: scripts/test-servers run … starts a Postgres and sets it")
	}
	server, err := sql.Open("postgres", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	name := fmt.Sprintf("steelgate_api_%d", os.Getpid())
	if _, err := server.ExecContext(t.Context(), "CREATE DATABASE "+name+" TEMPLATE template0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = server.Exec("DROP DATABASE " + name + " WITH (FORCE)") })
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	parsed.Path = "/" + name
	store, err := postgres.Open(t.Context(), parsed.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	built, err := foundation()
	if err != nil {
		t.Fatal(err)
	}
	g := newGateOver(t, store, built.keyring, built.policy, func(*api.Options) {})
	g.admin("POST", "/v1/import", world).want(200)
	g.step()
	return g
}

// noFault fails where the answer is a server's fault, or an allow for a key that nobody has.
func (a answer) noFault(what string) {
	a.t.Helper()
	if a.Code >= 500 {
		a.t.Errorf("%.300q: answered %d %s", what, a.Code, a.Body)
	}
	if strings.Contains(a.Body.String(), `"allow":true`) {
		a.t.Errorf("%.300q: allowed %s", what, a.Body)
	}
}

// request is one whose path goes as it is, escaped by whoever wrote it.
func (g *gate) raw(method, path, body string) answer {
	g.t.Helper()
	decoded, err := url.PathUnescape(strings.SplitN(path, "?", 2)[0])
	if err != nil {
		decoded = path
	}
	r := httptest.NewRequest(method, "/", strings.NewReader(body))
	r.URL.Path, r.URL.RawPath, r.URL.RawQuery = decoded, strings.SplitN(path, "?", 2)[0], ""
	if _, query, ok := strings.Cut(path, "?"); ok {
		r.URL.RawQuery = query
	}
	r.Header.Set("Authorization", "Bearer "+adminToken)
	return g.send(r, body)
}

func hostilePaths(g *gate) {
	for _, text := range hostileTexts {
		id := url.PathEscape(text)
		for _, path := range []string{
			"/v1/users/" + id, "/v1/organizations/" + id, "/v1/workspaces/" + id, "/v1/resources/workflow/" + id, "/v1/resources/" + id + "/x", "/v1/keys/" + id, "/v1/tokens/" + id,
			"/v1/workspaces/core/members/" + id, "/v1/workspaces/" + id + "/members/ben", "/v1/organizations/acme/members/" + id, "/v1/organizations/" + id + "/members/ben",
			"/v1/workspaces/" + id + "/reaching-keys", "/v1/keys/" + id + "/revoke", "/v1/keys/" + id + "/rotate",
			"/v1/users/" + id + "/sessions", "/v1/users/ben/sessions/" + id, "/v1/users/" + id + "/sessions/" + id, "/v1/users/" + id + "/identities",
		} {
			for method, body := range map[string]string{"GET": "", "PUT": `{"role": "read"}`, "PATCH": `{"personal_keys_enabled": true}`, "POST": `{}`, "DELETE": ""} {
				if text == "key_core" && method != "GET" {
					continue
				}
				a := g.raw(method, path, body)
				a.noFault(method + " " + path)
			}
		}
	}
}

func hostileQueries(g *gate) {
	for _, text := range hostileTexts {
		value := url.QueryEscape(text)
		for _, query := range []string{
			"q=" + value, "owner_type=user&owner_id=" + value, "owner_type=" + value + "&owner_id=x", "status=" + value, "cursor=" + value, "limit=" + value, value + "=x", "q=" + text,
		} {
			a := g.raw("GET", "/v1/keys?"+query, "")
			a.noFault(query)
		}
		const body = `{"action": "workflow.execute", "resource": {"type": "workflow", "id": "invoice"}}`
		r := httptest.NewRequest("POST", "/v1/decisions", strings.NewReader(body))
		r.Header = http.Header{"Authorization": {"Bearer " + adminToken}, "X-Api-Key": {text}, "X-Steelgate-Actor": {text}, "X-Forwarded-For": {text}}
		g.send(r, body).noFault("X-API-Key: " + text)
		r = httptest.NewRequest("GET", "/v1/keys", nil)
		r.Header = http.Header{"Authorization": {"Bearer " + adminToken}, "X-Steelgate-Actor": {text}}
		g.send(r, "").noFault("X-Steelgate-Actor: " + text)
	}
}

func hostileBodies(g *gate) {
	for _, w := range writes {
		rest := strings.TrimPrefix(w.body, "{")
		for _, field := range strings.Fields(fieldsOf[w.path]) {
			for _, value := range hostileValues {
				body := fmt.Sprintf(`{%q: %s, %s`, field, value, rest)
				if strings.Contains(rest, fmt.Sprintf("%q:", field)) {
					body = fmt.Sprintf(`{%q: %s}`, field, value)
				}
				a := g.admin(w.method, w.path, body)
				a.noFault(w.method + " " + w.path + " " + body)
			}
		}
	}
}

// hostileImports send every value in every field of a line.
func hostileImports(g *gate) {
	for kind, c := range map[string]struct{ good, fields string }{
		"user":                {`"id": "u"`, "name email active platform_role"},
		"organization":        {`"id": "o"`, "name"},
		"workspace":           {`"id": "w", "owner_id": "ada"`, "name organization_id personal_keys_enabled archived"},
		"resource":            {`"type": "workflow", "id": "r"`, "name workspace_id properties"},
		"workspace_member":    {`"workspace_id": "core", "user_id": "dan"`, "role"},
		"organization_member": {`"organization_id": "acme", "user_id": "dan"`, "role"},
		"key": {`"id": "key_h", "type": "workspace", "workspace_id": "core"`, "name workflow_ids grants expires_at disabled allowed_cidrs secret created_by created_at " +
			"last_used_at revoked_at revoked_by"},
	} {
		for _, field := range strings.Fields("id type kind " + c.fields) {
			var all strings.Builder
			for _, value := range hostileValues {
				line := fmt.Sprintf(`{"kind": %q, %q: %s, %s}`, kind, field, value, c.good)
				if kind == "key" && field != "name" {
					line = strings.TrimSuffix(line, "}") + `, "name": "h"}`
				}
				if strings.Contains(c.good, fmt.Sprintf("%q:", field)) {
					line = fmt.Sprintf(`{"kind": %q, %q: %s}`, kind, field, value)
				}
				fmt.Fprintln(&all, line)
				// What may be good is tried by itself too: among others it would not come to be applied.
				if strings.HasSuffix(field, "_by") || strings.HasSuffix(field, "_at") || field == "name" || field == "properties" {
					a := g.admin("POST", "/v1/import", line)
					a.noFault(line)
				}
			}
			a := g.admin("POST", "/v1/import", all.String())
			a.noFault(all.String())
		}
	}
	for _, text := range hostileTexts {
		a := g.admin("POST", "/v1/import", text+"\n"+text)
		a.noFault(text)
	}
}
