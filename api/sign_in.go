package api

import (
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/steelengine/steelgate/api/signin"
	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/console"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/oidc"
	"github.com/steelengine/steelgate/strictjson"
)

// Provider says who is at the browser.
type Provider interface {
	// Issuer is how the provider calls itself.
	Issuer() string
	AuthURL(ctx context.Context, state apikey.Secret, nonce, verifier string) (string, error)
	Exchange(ctx context.Context, code, nonce, verifier string) (oidc.Person, error)
}

var _ Provider = (*oidc.Provider)(nil)

const (
	// stateLasts is how long a browser holds the state: as long as the sign-in may take.
	stateLasts = 10 * time.Minute
	// home is where a sign-in ends that names no other place.
	home = console.Base
)

// methods are the ways to sign in here.
type methods struct {
	OIDC     bool      `json:"oidc"`
	DevUsers []devUser `json:"dev_users"`
}

// devUser is one of the demo's users with their roles, for whoever chooses whom to be.
type devUser struct {
	ID            string            `json:"id"`
	Name          string            `json:"name"`
	PlatformRole  *string           `json:"platform_role"`
	Organizations []devOrganization `json:"organizations"`
	Workspaces    []devWorkspace    `json:"workspaces"`
}

type devOrganization struct {
	ID   string                 `json:"id"`
	Name string                 `json:"name"`
	Role authz.OrganizationRole `json:"role"`
}

type devWorkspace struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Owner bool   `json:"owner"`
	// Role is null for an owner who is no member beside.
	Role *string `json:"role"`
}

func devUserOf(d management.DevUser) devUser {
	u := devUser{ID: d.User.ID, Name: d.User.Name, PlatformRole: orNull(string(d.User.PlatformRole)), Organizations: []devOrganization{}, Workspaces: []devWorkspace{}}
	for _, m := range d.Organizations {
		u.Organizations = append(u.Organizations, devOrganization{m.OrganizationID, d.OrganizationNames[m.OrganizationID], m.Role})
	}
	for _, id := range d.Owned {
		u.Workspaces = append(u.Workspaces, devWorkspace{ID: id, Name: d.WorkspaceNames[id], Owner: true})
	}
	for _, m := range d.Workspaces {
		role := m.Role.String()
		if i := slices.Index(d.Owned, m.WorkspaceID); i >= 0 {
			u.Workspaces[i].Role = &role
			continue
		}
		u.Workspaces = append(u.Workspaces, devWorkspace{ID: m.WorkspaceID, Name: d.WorkspaceNames[m.WorkspaceID], Role: &role})
	}
	return u
}

// signInMethods is GET /v1/sign-in.
func (s *server) signInMethods(c *gin.Context) {
	offered := methods{OIDC: s.oidc != nil, DevUsers: []devUser{}}
	if s.mustBeOnLoopback(c.Request) == nil {
		for _, id := range s.devUsers {
			user, err := s.management.DevUser(c.Request.Context(), id)
			if err != nil {
				s.fail(c, err)
				return
			}
			if user.User.Active {
				offered.DevUsers = append(offered.DevUsers, devUserOf(user))
			}
		}
	}
	writeJSON(c, http.StatusOK, offered)
}

// visitor is the browser that somebody signs in at.
func (s *server) visitor(c *gin.Context) management.Visitor {
	held, _ := cookie(c.Request, sessionCookie, apikey.SessionPrefix)
	return management.Visitor{Address: s.trustedProxies.endClient(c.Request), UserAgent: c.Request.UserAgent(), Session: held}
}

// beginOIDC is GET /v1/sign-in/oidc: it sends the browser to the provider.
func (s *server) beginOIDC(c *gin.Context) {
	location, err := s.toProvider(c)
	if err != nil {
		s.failVisitor(c, err)
		return
	}
	sendTo(c, location)
}

func (s *server) toProvider(c *gin.Context) (location string, err error) {
	if s.oidc == nil {
		return "", errNoProvider
	}
	if mode := c.Request.Header.Get("Sec-Fetch-Mode"); mode != "" && mode != "navigate" {
		return "", newProblem(http.StatusForbidden, "cross_origin", "A page asked for this in the background: open it in the browser instead.")
	}
	if err := s.limitVisitors(c); err != nil {
		return "", err
	}
	pending := management.PendingSignIn{Nonce: oidc.NewNonce(), Verifier: oidc.NewVerifier(), ReturnTo: home}
	if given, ok := c.GetQuery("return_to"); ok {
		if !isLocalPath(given) {
			return "", invalid(fieldError{Field: "return_to", Message: "want a path of this server"})
		}
		pending.ReturnTo = given
	}
	// The provider is asked first, so that nobody is remembered who does not get there.
	if _, err := s.oidc.AuthURL(c.Request.Context(), apikey.Secret{}, pending.Nonce, pending.Verifier); err != nil {
		return "", err
	}
	state, err := s.management.BeginSignIn(c.Request.Context(), pending)
	if err != nil {
		return "", err
	}
	setCookie(c, stateCookie, state, stateLasts)
	return s.oidc.AuthURL(c.Request.Context(), state, pending.Nonce, pending.Verifier)
}

