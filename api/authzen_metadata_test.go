package api_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/api"
)

// Where the doors stand is told to anybody: under the public URL, or as the request came.
func TestAuthZENMetadata(t *testing.T) {
	t.Parallel()
	const path = "/.well-known/authzen-configuration"
	for name, c := range map[string]struct {
		public, peer string
		headers      []string
		base         string
	}{
		"the public URL":            {publicURL, "203.0.113.9:1", []string{"X-Forwarded-Host: evil.example"}, publicURL},
		"the host":                  {"", "203.0.113.9:1", nil, "http://example.com"},
		"what anybody says":         {"", "203.0.113.9:1", []string{"X-Forwarded-Host: evil.example", "X-Forwarded-Proto: https"}, "http://example.com"},
		"what a trusted proxy says": {"", "10.1.2.3:1", []string{"X-Forwarded-Host: gate.example:8443", "X-Forwarded-Proto: https"}, "https://gate.example:8443"},
		"its last word":             {"", "10.1.2.3:1", []string{"X-Forwarded-Host: evil.example, gate.example", "X-Forwarded-Proto: http,https"}, "https://gate.example"},
		"another scheme":            {"", "10.1.2.3:1", []string{"X-Forwarded-Proto: javascript"}, "http://example.com"},
		"a literal address":         {"", "10.1.2.3:1", []string{"X-Forwarded-Host: [2001:db8::1]:80"}, "http://[2001:db8::1]:80"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGateWith(t, func(o *api.Options) { o.PublicURL = c.public })
			a := g.askFrom(c.peer, "GET", path, "", append(c.headers, "X-Request-ID: 7")...).want(200)
			for field, want := range map[string]string{
				"policy_decision_point": "", "access_evaluation_endpoint": "/access/v1/evaluation", "access_evaluations_endpoint": "/access/v1/evaluations",
				"search_subject_endpoint": "/access/v1/search/subject", "search_resource_endpoint": "/access/v1/search/resource", "search_action_endpoint": "/access/v1/search/action",
			} {
				if a.text(field) != c.base+want {
					t.Errorf("%s is %s, want %s%s", field, a.text(field), c.base, want)
				}
			}
			if a.Header().Get("Content-Type") != "application/json" || a.Header().Get("X-Request-ID") != "7" {
				t.Errorf("headers %v", a.Header())
			}
		})
	}
	g := newGateWith(t, func(o *api.Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
	for _, host := range []string{"a b", "a/b", "a?b", "user@a", "<a>", "ü"} {
		g.ask("GET", path, "", "X-Forwarded-Host: "+host).wantText(400, "host")
	}
	if a := newColdGate(t).ask("GET", path, ""); a.Code != 200 || !strings.HasPrefix(a.text("policy_decision_point"), "http://") {
		t.Errorf("before anything is loaded: %d %s", a.Code, a.Body)
	}
}
