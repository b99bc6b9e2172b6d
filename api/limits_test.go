package api_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

const guess = "X-Api-Key: sk-steelengine-this-is-a-guess-and-no-key"

// forwardFrom asks the gateway's door about a client's request.
func (g *gate) forwardFrom(client, key string) answer {
	g.t.Helper()
	headers := []string{"X-Forwarded-Method: GET", "X-Forwarded-Uri: /api/workflows/invoice", key}
	if client != "" {
		headers = append(headers, "X-Forwarded-For: "+client)
	}
	return g.askFrom("10.0.0.1:1", "GET", "/v1/forward-auth", "", headers...)
}

func TestAClientThatGuessesKeysIsDenied(t *testing.T) {
	g := newGate(t)
	valid := "X-Api-Key: " + secretOf("core")
	for range 600 {
		g.forwardFrom("203.0.113.7", guess).want(http.StatusUnauthorized)
	}
	denied := g.forwardFrom("203.0.113.7", valid).want(http.StatusForbidden)
	if code := denied.text("error", "code"); code != "too_many_failures" {
		t.Errorf("the code is %q", code)
	}
	// Neither the other clients of the same gateway, nor one that the gateway does not name, pay for it.
	g.forwardFrom("203.0.113.8", valid).want(http.StatusOK)
	g.forwardFrom("", valid).want(http.StatusOK)
	g.now = g.now.Add(time.Second)
	g.step()
	g.forwardFrom("203.0.113.7", valid).want(http.StatusOK)
}

func TestAGatewayIsNeverLimitedItself(t *testing.T) {
	g := newGate(t)
	for range 700 {
		g.forwardFrom("", guess).want(http.StatusUnauthorized)
	}
	g.forwardFrom("", "X-Api-Key: "+secretOf("core")).want(http.StatusOK)
}

func TestGuessedTokensAreLimited(t *testing.T) {
	g := newGate(t)
	for range 600 {
		g.askFrom("198.51.100.1:1", "GET", "/v1/tokens", "", "Authorization: Bearer sgt_guess").want(http.StatusUnauthorized)
	}
	limited := g.askFrom("198.51.100.1:1", "GET", "/v1/tokens", "", "Authorization: Bearer "+adminToken)
	limited.wantProblem(http.StatusTooManyRequests, "too_many_requests")
	if seconds, err := strconv.Atoi(limited.Header().Get("Retry-After")); err != nil || seconds < 1 {
		t.Errorf("Retry-After is %q", limited.Header().Get("Retry-After"))
	}
	g.askFrom("198.51.100.2:1", "GET", "/v1/tokens", "", "Authorization: Bearer "+adminToken).want(http.StatusOK)
}

func TestManagementCallsForOneUserAreLimited(t *testing.T) {
	g := newGate(t)
	manage := g.token("manage")
	for range 1000 {
		g.ask("GET", "/v1/keys/none", "", manage, "X-Steelgate-Actor: ben").want(http.StatusNotFound)
	}
	g.ask("GET", "/v1/keys/none", "", manage, "X-Steelgate-Actor: ben").wantProblem(http.StatusTooManyRequests, "too_many_requests")
	g.ask("GET", "/v1/keys/none", "", manage, "X-Steelgate-Actor: ada").want(http.StatusNotFound)
	for range 1100 {
		g.admin("GET", "/v1/users/none", "").want(http.StatusNotFound)
	}
	if metrics := g.ask("GET", "/metrics", "").want(http.StatusOK).Body.String(); !strings.Contains(metrics, `steelgate_limited_total{limit="management"} 1`) {
		t.Error("the refusal is not counted")
	}
}
