package api

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
)

// forwardAuth answers a gateway's subrequest about a request to the product's own API: nginx auth_request, Caddy
// forward_auth, Traefik ForwardAuth. It never answers 5xx, for some proxies let one through.
func (s *server) forwardAuth(c *gin.Context) {
	defer func() {
		if fault := recover(); fault != nil {
			s.log.Error("forward-auth panicked", "panic", fmt.Sprint(fault))
			s.forbid(c, "", authz.PolicyError, "No decision could be made.")
		}
	}()
	if from, ok := peer(c.Request); !ok || !s.trustedProxies.contain(from) {
		s.forbid(c, "", "untrusted_proxy", "The peer is not one of the server's trusted proxies.")
		return
	}
	client := s.trustedProxies.clientAddress(c.Request.Header.Values("X-Forwarded-For"))
	if s.failures.isSpent(client) > 0 {
		// Not a 429: some proxies make an error of their own of it, and let the request through.
		s.metrics.limited.WithLabelValues("forward-auth").Inc()
		s.forbid(c, client, "too_many_failures", "Too many wrong API keys came from this address: wait a minute.")
		return
	}
	view, err := s.engine.View()
	if err != nil {
		s.forbid(c, client, engine.NoDecision(err), "No decision could be made.")
		return
	}
	began := time.Now()
	decision, request, route := s.decideForward(c.Request.Header, view, client)
	s.note(view, view.Logged(forwardAuthDoor, request, route, decision, time.Since(began)), decision)
	s.answerForward(c, decision)
}

// decideForward judges first the key, then the route, then what the key may do. A request that no route matches is of a client's
// address alone.
func (s *server) decideForward(h http.Header, view *engine.View, client string) (decision authz.Decision, request authz.Request, route string) {
	request.Context.ClientIP = client
	key, code := view.Authenticate(forwardedKey(h))
	if code != "" {
		s.failures.spend(client)
		return view.Refuse(key, code), request, ""
	}
	method, uri, ok := forwardedRequest(h)
	if !ok {
		decision = view.Refuse(key, noRoute)
		decision.Message = "The proxy's headers name no request, or two."
		return decision, request, ""
	}
	matched, route, ok := view.Route(method, uri)
	if !ok {
		decision = view.Refuse(key, noRoute)
		decision.Message = "No route matches the request."
		return decision, request, ""
	}
	matched.Context.ClientIP = client
	decision, err := view.Authorize(key, matched)
	if err != nil {
		s.log.Error("no decision", "door", forwardAuthDoor, "decision_id", decision.ID, "error", err)
		decision.Message = "No decision could be made."
	}
	return decision, matched, route
}

const (
	forwardAuthDoor            = "forward-auth"
	noRoute         authz.Code = "no_route"
)

// forwardedKey reads X-API-Key, or Authorization with a bearer that is an API key. A header given twice and two that differ
// are no key: which of them the upstream would believe is anyone's guess.
func forwardedKey(h http.Header) engine.Credential {
	presented := h.Values("X-Api-Key")
	authorization := h.Values("Authorization")
	var bearers []string
	for _, value := range authorization {
		scheme, token, _ := strings.Cut(value, " ")
		token = strings.TrimSpace(token)
		if strings.EqualFold(scheme, "Bearer") && strings.HasPrefix(token, "sk-steelengine-") {
			bearers = append(bearers, token)
		}
	}
	switch {
	case len(presented) > 1, len(bearers) > 0 && len(authorization) > 1:
		return engine.Ambiguous()
	case len(presented) == 1 && len(bearers) == 1 && presented[0] != bearers[0]:
		return engine.Ambiguous()
	case len(presented) == 1:
		return engine.Present(presented[0])
	case len(bearers) == 1:
		return engine.Present(bearers[0])
	}
	return engine.Present("")
}

// forwardedRequest reads the request that the proxy asks about from either pair of headers. Where both stand they must
// agree, and none may be given twice. Two halves are no pair: a client may have added the one that its proxy does not set.
func forwardedRequest(h http.Header) (method, uri string, ok bool) {
	method, methodAgrees := agreed(h, "X-Forwarded-Method", "X-Original-Method")
	uri, uriAgrees := agreed(h, "X-Forwarded-Uri", "X-Original-Uri")
	isPair := h.Get("X-Forwarded-Method") != "" && h.Get("X-Forwarded-Uri") != "" || h.Get("X-Original-Method") != "" && h.Get("X-Original-Uri") != ""
	return method, uri, methodAgrees && uriAgrees && isPair
}

// agreed is the one value that headers of the names have.
func agreed(h http.Header, names ...string) (value string, ok bool) {
	for _, name := range names {
		for i, v := range h.Values(name) {
			if i > 0 || v == "" || (ok && v != value) {
				return "", false
			}
			value, ok = v, true
		}
	}
	return value, ok
}

// forwardError is the body of a refusal.
type forwardError struct {
	Error struct {
		Code       authz.Code `json:"code"`
		Message    string     `json:"message"`
		DecisionID string     `json:"decision_id"`
	} `json:"error"`
}

// forbid refuses what no view was asked about.
func (s *server) forbid(c *gin.Context, client string, code authz.Code, message string) {
	d := authz.Decision{ID: engine.NewDecisionID(), Status: http.StatusForbidden, Code: code, Message: message}
	s.record(authz.LoggedDecision{
		ID: d.ID, Time: s.now(), Door: forwardAuthDoor, Code: code, Request: authz.Request{Context: authz.Context{ClientIP: client}},
	})
	s.answerForward(c, d)
}

// answerForward translates a decision for the key's holder, who learns less than the service that asks /v1/decisions: not
// why a key is dead, and not whether a workspace exists that they are no member of.
func (s *server) answerForward(c *gin.Context, d authz.Decision) {
	s.metrics.decided(forwardAuthDoor, d)
	c.Header("Cache-Control", "no-store")
	if d.Allow {
		c.Header("X-Steelgate-Key-Id", d.Key.ID)
		c.Header("X-Steelgate-Key-Type", string(d.Key.Type))
		if d.BilledTo != nil {
			c.Header("X-Steelgate-Billed-To", d.BilledTo.ID)
		}
		if d.Permission != nil {
			c.Header("X-Steelgate-Permission", d.Permission.Granted.String())
		}
		c.Header("X-Steelgate-Decision-Id", d.ID)
		c.Status(http.StatusOK)
		return
	}
	var refusal forwardError
	refusal.Error.Code, refusal.Error.Message, refusal.Error.DecisionID = d.Code, d.Message, d.ID
	status := http.StatusForbidden
	switch {
	case d.Code.Unauthenticated():
		status = http.StatusUnauthorized
		refusal.Error.Code, refusal.Error.Message = "invalid_api_key", "The API key is missing or not valid."
		c.Header("WWW-Authenticate", `ApiKey realm="steelengine"`)
	case d.Code == authz.NotAMember, d.Code == authz.OutsideScope:
		refusal.Error.Code = authz.OutsideScope
		refusal.Error.Message = "The API key does not reach this resource, or it does not exist."
	}
	c.JSON(status, refusal)
}
