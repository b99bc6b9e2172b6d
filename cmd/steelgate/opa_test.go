package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// opaBinary is OPA itself, of the version that tools.mod pins, built once and kept where Go keeps what it builds.
var opaBinary = sync.OnceValues(func() (string, error) {
	build := exec.Command("go", "tool", "-modfile=../../tools.mod", "-n", "opa")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	var failed bytes.Buffer
	build.Stderr = &failed
	path, err := build.Output()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, failed.String())
	}
	return strings.TrimSpace(string(path)), nil
})

// edge is a stock OPA that runs beside a server, on its bundle.
type edge struct {
	t      testing.TB
	client *http.Client
	log    *transcript
	ended  chan struct{}
}

// runEdge starts one that polls the server every second. It listens on a socket, which nobody else can take.
func runEdge(t testing.TB, s *server) *edge {
	t.Helper()
	binary, err := opaBinary()
	if err != nil {
		t.Skipf("OPA can't be built here: %v", err)
	}
	token := s.change("POST", "/v1/tokens", `{"name": "edge", "scopes": ["bundle"]}`).text("secret")
	config := writeFile(t, "opa.yaml", `services:
  steelgate:
    url: `+s.url+`
    credentials: {bearer: {token: "${STEELGATE_BUNDLE_TOKEN}"}}
bundles:
  steelgate:
    service: steelgate
    resource: v1/bundles/steelgate.tar.gz
    polling: {min_delay_seconds: 1, max_delay_seconds: 1}
`)
	folder, err := os.MkdirTemp("", "edge") //nolint:usetesting // a socket's path may not be long
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(folder, "opa.sock")
	e := &edge{t: t, log: newTranscript(), ended: make(chan struct{}), client: &http.Client{Transport: &http.Transport{
		MaxIdleConnsPerHost: askers,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
	}}}
	opa := exec.Command(binary, "run", "--server", "--addr", "unix://"+socket, "--config-file", config, "--log-level", "error", "--disable-telemetry")
	opa.Env = append(os.Environ(), "STEELGATE_BUNDLE_TOKEN="+token)
	opa.Stdout, opa.Stderr = e.log, e.log
	if err := opa.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(e.ended)
		_ = opa.Wait()
	}()
	t.Cleanup(func() {
		e.client.CloseIdleConnections()
		_ = opa.Process.Kill()
		<-e.ended
		_ = os.RemoveAll(folder)
	})
	return e
}

// await waits until the edge decides by a revision.
func (e *edge) await(revision string) {
	e.t.Helper()
	patience := time.NewTimer(time.Minute)
	defer patience.Stop()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		var answer struct {
			Provenance struct {
				Bundles map[string]struct{ Revision string }
			}
		}
		status, err := post(e.client, "http://edge/v1/data/steelgate/edge/decision?provenance", `{"input": {}}`, "", &answer)
		if err == nil && status == http.StatusOK && answer.Provenance.Bundles["steelgate"].Revision == revision {
			return
		}
		select {
		case <-again.C:
		case <-e.ended:
			e.t.Fatalf("OPA ended: %s", e.log)
		case <-patience.C:
			e.t.Fatalf("OPA does not come to revision %s: %d, %v, %+v\n%s", revision, status, err, answer, e.log)
		}
	}
}

// decide asks the edge, as docs/edge.md says.
func (e *edge) decide(body string) (result map[string]any, err error) {
	return resultOf(e.client, "http://edge/v1/data/steelgate/edge/decision?strict-builtin-errors", body, "")
}

func resultOf(client *http.Client, url, body, token string) (map[string]any, error) {
	var answer struct{ Result map[string]any }
	status, err := post(client, url, body, token, &answer)
	if err == nil && (status != http.StatusOK || answer.Result == nil) {
		err = fmt.Errorf("%s answers %d without a result", url, status)
	}
	return answer.Result, err
}

func post(client *http.Client, url, body, token string, into any) (status int, err error) {
	r, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	return response.StatusCode, json.NewDecoder(response.Body).Decode(into)
}
