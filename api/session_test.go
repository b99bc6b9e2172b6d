package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/steelengine/steelgate/apikey"
)

// Who signs in as one of the demo's users holds a cookie that opens the calls of management, as that user.
func TestDevSignIn(t *testing.T) {
	t.Parallel()
	g := newDemo(t)
	b := g.browser()
	a := b.ask("POST", "/v1/sign-in/dev", `{"user_id": "ada"}`, "User-Agent: Firefox").want(201)
	cookies := a.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("cookies: %v", a.Header().Values("Set-Cookie"))
	}
	c := cookies[0]
	if c.Name != sessionCookie || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 12*60*60 || !strings.HasPrefix(c.Value, "sgs_") {
		t.Errorf("the cookie is %s", c.Raw)
	}
	if strings.Contains(a.Body.String(), c.Value) || a.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("answered %v %s", a.Header(), a.Body)
	}
	who := b.ask("GET", "/v1/session", "").want(200)
	if who.Body.String() != a.Body.String() {
		t.Errorf("who is signed in differs from who signed in:\n%s%s", who.Body, a.Body)
	}
	for _, field := range [][]string{{"ada", "user", "id"}, {"ada", "session", "user_id"}, {"dev", "session", "method"}, {"127.0.0.1", "session", "address"}, {"Firefox", "session", "user_agent"}, {"2030-02-01T00:00:00Z", "session", "expires_at"}} {
		if got := who.text(field[1:]...); got != field[0] {
			t.Errorf("%v is %q", field[1:], got)
		}
	}
	made := b.ask("POST", "/v1/keys", `{"type": "workspace", "workspace_id": "core", "name": "by Ada"}`).want(201)
	if made.text("created_by") != "ada" {
		t.Errorf("made %s", made.Body)
	}
	b.ask("GET", "/v1/users/ben", "").wantProblem(403, "forbidden")
	b.ask("GET", "/v1/tokens", "").wantProblem(403, "forbidden")
	b.ask("POST", "/v1/leaks", `{"api_key": "`+secretOf("core")+`", "source": "x"}`).wantProblem(403, "insufficient_scope")
	if strings.Contains(g.log.String(), c.Value) || strings.Contains(g.auditText(), c.Value) {
		t.Error("the session's secret was written down")
	}
	// Decisions are no people's to ask for.
	b.ask("POST", "/v1/decisions", question(secretOf("core"), "workflow.read", "workflow", "invoice", "")).wantProblem(401, "unauthenticated")
}

func TestRefusedDevSignIns(t *testing.T) {
	t.Parallel()
	g := newDemo(t)
	for body, want := range map[string][]string{
		`{"user_id": "dan"}`: {"user_id"}, `{"user_id": null}`: {"user_id"}, `{}`: {"user_id"}, `{"user_id": ""}`: {"user_id"}, `{"user_id": "ada", "x": 1}`: {"x"},
	} {
		g.browser().ask("POST", "/v1/sign-in/dev", body).wantProblem(422, "invalid_field", want...)
	}
	g.browser().ask("POST", "/v1/sign-in/dev", `{"user_id": "idle"}`).wantProblem(403, "inactive_user")
	g.browser().ask("POST", "/v1/sign-in/dev", `{"user_id": "ghost"}`).wantProblem(403, "unknown_user")
	offered := g.browser().ask("GET", "/v1/sign-in", "").want(200)
	if got := offered.text("dev_users", "0"); !strings.Contains(got, `"id":"ada"`) || !strings.Contains(got, `"organizations":[{"id":"acme","name":"Acme","role":"admin"}]`) ||
		!strings.Contains(got, `{"id":"core","name":"Core","owner":true,"role":null}`) {
		t.Errorf("offered: %s", got)
	}
	for i, want := range []string{"ada", "ben", "cleo", "root", ""} {
		if got := offered.text("dev_users", strconv.Itoa(i), "id"); got != want {
			t.Errorf("offered: %q, want %q", got, want)
		}
	}
	if got := offered.text("dev_users", "3", "platform_role"); got != "admin" {
		t.Errorf("offered: %q", got)
	}
	if got := offered.text("dev_users", "2", "workspaces", "0", "owner") + " " + offered.text("dev_users", "2", "workspaces", "0", "role"); got != "false read" {
		t.Errorf("offered: %q of %s", got, offered.Body)
	}
	none := newGate(t).browser()
	none.ask("POST", "/v1/sign-in/dev", `{"user_id": "ada"}`).wantProblem(404, "not_found")
	if got := strings.TrimSpace(none.ask("GET", "/v1/sign-in", "").want(200).Body.String()); got != `{"oidc":false,"dev_users":[]}` {
		t.Errorf("offered: %s", got)
	}
}

