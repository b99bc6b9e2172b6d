package api_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/steelengine/steelgate/api"
)

// upstream is the API behind a gateway. It tells what came to it.
type upstream struct {
	*httptest.Server
	asked atomic.Int64
	last  atomic.Pointer[http.Request]
}

func newUpstream(t testing.TB, answer http.HandlerFunc) *upstream {
	u := &upstream{}
	u.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u.asked.Add(1)
		u.last.Store(r)
		answer(w, r)
	}))
	t.Cleanup(u.Close)
	return u
}

// before serves the gate's gateway before an upstream, on loopback.
func (g *gate) before(upstreamURL string, preserveHost bool) *httptest.Server {
	g.t.Helper()
	at, err := url.Parse(upstreamURL)
	if err != nil {
		g.t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(g.Handler.(*api.Doors).Gateway(api.GatewayOptions{Upstream: at, PreserveHost: preserveHost}))
	server.Config.DisableGeneralOptionsHandler = true
	server.Start()
	g.t.Cleanup(server.Close)
	return server
}

// passed is what came back.
type passed struct {
	status int
	body   string
}

// send writes a request as it stands, and reads the answer.
func send(t testing.TB, server *httptest.Server, request string) passed {
	t.Helper()
	connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if err := connection.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(connection, request); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(request, " ")
	a, err := http.ReadResponse(bufio.NewReader(connection), &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return passed{a.StatusCode, string(body)}
}

// plain is a request of a few lines, which asks for the connection to end.
func plain(method, uri string, headers ...string) string {
	return fmt.Sprintf("%s %s HTTP/1.1\r\nHost: api.example\r\nConnection: close\r\n%s\r\n\r\n", method, uri, strings.Join(headers, "\r\n"))
}

func TestTheGatewayLetsThroughWhatForwardAuthAllows(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Method+" "+r.RequestURI) })
	server := g.before(u.URL, false)
	for _, c := range productCases {
		if strings.ContainsAny(c.method, " \r\n") || c.method == "CONNECT" {
			continue // Those are below, as they look on the wire.
		}
		before := u.asked.Load()
		a := send(t, server, plain(c.method, c.uri, key(c.key)))
		if a.status != c.status {
			t.Fatalf("%+v: %+v", c, a)
		}
		if c.status != 200 {
			if u.asked.Load() != before || !strings.Contains(a.body, `"code":"`+c.code+`"`) {
				t.Fatalf("%+v: the upstream was asked, or the answer is %s", c, a.body)
			}
			continue
		}
		if a.body != c.method+" "+c.uri {
			t.Errorf("the upstream got %s, and it was %s %s that was decided on", a.body, c.method, c.uri)
		}
		h := u.last.Load().Header
		if h.Get("X-Steelgate-Key-Id") != "key_"+c.key || h.Get("X-Steelgate-Billed-To") != c.billed || h.Get("X-Steelgate-Permission") != c.granted || h.Get("X-Steelgate-Decision-Id") == "" {
			t.Errorf("%+v: the upstream was told %v", c, h)
		}
	}
	if logged := g.logged[0]; logged.Door != "gateway" || logged.Request.Context.ClientIP != "127.0.0.1" {
		t.Errorf("logged %+v", logged)
	}
}

// What the gateway does not understand, or might read otherwise than the upstream, goes nowhere.
func TestTheGatewayPassesNothingOnThatHasTwoReadings(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	u := newUpstream(t, func(http.ResponseWriter, *http.Request) {})
	server := g.before(u.URL, false)
	const uri = "/api/workflows/invoice/execute"
	core := key("core")
	requests := map[string]string{
		"absolute":             plain("POST", "http://api.example"+uri, core),
		"absolute, elsewhere":  plain("POST", "http://other"+uri, core),
		"connect":              plain("CONNECT", "api.example:443", core),
		"connect to a path":    plain("CONNECT", uri, core),
		"asterisk":             plain("OPTIONS", "*", core),
		"two keys":             plain("POST", uri, core, core),
		"two keys that differ": plain("POST", uri, core, key("ben")),
		"a key in a bearer":    plain("POST", uri, core, "Authorization: Bearer "+secretOf("ben")),
		"a key behind a tab":   plain("POST", uri, core, "Authorization: Bearer\t"+secretOf("ben")),
		"a key, underscored":   plain("POST", uri, "X_API_Key: "+secretOf("core")),
		"two lengths":          plain("POST", uri, core, "Content-Length: 5", "Content-Length: 6") + "hello",
		"odd chunks":           plain("POST", uri, core, "Transfer-Encoding: chunked, identity") + "0\r\n\r\n",
		"a space in a name":    plain("POST", uri, core, "X-API-Key : "+secretOf("ben")),
		"a folded header":      plain("POST", uri, "X-API-Key: sk-steelengine-\r\n secret-of-the-key-core"),
		"two hosts":            plain("POST", uri, core, "Host: other"),
		"a bare line feed":     "POST " + uri + " HTTP/1.1\nHost: api.example\nX-API-Key: " + secretOf("core") + "x\n\n",
		"a large header":       plain("POST", uri, core, "X-Large: "+strings.Repeat("x", 2<<20)),
		"an old protocol":      "POST " + uri + "\r\n\r\n",
	}
	for _, path := range twoReadings {
		if !strings.ContainsAny(path, " \x00") && path != "" {
			requests["path "+path] = plain("POST", path, core)
		}
	}
	for name, request := range requests {
		a := send(t, server, request)
		if a.status < 400 {
			t.Errorf("%s: answered %d", name, a.status)
		}
		if u.asked.Load() > 0 {
			t.Fatalf("%s came through as %s %s %v", name, u.last.Load().Method, u.last.Load().RequestURI, u.last.Load().Header)
		}
	}
}

