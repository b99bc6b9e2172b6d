package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// The addresses in the configurations that are shipped.
const (
	shippedSteelgate = "127.0.0.1:8080"
	shippedUpstream  = "127.0.0.1:3000"
)

// clientAddress is where clients of the proxies ask from: not where a trusted proxy is.
const clientAddress = "127.0.0.2"

// gatewaysUnderTest are what may stand before an API, each of which is started with what is shipped: it answers where it listens.
var gatewaysUnderTest = []struct {
	name  string
	start func(t testing.TB, w *guarded) string
}{
	{"nginx", func(t testing.TB, w *guarded) string { return startNginx(t, w.url, w.upstream.URL) }},
	{"caddy", func(t testing.TB, w *guarded) string { return startCaddy(t, w.url, w.upstream.URL) }},
	{"steelgate gateway", func(t testing.TB, w *guarded) string {
		at, status := gateway(t, append([]string{"--upstream", w.upstream.URL}, w.database...)...)
		w.eventually("the gateway is ready", func() bool { return get(t, status+"/readyz") == http.StatusOK })
		return strings.TrimPrefix(at, "http://")
	}},
	{"envoy, its part played", startEnvoyPart},
}

// program is the path of a server that scripts/test-servers names; without one the test skips.
func program(t testing.TB, variable string) string {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		t.Skip(variable + " is not set: scripts/test-servers run --proxies … finds or installs the program and sets it")
	}
	return path
}

func startNginx(t testing.TB, steelgate, upstream string) string {
	t.Helper()
	binary := program(t, "STEELGATE_TEST_NGINX")
	return startProxy(t, "../../deploy/nginx/nginx.conf", func(address string) map[string]string {
		return map[string]string{"listen 8000;": "listen " + address + ";", shippedSteelgate: steelgate, shippedUpstream: upstream}
	}, func(folder, configuration string) *exec.Cmd {
		return exec.Command(binary, "-p", folder, "-c", configuration, "-g", "daemon off; pid "+filepath.Join(folder, "pid")+";")
	})
}

func startCaddy(t testing.TB, steelgate, upstream string) string {
	t.Helper()
	binary := program(t, "STEELGATE_TEST_CADDY")
	return startProxy(t, "../../deploy/caddy/Caddyfile", func(address string) map[string]string {
		host, port, _ := net.SplitHostPort(address)
		return map[string]string{":8000 {": ":" + port + " {\n\tbind " + host, shippedSteelgate: steelgate, shippedUpstream: upstream}
	}, func(folder, configuration string) *exec.Cmd {
		caddy := exec.Command(binary, "run", "--adapter", "caddyfile", "--config", configuration)
		caddy.Env = append(os.Environ(), "HOME="+folder, "XDG_DATA_HOME="+folder, "XDG_CONFIG_HOME="+folder, "CADDY_ADMIN=unix/"+filepath.Join(folder, "admin"))
		return caddy
	})
}

// startProxy runs a proxy with its configuration as it is shipped, but for the addresses, until the test ends. Another program may take the
// port before the proxy does: then the next is tried.
func startProxy(t testing.TB, shipped string, addresses func(listen string) map[string]string, command func(folder, configuration string) *exec.Cmd) string {
	t.Helper()
	text, err := os.ReadFile(shipped)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	var log *transcript
	for range 5 {
		address := freeAddress(t)
		configuration := string(text)
		for old, substitute := range addresses(address) {
			if found := strings.Count(configuration, old); found != 1 {
				t.Fatalf("%s names %q %d times", shipped, old, found)
			}
			configuration = strings.Replace(configuration, old, strings.TrimPrefix(substitute, "http://"), 1)
		}
		path := filepath.Join(folder, filepath.Base(shipped))
		if err := os.WriteFile(path, []byte(configuration), 0o600); err != nil {
			t.Fatal(err)
		}
		log = newTranscript()
		if runProxy(t, command(folder, path), log, address) {
			return address
		}
	}
	t.Fatalf("the proxy does not start: %s", log)
	return ""
}