// The demo's door is open on this machine alone: by the connection, by what proxies say, and by the name that the browser asked
// for, which a page elsewhere may have made to lead here.
func TestDevSignInIsForThisMachine(t *testing.T) {
	t.Parallel()
	g := newDemo(t)
	for name, c := range map[string]struct {
		peer, host string
		forwarded  []string
		ok         bool
	}{
		"IPv4":                            {"127.0.0.1:1", "127.0.0.1:8080", nil, true},
		"IPv6":                            {"[::1]:1", "[::1]:8080", nil, true},
		"IPv4 in IPv6":                    {"[::ffff:127.0.0.1]:1", "localhost", nil, true},
		"by name":                         {"127.0.0.1:1", "localhost:8080", nil, true},
		"a proxy here":                    {"127.0.0.1:1", "localhost", []string{"127.0.0.1"}, true},
		"two proxies here":                {"127.0.0.1:1", "localhost", []string{"::1, 127.0.0.1"}, true},
		"another machine":                 {"203.0.113.9:1", "127.0.0.1:8080", nil, false},
		"a trusted proxy":                 {"10.1.2.3:1", "127.0.0.1:8080", []string{"127.0.0.1"}, false},
		"a name that leads here":          {"127.0.0.1:1", "evil.example:8080", nil, false},
		"a name that begins so":           {"127.0.0.1:1", "127.0.0.1.evil.example", nil, false},
		"a name that ends so":             {"127.0.0.1:1", "evil.localhost", nil, false},
		"this machine's other address":    {"127.0.0.1:1", "192.168.1.5:8080", nil, false},
		"any address":                     {"127.0.0.1:1", "0.0.0.0:8080", nil, false},
		"no name":                         {"127.0.0.1:1", "", nil, false},
		"another machine by a proxy":      {"127.0.0.1:1", "localhost", []string{"203.0.113.9"}, false},
		"another machine by two":          {"127.0.0.1:1", "localhost", []string{"203.0.113.9, 127.0.0.1"}, false},
		"another machine by two lines":    {"127.0.0.1:1", "localhost", []string{"203.0.113.9", "127.0.0.1"}, false},
		"another that says it were here":  {"127.0.0.1:1", "localhost", []string{"127.0.0.1, 203.0.113.9"}, false},
		"a proxy that does not know whom": {"127.0.0.1:1", "localhost", []string{"unknown"}, false},
		"a proxy that says nothing":       {"127.0.0.1:1", "localhost", []string{""}, false},
	} {
		b := g.browser()
		b.peer, b.host = c.peer, c.host
		headers := make([]string, len(c.forwarded))
		for i, line := range c.forwarded {
			headers[i] = "X-Forwarded-For: " + line
		}
		a := b.ask("POST", "/v1/sign-in/dev", `{"user_id": "ada"}`, headers...)
		offered := strings.Contains(b.ask("GET", "/v1/sign-in", "", headers...).want(200).Body.String(), "ada")
		if c.ok != (a.Code == 201) || offered != c.ok {
			t.Errorf("%s: answered %d, offered %t", name, a.Code, offered)
		}
		if !c.ok {
			a.wantProblem(403, "not_on_loopback")
			if len(b.cookies) > 0 {
				t.Errorf("%s: refused, with a cookie", name)
			}
		}
	}
}

