package api

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/bundle"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/shadow"
)

// Options are what the doors stand on; AdminToken, TrustedProxies and Log may be left out.
type Options struct {
	Engine     *engine.Engine
	Management *management.Service
	// AdminToken is the operator's own service token of scope admin; zero is none.
	AdminToken apikey.Secret
	// AdminTokenID is what records say of whoever used it; admin-token unless given.
	AdminTokenID string
	// TrustedProxies may name a client's address and ask forward-auth.
	TrustedProxies []netip.Prefix
	// PublicURL is where browsers reach the service, or "" where that is as the request says.
	PublicURL string
	// ProductURL is where clients reach the API that the keys are for, or "" where nobody said.
	ProductURL string
	// OIDC is the provider that people sign in through; nil is none.
	OIDC Provider
	// DevUsers are whom anybody on this machine may sign in as; none unless the service is a demo on loopback.
	DevUsers []string
	// Shadow compares decisions with those of a candidate policy.
	Shadow *shadow.Shadow
	// Record is told of every decision, for the decision log; nil keeps none. It must not wait.
	Record func(authz.LoggedDecision)
	// BundleFolder is where bundles are built, in files that have no name; "" is the system's for such.
	BundleFolder string
	// Metrics is where the doors register theirs.
	Metrics *prometheus.Registry
	// Clock tells the time that limits are measured by; time.Now unless given.
	Clock func() time.Time
	Log   *slog.Logger
}

type server struct {
	engine         *engine.Engine
	management     *management.Service
	adminToken     apikey.Secret
	adminTokenID   string
	trustedProxies proxies
	publicURL      string
	productURL     string
	oidc           Provider
	devUsers       []string
	crossOrigin    *http.CrossOriginProtection
	shadow         *shadow.Shadow
	bundles        *bundle.Source
	metrics        *metrics
	record         func(authz.LoggedDecision)
	now            func() time.Time
	log            *slog.Logger
	// failures are the budgets of clients' addresses for wrong keys and tokens, visits those for sign-ins, changes those of users
	// for management calls.
	failures, visits, changes *limits
}

// Doors are all of them: those over HTTP as one handler, those over gRPC as GRPC makes them, and the gateway.
type Doors struct {
	http.Handler
	server *server
}

// New makes the doors.
func New(o Options) *Doors {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Shadow == nil {
		o.Shadow = shadow.New(o.Metrics, o.Clock)
	}
	s := &server{
		engine: o.Engine, management: o.Management, adminToken: o.AdminToken, adminTokenID: cmp.Or(o.AdminTokenID, "admin-token"),
		trustedProxies: o.TrustedProxies, publicURL: o.PublicURL, productURL: o.ProductURL, oidc: o.OIDC, devUsers: o.DevUsers, crossOrigin: newCrossOriginProtection(o.PublicURL),
		shadow: o.Shadow, bundles: bundle.NewSource(o.BundleFolder),
		metrics: newMetrics(o.Metrics, o.Engine), record: o.Record, now: o.Clock, log: o.Log,
		failures: newLimits(failuresPerMinute/60.0, failuresPerMinute, o.Clock), visits: newLimits(visitsPerMinute/60.0, visitsPerMinute, o.Clock), changes: newLimits(changesPerSecond, changesAtOnce, o.Clock),
	}
	if s.record == nil {
		s.record = func(authz.LoggedDecision) {}
	}
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	// A client's address is read by the one function that knows the trusted proxies; gin's own would believe anyone.
	if err := router.SetTrustedProxies(nil); err != nil {
		panic(err)
	}
	router.RedirectTrailingSlash = false
	router.RedirectFixedPath = false
	router.HandleMethodNotAllowed = true
	router.Use(s.observe, s.recover)
	router.NoRoute(func(c *gin.Context) {
		if isData(c.Request.URL.Path) {
			asOPA(c)
		}
		s.browserHeaders(c)
		writeProblem(c, newProblem(http.StatusNotFound, "not_found", "No such path stands here."))
	})
	router.NoMethod(func(c *gin.Context) {
		// The router has no word for a method of any name, and a gateway asks with its client's own.
		if door := s.proxyDoor(c.Request.URL.Path); door != nil {
			// What the router says of the methods that it knows is not the gateway's to pass on.
			c.Writer.Header().Del("Allow")
			door(c)
			return
		}
		s.browserHeaders(c)
		writeProblem(c, newProblem(http.StatusMethodNotAllowed, "method_not_allowed", "The path stands, but not with this method."))
	})
	s.mount(router, o.Metrics)
	return &Doors{Handler: router, server: s}
}