// Where a request says twice how long it is, the upstream is told once, and of nothing that follows.
func TestTheGatewayFramesAnew(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(w, "%q %q", r.Header.Values("Content-Length"), body)
	})
	a := send(t, g.before(u.URL, false), plain("POST", "/api/workflows/invoice/execute", key("core"), "Content-Length: 60", "Transfer-Encoding: chunked")+
		"5\r\nhello\r\n0\r\n\r\nDELETE /api/workflows/invoice HTTP/1.1\r\nHost: x\r\n\r\n")
	if a.body != `[] "hello"` || u.asked.Load() != 1 {
		t.Errorf("the upstream got %s in %d requests", a.body, u.asked.Load())
	}
}

// The upstream hears from the gateway alone whose request it is, what it is, and where it came from.
func TestWhatTheGatewayTakesOffARequest(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	u := newUpstream(t, func(http.ResponseWriter, *http.Request) {})
	server := g.before(u.URL, false)
	const uri = "/api/workflows/invoice/execute"
	a := send(t, server, plain("POST", uri, key("core"), "Authorization: Bearer "+secretOf("core"), "X-Steelgate-Billed-To: mallory", "X-Steelgate-Plan: gold",
		"X_Steelgate_Key_Id: key_mallory", "X-HTTP-Method-Override: DELETE", "X-Original-URL: /api/workflows/other", "X-Rewrite-Url: /other",
		"X-Forwarded-For: 203.0.113.9", "X_Forwarded_For: 203.0.113.9", "X-Real-IP: 203.0.113.9", "True-Client-IP: 203.0.113.9", "X-Forwarded-Port: 1", "X-Forwarded-Host: mallory",
		"X-Forwarded-Uri: /other", "Forwarded: for=203.0.113.9", "Accept: text/plain"))
	if a.status != 200 {
		t.Fatal(a.status)
	}
	r := u.last.Load()
	for name, want := range map[string]string{
		"X-Api-Key": "", "Authorization": "", "X-Steelgate-Billed-To": "ada", "X-Steelgate-Plan": "", "X_Steelgate_Key_Id": "", "X-Http-Method-Override": "",
		"X-Original-Url": "", "X-Rewrite-Url": "", "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "api.example", "X-Forwarded-Proto": "http", "X-Forwarded-Uri": "",
		"X_forwarded_for": "", "X-Real-Ip": "", "True-Client-Ip": "", "X-Forwarded-Port": "", "Forwarded": "", "Accept": "text/plain",
	} {
		if got := strings.Join(r.Header.Values(name), ", "); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if r.Host != u.Listener.Addr().String() {
		t.Errorf("the host is %s", r.Host)
	}
	for i, credential := range []string{"bearer\t" + secretOf("core"), "Basic dXNlcjpwYXNz, Bearer " + secretOf("core"), "Token " + secretOf("core")} {
		send(t, server, plain("POST", uri, key("core"), "Authorization: "+credential))
		if got := u.last.Load().Header.Values("Authorization"); u.asked.Load() != int64(i+2) || len(got) > 0 {
			t.Errorf("the upstream got the key in %q", got)
		}
	}
	send(t, server, plain("POST", uri, key("core"), "Authorization: Basic dXNlcjpwYXNz", "Connection: X-Steelgate-Key-Id"))
	if got := u.last.Load().Header; got.Get("Authorization") != "Basic dXNlcjpwYXNz" || got.Get("X-Steelgate-Key-Id") != "key_core" {
		t.Errorf("the upstream's own credential, or the identity, is lost: %v", got)
	}
	send(t, g.before(u.URL+"/base", true), plain("POST", uri+"?a=%2f&b=;", key("core")))
	if r := u.last.Load(); r.Host != "api.example" || r.RequestURI != "/base"+uri+"?a=%2f&b=;" {
		t.Errorf("the upstream got %s %s", r.Host, r.RequestURI)
	}
}

// Whoever is refused is told so at once, and can't hold the connection with a body that never ends.
func TestTheGatewayWaitsForNoBodyThatItRefuses(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	u := newUpstream(t, func(http.ResponseWriter, *http.Request) {})
	server := g.before(u.URL, false)
	for _, begun := range []string{"Content-Length: 10\r\n\r\na", "Content-Length: 100000\r\n\r\na", "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n"} {
		connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		if err := connection.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(connection, "POST /api/workflows/invoice/execute HTTP/1.1\r\nHost: api.example\r\n"+begun); err != nil {
			t.Fatal(err)
		}
		a, err := io.ReadAll(connection)
		if err != nil || !strings.HasPrefix(string(a), "HTTP/1.1 401 ") {
			t.Errorf("%q: %v, %.100s", begun, err, a)
		}
	}
}

// A connection becomes a WebSocket, or stays what it is: over HTTP/2 requests would follow that nobody has judged.
func TestWhatTheGatewayUpgradesTo(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		if to := r.Header.Get("Upgrade"); to != "" {
			w.Header().Set("Connection", "Upgrade")
			w.Header().Set("Upgrade", to)
			w.WriteHeader(http.StatusSwitchingProtocols)
		}
	})
	server := g.before(u.URL, false)
	for _, c := range []struct {
		headers []string
		status  int
	}{
		{[]string{"Connection: Upgrade", "Upgrade: websocket"}, 101},
		{[]string{"Connection: Upgrade", "Upgrade: WebSocket"}, 101},
		{[]string{"Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA"}, 200},
		{[]string{"Connection: Upgrade", "Upgrade: h2c"}, 200},
		{[]string{"Connection: Upgrade", "Upgrade: websocket, h2c"}, 200},
		{[]string{"Connection: Upgrade", "Upgrade: h2c", "Upgrade: websocket"}, 200},
	} {
		request := strings.Replace(plain("GET", "/api/workflows/invoice", append(c.headers, key("core"))...), "Connection: close\r\n", "", 1)
		if a := send(t, server, request); a.status != c.status {
			t.Errorf("%q: %d", c.headers, a.status)
		}
		if h := u.last.Load().Header; c.status == 200 && (h.Get("Upgrade") != "" || h.Get("Http2-Settings") != "" || h.Get("Connection") != "") {
			t.Errorf("%q: the upstream got %v", c.headers, h)
		}
	}
}