// runProxy tells whether the proxy listens; where it does, it ends with the test.
func runProxy(t testing.TB, proxy *exec.Cmd, log *transcript, address string) bool {
	t.Helper()
	proxy.Stdout, proxy.Stderr = log, log
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = proxy.Wait()
	}()
	patience, again := time.NewTimer(time.Minute), time.NewTicker(10*time.Millisecond)
	defer patience.Stop()
	defer again.Stop()
	for {
		if connection, err := net.DialTimeout("tcp", address, time.Second); err == nil {
			_ = connection.Close()
			t.Cleanup(func() {
				_ = proxy.Process.Signal(syscall.SIGTERM)
				select {
				case <-ended:
				case <-time.After(5 * time.Second):
					// It may wait for connections that clients leave open.
					_ = proxy.Process.Kill()
					<-ended
				}
			})
			return true
		}
		select {
		case <-again.C:
		case <-ended:
			return false
		case <-patience.C:
			_ = proxy.Process.Kill()
			<-ended
			return false
		}
	}
}

// portCount makes each port that freeAddress answers another.
var portCount atomic.Int64

// freeAddress is one of loopback that nobody listens on now, below those that the system hands out by itself.
func freeAddress(t testing.TB) string {
	t.Helper()
	for range 1000 {
		address := fmt.Sprintf("127.0.0.1:%d", 20_000+(int64(os.Getpid())*97+portCount.Add(1))%12_000)
		listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address)
		if err != nil {
			continue
		}
		_ = listener.Close()
		return address
	}
	t.Fatal("no port is free")
	return ""
}

// guarded is a world of two workspaces with a key each, and an API that notes what comes to it.
type guarded struct {
	*server
	upstream *httptest.Server
	database []string
	// secrets are the keys' by name: of the workspaces core and side, of core by ways that an allow-list of networks knows (home) and by others (away).
	secrets map[string]string
	// names are the keys' names by id.
	names map[string]string

	mutex sync.Mutex
	came  []arrival
}

// arrival is a request as it came to the API.
type arrival struct {
	method, uri string
	header      http.Header
	body        string
	// again is what forward-auth says of it, once it was asked.
	again http.Header
}

// newGuarded makes the world, and serves it with start: serve or serveChild.
func newGuarded(t testing.TB, start func(testing.TB, ...string) *server) *guarded {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has more than one address of loopback by itself: clients ask from " + clientAddress)
	}
	w := &guarded{database: []string{"--data-dir", t.TempDir()}, secrets: map[string]string{}, names: map[string]string{}}
	command(t, append([]string{"import", writeFile(t, "world.ndjson", smallWorld+`{"kind": "workspace", "id": "side", "owner_id": "ben"}
{"kind": "resource", "type": "workflow", "id": "secret", "workspace_id": "side"}
{"kind": "resource", "type": "workflow", "id": "a:b", "workspace_id": "core"}
`)}, w.database...)...).done(t)
	w.upstream = httptest.NewServer(http.HandlerFunc(w.note))
	t.Cleanup(w.upstream.Close)
	w.server = start(t, append([]string{"--trusted-proxies", "127.0.0.1", "--grpc-listen", "127.0.0.1:0"}, w.database...)...)
	for name, rest := range map[string]string{
		"core": `"workspace_id": "core"`, "side": `"workspace_id": "side"`,
		"home": `"workspace_id": "core", "allowed_cidrs": ["` + clientAddress + `/32"]`, "away": `"workspace_id": "core", "allowed_cidrs": ["203.0.113.0/24"]`,
	} {
		made := w.change("POST", "/v1/keys", `{"type": "workspace", "name": "`+name+`", `+rest+`}`)
		w.secrets[name], w.names[made.text("id")] = made.text("secret"), name
	}
	return w
}

// note is the API: it does nothing but remember, and answer.
func (w *guarded) note(answer http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.mutex.Lock()
	header := r.Header.Clone()
	header.Set("Host", r.Host)
	w.came = append(w.came, arrival{method: r.Method, uri: r.RequestURI, header: header, body: string(body)})
	w.mutex.Unlock()
	answer.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(answer, `{"done": true}`)
}

// arrivals are the requests that have come so far.
func (w *guarded) arrivals() []arrival {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return append([]arrival(nil), w.came...)
}

