package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/bench/world"
)

// batchSize is how many decisions are asked for in one call, where a batch is measured.
const batchSize = 100

// doors prints how many decisions a second each door gives, all asked the same by the same client, with the decision log in its store.
func (b *bench) doors() error {
	w := world.World{Keys: b.httpKeys}
	b.title("The doors, %d keys, %d connections: %d rounds of %v each in turn, medians", w.Keys, connections, b.rounds, b.span)
	program, err := b.settle(w)
	if err != nil {
		return err
	}
	calls, err := freeAddress()
	if err != nil {
		return err
	}
	server, err := b.serve(program, "store", "--trusted-proxies", "127.0.0.0/8", "--grpc-listen", calls)
	if err != nil {
		return err
	}
	defer server.stop()
	upstream, err := b.startConstant(w)
	if err != nil {
		return err
	}
	defer upstream.stop()
	gateway, err := b.startGateway(program, upstream.address)
	if err != nil {
		return err
	}
	defer gateway.stop()
	connection, err := grpc.NewClient(calls, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer connection.Close()
	asked := doorRequests(w)
	pid := server.command.Process.Pid
	return b.compare([]*target{
		{name: "POST /v1/decisions", address: server.address, requests: asked.decisions, pid: pid},
		{name: fmt.Sprintf("POST /v1/decisions/batch, calls of %d", batchSize), address: server.address, requests: asked.batches, pid: pid},
		{name: "GET /v1/forward-auth", address: server.address, requests: asked.forward, pid: pid, admits: letsThrough},
		{name: "ext_authz over HTTP", address: server.address, requests: asked.envoy, pid: pid, admits: letsThrough},
		{name: "ext_authz over gRPC", pid: pid, talk: talkGRPC(authv3.NewAuthorizationClient(connection), asked.checks)},
		{name: "AuthZEN, POST /access/v1/evaluation", address: server.address, requests: asked.authzen, pid: pid, admits: saysDecision},
		{name: "OPA's Data API, POST /v1/data/…", address: server.address, requests: asked.opa, pid: pid},
		{name: "steelgate gateway, to an upstream and back", address: gateway.address, requests: asked.product, pid: gateway.command.Process.Pid, admits: letsThrough},
	})
}

func (b *bench) startGateway(program, upstream string) (*process, error) {
	status, err := freeAddress()
	if err != nil {
		return nil, err
	}
	p, err := b.start("gateway", "", 0, func(address string) []string {
		return []string{program, "gateway", "--upstream", "http://" + upstream, "--listen", address, "--status-listen", status,
			"--data-dir", b.dataFolder(), "--log-level", "warn"}
	})
	if err != nil {
		return nil, err
	}
	ready := *p
	ready.address = status
	if err := ready.await("/readyz", 5*time.Minute); err != nil {
		p.stop()
		return nil, fmt.Errorf("gateway: %w", err)
	}
	return p, nil
}

// asked are the same questions, as each door is asked them.
type asked struct {
	decisions, batches, forward, envoy, authzen, opa, product [][]byte
	checks                                                    []*authv3.CheckRequest
}

func doorRequests(w world.World) (a asked) {
	var batch []string
	for n := range 4096 {
		i := askedKey(w, n)
		secret, q := world.Secret(i), w.Question(i, n)
		body := decisionBody(secret, q)
		a.decisions = append(a.decisions, request("/v1/decisions", adminToken, body))
		if batch = append(batch, string(body)); len(batch) == batchSize {
			a.batches = append(a.batches, request("/v1/decisions/batch", adminToken, []byte(`{"decisions":[`+strings.Join(batch, ",")+`]}`)))
			batch = nil
		}
		method, path := productCall(q)
		const from = "X-Forwarded-For: 203.0.113.9"
		key := "X-API-Key: " + secret
		a.forward = append(a.forward, bare("GET", "/v1/forward-auth", key, from, "X-Forwarded-Method: "+method, "X-Forwarded-Uri: "+path))
		a.envoy = append(a.envoy, bare(method, "/v1/ext-authz"+path, key, from))
		a.product = append(a.product, bare(method, path, key))
		a.checks = append(a.checks, &authv3.CheckRequest{Attributes: &authv3.AttributeContext{
			Source: &authv3.AttributeContext_Peer{Address: &corev3.Address{Address: &corev3.Address_SocketAddress{
				SocketAddress: &corev3.SocketAddress{Address: q.Context.ClientIP},
			}}},
			Request: &authv3.AttributeContext_Request{Http: &authv3.AttributeContext_HttpRequest{
				Method: method, Path: path, Headers: map[string]string{"x-api-key": secret},
			}},
		}})
		a.authzen = append(a.authzen, request("/access/v1/evaluation", adminToken, mustJSON(map[string]any{
			"subject":  map[string]any{"type": authz.APIKeySubject, "id": "presented", "properties": map[string]any{"api_key": secret}},
			"action":   map[string]any{"name": q.Action},
			"resource": map[string]any{"type": q.Resource.Type, "id": q.Resource.ID},
			"context":  map[string]any{"client_ip": q.Context.ClientIP},
		})))
		a.opa = append(a.opa, request("/v1/data/steelgate/authz/decision", adminToken, opaBody(world.KeyID(i), q)))
	}
	return a
}

// productCall is the call of the product's API that a question is about.
func productCall(q authz.Request) (method, path string) {
	switch q.Action {
	case "workflow.execute":
		return "POST", "/api/workflows/" + q.Resource.ID + "/execute"
	case "logs.read":
		return "GET", "/api/workflows/" + q.Resource.ID + "/logs"
	case "mcp.call":
		return "POST", "/api/mcp/" + q.Resource.ID
	}
	return "GET", "/api/workflows/" + q.Resource.ID
}

// bare makes a request without a body, as it goes over the wire.
func bare(method, path string, headers ...string) []byte {
	return fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n%s\r\n\r\n", method, path, strings.Join(headers, "\r\n"))
}

// letsThrough reads the answer of a door for proxies, by its status.
func letsThrough(status int, body []byte) (bool, error) {
	switch status {
	case http.StatusOK:
		return true, nil
	case http.StatusForbidden:
		return false, nil
	}
	return false, fmt.Errorf("status %d: %s", status, body)
}

func saysDecision(status int, body []byte) (bool, error) {
	if status != http.StatusOK {
		return false, fmt.Errorf("status %d: %s", status, body)
	}
	return bytes.Contains(body, []byte(`"decision":true`)), nil
}

// talkGRPC asks as Envoy does, all clients over one connection.
func talkGRPC(client authv3.AuthorizationClient, checks []*authv3.CheckRequest) func(time.Time, int) (int, int, error) {
	ctx := metadata.AppendToOutgoingContext(context.Background(), "authorization", "Bearer "+adminToken)
	return func(until time.Time, first int) (answered, allowed int, err error) {
		for n := first; time.Now().Before(until); n++ {
			a, err := client.Check(ctx, checks[n%len(checks)])
			if err != nil {
				return answered, allowed, err
			}
			if answered++; a.GetOkResponse() != nil {
				allowed++
			}
		}
		return answered, allowed, nil
	}
}
