// Command http is a product's API whose workflows are run with API keys. steelgate decides who may, and says who is billed.
//
//	STEELGATE_URL=http://127.0.0.1:8080 STEELGATE_TOKEN=sgt_… go run ./examples/http
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	steelgate "github.com/steelengine/steelgate/sdk/go"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	client, err := steelgate.New(steelgate.Options{
		URL:   cmp.Or(os.Getenv("STEELGATE_URL"), "http://127.0.0.1:8080"),
		Token: steelgate.NewSecret(os.Getenv("STEELGATE_TOKEN")),
		// Questions that come within a millisecond go together.
		BatchWindow: time.Millisecond,
	})
	if err != nil {
		return err
	}
	api, err := newAPI(client)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cmp.Or(os.Getenv("LISTEN"), "127.0.0.1:3000"))
	if err != nil {
		return err
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	server := &http.Server{Handler: api, ReadHeaderTimeout: 10 * time.Second}
	return server.Serve(listener)
}

// newAPI is the product's API: health for everybody, workflows for keys that may.
func newAPI(client *steelgate.Client) (http.Handler, error) {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	guard, err := steelgate.NewGuard(steelgate.GuardOptions{
		Client: client,
		Routes: steelgate.Routes{
			"GET /api/workflows/{workflow}":          {Action: "workflow.read", Resource: steelgate.Resource{Type: "workflow", ID: "{workflow}"}},
			"POST /api/workflows/{workflow}/execute": {Action: "workflow.execute", Resource: steelgate.Resource{Type: "workflow", ID: "{workflow}"}},
		},
		OnError: func(r *http.Request, err error) { log.ErrorContext(r.Context(), "no decision", "error", err) },
	})
	if err != nil {
		return nil, err
	}
	workflows := http.NewServeMux()
	workflows.HandleFunc("GET /api/workflows/{workflow}", func(w http.ResponseWriter, r *http.Request) {
		answer(w, map[string]any{"workflow": r.PathValue("workflow")})
	})
	workflows.HandleFunc("POST /api/workflows/{workflow}/execute", func(w http.ResponseWriter, r *http.Request) {
		decision, _ := steelgate.DecisionOf(r.Context())
		answer(w, map[string]any{"ran": r.PathValue("workflow"), "billed_to": decision.BilledTo})
	})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) })
	mux.Handle("/", guard.Handler(workflows))
	return mux, nil
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}
