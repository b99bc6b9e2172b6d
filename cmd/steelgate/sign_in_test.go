package main

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

const (
	sessionCookie = "__Host-steelgate"
	stateCookie   = "__Host-steelgate-sign-in"
)

// gateWithDex is a server over TLS with the small world, where people sign in through Dex: Ada by ada@acme.example.
func gateWithDex(t *testing.T) *server {
	t.Helper()
	issuer := startDex(t, "ada@acme.example:ada's password:u-1", "nobody@acme.example:nobody's password:u-2")
	s := serveTLS(t, "--data-dir", t.TempDir(), "--oidc-issuer", issuer, "--oidc-client-id", "steelgate", "--oidc-client-secret", clientSecret)
	s.change("POST", "/v1/import", smallWorld)
	s.change("PUT", "/v1/users/ada", `{"name": "Ada", "email": "Ada@Acme.example"}`)
	return s
}

// quiet fails where a secret of a sign-in stands in what the server wrote.
func (s *server) quiet() {
	s.t.Helper()
	for _, secret := range []string{"sgs_", "sgo_", "sgl_", clientSecret, "password"} {
		if text := s.log.String(); strings.Contains(text, secret) {
			s.t.Errorf("the log holds %s: %s", secret, text)
		}
	}
}

// leadsTo tells whether a browser is sent on to a path of this server.
func (r reply) leadsTo(path string) bool {
	return r.status == http.StatusSeeOther && r.header.Get("Location") == path
}

// A user who signs in through the provider manages keys with the browser's cookie alone, and no more once they sign out.
func TestSignInThroughAProvider(t *testing.T) {
	t.Parallel()
	s := gateWithDex(t)
	b := newBrowser(t, s)
	if a := b.ask("GET", "/v1/session", ""); a.status != 401 {
		t.Errorf("before: %d %s", a.status, a.body)
	}
	if a := b.signIn("/docs", "ada@acme.example", "ada's password"); a.status != 200 || !strings.Contains(a.header.Get("Content-Type"), "text/html") {
		t.Fatalf("the sign-in ends at %d %s", a.status, a.body)
	}
	in := b.ask("GET", "/v1/session", "")
	if in.text("user", "id") != "ada" || in.text("session", "method") != "oidc" {
		t.Fatalf("signed in as %s", in.body)
	}
	if in.header.Get("Strict-Transport-Security") == "" {
		t.Error("over TLS, and no word of staying there")
	}
	made := b.ask("POST", "/v1/keys", `{"type": "personal", "name": "laptop"}`)
	if made.status != 201 || made.text("user_id") != "ada" || made.text("created_by") != "ada" {
		t.Fatalf("a key of one's own: %d %s", made.status, made.body)
	}
	if a := b.ask("PATCH", "/v1/workspaces/core", `{"personal_keys_enabled": false}`); a.status != 200 {
		t.Errorf("the switch of one's workspace: %d %s", a.status, a.body)
	}
	if a := b.ask("PUT", "/v1/users/ben", `{"name": "B"}`); a.status != 403 {
		t.Errorf("the directory: %d %s", a.status, a.body)
	}
	if a := b.ask("POST", "/v1/keys", `{"type": "personal", "name": "planted"}`, "Origin: https://evil.example"); a.status != 403 || a.text("code") != "cross_origin" {
		t.Errorf("from another site: %d %s", a.status, a.body)
	}
	if a := b.ask("GET", "/v1/audit?action=keys.create", ""); !strings.Contains(string(a.body), in.text("session", "id")) {
		t.Errorf("the audit does not say by which session: %s", a.body)
	}

	secret := b.holds(sessionCookie)
	if a := b.ask("DELETE", "/v1/session", ""); a.status != 204 || b.holds(sessionCookie) != "" {
		t.Errorf("signing out: %d, and the browser holds %q", a.status, b.holds(sessionCookie))
	}
	if a := newBrowser(t, s).ask("GET", "/v1/session", "", "Cookie: "+sessionCookie+"="+secret); a.status != 401 {
		t.Errorf("the cookie of a session that ended: %d %s", a.status, a.body)
	}
	s.quiet()
}

// The provider's own name for a person is what counts from the second time on: whoever has the address then is somebody else.
func TestSubjectOutlivesTheAddress(t *testing.T) {
	t.Parallel()
	s := gateWithDex(t)
	if a := newBrowser(t, s).signIn("", "ada@acme.example", "ada's password"); !a.leadsTo("/console/") {
		t.Fatalf("%d %s", a.status, a.body)
	}
	s.change("PUT", "/v1/users/ada", `{"email": "ada@new.example"}`)
	s.change("PUT", "/v1/users/ben", `{"email": "ada@acme.example"}`)
	b := newBrowser(t, s)
	b.signIn("", "ada@acme.example", "ada's password")
	if a := b.ask("GET", "/v1/session", ""); a.text("user", "id") != "ada" {
		t.Errorf("signed in as %s", a.body)
	}
}

