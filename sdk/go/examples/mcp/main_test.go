package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	steelgate "github.com/steelengine/steelgate/sdk/go"
	"github.com/steelengine/steelgate/sdk/go/internal/steelgatetest"
)

// withKey presents a key with each request, as people set up their MCP clients. It notes what was asked for and answered.
type withKey struct {
	key  string
	mu   sync.Mutex
	seen []string
}

func (k *withKey) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+k.key)
	response, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		k.mu.Lock()
		k.seen = append(k.seen, r.Method+" "+response.Status)
		k.mu.Unlock()
	}
	return response, err
}

func (k *withKey) saw(what string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, seen := range k.seen {
		if strings.HasPrefix(seen, what) {
			return true
		}
	}
	return false
}

// connect opens a session, as every MCP client does: by a POST, and then a GET for what the server has to say.
func connect(ctx context.Context, endpoint string, key *withKey) (*mcp.ClientSession, error) {
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	return client.Connect(ctx, &mcp.StreamableClientTransport{Endpoint: endpoint, HTTPClient: &http.Client{Transport: key}, MaxRetries: -1}, nil)
}

func callTool(ctx context.Context, session *mcp.ClientSession) (out ran, err error) {
	result, err := session.CallTool(ctx, &mcp.CallToolParams{Name: "run_workflow", Arguments: map[string]any{"workflow": "wf_invoice"}})
	if err != nil {
		return out, err
	}
	text, err := json.Marshal(result.StructuredContent)
	if err == nil && result.IsError {
		err = errors.New("the tool failed")
	}
	return out, errors.Join(err, json.Unmarshal(text, &out))
}

func TestAnMCPServerBehindTheGateway(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	server := steelgatetest.Start(t)
	upstream := httptest.NewServer(newHandler())
	// Streams that are under way end with their clients, and not before.
	t.Cleanup(func() { upstream.CloseClientConnections(); upstream.Close() })
	gateway := server.StartGateway(t, upstream.URL)
	office := gateway + "/api/mcp/mcp_office"

	issue := func(user string) steelgate.IssuedKey {
		issued, err := server.Client(t).KeysFor(user).Create(ctx, steelgate.KeyCreation{Type: steelgate.KeyTypePersonal, Name: "mcp"}, "")
		if err != nil {
			t.Fatal(err)
		}
		// The gateway follows the data by itself: a key that is new is known there before long.
		steelgatetest.Await(t, func() bool {
			return steelgatetest.Send(t, "GET", gateway+"/api/workflows/wf_invoice", "X-API-Key", issued.Secret.Reveal()).Status != http.StatusUnauthorized
		})
		return issued
	}

	// Ben may write in the workspace of the server, and with that call it.
	ben := issue("user_ben")
	key := &withKey{key: ben.Secret.Reveal()}
	session, err := connect(ctx, office, key)
	if err != nil {
		t.Fatal(err)
	}
	tools, err := session.ListTools(ctx, nil)
	if err != nil || len(tools.Tools) != 1 || tools.Tools[0].Name != "run_workflow" {
		t.Fatalf("%+v, %v", tools, err)
	}
	if got, err := callTool(ctx, session); err != nil || got != (ran{"mcp_office", "wf_invoice", ben.Key.ID, "user_ben"}) {
		t.Errorf("%+v, %v", got, err)
	}

	t.Run("a key that may read alone connects, and calls nothing", func(t *testing.T) {
		cleo := issue("user_cleo")
		// The gateway lets the GET through: what it answers is the MCP server's, which knows no session of this key.
		got := steelgatetest.Send(t, "GET", office, "X-API-Key", cleo.Secret.Reveal(), "Accept", "text/event-stream")
		if got.Status == http.StatusUnauthorized || got.Status == http.StatusForbidden || strings.Contains(got.Body, "decision_id") {
			t.Errorf("%+v", got)
		}
		// That of another key is none of its own: the MCP server says so, not the gateway.
		stolen := steelgatetest.Send(t, "GET", office, "X-API-Key", cleo.Secret.Reveal(), "Accept", "text/event-stream", "Mcp-Session-Id", session.ID())
		if session.ID() == "" || stolen.Status != http.StatusForbidden || strings.Contains(stolen.Body, "decision_id") {
			t.Errorf("the session of another key: %+v", stolen)
		}
		key := &withKey{key: cleo.Secret.Reveal()}
		if session, err := connect(ctx, office, key); err == nil {
			if got, err := callTool(ctx, session); err == nil {
				t.Errorf("it called a tool: %+v", got)
			}
		}
		if !key.saw("POST 403") || key.saw("POST 200") {
			t.Errorf("%v", key.seen)
		}
	})

	t.Run("a key of another organization, one that nobody knows, and none", func(t *testing.T) {
		for secret, want := range map[string]string{issue("user_eve").Secret.Reveal(): "POST 403", "sk-steelengine-0000000000000000": "POST 401", "": "POST 401"} {
			key := &withKey{key: secret}
			if _, err := connect(ctx, office, key); err == nil || !key.saw(want) || key.saw("POST 200") {
				t.Errorf("%v, %v", err, key.seen)
			}
		}
	})

	t.Run("nobody gets around the gateway", func(t *testing.T) {
		if got := steelgatetest.Send(t, "POST", upstream.URL+"/api/mcp/mcp_office", "X-API-Key", ben.Secret.Reveal()); got.Status != http.StatusForbidden {
			t.Errorf("%+v", got)
		}
	})

	// A session that stands ends with its key: the next call is refused.
	if _, err := server.Client(t).KeysFor("user_ben").Revoke(ctx, ben.Key.ID); err != nil {
		t.Fatal(err)
	}
	steelgatetest.Await(t, func() bool { _, err := callTool(ctx, session); return err != nil })
	if !key.saw("POST 401") {
		t.Errorf("%v", key.seen)
	}
	if _, err := connect(ctx, office, &withKey{key: ben.Secret.Reveal()}); err == nil {
		t.Error("a revoked key connected")
	}
	cancel()
}