// What somebody put into a browser is no session after a sign-in at it: neither a made-up one, nor a real one, which ends.
func TestSessionFixation(t *testing.T) {
	t.Parallel()
	g := newDemo(t)
	attackers := g.signedIn("cleo").cookies[sessionCookie]
	for name, planted := range map[string]string{"made up": apikey.MintTicket(apikey.SessionPrefix).Reveal(), "real": attackers, "none": "x"} {
		b := g.browser()
		b.cookies[sessionCookie] = planted
		b.signIn("ben")
		if now := b.cookies[sessionCookie]; now == planted || g.sessionCode(now) != "" || g.sessionCode(planted) != "session_over" {
			t.Errorf("%s: what was planted is %q, what is new %q", name, g.sessionCode(planted), g.sessionCode(now))
		}
	}
}

// A session ends by time, used or not; the browser is rid of its cookie then.
func TestSessionsEndByTime(t *testing.T) {
	t.Parallel()
	g := newDemo(t)
	idle, busy := g.signedIn("ben"), g.signedIn("ben")
	over := func(b *browser) {
		t.Helper()
		for _, path := range []string{"/v1/session", "/v1/keys"} {
			secret := b.cookies[sessionCookie]
			b.ask("GET", path, "").wantProblem(401, "session_over")
			if _, held := b.cookies[sessionCookie]; held {
				t.Errorf("%s: the browser holds the cookie still", path)
			}
			b.cookies[sessionCookie] = secret
		}
	}
	for minutes := 0; minutes < 12*60; minutes += 60 {
		g.now = noon.Add(time.Duration(minutes) * time.Minute)
		busy.ask("GET", "/v1/keys", "").want(200)
		if err := g.usage.Flush(context.Background()); err != nil {
			t.Fatal(err)
		}
		if minutes >= 120 {
			over(idle)
		}
	}
	g.now = noon.Add(12*time.Hour - time.Microsecond)
	busy.ask("GET", "/v1/session", "").want(200)
	g.now = noon.Add(12 * time.Hour)
	over(busy)
	g.browser().ask("GET", "/v1/session", "").wantProblem(401, "no_session")
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	g := newDemo(t)
	b, other := g.signedIn("ben"), g.signedIn("ben")
	secret := b.cookies[sessionCookie]
	a := b.ask("DELETE", "/v1/session", "").want(204)
	if a.Body.Len() > 0 || b.cookies[sessionCookie] != "" || g.sessionCode(secret) != "session_over" || g.sessionCode(other.cookies[sessionCookie]) != "" {
		t.Errorf("answered %v; the session is %q", a.Header(), g.sessionCode(secret))
	}
	if dropped := a.Result().Cookies()[0]; dropped.Name != sessionCookie || dropped.Value != "" || dropped.Path != "/" || !dropped.Secure {
		t.Errorf("dropped with %s", dropped.Raw)
	}
	// Signing out is harmless where nobody is signed in, and rids the browser of whatever it holds.
	for _, held := range []string{"", secret, "x", apikey.MintTicket(apikey.SessionPrefix).Reveal()} {
		b.cookies = map[string]string{sessionCookie: held}
		if b.ask("DELETE", "/v1/session", "").want(204); b.cookies[sessionCookie] != "" {
			t.Errorf("%q is held still", held)
		}
	}
	g.browser().ask("DELETE", "/v1/session", "").want(204)
	if !strings.Contains(g.auditText(), `"action":"sessions.end"`) {
		t.Error("the sign-out is not in the audit")
	}
}

// Signed out everywhere is signed out at the next request, here too.
func TestSignOutEverywhere(t *testing.T) {
	t.Parallel()
	g := newDemo(t)
	first, second, ada := g.signedIn("ben"), g.signedIn("ben"), g.signedIn("ada")
	list := first.ask("GET", "/v1/users/ben/sessions", "").want(200)
	if got := len(dataOf(list)); got != 2 || strings.Contains(list.Body.String(), "sgs_") {
		t.Errorf("listed: %s", list.Body)
	}
	third := g.signedIn("ben")
	id := third.ask("GET", "/v1/session", "").text("session", "id")
	ada.ask("DELETE", "/v1/users/ben/sessions/"+id, "").wantProblem(403, "forbidden")
	first.ask("DELETE", "/v1/users/ben/sessions/"+id, "").want(204)
	third.ask("GET", "/v1/keys", "").wantProblem(401, "session_over")
	ada.ask("DELETE", "/v1/users/ben/sessions", "").wantProblem(403, "forbidden")
	first.ask("DELETE", "/v1/users/ben/sessions", "").want(204)
	for _, b := range []*browser{first, second} {
		b.ask("GET", "/v1/keys", "").wantProblem(401, "session_over")
	}
	ada.ask("GET", "/v1/keys", "").want(200)
}