// ask sends bytes to an address as a client does, and answers the status lines that come back: until the other side closes, or in time.
func ask(t testing.TB, address, request string, patience time.Duration) (statuses []string, err error) {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(clientAddress)}}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	connection, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		t.Errorf("nobody listens: %v", err)
		return nil, err
	}
	defer connection.Close()
	if err := connection.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	// A proxy that has heard enough closes while the rest is sent.
	_, _ = io.WriteString(connection, request)
	lines := bufio.NewReader(connection)
	for {
		line, err := lines.ReadString('\n')
		if strings.HasPrefix(line, "HTTP/1.") && len(line) > len("HTTP/1.1 200") {
			statuses = append(statuses, line[len("HTTP/1.1 "):len("HTTP/1.1 200")])
		}
		if err != nil {
			if err == io.EOF {
				err = nil
			}
			return statuses, err
		}
	}
}

// plainRequest is a request of a few lines that asks for the connection to end.
func plainRequest(method, uri string, headers ...string) string {
	return method + " " + uri + " HTTP/1.1\r\nHost: api.example\r\nConnection: close\r\n" + strings.Join(append(headers, "", ""), "\r\n")
}

// Where steelgate is gone, or hangs, the client gets an error soon, and the API nothing. Once it is back, so is the API.
func TestProxiesFailClosed(t *testing.T) {
	t.Parallel()
	for _, proxy := range gatewaysUnderTest[:2] {
		t.Run(proxy.name, func(t *testing.T) {
			t.Parallel()
			// As the READMEs have it.
			answers := map[string]map[string]string{"nginx": {"hangs": "500", "gone": "500"}, "caddy": {"hangs": "504", "gone": "502"}}[proxy.name]
			w := newGuarded(t, serveChild)
			address := proxy.start(t, w)
			request := plainRequest("POST", "/api/workflows/invoice/execute", "X-API-Key: "+w.secrets["core"], "Content-Length: 2") + "{}"
			want := func(when, status string) {
				t.Helper()
				before, began := len(w.arrivals()), time.Now()
				statuses, err := ask(t, address, request, 20*time.Second)
				came := len(w.arrivals()) - before
				if err != nil || len(statuses) != 1 || statuses[0] != status || (came == 1) != (status == "200") || came > 1 {
					t.Fatalf("%s: answered %v, want %s; %v after %v, and %d requests came to the API", when, statuses, status, err, time.Since(began), came)
				}
			}
			want("at first", "200")
			signal := func(s os.Signal) {
				t.Helper()
				if err := w.process.Signal(s); err != nil {
					t.Fatal(err)
				}
			}
			signal(syscall.SIGSTOP)
			// Its threads stop one after the other.
			var status syscall.WaitStatus
			if _, err := syscall.Wait4(w.process.Pid, &status, syscall.WUNTRACED, nil); err != nil || !status.Stopped() {
				t.Fatalf("it does not hang: %v, %v", status, err)
			}
			want("while it hangs", answers["hangs"])
			signal(syscall.SIGCONT)
			w.ready()
			want("once it is back", "200")
			w.kill()
			<-w.ended
			want("once it is gone", answers["gone"])
		})
	}
}

// A 200 that names no decision is no yes: Caddy before #7859 may ask the API itself by mistake, and take its answer for steelgate's.
func TestCaddyTakesNoYesButSteelgates(t *testing.T) {
	t.Parallel()
	w := newGuarded(t, serve)
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer other.Close()
	address := startCaddy(t, other.URL, w.upstream.URL)
	for _, lines := range [][]string{nil, {"X-Steelgate-Decision-Id: dec_0123456789abcdef"}} {
		request := plainRequest("GET", "/api/workflows/invoice", append([]string{"X-API-Key: " + w.secrets["core"]}, lines...)...)
		if statuses, err := ask(t, address, request, 20*time.Second); err != nil || len(statuses) != 1 || statuses[0] != "502" || len(w.arrivals()) != 0 {
			t.Errorf("%q: answered %v, %v, and %d requests came to the API", lines, statuses, err, len(w.arrivals()))
		}
	}
}