// A code is good for one sign-in, in the browser that began it.
func TestReplayedCode(t *testing.T) {
	t.Parallel()
	s := gateWithDex(t)
	b := newBrowser(t, s)
	b.halts = gateURL + "/v1/sign-in/callback"
	b.signIn("", "ada@acme.example", "ada's password")
	callback, state := b.halted, b.holds(stateCookie)
	if callback == "" || state == "" {
		t.Fatal("the provider sends nobody back")
	}
	refused := func(what string, b *browser, address, code string, headers ...string) {
		t.Helper()
		if a := b.ask("GET", address, "", headers...); a.text("code") != code || a.status >= 500 || b.holds(sessionCookie) != "" {
			t.Errorf("%s: %d %s", what, a.status, a.body)
		}
	}
	refused("another browser", newBrowser(t, s), callback, "other_browser")
	b.halts = ""
	if a := b.ask("GET", callback, ""); !a.leadsTo("/console/") || b.holds(sessionCookie) == "" {
		t.Fatalf("the browser that began: %d %s", a.status, a.body)
	}
	refused("the same browser without its cookie", newBrowser(t, s), callback, "other_browser")
	refused("with the cookie of then", newBrowser(t, s), callback, "sign_in_over", "Cookie: "+stateCookie+"="+state)

	// The code in a sign-in of somebody else's own: it was asked for with another verifier.
	thief := newBrowser(t, s)
	thief.halts = gateURL + "/v1/sign-in/callback"
	thief.signIn("", "nobody@acme.example", "nobody's password")
	stolen, _ := url.Parse(callback)
	own, _ := url.Parse(thief.halted)
	query := own.Query()
	query.Set("code", stolen.Query().Get("code"))
	own.RawQuery = query.Encode()
	refused("the code in another sign-in", thief, own.String(), "provider_not_believed")
	s.quiet()
}

// Whoever the provider knows and nobody here does is not let in, and is told by a page.
func TestUnknownPerson(t *testing.T) {
	t.Parallel()
	s := gateWithDex(t)
	b := newBrowser(t, s)
	b.halts = gateURL + "/v1/sign-in/callback"
	b.signIn("", "nobody@acme.example", "nobody's password")
	b.halts = ""
	a := b.ask("GET", b.halted, "", "Accept: text/html")
	if a.status != 403 || !strings.Contains(string(a.body), "No user here has an e-mail address") || !strings.Contains(a.header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("%d %v %s", a.status, a.header, a.body)
	}
	if b.holds(sessionCookie) != "" || b.ask("GET", "/v1/session", "").status != 401 {
		t.Error("somebody unknown is signed in")
	}
	if audit := s.send("GET", "/v1/audit?action=sessions.begin&outcome=denied", ""); !strings.Contains(string(audit.body), "unknown_user") {
		t.Errorf("the attempt is not in the audit: %s", audit.body)
	}
}

// A new installation prints one link, by which one person becomes its platform admin, whom the provider knows after that.
func TestSetupLink(t *testing.T) {
	t.Parallel()
	issuer := startDex(t, "fay@acme.example:fay's password:u-3")
	folder := filepath.Join(t.TempDir(), "data")
	args := []string{"--data-dir", folder, "--oidc-issuer", issuer, "--oidc-client-id", "steelgate", "--oidc-client-secret", clientSecret}
	s := serveTLS(t, args...)
	link := strings.TrimSpace(s.out.line(t, s.ended, "#setup="))
	address, code, _ := strings.Cut(link, "#setup=")
	if address != gateURL+"/sign-in" {
		t.Errorf("the link leads to %s", address)
	}
	b := newBrowser(t, s)
	if a := b.ask("GET", address, ""); !a.leadsTo("/console/sign-in") {
		t.Errorf("the page: %d %v", a.status, a.header)
	}
	body := `{"code": "` + code + `", "id": "fay", "name": "Fay", "email": "fay@acme.example"}`
	if a := b.ask("POST", "/v1/sign-in/setup", body, "Origin: https://evil.example"); a.text("code") != "cross_origin" {
		t.Errorf("from another site: %s", a.body)
	}
	if a := b.ask("POST", "/v1/sign-in/setup", body); a.status != 201 || a.text("user", "platform_role") != "admin" || b.holds(sessionCookie) == "" {
		t.Fatalf("set up: %d %s", a.status, a.body)
	}
	if a := b.ask("PUT", "/v1/organizations/acme", `{"name": "Acme"}`); a.status != 201 {
		t.Errorf("the first thing that an admin does: %d %s", a.status, a.body)
	}
	again := newBrowser(t, s)
	if a := again.ask("POST", "/v1/sign-in/setup", strings.Replace(body, `"fay"`, `"eve"`, 1)); a.status != 401 || a.text("code") != "setup_over" || again.holds(sessionCookie) != "" {
		t.Errorf("a used link: %d %s", a.status, a.body)
	}
	b = newBrowser(t, s)
	b.signIn("", "fay@acme.example", "fay's password")
	if a := b.ask("GET", "/v1/session", ""); a.text("user", "id") != "fay" || a.text("session", "method") != "oidc" {
		t.Errorf("the admin, through the provider: %s", a.body)
	}
	s.quiet()
	if s.end() != 0 {
		t.Error(s.log)
	}
	next := serveTLS(t, append(args, "--setup-link")...)
	next.out.line(t, next.ended, "no set-up link is needed")
	if strings.Contains(next.out.String(), "sgl_") {
		t.Error("another link is printed, though there is a platform admin")
	}
}

// A second start prints no link, unless it is asked for one.
func TestSetupLinkIsPrintedOnce(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := serve(t, "--data-dir", folder)
	s.out.line(t, s.ended, "#setup=sgl_")
	s.end()
	s = serve(t, "--data-dir", folder)
	s.end()
	if text := s.out.String(); strings.Contains(text, "sgl_") {
		t.Errorf("it is printed again: %s", text)
	}
	s = serve(t, "--data-dir", folder, "--setup-link")
	s.out.line(t, s.ended, "#setup=sgl_")
}
