// Command mcp is an MCP server whose tools run workflows, to stand behind `steelgate gateway`, and nowhere else: it believes the headers that say whose key
// it is. The gateway lets a key connect (GET) that may read the server, and call (POST) that may write to it.
//
//	bin/steelgate gateway --upstream http://127.0.0.1:3000   # beside `make run`, in the same folder
//	go run . -listen 127.0.0.1:3000
//
// A client's endpoint is then http://127.0.0.1:8090/api/mcp/mcp_office, with a key as X-API-Key or as Authorization: Bearer.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:3000", "address to serve on")
	flag.Parse()
	if err := run(context.Background(), *listen); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, address string) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	server := &http.Server{Handler: newHandler(), ReadHeaderTimeout: 10 * time.Second}
	return server.Serve(listener)
}

// newHandler serves an MCP server under each id; what a key may do with which was decided before.
func newHandler() http.Handler {
	sessions := mcp.NewStreamableHTTPHandler(func(r *http.Request) *mcp.Server { return newServer(r.PathValue("mcp_server")) }, &mcp.StreamableHTTPOptions{SessionTimeout: time.Hour})
	mux := http.NewServeMux()
	mux.Handle("/api/mcp/{mcp_server}", ofItsKey(sessions))
	return mux
}

// ofItsKey makes a session that of the key which opened it: whoever learns its id can do nothing with it by another key.
func ofItsKey(next http.Handler) http.Handler {
	known := auth.RequireBearerToken(func(_ context.Context, keyID string, r *http.Request) (*auth.TokenInfo, error) {
		// A key's session at one server is none at another.
		return &auth.TokenInfo{UserID: keyID + " " + r.PathValue("mcp_server"), Expiration: time.Now().Add(time.Hour)}, nil
	}, nil)(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		keyID := r.Header.Get("X-Steelgate-Key-Id")
		if keyID == "" {
			http.Error(w, "this server stands behind steelgate's gateway", http.StatusForbidden)
			return
		}
		r.Header.Set("Authorization", "Bearer "+keyID)
		known.ServeHTTP(w, r)
	})
}

// runWorkflow is what the tool takes.
type runWorkflow struct {
	Workflow string `json:"workflow" jsonschema:"the workflow's id"`
}

// ran is what the tool answers.
type ran struct {
	Server   string `json:"server"`
	Workflow string `json:"workflow"`
	KeyID    string `json:"key_id"`
	BilledTo string `json:"billed_to"`
}

func newServer(id string) *mcp.Server {
	server := mcp.NewServer(&mcp.Implementation{Name: id, Version: "1"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "run_workflow", Description: "Run a workflow."}, func(_ context.Context, request *mcp.CallToolRequest, in runWorkflow) (*mcp.CallToolResult, ran, error) {
		extra := request.GetExtra()
		if extra == nil || extra.Header.Get("X-Steelgate-Billed-To") == "" {
			return nil, ran{}, errors.New("nobody is billed")
		}
		return nil, ran{id, in.Workflow, extra.Header.Get("X-Steelgate-Key-Id"), extra.Header.Get("X-Steelgate-Billed-To")}, nil
	})
	return server
}
