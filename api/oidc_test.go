package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/oidc"
)

// toProvider sends a browser to the provider, and answers the state that it was sent with.
func (b *browser) toProvider(query string) (state string) {
	b.t.Helper()
	a := b.ask("GET", "/v1/sign-in/oidc"+query, "").want(303)
	location, err := url.Parse(a.Header().Get("Location"))
	if err != nil || location.Scheme+"://"+location.Host+location.Path != theIssuer+"/authorize" || a.Header().Get("Cache-Control") != "no-store" {
		b.t.Fatalf("sent to %s: %v", location, err)
	}
	state = location.Query().Get("state")
	if state == "" || b.cookies[stateCookie] != state {
		b.t.Fatalf("the state is %q, and the cookie's %q", state, b.cookies[stateCookie])
	}
	return state
}

// fromProvider comes back with parameters.
func (b *browser) fromProvider(parameters url.Values, headers ...string) answer {
	b.t.Helper()
	return b.ask("GET", "/v1/sign-in/callback?"+parameters.Encode(), "", headers...)
}

// comeBack are the parameters of somebody whom the provider let in.
func comeBack(state string) url.Values {
	return url.Values{"state": {state}, "code": {"for " + state}, "iss": {theIssuer}}
}

// Who comes back from the provider is signed in as the user whom it knows, and is where they wanted to be.
func TestSignInThroughAProvider(t *testing.T) {
	t.Parallel()
	p := newProvider()
	g := newGateAt(t, p)
	b := g.browser()
	b.peer, b.host = "203.0.113.9:4711", "gate.example"
	a := b.ask("GET", "/v1/sign-in/oidc?return_to=/docs%23keys", "")
	c := a.Result().Cookies()[0]
	if c.Name != stateCookie || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 600 || !strings.HasPrefix(c.Value, "sgo_") {
		t.Errorf("the state's cookie is %s", c.Raw)
	}
	planted := apikey.MintTicket(apikey.SessionPrefix).Reveal()
	b.cookies[sessionCookie] = planted
	// The provider's site leads here: a link of another one is what it is.
	a = b.fromProvider(comeBack(c.Value), "Sec-Fetch-Site: cross-site", "Accept: text/html").want(303)
	if a.Header().Get("Location") != "/docs#keys" || a.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("answered %v", a.Header())
	}
	session := b.cookies[sessionCookie]
	if _, held := b.cookies[stateCookie]; held || session == "" || session == planted {
		t.Errorf("the browser holds %v", b.cookies)
	}
	who := b.ask("GET", "/v1/session", "").want(200)
	if who.text("user", "id") != "ben" || who.text("session", "method") != "oidc" || who.text("session", "address") != "203.0.113.9" {
		t.Errorf("signed in: %s", who.Body)
	}
	linked := firstOf(g.admin("GET", "/v1/users/ben/identities", "").want(200))
	if linked["issuer"] != theIssuer || linked["subject"] != "s-ben" {
		t.Errorf("linked: %v", linked)
	}
	// Some providers do not say who they are.
	again := comeBack(b.toProvider(""))
	again.Del("iss")
	if a := b.fromProvider(again).want(303); a.Header().Get("Location") != "/console/" || b.cookies[sessionCookie] == session || g.sessionCode(session) != "session_over" {
		t.Errorf("again: %v, and the session before is %q", a.Header(), g.sessionCode(session))
	}
	for secret := range p.sent {
		if strings.Contains(g.log.String(), secret) || strings.Contains(g.auditText(), secret) {
			t.Error("a state was written down")
		}
	}
}

