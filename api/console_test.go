package api_test

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// Whoever comes by a browser is led to the console, whose pages are let have no more than they need; a program built without
// it says so.
func TestConsole(t *testing.T) {
	t.Parallel()
	g := newColdGate(t)
	for from, to := range map[string]string{"/": "/console/", "/sign-in": "/console/sign-in", "/console": "/console/"} {
		w := httptest.NewRecorder()
		g.Handler.ServeHTTP(w, httptest.NewRequest("GET", from, nil))
		if w.Code != 303 || w.Header().Get("Location") != to || w.Body.Len() > 0 {
			t.Errorf("%s: %d, to %q", from, w.Code, w.Header().Get("Location"))
		}
	}
	for _, path := range []string{"/console/", "/console/sign-in", "/console/keys/key_ben", "/console/assets/none.js"} {
		w := httptest.NewRecorder()
		g.Handler.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		policy := w.Header().Values("Content-Security-Policy")
		if len(policy) != 1 || !strings.HasPrefix(policy[0], "default-src 'none';") || !strings.Contains(policy[0], "frame-ancestors 'none'") || strings.Contains(policy[0], "unsafe") {
			t.Errorf("%s: the policy is %q", path, policy)
		}
		if w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Referrer-Policy") != "no-referrer" || w.Header().Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: %v", path, w.Header())
		}
		switch html := strings.HasPrefix(w.Header().Get("Content-Type"), "text/html"); {
		case w.Code == 503 && strings.Contains(w.Body.String(), "make build"):
		case path == "/console/assets/none.js" && w.Code == 404:
		case w.Code == 200 && html && path != "/console/assets/none.js":
		default:
			t.Errorf("%s: %d %v", path, w.Code, w.Header())
		}
	}
}
