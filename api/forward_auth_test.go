package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// forward asks as a gateway does.
func (g *gate) forward(headers ...string) answer {
	g.t.Helper()
	return g.ask("GET", "/v1/forward-auth", "", headers...)
}

func key(name string) string { return "X-API-Key: " + secretOf(name) }

// about is the pair of headers that Caddy and Traefik send; original the one for nginx.
func about(method, uri string) []string {
	return []string{"X-Forwarded-Method: " + method, "X-Forwarded-Uri: " + uri}
}

func original(method, uri string) []string {
	return []string{"X-Original-Method: " + method, "X-Original-URI: " + uri}
}

var executeInvoice = about("POST", "/api/workflows/invoice/execute")

// wantForward checks the whole of an answer: its status, and of a refusal the code.
func (a answer) wantForward(status int, code string) {
	a.t.Helper()
	if a.Code != status || a.Code >= 500 {
		a.t.Errorf("answered %d, want %d %s: %s", a.Code, status, code, a.Body)
		return
	}
	challenge := a.Header().Get("WWW-Authenticate")
	if (status == 401) != (challenge == `ApiKey realm="steelengine"`) {
		a.t.Errorf("%d has WWW-Authenticate %q", status, challenge)
	}
	if status == 200 {
		if a.Body.Len() > 0 || !strings.HasPrefix(a.Header().Get("X-Steelgate-Decision-Id"), "dec_") {
			a.t.Errorf("allowed with the body %q and headers %v", a.Body, a.Header())
		}
		return
	}
	object := a.object()
	refusal, _ := object["error"].(map[string]any)
	id, _ := refusal["decision_id"].(string)
	if len(object) != 1 || len(refusal) != 3 || refusal["code"] != code || refusal["message"] == "" || !strings.HasPrefix(id, "dec_") {
		a.t.Errorf("refused with %s, want the code %s", a.Body, code)
	}
	for name := range a.Header() {
		if strings.HasPrefix(name, "X-Steelgate-") {
			a.t.Errorf("a refusal has the header %s", name)
		}
	}
}

func TestForwardAuthRoutes(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	for _, c := range productCases {
		for _, pair := range [][]string{about(c.method, c.uri), original(c.method, c.uri), append(about(c.method, c.uri), original(c.method, c.uri)...)} {
			a := g.forward(append(pair, key(c.key))...)
			a.wantForward(c.status, c.code)
			if c.status == 200 {
				h := a.Header()
				got := []string{h.Get("X-Steelgate-Key-Id"), h.Get("X-Steelgate-Billed-To"), h.Get("X-Steelgate-Permission")}
				if !slices.Equal(got, []string{"key_" + c.key, c.billed, c.granted}) || h.Get("X-Steelgate-Key-Type") == "" {
					t.Errorf("%s %s by %s: %q", c.method, c.uri, c.key, got)
				}
			}
			if t.Failed() {
				t.Fatalf("%+v", c)
			}
		}
	}
	// HEAD is GET to a ServeMux: a policy's author knows it so.
	g.forward(append(about("HEAD", "/api/workflows/invoice"), key("core"))...).wantForward(200, "")
}

// What a proxy and the server behind it might read in two ways is denied.
func TestForwardAuthPathsThatAreNotCanonical(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	for _, uri := range twoReadings {
		for _, pair := range [][]string{about("POST", uri), original("POST", uri)} {
			g.forward(append(pair, key("core"))...).wantForward(403, "no_route")
		}
	}
}

// The request is named by one pair of headers. Two that differ, half a pair and a header given twice name none.
func TestForwardAuthHeaderPairs(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	const uri, other = "/api/workflows/invoice/execute", "/api/workflows/invoice"
	for name, headers := range map[string][]string{
		"none":               nil,
		"no uri":             {"X-Forwarded-Method: POST"},
		"no method":          {"X-Forwarded-Uri: " + uri},
		"two halves":         {"X-Forwarded-Method: POST", "X-Original-URI: " + uri},
		"the other halves":   {"X-Original-Method: POST", "X-Forwarded-Uri: " + uri},
		"uris differ":        append(about("POST", uri), original("POST", other)...),
		"methods differ":     append(about("POST", uri), original("GET", uri)...),
		"half of another":    append(about("POST", uri), "X-Original-URI: "+other),
		"another's method":   append(original("POST", uri), "X-Forwarded-Method: GET"),
		"doubled uri":        append(about("POST", uri), "X-Forwarded-Uri: "+uri),
		"doubled method":     append(about("POST", uri), "X-Forwarded-Method: POST"),
		"doubled original":   append(original("POST", uri), "X-Original-URI: "+other),
		"an empty uri":       append(original("POST", uri), "X-Forwarded-Uri: "),
		"an empty method":    append(original("POST", uri), "X-Forwarded-Method: "),
		"an empty pair":      {"X-Forwarded-Method: ", "X-Forwarded-Uri: "},
		"its own query only": {"X-Method: POST", "X-Uri: " + uri},
	} {
		t.Run(name, func(t *testing.T) {
			g.forward(append(headers, key("core"))...).wantForward(403, "no_route")
		})
	}
}

