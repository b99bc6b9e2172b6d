package api

import (
	"fmt"
	"net/http"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
)

// productRequest is a request to the product's own API that a door is asked about, or that came to the gateway itself.
type productRequest struct {
	door string
	// client is the address of whoever sent it; "" where that can't be told.
	client string
	key    engine.Credential
	// method and uri are as they were sent. isNamed is false where it can't be told which they were.
	method, uri string
	isNamed     bool
}

// noRoute is the code of a request that the policy's routes do not know.
const noRoute authz.Code = "no_route"

// judge decides on a request to the product's own API, and has the decision logged and counted. Whatever goes wrong, there is a decision,
// and it is a deny: a proxy may let an error through.
func (s *server) judge(q productRequest) (decision authz.Decision) {
	defer func() {
		if fault := recover(); fault != nil {
			s.log.Error("a door panicked", "door", q.door, "panic", fmt.Sprint(fault))
			decision = s.forbid(q.door, q.client, authz.PolicyError, noDecision)
		}
	}()
	if s.failures.isSpent(q.client) > 0 {
		// Not a 429: some proxies make an error of their own of it, and let the request through.
		s.metrics.limited.WithLabelValues(q.door).Inc()
		return s.forbid(q.door, q.client, "too_many_failures", "Too many wrong API keys came from this address: wait a minute.")
	}
	view, err := s.engine.View()
	if err != nil {
		return s.forbid(q.door, q.client, engine.NoDecision(err), noDecision)
	}
	began := time.Now()
	decision, request, route := s.decideProduct(view, q)
	s.note(view, view.Logged(q.door, request, route, decision, time.Since(began)), decision)
	s.metrics.decided(q.door, decision)
	return decision
}

const noDecision = "No decision could be made."

// decideProduct judges first the key, then the route, then what the key may do. A request that no route matches is of a client's
// address alone.
func (s *server) decideProduct(view *engine.View, q productRequest) (decision authz.Decision, request authz.Request, route string) {
	request.Context.ClientIP = q.client
	key, code := view.Authenticate(q.key)
	if code != "" {
		s.failures.spend(q.client)
		return view.Refuse(key, code), request, ""
	}
	if !q.isNamed {
		decision = view.Refuse(key, noRoute)
		decision.Message = "The proxy's headers name no request, or two."
		return decision, request, ""
	}
	matched, route, ok := view.Route(q.method, q.uri)
	if !ok {
		decision = view.Refuse(key, noRoute)
		decision.Message = "No route matches the request."
		return decision, request, ""
	}
	matched.Context.ClientIP = q.client
	decision, err := view.Authorize(key, matched)
	if err != nil {
		s.log.Error("no decision", "door", q.door, "decision_id", decision.ID, "error", err)
		decision.Message = noDecision
	}
	return decision, matched, route
}

// forbid refuses what no view was asked about.
func (s *server) forbid(door, client string, code authz.Code, message string) authz.Decision {
	d := authz.Decision{ID: engine.NewDecisionID(), Status: http.StatusForbidden, Code: code, Message: message}
	s.record(authz.LoggedDecision{
		ID: d.ID, Time: s.now(), Door: door, Code: code, Request: authz.Request{Context: authz.Context{ClientIP: client}},
	})
	s.metrics.decided(door, d)
	return d
}