// One request is one actor's.
func TestSessionsBesideOtherCredentials(t *testing.T) {
	t.Parallel()
	g := newDemo(t)
	b := g.signedIn("ben")
	session := cookieHeader(b.cookies[sessionCookie])
	b.ask("GET", "/v1/keys", "", "X-Steelgate-Actor: ada").wantProblem(403, "forbidden")
	b.ask("GET", "/v1/keys", "", "X-Steelgate-Actor: ben").wantProblem(403, "forbidden")
	// Of two cookies of one name nobody knows which is the session's.
	for _, second := range []string{cookieHeader("x"), session, cookieHeader(g.signedIn("ada").cookies[sessionCookie])} {
		g.ask("GET", "/v1/keys", "", session, second).wantProblem(401, "session_over")
		g.ask("GET", "/v1/session", "", session+"; "+strings.TrimPrefix(second, "Cookie: ")).wantProblem(401, "session_over")
	}
	// Where a token stands it alone counts.
	for _, bad := range []string{"Authorization: Bearer sgt_wrong", "Authorization: ", "Authorization: Basic eDp5", "Authorization: Bearer " + secretOf("ben"), "Authorization: Bearer " + b.cookies[sessionCookie]} {
		b.ask("GET", "/v1/keys", "", bad).wantProblem(401, "unauthenticated")
	}
	b.ask("GET", "/v1/users/ada", "").wantProblem(403, "forbidden")
	b.ask("GET", "/v1/users/ada", "", asAdmin).want(200)
	manage := g.token("manage")
	b.ask("GET", "/v1/keys", "", manage).wantProblem(401, "no_actor")
	if got := idsOf(b.ask("GET", "/v1/keys", "", manage, "X-Steelgate-Actor: cleo").want(200)); fmt.Sprint(got) != "[key_cleo]" {
		t.Errorf("for Cleo: %q", got)
	}
	g.ask("GET", "/v1/keys", "", session).want(200)
}

// An API key opens no call of management, and nobody does.
func TestManagementIsForActorsAlone(t *testing.T) {
	t.Parallel()
	g := newDemo(t)
	for _, route := range g.managementRoutes(standing) {
		g.unchanged(func() {
			for _, headers := range [][]string{
				{}, {"X-API-Key: " + secretOf("ada")}, {"Authorization: Bearer " + secretOf("ada")}, {"X-API-Key: " + secretOf("ada"), "Authorization: Bearer " + secretOf("ada")},
				{"X-API-Key: " + adminToken}, {"X-API-Key: " + secretOf("ada"), "X-Steelgate-Actor: ada"}, {"Authorization: " + adminToken}, {"Cookie: steelgate=x"},
			} {
				if a := g.ask(route[0], route[1], "{}", headers...); a.Code != 401 || a.text("code") != "unauthenticated" {
					t.Errorf("%s %s with %q: %d %s", route[0], route[1], headers, a.Code, a.Body)
				}
			}
			for _, secret := range []string{secretOf("ada"), adminToken, apikey.MintTicket(apikey.SessionPrefix).Reveal(), apikey.MintTicket(apikey.StatePrefix).Reveal(), ""} {
				if a := g.ask(route[0], route[1], "{}", cookieHeader(secret)); a.Code != 401 || a.text("code") != "session_over" {
					t.Errorf("%s %s with a cookie that is none: %d %s", route[0], route[1], a.Code, a.Body)
				}
			}
		})
	}
}
