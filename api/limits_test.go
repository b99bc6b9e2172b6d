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

// Whoever signs in over and over, by whatever door, is held off, and nobody else is.
func TestSignInsAreLimited(t *testing.T) {
	doors := [][3]string{{"POST", "/v1/sign-in/dev", `{"user_id": "nobody"}`}, {"POST", "/v1/sign-in/setup", `{"code": "x"}`}, {"GET", "/v1/sign-in/oidc", ""}, {"GET", "/v1/sign-in/callback?state=x", ""}}
	for _, door := range doors {
		g := newGateAt(t, newProvider())
		b := g.browser()
		for n := range 60 {
			if a := b.ask(door[0], door[1], door[2]); a.Code == http.StatusTooManyRequests {
				t.Fatalf("%s: sign-in %d is held off", door[1], n+1)
			}
		}
		for _, held := range doors {
			limited := b.ask(held[0], held[1], held[2])
			limited.wantProblem(http.StatusTooManyRequests, "too_many_requests")
			if seconds, err := strconv.Atoi(limited.Header().Get("Retry-After")); err != nil || seconds < 1 || seconds > 60 {
				t.Errorf("Retry-After is %q", limited.Header().Get("Retry-After"))
			}
		}
		if metrics := g.ask("GET", "/metrics", "").Body.String(); !strings.Contains(metrics, `steelgate_limited_total{limit="sign_ins"} 4`) {
			t.Error("the refusals are not counted")
		}
		// Who is there already is not held off, nor is another address, nor the same one a moment later.
		g.ask("GET", "/v1/session", "", cookieHeader("x")).want(http.StatusUnauthorized)
		other := g.browser()
		other.peer = "203.0.113.9:1"
		other.ask("GET", "/v1/sign-in/oidc", "").want(http.StatusSeeOther)
		g.now = g.now.Add(time.Second)
		b.ask("GET", "/v1/sign-in/oidc", "").want(http.StatusSeeOther)
	}
}

func TestGuessedSessionsAreLimited(t *testing.T) {
	g := newDemo(t)
	session := cookieHeader(g.signedIn("ben").cookies[sessionCookie])
	for range 300 {
		g.askFrom("198.51.100.1:1", "GET", "/v1/session", "", cookieHeader("sgs_guess")).want(http.StatusUnauthorized)
		g.askFrom("198.51.100.1:1", "GET", "/v1/keys", "", cookieHeader("sgs_guess")).want(http.StatusUnauthorized)
	}
	g.askFrom("198.51.100.1:1", "GET", "/v1/keys", "", session).wantProblem(http.StatusTooManyRequests, "too_many_requests")
	g.askFrom("198.51.100.2:1", "GET", "/v1/keys", "", session).want(http.StatusOK)
	// Who is not signed in guesses nothing.
	for range 700 {
		g.askFrom("198.51.100.3:1", "GET", "/v1/session", "").want(http.StatusUnauthorized)
	}
	g.askFrom("198.51.100.3:1", "GET", "/v1/keys", "", session).want(http.StatusOK)
}