// The key comes by either header; no key, two that differ and a header given twice are all one: not valid.
func TestForwardAuthKeyHeaders(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	core, ben := secretOf("core"), secretOf("ben")
	for name, c := range map[string]struct {
		headers []string
		status  int
	}{
		"X-API-Key":               {[]string{"X-API-Key: " + core}, 200},
		"bearer":                  {[]string{"Authorization: Bearer " + core}, 200},
		"bearer in small letters": {[]string{"Authorization: bearer " + core}, 200},
		"both alike":              {[]string{"X-API-Key: " + core, "Authorization: Bearer " + core}, 200},
		"another's bearer":        {[]string{"X-API-Key: " + core, "Authorization: Bearer eyJhbGciOiJIUzI1NiJ9"}, 200},
		"basic beside":            {[]string{"X-API-Key: " + core, "Authorization: Basic dXNlcjpwYXNz"}, 200},
		"none":                    {nil, 401},
		"empty":                   {[]string{"X-API-Key: "}, 401},
		"another's alone":         {[]string{"Authorization: Bearer eyJhbGciOiJIUzI1NiJ9"}, 401},
		"the service's token":     {[]string{asAdmin}, 401},
		"both, that differ":       {[]string{"X-API-Key: " + core, "Authorization: Bearer " + ben}, 401},
		"doubled":                 {[]string{"X-API-Key: " + core, "X-API-Key: " + core}, 401},
		"doubled, that differ":    {[]string{"X-API-Key: " + core, "X-API-Key: " + ben}, 401},
		"doubled bearer":          {[]string{"Authorization: Bearer " + core, "Authorization: Bearer " + core}, 401},
		"bearer and basic":        {[]string{"Authorization: Bearer " + core, "Authorization: Basic dXNlcjpwYXNz"}, 401},
		"basic and bearer":        {[]string{"Authorization: Basic dXNlcjpwYXNz", "Authorization: Bearer " + core}, 401},
		"doubled, and a bearer":   {[]string{"X-API-Key: " + core, "X-API-Key: " + core, "Authorization: Bearer " + core}, 401},
		"a list":                  {[]string{"X-API-Key: " + core + "," + core}, 401},
		"an empty one and a key":  {[]string{"X-API-Key: ", "X-API-Key: " + core}, 401},
		"an empty one, a bearer":  {[]string{"X-API-Key: ", "Authorization: Bearer " + core}, 401},
		"unknown":                 {[]string{"X-API-Key: " + secretOf("nobody")}, 401},
		"malformed":               {[]string{"X-API-Key: sk-steelengine-äöü0123456789abc"}, 401},
		"revoked":                 {[]string{"X-API-Key: " + secretOf("revoked")}, 401},
		"expired":                 {[]string{"X-API-Key: " + secretOf("expired")}, 401},
		"disabled":                {[]string{"X-API-Key: " + secretOf("disabled")}, 401},
		"of an inactive user":     {[]string{"X-API-Key: " + secretOf("idle")}, 401},
	} {
		t.Run(name, func(t *testing.T) {
			a := g.forward(append(c.headers, executeInvoice...)...)
			a.wantForward(c.status, "invalid_api_key")
			if c.status == 200 {
				return
			}
			// Whatever the cause, a 401 is the same to the byte but for its decision's id, and it comes before the route.
			unrouted := g.forward(append(c.headers, about("GET", "/nowhere")...)...)
			unrouted.wantForward(401, "invalid_api_key")
			if a.text("error", "message") != "The API key is missing or not valid." || a.text("error", "message") != unrouted.text("error", "message") {
				t.Errorf("the message tells more: %s", a.Body)
			}
		})
	}
}

// Only trusted proxies are answered, whatever they bring.
func TestForwardAuthPeers(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	for peer, trusted := range map[string]bool{
		"10.255.0.1:1": true, "[fd12::1]:80": true, "[::ffff:10.0.0.1]:5": true,
		"11.0.0.1:1": false, "127.0.0.1:1": false, "[::1]:1": false, "[fe80::1%eth0]:1": false, "@": false, "": false, "10.0.0.1": false,
	} {
		a := g.askFrom(peer, "GET", "/v1/forward-auth", "", append(executeInvoice, key("core"))...)
		if trusted {
			a.wantForward(200, "")
		} else {
			a.wantForward(403, "untrusted_proxy")
			g.askFrom(peer, "GET", "/v1/forward-auth", "", append(executeInvoice, "X-Forwarded-For: 10.0.0.1")...).wantForward(403, "untrusted_proxy")
		}
	}
}