// A sign-in ends at a path of this server, as every browser reads it.
func TestReturnTo(t *testing.T) {
	t.Parallel()
	g := newGateAt(t, newProvider())
	for given, want := range map[string]string{
		"/": "/", "/docs": "/docs", "/docs?a=b&c=d#e": "/docs?a=b&c=d#e", "/%5cevil.example": "/%5cevil.example", "/%2f/evil.example": "/%2f/evil.example", "/?next=https://evil.example": "/?next=https://evil.example",
		"/a/..//evil.example": "/evil.example", "/.//evil.example": "/evil.example", "/@evil.example": "/@evil.example", "/a:b@c": "/a:b@c", "/%0d%0aSet-Cookie:x": "/%0d%0aSet-Cookie:x",
		"/" + strings.Repeat("a", 2047): "/" + strings.Repeat("a", 2047),
		"":                              "", "//evil.example": "", "///evil.example": "", "/\\evil.example": "", "\\\\evil.example": "", "/a\\b": "", "https://evil.example": "", "https:evil.example": "", "javascript:alert(1)": "", "evil.example": "", "@evil.example": "",
		" /docs": "", "/do cs": "", "/\t/evil.example": "", "/\n/evil.example": "", "\t//evil.example": "", "/\x00": "", "/\x7f": "", "/é": "", "/\u2028": "", "/%zz": "", "?a": "", "#a": "", ".": "", "/" + strings.Repeat("a", 2048): "",
	} {
		b := g.browser()
		b.peer = fmt.Sprintf("203.0.113.%d:1", len(given)%200)
		path := "/v1/sign-in/oidc?" + url.Values{"return_to": {given}}.Encode()
		if want == "" {
			b.ask("GET", path, "").wantProblem(422, "invalid_field", "return_to")
			if len(b.cookies) > 0 {
				t.Errorf("%q: refused, with a cookie", given)
			}
			continue
		}
		if got := b.fromProvider(comeBack(b.toProvider("?" + url.Values{"return_to": {given}}.Encode()))).want(303).Header().Get("Location"); got != want {
			t.Errorf("%q ends at %q", given, got)
		}
	}
}