var errNoProvider = newProblem(http.StatusNotFound, "no_provider", "No OpenID provider is configured here: see --oidc-issuer.")

// isLocalPath tells whether a text is a path of this server, as every browser reads it: none that leads away.
func isLocalPath(text string) bool {
	if len(text) > 2048 || !strings.HasPrefix(text, "/") || strings.HasPrefix(text, "//") || strings.ContainsAny(text, "\\") {
		return false
	}
	for i := range len(text) {
		if text[i] <= ' ' || text[i] >= 0x7f {
			return false
		}
	}
	parsed, err := url.Parse(text)
	return err == nil && parsed.Scheme == "" && parsed.Host == "" && parsed.User == nil
}

// endOIDC is GET /v1/sign-in/callback: the browser comes back from the provider.
func (s *server) endOIDC(c *gin.Context) {
	in, returnTo, err := s.fromProvider(c)
	if err != nil {
		s.failVisitor(c, err)
		return
	}
	s.letIn(c, in)
	sendTo(c, returnTo)
}

func (s *server) fromProvider(c *gin.Context) (in management.SignedIn, returnTo string, err error) {
	if s.oidc == nil {
		return in, "", errNoProvider
	}
	if err := s.limitVisitors(c); err != nil {
		return in, "", err
	}
	query := c.Request.URL.Query()
	for name, values := range query {
		if len(values) > 1 {
			return in, "", newProblem(http.StatusBadRequest, "malformed", "The parameter "+apikey.Redact(name)+" is given more than once.")
		}
	}
	held, _ := cookie(c.Request, stateCookie, apikey.StatePrefix)
	state, err := apikey.ParseTicket(apikey.StatePrefix, query.Get("state"))
	if err != nil || held.IsZero() || subtle.ConstantTimeCompare([]byte(held.Reveal()), []byte(state.Reveal())) != 1 {
		return in, "", errOtherBrowser
	}
	dropCookie(c, stateCookie)
	pending, err := s.management.ResumeSignIn(c.Request.Context(), state)
	if err != nil {
		return in, "", err
	}
	switch issuer := query.Get("iss"); {
	case query.Get("error") != "":
		return in, "", newProblem(http.StatusForbidden, "refused_by_provider", "The OpenID provider did not let you in.")
	case issuer != "" && issuer != s.oidc.Issuer():
		return in, "", newProblem(http.StatusForbidden, "provider_not_believed", "Another provider sent you than the one that you went to.")
	}
	person, err := s.oidc.Exchange(c.Request.Context(), query.Get("code"), pending.Nonce, pending.Verifier)
	if err != nil {
		return in, "", err
	}
	in, err = s.management.SignIn(c.Request.Context(), management.Person(person), s.visitor(c))
	return in, pending.ReturnTo, err
}

var errOtherBrowser = newProblem(http.StatusForbidden, "other_browser", "This sign-in was begun in another browser, was finished before, or took too long: begin anew.")

// letIn has the browser hold the session that begins.
func (s *server) letIn(c *gin.Context, in management.SignedIn) {
	setCookie(c, sessionCookie, in.Secret, management.SessionLifetime)
}

// signInAs is POST /v1/sign-in/dev: as one of the demo's users.
func (s *server) signInAs(c *gin.Context) {
	s.signInByForm(c, func() (in management.SignedIn, err error) {
		if len(s.devUsers) == 0 {
			return in, newProblem(http.StatusNotFound, "not_found", "Only a server with --dev lets anybody sign in as one of the demo's users.")
		}
		if err := s.mustBeOnLoopback(c.Request); err != nil {
			return in, err
		}
		var body struct {
			UserID strictjson.Optional[string] `json:"user_id"`
		}
		if err := s.decode(c, &body); err != nil {
			return in, err
		}
		if !slices.Contains(s.devUsers, body.UserID.Value) {
			return in, invalid(fieldError{Field: "user_id", Message: "want one of the demo's users: " + strings.Join(s.devUsers, ", ")})
		}
		return s.management.SignInAs(c.Request.Context(), body.UserID.Value, s.visitor(c))
	})
}