// A body is passed on as it comes, either way.
func TestTheGatewayStreams(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).EnableFullDuplex()
		w.Header().Set("Content-Type", "text/event-stream")
		w.WriteHeader(http.StatusOK)
		lines := bufio.NewScanner(r.Body)
		for lines.Scan() {
			_, _ = fmt.Fprintf(w, "data: %s\n\n", lines.Text())
			_ = http.NewResponseController(w).Flush()
		}
	})
	server := g.before(u.URL, false)
	reader, writer := io.Pipe()
	request, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+"/api/mcp/office", reader)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Api-Key", secretOf("core"))
	go func() { _, _ = io.WriteString(writer, "one\n") }()
	a, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	events := bufio.NewReader(a.Body)
	for _, word := range []string{"one", "two", "three"} {
		if word != "one" {
			_, _ = io.WriteString(writer, word+"\n")
		}
		line, err := events.ReadString('\n')
		if err != nil || line != "data: "+word+"\n" {
			t.Fatalf("%q, %v", line, err)
		}
		_, _ = events.ReadString('\n')
	}
	_ = writer.Close()
	if _, err := events.ReadByte(); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

func TestTheGatewayWithoutAnUpstreamOrWithoutData(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	u := newUpstream(t, func(http.ResponseWriter, *http.Request) {})
	server := g.before(u.URL, false)
	request := plain("POST", "/api/workflows/invoice/execute?token=hidden", key("core"))
	u.Close()
	a := send(t, server, request)
	if a.status != 502 || !strings.Contains(a.body, `"code":"upstream_unreachable"`) || !strings.Contains(a.body, `"decision_id":"dec_`) {
		t.Errorf("%+v", a)
	}
	if strings.Contains(g.log.String(), "hidden") || strings.Contains(g.log.String(), secretOf("core")) {
		t.Errorf("the log tells %s", g.log)
	}
	fresh := newUpstream(t, func(http.ResponseWriter, *http.Request) {})
	server = g.before(fresh.URL, false)
	g.engine.UseSnapshot(g.engine.Snapshot(), g.now.Add(-1e11))
	if a := send(t, server, request); a.status != 403 || fresh.asked.Load() > 0 {
		t.Errorf("without fresh data: %d", a.status)
	}
}
