package steelgate_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	steelgate "github.com/steelengine/steelgate/sdk/go"
	"github.com/steelengine/steelgate/sdk/go/internal/steelgatetest"
)

// billed answers whom it would bill.
var billed = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	d, ok := steelgate.DecisionOf(r.Context())
	if !ok {
		http.Error(w, "no guard let this through", http.StatusTeapot)
		return
	}
	_, _ = io.WriteString(w, d.BilledTo.ID)
})

func guarded(t *testing.T, o steelgate.GuardOptions) *httptest.Server {
	t.Helper()
	guard, err := steelgate.NewGuard(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(guard.Handler(billed))
	t.Cleanup(server.Close)
	return server
}

func TestAGuardJudgesAsForwardAuthDoes(t *testing.T) {
	server := steelgatetest.Start(t)
	app := guarded(t, steelgate.GuardOptions{Client: server.Client(t), Routes: steelgatetest.Routes, OnError: func(_ *http.Request, err error) { t.Error(err) }})
	steelgatetest.JudgesAsForwardAuth(t, server, app.URL)

	t.Run("a function sees path values", func(t *testing.T) {
		guard, err := steelgate.NewGuard(steelgate.GuardOptions{Client: server.Client(t), Route: func(r *http.Request) (steelgate.Question, bool) {
			return steelgate.Question{Action: "workflow.read", Resource: workflow(r.PathValue("id"))}, r.URL.Query().Get("known") != "no"
		}})
		if err != nil {
			t.Fatal(err)
		}
		mux := http.NewServeMux()
		mux.Handle("GET /w/{id}", guard.Handler(billed))
		app := httptest.NewServer(mux)
		defer app.Close()
		key := []string{"X-API-Key", server.Key(t, "key_demo_personal")}
		for target, want := range map[string]int{"/w/wf_invoice": 200, "/w/wf_assay": 403, "/w/wf_invoice?known=no": 403} {
			if got := steelgatetest.Send(t, "GET", app.URL+target, key...); got.Status != want {
				t.Errorf("%s: %+v", target, got)
			}
		}
	})

	t.Run("a key with an allow-list works from its networks alone", func(t *testing.T) {
		issued, err := server.Client(t).KeysFor("user_ben").Create(t.Context(), steelgate.KeyCreation{Type: steelgate.KeyTypePersonal, Name: "office", AllowedCIDRs: steelgate.Set([]string{"203.0.113.0/24"})}, "")
		if err != nil {
			t.Fatal(err)
		}
		for address, want := range map[string]int{"203.0.113.9": 200, "198.51.100.1": 403, "nonsense": 403, "": 403} {
			app := guarded(t, steelgate.GuardOptions{Client: server.Client(t), Routes: steelgatetest.Routes, ClientIP: func(*http.Request) string { return address }})
			if got := steelgatetest.Send(t, "GET", app.URL+"/api/workflows/wf_invoice", "Authorization", "Bearer "+issued.Secret.Reveal()); got.Status != want {
				t.Errorf("%q: %+v", address, got)
			}
		}
	})
}

func TestWhereNoDecisionCanBeMadeNothingIsLetThrough(t *testing.T) {
	faulty := steelgatetest.StartFaulty(t, func(w http.ResponseWriter, count int, _ []byte) {
		if count == 1 {
			steelgatetest.Drop(w)
		}
		steelgatetest.Answer(w, 200, "{}")
	})
	errs := 0
	client := faulty.Client(t, once, func(o *steelgate.Options) { o.Timeout = time.Second })
	app := guarded(t, steelgate.GuardOptions{Client: client, Routes: steelgatetest.Routes, OnError: func(*http.Request, error) { errs++ }})
	for i := range 3 {
		if i == 2 {
			faulty.Close()
		}
		got := steelgatetest.Send(t, "GET", app.URL+"/api/workflows/wf_invoice", "X-API-Key", "sk-steelengine-legacy-0123456789")
		if got.Status != 503 || got.Header.Get("Retry-After") != "1" || !strings.Contains(got.Body, `"unavailable"`) {
			t.Errorf("%+v", got)
		}
	}
	if errs != 3 {
		t.Errorf("%d errors were told of", errs)
	}
}

func TestAGuardNeedsOneWayToTellRoutes(t *testing.T) {
	client := steelgatetest.StartFaulty(t, func(http.ResponseWriter, int, []byte) {}).Client(t)
	route := func(*http.Request) (steelgate.Question, bool) { return steelgate.Question{}, false }
	for _, o := range []steelgate.GuardOptions{{}, {Client: client}, {Routes: steelgatetest.Routes}, {Client: client, Routes: steelgatetest.Routes, Route: route}, {Client: client, Routes: steelgate.Routes{"x": {}}}} {
		if _, err := steelgate.NewGuard(o); err == nil {
			t.Errorf("%+v", o)
		}
	}
}
