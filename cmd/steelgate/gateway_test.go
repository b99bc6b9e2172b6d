package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
)

// gateway runs one in this process until the test ends, and answers where it listens, and where for its status.
func gateway(t testing.TB, args ...string) (at, status string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	log, ended := newTranscript(), make(chan struct{})
	go func() {
		defer close(ended)
		if code := run(ctx, append([]string{"gateway", "--listen", "127.0.0.1:0", "--status-listen", "127.0.0.1:0"}, args...), streams{strings.NewReader(""), io.Discard, log}); code != 0 {
			t.Errorf("the gateway ended with %d: %s", code, log)
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	address := func(words string) string {
		var entry struct{ Address string }
		if err := json.Unmarshal([]byte(log.line(t, ended, words)), &entry); err != nil {
			t.Fatal(err)
		}
		return "http://" + entry.Address
	}
	return address(`"msg":"listening"`), address(`"msg":"listening for status"`)
}

// A gateway beside a server on the same database: what is revoked there is refused here, and what it decided is logged there.
func TestAGatewayFollowsTheDatabase(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, database []string) {
		command(t, append([]string{"import", writeFile(t, "world.ndjson", smallWorld)}, database...)...).done(t)
		s := serve(t, database...)
		upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = fmt.Fprintf(w, "%s billed to %s, key %q", r.RequestURI, r.Header.Get("X-Steelgate-Billed-To"), r.Header.Get("X-API-Key"))
		}))
		defer upstream.Close()
		at, status := gateway(t, append([]string{"--upstream", upstream.URL}, database...)...)
		s.eventually("the gateway is ready", func() bool { return get(t, status+"/readyz") == http.StatusOK })
		for _, path := range []string{"/v1/decisions", "/console", "/v1/keys"} {
			if code := get(t, status+path); code != http.StatusNotFound {
				t.Errorf("%s answers %d where only the status is", path, code)
			}
		}
		made := s.change("POST", "/v1/keys", `{"type": "workspace", "workspace_id": "core", "name": "gate"}`)
		ask := func() (int, string) {
			r, err := http.NewRequestWithContext(t.Context(), "POST", at+"/api/workflows/invoice/execute", strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("X-API-Key", made.text("secret"))
			a, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer a.Body.Close()
			body, _ := io.ReadAll(a.Body)
			return a.StatusCode, string(body)
		}
		s.eventually("the gateway has heard of the key", func() bool { code, _ := ask(); return code == http.StatusOK })
		if _, body := ask(); body != `/api/workflows/invoice/execute billed to ada, key ""` {
			t.Errorf("the upstream got %s", body)
		}
		s.change("POST", "/v1/keys/"+made.text("id")+"/revoke", "")
		s.eventually("the gateway has heard of the revocation", func() bool { code, _ := ask(); return code == http.StatusUnauthorized })
		s.eventually("what the gateway decided is in the log", func() bool {
			a := s.send("GET", "/v1/decision-log?limit=1000", "")
			return bytes.Contains(a.body, []byte(`"door":"gateway"`))
		})
	})
}

func get(t testing.TB, address string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	return a.StatusCode
}

func TestTheGatewaySaysWhatIsWrongWithItsFlags(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	command(t, "gateway", "--upstream", "http://127.0.0.1:1", "--listen", "nowhere", "--data-dir", folder).failed(t, 1, "no database stands at", "--data-dir")
	if made, err := os.ReadDir(folder); err != nil || len(made) != 0 {
		t.Errorf("a gateway made %v, %v", made, err)
	}
	if help := command(t, "gateway", "--help").done(t); strings.Contains(help, "default with --dev") {
		t.Errorf("the help speaks of a flag that the gateway has not: %s", help)
	}
	command(t, "import", writeFile(t, "world.ndjson", smallWorld), "--data-dir", folder).done(t)
	for upstream, words := range map[string]string{
		"": "--upstream is required", "localhost:3000": "want http://", "ftp://host": "want http://", "http://": "want http://",
		"http://user:password@host": "no user", "http://host?x=1": "no query", "http://host#x": "want http://", "http://ho st": "want http://",
	} {
		e := command(t, "gateway", "--upstream", upstream, "--data-dir", folder)
		e.failed(t, 2, words)
		if strings.Contains(e.err, "password") {
			t.Errorf("the message repeats a password: %s", e.err)
		}
	}
	command(t, "gateway", "--upstream", "http://127.0.0.1:1", "--data-dir", folder, "--listen", "nowhere").failed(t, 1, "--listen")
	command(t, "gateway", "--upstream", "http://127.0.0.1:1", "--data-dir", folder, "--listen", "127.0.0.1:0", "--status-listen", "nowhere").failed(t, 1, "--status-listen")
}

func TestServeSpeaksGRPC(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	command(t, "import", writeFile(t, "world.ndjson", smallWorld), "--data-dir", folder).done(t)
	s := serve(t, "--data-dir", folder, "--grpc-listen", "127.0.0.1:0")
	made := s.change("POST", "/v1/keys", `{"type": "workspace", "workspace_id": "core", "name": "gate"}`)
	var entry struct{ Address string }
	if err := json.Unmarshal([]byte(s.log.line(t, s.ended, `"msg":"listening for gRPC"`)), &entry); err != nil {
		t.Fatal(err)
	}
	connection, err := grpc.NewClient(entry.Address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+s.token)
	a, err := authv3.NewAuthorizationClient(connection).Check(ctx, &authv3.CheckRequest{Attributes: &authv3.AttributeContext{
		Request: &authv3.AttributeContext_Request{Http: &authv3.AttributeContext_HttpRequest{
			Method: "POST", Path: "/api/workflows/invoice/execute", Headers: map[string]string{"x-api-key": made.text("secret")},
		}},
	}})
	if err != nil || a.GetOkResponse() == nil {
		t.Errorf("%v, %v", a, err)
	}
	if code := s.end(); code != 0 {
		t.Errorf("the server ended with %d: %s", code, s.log)
	}
	command(t, "serve", "--data-dir", folder, "--listen", "127.0.0.1:0", "--grpc-listen", "nowhere").failed(t, 1, "--grpc-listen")
}
