package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/steelengine/steelgate/api"
	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/oidc"
)

const (
	sessionCookie = "__Host-steelgate"
	stateCookie   = "__Host-steelgate-sign-in"
	publicURL     = "https://gate.example"
)

// newDemo is a gate where anybody on this machine may sign in as some users, that browsers know by another name.
func newDemo(t testing.TB) *gate {
	t.Helper()
	return newDemoWith(t, func(*api.Options) {})
}

// newDemoWith is one whose doors have other options.
func newDemoWith(t testing.TB, change func(*api.Options)) *gate {
	t.Helper()
	return newGateWith(t, func(o *api.Options) {
		o.DevUsers, o.PublicURL = []string{"ada", "ben", "cleo", "root", "idle", "ghost"}, publicURL
		change(o)
	})
}

// browser holds cookies as browsers do. It is on the machine of the gate unless told otherwise.
type browser struct {
	*gate
	peer, host string
	cookies    map[string]string
}

func (g *gate) browser() *browser {
	return &browser{gate: g, peer: "127.0.0.1:50000", host: "127.0.0.1:8080", cookies: map[string]string{}}
}

func (b *browser) ask(method, path, body string, headers ...string) answer {
	b.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.RemoteAddr, r.Host = b.peer, b.host
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	a := b.send(r, body)
	for _, c := range a.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
			continue
		}
		b.cookies[c.Name] = c.Value
	}
	return a
}

// signIn signs in as a user of the demo.
func (b *browser) signIn(user string) answer {
	b.t.Helper()
	a := b.ask("POST", "/v1/sign-in/dev", fmt.Sprintf(`{"user_id": %q}`, user)).want(201)
	if b.cookies[sessionCookie] == "" {
		b.t.Fatalf("no cookie: %v", a.Header())
	}
	return a
}

// signedIn is a browser with a user's session.
func (g *gate) signedIn(user string) *browser {
	g.t.Helper()
	b := g.browser()
	b.signIn(user)
	return b
}

// cookieHeader presents a secret as a session's.
func cookieHeader(secret string) string { return "Cookie: " + sessionCookie + "=" + secret }

// sessionCode is the code that a secret is refused with as a session's, or "".
func (g *gate) sessionCode(secret string) string {
	g.t.Helper()
	a := g.ask("GET", "/v1/session", "", cookieHeader(secret))
	if a.Code == 200 {
		return ""
	}
	return a.text("code")
}

// managementRoutes are all calls but those that answer anybody, judge keys or sign people in, with names in the places of
// their parameters: of what stands, or of nothing. A new call is among them by itself.
func (g *gate) managementRoutes(names map[string]string) (routes [][2]string) {
	g.t.Helper()
	elsewhere := regexp.MustCompile(`^/v1/(decisions|decisions/batch|forward-auth|ext-authz/.*|bundles/.*|data/.*|sign-in|sign-in/.*|session)$`)
	parameter := regexp.MustCompile(`([a-z-]+)/:[a-z_]+(?:/:id)?`)
	for _, route := range g.Handler.(*api.Doors).Handler.(*gin.Engine).Routes() {
		if !strings.HasPrefix(route.Path, "/v1/") || elsewhere.MatchString(route.Path) {
			continue
		}
		path := parameter.ReplaceAllStringFunc(route.Path, func(text string) string {
			kind, _, _ := strings.Cut(text, "/")
			name := names[kind]
			if name == "" {
				name = names["*"]
			}
			return kind + "/" + name
		})
		routes = append(routes, [2]string{route.Method, path})
	}
	if len(routes) < 40 {
		g.t.Fatalf("%d management calls are found", len(routes))
	}
	return routes
}

// standing names what stands in the world, and nothing what does not.
var (
	standing = map[string]string{
		"users": "ben", "organizations": "acme", "workspaces": "core", "members": "ben", "resources": "workflow/invoice", "keys": "key_core", "*": "x",
	}
	nothing = map[string]string{"resources": "workflow/none", "*": "none"}
)

// provider stands for an OpenID provider that knows one person.
type provider struct {
	person oidc.Person
	err    error
	// isDown tells that it can't be reached.
	isDown bool
	// sent are the nonce and the verifier that a browser was sent with, by its state.
	sent map[string][2]string
}

const theIssuer = "https://id.example"

func newProvider() *provider {
	return &provider{person: oidc.Person{Issuer: theIssuer, Subject: "s-ben", Email: "ben@acme.example"}, sent: map[string][2]string{}}
}

func (p *provider) Issuer() string { return theIssuer }

func (p *provider) AuthURL(_ context.Context, state apikey.Secret, nonce, verifier string) (string, error) {
	if p.isDown {
		return "", fmt.Errorf("%w: it is down", oidc.ErrUnavailable)
	}
	if state.IsZero() {
		return theIssuer, nil
	}
	p.sent[state.Reveal()] = [2]string{nonce, verifier}
	return theIssuer + "/authorize?" + url.Values{"state": {state.Reveal()}}.Encode(), nil
}

// Exchange takes the code that is "for " and the state, with the nonce and the verifier that went with it.
func (p *provider) Exchange(_ context.Context, code, nonce, verifier string) (oidc.Person, error) {
	switch state, _ := strings.CutPrefix(code, "for "); {
	case p.isDown:
		return oidc.Person{}, fmt.Errorf("%w: it is down", oidc.ErrUnavailable)
	case p.err != nil:
		return oidc.Person{}, p.err
	case nonce == "" || verifier == "" || nonce == verifier || p.sent[state] != [2]string{nonce, verifier}:
		return oidc.Person{}, fmt.Errorf("%w: the code is of another sign-in", oidc.ErrRefused)
	}
	return p.person, nil
}

// newGateAt is a gate whose people sign in through the provider. Ben is known to it by his address.
func newGateAt(t testing.TB, p *provider) *gate {
	t.Helper()
	g := newGateWith(t, func(o *api.Options) { o.OIDC, o.PublicURL, o.DevUsers = p, publicURL, []string{"ada", "ben"} })
	g.change("PUT", "/v1/users/ben", `{"email": "Ben@Acme.example"}`)
	return g
}

// auditText is the whole audit, as the platform reads it.
func (g *gate) auditText() string {
	g.t.Helper()
	platform := management.Actor{Token: authz.ServiceToken{ID: "test", Scopes: []authz.TokenScope{authz.AdminScope}}}
	page, more, err := g.management.Audit(context.Background(), platform, management.AuditQuery{Limit: 1000})
	text, failed := json.Marshal(page)
	if err := errors.Join(err, failed); err != nil || more {
		g.t.Fatal(err, more)
	}
	return string(text)
}