// The client's address is the rightmost entry that is no trusted proxy: what stands left of it the client may have written.
func TestForwardAuthClientAddress(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	for _, c := range []struct {
		forwardedFor []string
		allowed      bool
	}{
		{[]string{"203.0.113.9"}, true},
		{[]string{"2001:db8::1"}, true},
		{[]string{"::ffff:203.0.113.9"}, true},
		{[]string{"203.0.113.9, 10.1.1.1"}, true},
		{[]string{"203.0.113.9,10.1.1.1 , 10.2.2.2, fd00::7"}, true},
		{[]string{"1.2.3.4, 203.0.113.9, 10.1.1.1"}, true},
		{[]string{"1.2.3.4", "203.0.113.9", "10.1.1.1"}, true},
		{[]string{"203.0.113.9, ::ffff:10.1.1.1"}, true},
		{[]string{"203.0.113.9", "198.51.100.7"}, false},
		{[]string{"203.0.113.9, 198.51.100.7, 10.1.1.1"}, false},
		{[]string{"203.0.113.9, unknown, 10.1.1.1"}, false},
		{[]string{"203.0.113.9, , 10.1.1.1"}, false},
		{[]string{"203.0.113.9,"}, false},
		{[]string{"203.0.113.9:443"}, false},
		{[]string{"[2001:db8::1]"}, false},
		{[]string{"2001:db8::1%eth0"}, false},
		{[]string{"203.0.113.9/32"}, false},
		{[]string{"0xcb.0.113.9"}, false},
		{[]string{"203.0.113.009"}, false},
		{[]string{"10.1.1.1, 10.2.2.2"}, false},
		{[]string{""}, false},
		{nil, false},
	} {
		headers := append(slices.Clone(executeInvoice), key("office"))
		for _, value := range c.forwardedFor {
			headers = append(headers, "X-Forwarded-For: "+value)
		}
		a := g.forward(headers...)
		if c.allowed {
			a.wantForward(200, "")
		} else {
			a.wantForward(403, "ip_not_allowed")
		}
		if t.Failed() {
			t.Fatalf("%q", c.forwardedFor)
		}
	}
	// No other header names a client.
	g.forward(append(executeInvoice, key("office"), "X-Real-Ip: 203.0.113.9", "Forwarded: for=203.0.113.9", "X-Forwarded-For-: 203.0.113.9")...).wantForward(403, "ip_not_allowed")
}

// Any method of the subrequest will do, with any body.
func TestForwardAuthAnyMethod(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "PROPFIND", "REPORT", "M-SEARCH", "x"} {
		r := append(slices.Clone(executeInvoice), key("core"))
		g.ask(method, "/v1/forward-auth", "a body", r...).wantForward(200, "")
		g.ask(method, "/v1/forward-auth", "", append(slices.Clone(executeInvoice), key("revoked"))...).wantForward(401, "invalid_api_key")
		g.ask(method, "/v1/forward-auth?x=y", "", append(about("GET", "/nowhere"), key("core"))...).wantForward(403, "no_route")
	}
	metrics := g.ask("GET", "/metrics", "").Body.String()
	if strings.Contains(metrics, "PROPFIND") || strings.Contains(metrics, "M-SEARCH") {
		t.Error("a caller's own method is a label")
	}
}

// An error inside is a 403: some proxies let a 5xx through.
func TestForwardAuthNeverFails(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	ask := func() answer { return g.forward(append(slices.Clone(executeInvoice), key("core"))...) }
	for name, source := range map[string]string{
		"errs":      "package steelgate.site\ndeny contains {\"code\": \"x\", \"message\": \"y\"} if to_number(input.resource.id) == 1",
		"misshapen": "package steelgate.site\ndeny contains 1",
	} {
		g.usePolicy("site/site.rego", source)
		a := ask()
		if a.Code != http.StatusForbidden {
			t.Errorf("%s: %d %s", name, a.Code, a.Body)
		}
		if code := a.text("error", "code"); name == "errs" && code != "policy_error" {
			t.Errorf("%s: %s", name, a.Body)
		}
	}
	g.usePolicy("authz/decision.rego", "package steelgate.authz\ndecision := {\"allow\": true} if input.nothing")
	ask().wantForward(403, "policy_error")
	g.usePolicy("", "")
	g.now = g.now.Add(time.Minute)
	ask().wantForward(403, "stale")
	g.forward(append(slices.Clone(executeInvoice), key("revoked"))...).wantForward(403, "stale")
	cold := newColdGate(t)
	cold.forward(append(slices.Clone(executeInvoice), key("core"))...).wantForward(403, "stale")
}

// Routes are the policy's to edit.
func TestForwardAuthEditedRoutes(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.usePolicy("authz/routes.rego", `package steelgate.authz

routes := {"PURGE /cache/{flow}": {"action": "workflow.update", "resource": {"type": "workflow", "id": "{flow}"}},
	"/any/{rest...}": {"action": "workspace.read", "resource": {"type": "workspace", "id": "core"}}}`)
	g.forward(append(about("PURGE", "/cache/invoice"), key("core"))...).wantForward(200, "")
	g.forward(append(about("GET", "/cache/invoice"), key("core"))...).wantForward(403, "no_route")
	g.forward(append(about("BREW", "/any/a/b"), key("core"))...).wantForward(200, "")
	g.forward(append(slices.Clone(executeInvoice), key("core"))...).wantForward(403, "no_route")
}