const forwardAuthPath = "/v1/forward-auth"

// proxyDoor is the one of a path that takes any method, or nil.
func (s *server) proxyDoor(path string) gin.HandlerFunc {
	switch {
	case path == forwardAuthPath:
		return s.forwardAuth
	case strings.HasPrefix(path, extAuthzPath+"/"):
		return s.extAuthzHTTP
	}
	return nil
}

// mount lists every route.
func (s *server) mount(r *gin.Engine, registry *prometheus.Registry) {
	r.GET("/livez", s.live)
	r.GET("/readyz", s.ready)
	r.GET("/metrics", metricsHandler(registry))
	pages := r.Group("", s.browserHeaders)
	pages.GET("/openapi.yaml", s.serveOpenAPI)
	pages.GET("/docs", s.serveDocs)
	mountConsole(pages)

	r.Any(forwardAuthPath, s.forwardAuth)
	r.Any(extAuthzPath+"/*request", s.extAuthzHTTP)
	decide := r.Group("/v1", s.requireScope(authz.DecideScope))
	decide.POST("/decisions", s.decide)
	decide.POST("/decisions/batch", s.decideBatch)
	s.mountAuthZEN(r)
	s.mountOPA(r)

	people := r.Group("/v1", s.browserHeaders)
	people.GET("/sign-in", s.signInMethods)
	people.GET("/sign-in/oidc", s.beginOIDC)
	people.GET("/sign-in/callback", s.endOIDC)
	people.POST("/sign-in/dev", s.refuseDryRun, s.signInAs)
	people.POST("/sign-in/setup", s.refuseDryRun, s.setUp)
	people.GET("/session", s.getSession)
	people.DELETE("/session", s.refuseDryRun, s.signOut)

	s.mountDirectory(r.Group("/v1", s.browserHeaders, s.requireActor))
	manage := r.Group("/v1", s.browserHeaders, s.requireActor, s.refuseDryRun)
	manage.GET("/users/:id/sessions", s.asActor(s.listSessions))
	manage.DELETE("/users/:id/sessions", s.asActor(s.endSessions))
	manage.DELETE("/users/:id/sessions/:session", s.asActor(s.endSession))
	manage.GET("/users/:id/identities", s.asActor(s.listIdentities))
	manage.PUT("/users/:id/identities", s.asActor(s.linkIdentity))
	manage.DELETE("/users/:id/identities", s.asActor(s.unlinkIdentities))
	manage.POST("/keys", s.asActor(s.createKey))
	manage.GET("/keys", s.asActor(s.listKeys))
	manage.GET("/keys/:id", s.asActor(s.getKey))
	manage.PATCH("/keys/:id", s.asActor(s.updateKey))
	manage.POST("/keys/:id/revoke", s.asActor(s.revokeKey))
	manage.POST("/keys/revoke", s.asActor(s.revokeKeysOf))
	manage.POST("/leaks", s.asActor(s.reportLeak))
	manage.POST("/keys/:id/rotate", s.asActor(s.rotateKey))
	manage.GET("/workspaces/:id/reaching-keys", s.asActor(s.reachingKeys))
	manage.POST("/explain", s.asActor(s.explain))
	manage.GET("/decision-log/:id/explanation", s.asActor(s.explainLogged))
	manage.POST("/import", s.asActor(s.importWorld))
	manage.GET("/audit", s.asActor(s.listAudit))
	manage.GET("/audit/export", s.asActor(s.exportAudit))
	s.mountPolicy(manage)
	manage.GET("/decision-log", s.asActor(s.listDecisions))
	manage.GET("/decision-log/summary", s.asActor(s.summarizeDecisions))
	manage.GET("/decision-log/:id", s.asActor(s.getDecision))
	manage.GET("/replicas", s.asActor(s.listReplicas))
	manage.POST("/tokens", s.asActor(s.createToken))
	manage.GET("/tokens", s.asActor(s.listTokens))
	manage.DELETE("/tokens/:id", s.asActor(s.deleteToken))
}

// recover answers 500 where a handler panicked, with no more than that.
func (s *server) recover(c *gin.Context) {
	defer func() {
		if fault := recover(); fault != nil {
			if fault == http.ErrAbortHandler {
				panic(fault)
			}
			s.log.Error("a handler panicked", "route", c.FullPath(), "panic", fmt.Sprint(fault))
			if !c.Writer.Written() {
				writeProblem(c, newProblem(http.StatusInternalServerError, "internal", "Something failed inside: the server's log has the cause."))
			}
		}
	}()
	c.Next()
}
