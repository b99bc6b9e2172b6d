package api_test

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/api"
)

// wantPolicy tells whether a page's policy lets it do nothing but what the page itself has: its style, and its script if it
// has one.
func wantPolicy(t testing.TB, a answer) {
	t.Helper()
	page, policy := a.Body.String(), a.Header().Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none';") || !strings.Contains(policy, "base-uri 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || !strings.Contains(policy, "form-action 'none'") {
		t.Errorf("the policy is %q", policy)
	}
	for _, forbidden := range []string{"unsafe", "*", "http:", "https:", "data:"} {
		if strings.Contains(policy, forbidden) {
			t.Errorf("the policy has %s: %q", forbidden, policy)
		}
	}
	for element, directive := range map[string]string{"style": "style-src", "script": "script-src"} {
		texts := regexp.MustCompile(`(?s)<`+element+`>(.*?)</`+element+`>`).FindAllStringSubmatch(page, -1)
		if len(texts) != strings.Count(page, "<"+element) || len(texts) > 1 || element == "style" && len(texts) != 1 {
			t.Errorf("the page has %d of <%s>, and others", len(texts), element)
		}
		want := ""
		for _, text := range texts {
			digest := sha256.Sum256([]byte(text[1]))
			want = directive + " 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'"
		}
		if got := regexp.MustCompile(directive + ` [^;]*`).FindString(policy); got != want {
			t.Errorf("the policy has %q, want %q", got, want)
		}
	}
}

// Whatever a browser may be shown says what it may do with it; what gateways and services ask does not.
func TestBrowserHeaders(t *testing.T) {
	t.Parallel()
	g := newDemo(t)
	b := g.signedIn("ben")
	for _, path := range []string{"/sign-in", "/docs", "/openapi.yaml", "/v1/sign-in", "/v1/session", "/v1/keys", "/v1/keys/key_ben", "/v1/keys/none", "/v1/users/ada", "/v1/keys?limit=x", "/v1/users/ben/sessions", "/v1/sign-in/oidc", "/v1/sign-in/callback"} {
		for who, a := range map[string]answer{"signed in": b.ask("GET", path, ""), "nobody": g.ask("GET", path, ""), "nobody with HTML": g.ask("GET", path, "", "Accept: text/html")} {
			for name, want := range map[string]string{
				"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
				"Strict-Transport-Security": "max-age=31536000",
			} {
				if got := a.Header().Values(name); len(got) != 1 || got[0] != want {
					t.Errorf("%s, %s: %s is %q", path, who, name, got)
				}
			}
			if policy := a.Header().Values("Content-Security-Policy"); len(policy) != 1 || !strings.HasPrefix(policy[0], "default-src 'none';") || !strings.Contains(policy[0], "frame-ancestors 'none'") {
				t.Errorf("%s, %s: the policy is %q", path, who, policy)
			}
			if got := a.Header().Get("Permissions-Policy"); !strings.Contains(got, "camera=()") {
				t.Errorf("%s, %s: %q", path, who, got)
			}
			if a.Header().Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s, %s: others may read it", path, who)
			}
		}
	}
	for _, a := range []answer{
		g.decide(question(secretOf("core"), "workflow.read", "workflow", "invoice", "")), g.ask("POST", "/v1/decisions", "{}"), g.forwardFrom("203.0.113.9", guess), g.ask("GET", "/livez", ""),
	} {
		for _, name := range []string{"Content-Security-Policy", "X-Frame-Options", "Referrer-Policy", "Strict-Transport-Security", "Permissions-Policy"} {
			if got := a.Header().Get(name); got != "" {
				t.Errorf("%d has %s %q", a.Code, name, got)
			}
		}
	}
}

// A browser is told to come over TLS alone where it can.
func TestStrictTransportSecurity(t *testing.T) {
	t.Parallel()
	for public, want := range map[string]bool{"": false, "http://127.0.0.1:8080": false, "https://gate.example": true} {
		g := newGateWith(t, func(o *api.Options) { o.PublicURL = public })
		if got := g.ask("GET", "/sign-in", "").Header().Get("Strict-Transport-Security") != ""; got != want {
			t.Errorf("at %q: %t", public, got)
		}
		r := httptest.NewRequest("GET", "/sign-in", nil)
		r.TLS = &tls.ConnectionState{}
		if g.send(r, "").Header().Get("Strict-Transport-Security") == "" {
			t.Errorf("at %q, over TLS: none", public)
		}
	}
}
