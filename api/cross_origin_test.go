package api_test

import (
	"strings"
	"testing"
)

// foreign is what browsers say where a page of another site has them ask.
var foreign = [][]string{
	{"Origin: https://evil.example"}, {"Origin: null"}, {"Origin: https://gate.example.evil.example"}, {"Origin: http://gate.example"}, {"Origin: https://gate.example:8443"},
	{"Origin: https://evil.example", "Sec-Fetch-Site: cross-site"}, {"Sec-Fetch-Site: cross-site"}, {"Sec-Fetch-Site: same-site"},
	{"Origin: https://other.gate.example", "Sec-Fetch-Site: same-site"}, {"Origin: http://127.0.0.1:9999"},
}

// own is what they say of the service's own pages, and what programs say that are none.
var own = [][]string{
	{}, {"Origin: " + publicURL}, {"Origin: " + publicURL, "Sec-Fetch-Site: same-origin"}, {"Origin: http://127.0.0.1:8080"}, {"Sec-Fetch-Site: same-origin"}, {"Sec-Fetch-Site: none"},
	{"Origin: " + publicURL, "Sec-Fetch-Site: cross-site"},
}

// A page of another site changes nothing by the session of whoever looks at it, at any call.
func TestOtherSitesChangeNothing(t *testing.T) {
	t.Parallel()
	g := newDemo(t)
	b := g.signedIn("root")
	secret := b.cookies[sessionCookie]
	// isRefused tells that a call was refused for its origin, and that the session stands.
	isRefused := func(method, path, body string, headers []string) {
		t.Helper()
		a := b.ask(method, path, body, headers...)
		if a.Code != 403 || a.text("code") != "cross_origin" || b.cookies[sessionCookie] != secret {
			t.Errorf("%s %s with %q: %d %s", method, path, headers, a.Code, a.Body)
		}
	}
	changes := 0
	for _, route := range g.managementRoutes(standing) {
		if route[0] == "GET" {
			// A link of another site may lead to what changes nothing.
			if a := b.ask("GET", route[1], "", foreign[5]...); strings.Contains(a.Body.String(), "cross_origin") {
				t.Errorf("GET %s is refused: %s", route[1], a.Body)
			}
			continue
		}
		changes++
		g.unchanged(func() {
			for _, headers := range foreign {
				isRefused(route[0], route[1], `{"role": "admin", "kind": "user", "id": "eve"}`, headers)
			}
		})
	}
	// Whose session another site tried to use can see that.
	if text := g.auditText(); !strings.Contains(text, `"action":"sessions.use"`) || !strings.Contains(text, `"reason":"cross_origin"`) || strings.Contains(text, secret) {
		t.Errorf("the audit is %s", text)
	}
	if changes < 25 {
		t.Errorf("%d calls change something", changes)
	}
	for _, headers := range foreign {
		isRefused("POST", "/v1/sign-in/dev", `{"user_id": "cleo"}`, headers)
		isRefused("POST", "/v1/sign-in/setup", `{"code": "x"}`, headers)
		isRefused("DELETE", "/v1/session", "", headers)
	}
	if got := g.sessionCode(secret); got != "" {
		t.Errorf("the session is %q", got)
	}
}

// The service's own pages are not refused.
func TestOwnPagesMakeChanges(t *testing.T) {
	t.Parallel()
	g := newDemo(t)
	b := g.signedIn("root")
	for _, headers := range own {
		for _, route := range g.managementRoutes(nothing) {
			// What is asked for is at fault, or not there, so that nothing changes but the answer tells.
			if a := b.ask(route[0], route[1], "{", headers...); a.Code == 401 || strings.Contains(a.Body.String(), "cross_origin") {
				t.Errorf("%s %s with %q: %d %s", route[0], route[1], headers, a.Code, a.Body)
			}
		}
		b.ask("PUT", "/v1/users/eve", "{}", headers...).want(201)
		b.ask("DELETE", "/v1/users/eve", "", headers...).want(204)
		b.ask("DELETE", "/v1/session", "", headers...).want(204)
		b.ask("POST", "/v1/sign-in/dev", `{"user_id": "root"}`, headers...).want(201)
		b.ask("POST", "/v1/sign-in/setup", `{"code": "x"}`, headers...).wantProblem(422, "invalid_field", "code")
	}
}

// A browser sends no token by itself: who sends one means it.
func TestTokensHaveNoOrigin(t *testing.T) {
	t.Parallel()
	g := newDemo(t)
	b := g.signedIn("root")
	for _, headers := range foreign {
		g.admin("PUT", "/v1/users/eve", "{}", headers...).want(201)
		b.ask("DELETE", "/v1/users/eve", "", append([]string{asAdmin}, headers...)...).want(204)
	}
}