// setUp is POST /v1/sign-in/setup: the first platform admin, by the code of a set-up link.
func (s *server) setUp(c *gin.Context) {
	s.signInByForm(c, func() (in management.SignedIn, err error) {
		var body struct {
			Code strictjson.Optional[string] `json:"code"`
			management.Setup
		}
		if err := s.decode(c, &body); err != nil {
			return in, err
		}
		code, err := apikey.ParseTicket(apikey.SetupPrefix, strings.TrimSpace(body.Code.Value))
		if err != nil {
			return in, invalid(fieldError{Field: "code", Message: "want the code that stands in the set-up link, sgl_…"})
		}
		if c.Request.TLS == nil && !strings.HasPrefix(s.publicURL, "https://") && s.mustBeOnLoopback(c.Request) != nil {
			// The browser would not keep the session, and the link would be used up for nothing.
			return in, newProblem(http.StatusForbidden, "insecure_connection", "A browser keeps a session over TLS alone: open the link by https://, or on the server's own machine. The link still works.")
		}
		in, err = s.management.SetUp(c.Request.Context(), code, body.Setup, s.visitor(c))
		if refused, ok := errors.AsType[*management.Error](err); ok && refused.Reason == management.NoActor {
			s.failures.spend(s.trustedProxies.endClient(c.Request))
		}
		return in, err
	})
}

// signInByForm answers a sign-in that a page of ours asked for.
func (s *server) signInByForm(c *gin.Context, signIn func() (management.SignedIn, error)) {
	err := s.mustBeSameOrigin(c.Request)
	if err == nil {
		err = s.limitVisitors(c)
	}
	var in management.SignedIn
	if err == nil {
		in, err = signIn()
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	s.letIn(c, in)
	c.Header("Steelgate-Revision", strconv.FormatUint(in.Revision, 10))
	if err := s.answerSignedIn(c, http.StatusCreated, signedIn{User: in.User, Session: in.Session}); err != nil {
		s.fail(c, err)
	}
}

// mustBeOnLoopback refuses whoever is not on this machine: by the connection, by the address that a proxy names, and by the
// name that the browser was told, which a page elsewhere may have made to lead here.
func (s *server) mustBeOnLoopback(r *http.Request) error {
	from, ok := peer(r)
	host := (&url.URL{Host: r.Host}).Hostname()
	named, err := netip.ParseAddr(host)
	if !ok || !from.IsLoopback() || host != "localhost" && (err != nil || !named.IsLoopback()) {
		return errNotOnLoopback
	}
	for _, name := range []string{"Forwarded", "Via", "X-Real-Ip", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if r.Header.Get(name) != "" {
			// A proxy speaks, and who is behind it is anyone's guess.
			return errNotOnLoopback
		}
	}
	// Of several proxies on this machine the last one names the one before: every address has to be this machine's.
	for _, line := range r.Header.Values("X-Forwarded-For") {
		for _, address := range strings.Split(line, ",") {
			if client, err := netip.ParseAddr(strings.TrimSpace(address)); err != nil || !client.IsLoopback() {
				return errNotOnLoopback
			}
		}
	}
	return nil
}

var errNotOnLoopback = newProblem(http.StatusForbidden, "not_on_loopback", "Signing in as one of the demo's users works on this machine alone: open http://127.0.0.1 and the port.")

// limitVisitors holds the sign-ins that come from one address below what would fill the database.
func (s *server) limitVisitors(c *gin.Context) error {
	if err := s.limitGuesses(c); err != nil {
		return err
	}
	// Who can't be told from others shares a budget with them.
	wait := s.visits.spend(cmp.Or(s.trustedProxies.endClient(c.Request), "unknown"))
	if wait == 0 {
		return nil
	}
	s.metrics.limited.WithLabelValues("sign_ins").Inc()
	return tooMany(c, wait, "Too many sign-ins came from this address: wait as long as Retry-After says.")
}

// failVisitor answers an error to somebody who sees no program but a browser: as a page where the browser takes one.
func (s *server) failVisitor(c *gin.Context, err error) {
	if !strings.Contains(c.Request.Header.Get("Accept"), "text/html") {
		s.fail(c, err)
		return
	}
	p := problemOf(err)
	s.logProblem(c, p, err)
	text, policy := signin.Refusal(p.Title, p.Detail)
	problemHeaders(c, p)
	c.Header("Content-Security-Policy", policy)
	c.Header("Content-Type", "text/html; charset=utf-8")
	c.Status(p.Status)
	_, _ = c.Writer.WriteString(text)
	c.Abort()
}