// Each way to come back that is not one's own, or not from the provider, signs nobody in.
func TestRefusedCallbacks(t *testing.T) {
	t.Parallel()
	secret := apikey.MintTicket(apikey.SessionPrefix).Reveal()
	for name, c := range map[string]struct {
		// change has the world as the case wants it, and answers how the browser comes back.
		change func(g *gate, p *provider, b *browser, back url.Values)
		status int
		code   string
	}{
		"without the cookie": {func(_ *gate, _ *provider, b *browser, _ url.Values) { delete(b.cookies, stateCookie) }, 403, "other_browser"},
		"with another's cookie": {func(g *gate, _ *provider, b *browser, _ url.Values) {
			b.cookies[stateCookie] = g.browser().toProvider("")
		}, 403, "other_browser"},
		"with a made-up cookie": {func(_ *gate, _ *provider, b *browser, _ url.Values) { b.cookies[stateCookie] = "x" }, 403, "other_browser"},
		"with another's state":  {func(g *gate, _ *provider, _ *browser, back url.Values) { back.Set("state", g.browser().toProvider("")) }, 403, "other_browser"},
		"without a state": {func(_ *gate, _ *provider, b *browser, back url.Values) {
			back.Del("state")
			b.cookies[stateCookie] = ""
		}, 403, "other_browser"},
		"with a session for a state": {func(_ *gate, _ *provider, b *browser, back url.Values) {
			back.Set("state", secret)
			b.cookies[stateCookie] = secret
		}, 403, "other_browser"},
		"with a state of nobody's": {func(_ *gate, _ *provider, b *browser, back url.Values) {
			b.cookies[stateCookie] = apikey.MintTicket(apikey.StatePrefix).Reveal()
			back.Set("state", b.cookies[stateCookie])
		}, 401, "sign_in_over"},
		"once more": {func(_ *gate, _ *provider, b *browser, back url.Values) {
			held := b.cookies[stateCookie]
			b.fromProvider(back).want(303)
			b.cookies = map[string]string{stateCookie: held}
		}, 401, "sign_in_over"},
		"too late": {func(g *gate, _ *provider, _ *browser, _ url.Values) { g.now = g.now.Add(10 * time.Minute) }, 401, "sign_in_over"},
		"refused there": {func(_ *gate, _ *provider, _ *browser, back url.Values) {
			back.Set("error", "access_denied")
			back.Del("code")
		}, 403, "refused_by_provider"},
		"refused, and with a code":    {func(_ *gate, _ *provider, _ *browser, back url.Values) { back.Set("error", "access_denied") }, 403, "refused_by_provider"},
		"from another provider":       {func(_ *gate, _ *provider, _ *browser, back url.Values) { back.Set("iss", "https://id.evil.example") }, 403, "provider_not_believed"},
		"a provider's other spelling": {func(_ *gate, _ *provider, _ *browser, back url.Values) { back.Set("iss", theIssuer+"/") }, 403, "provider_not_believed"},
		"two states":                  {func(_ *gate, _ *provider, _ *browser, back url.Values) { back.Add("state", "x") }, 400, "malformed"},
		"two codes":                   {func(_ *gate, _ *provider, _ *browser, back url.Values) { back.Add("code", "x") }, 400, "malformed"},
		"something twice":             {func(_ *gate, _ *provider, _ *browser, back url.Values) { back["<script>"+secret] = []string{"", ""} }, 400, "malformed"},
		"without a code":              {func(_ *gate, _ *provider, _ *browser, back url.Values) { back.Del("code") }, 403, "provider_not_believed"},
		"with another's code": {func(g *gate, _ *provider, _ *browser, back url.Values) {
			back.Set("code", "for "+g.browser().toProvider(""))
		}, 403, "provider_not_believed"},
		"with an answer not believed": {func(_ *gate, p *provider, _ *browser, _ url.Values) {
			p.err = fmt.Errorf("%w: %s", oidc.ErrRefused, "the signature")
		}, 403, "provider_not_believed"},
		"with the provider down": {func(_ *gate, p *provider, _ *browser, _ url.Values) { p.isDown = true }, 503, "provider_unavailable"},
		"as nobody here":         {func(_ *gate, p *provider, _ *browser, _ url.Values) { p.person.Email = "eve@evil.example" }, 403, "unknown_user"},
		"without an address":     {func(_ *gate, p *provider, _ *browser, _ url.Values) { p.person.Email = "" }, 403, "unknown_user"},
		"as an inactive user": {func(g *gate, _ *provider, _ *browser, _ url.Values) {
			g.change("PUT", "/v1/users/ben", `{"active": false}`)
		}, 403, "inactive_user"},
		"as one of two": {func(g *gate, _ *provider, _ *browser, _ url.Values) {
			g.change("PUT", "/v1/users/ada", `{"email": "ben@acme.example"}`)
		}, 403, "ambiguous_email"},
		"as who is another one there": {func(g *gate, _ *provider, _ *browser, _ url.Values) {
			g.admin("PUT", "/v1/users/ben/identities", `{"issuer": "`+theIssuer+`", "subject": "another"}`).want(200)
		}, 403, "linked_to_another"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, accepts := range []string{"application/json", "text/html,*/*;q=0.8"} {
				p := newProvider()
				g := newGateAt(t, p)
				b := g.browser()
				back := comeBack(b.toProvider(""))
				c.change(g, p, b, back)
				a := b.fromProvider(back, "Accept: "+accepts).want(c.status)
				// The state stays with the browser until it comes back with that very one: whoever sends it here with another does
				// not spoil what is under way.
				if isSpent := c.code != "other_browser" && c.status != 400 && c.code != "too_many_requests"; b.cookies[sessionCookie] != "" || isSpent && b.cookies[stateCookie] != "" {
					t.Errorf("refused, and the browser holds %v", b.cookies)
				}
				for state := range p.sent {
					if strings.Contains(a.Body.String()+g.log.String(), state) {
						t.Error("the state stands in the answer or in the log")
					}
				}
				if strings.Contains(a.Body.String(), secret) || strings.Contains(a.Body.String(), "<script") || a.Header().Get("Cache-Control") != "no-store" {
					t.Errorf("answered %v %s", a.Header(), a.Body)
				}
				if accepts == "application/json" {
					a.wantProblem(c.status, c.code)
					continue
				}
				if a.Header().Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(a.Body.String(), `role="alert"`) {
					t.Errorf("no page: %v %s", a.Header(), a.Body)
				}
				wantPolicy(t, a)
			}
		})
	}
}

// Where there is no provider nobody is sent to one; where it is down nobody is remembered.
func TestBeginWithoutAProvider(t *testing.T) {
	t.Parallel()
	none := newDemo(t).browser()
	for _, path := range []string{"/v1/sign-in/oidc", "/v1/sign-in/callback?state=x"} {
		none.ask("GET", path, "").wantProblem(404, "no_provider")
		if a := none.ask("GET", path, "", "Accept: text/html").want(404); !strings.Contains(a.Body.String(), "<h1>") {
			t.Errorf("%s: no page: %s", path, a.Body)
		}
	}
	p := newProvider()
	g := newGateAt(t, p)
	if offered := g.browser().ask("GET", "/v1/sign-in", "").want(200); offered.text("oidc") != "true" {
		t.Errorf("offered: %s", offered.Body)
	}
	p.isDown = true
	b := g.browser()
	if b.ask("GET", "/v1/sign-in/oidc", "").wantProblem(503, "provider_unavailable"); len(b.cookies) > 0 {
		t.Errorf("refused, with %v", b.cookies)
	}
}
