package api

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
)

const gatewayDoor = "gateway"

// GatewayOptions are what a gateway stands on, beside the doors.
type GatewayOptions struct {
	// Upstream is where requests go that are allowed: a scheme and a host, and a path that stands before theirs, if any.
	Upstream *url.URL
	// Transport reaches the upstream; one with patience for connecting alone unless given.
	Transport http.RoundTripper
	// PreserveHost passes on the host that the client asked for, not the upstream's.
	PreserveHost bool
}

// Gateway lets requests to the product's own API through to the upstream that are allowed, without their key and with the headers that say
// whose they are. What it decides on, and what it passes on, is one and the same request: nothing is decoded or cleaned in between. Bodies
// stream either way, and a connection may become a WebSocket, and nothing else.
func (d *Doors) Gateway(o GatewayOptions) http.Handler {
	s := d.server
	if o.Transport == nil {
		o.Transport = patientTransport()
	}
	proxy := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { s.rewrite(r, o) },
		Transport: o.Transport,
		// What the upstream says is passed on as it comes: events, and answers of many parts.
		FlushInterval: -1,
		ErrorHandler:  s.upstreamFailed,
		// What breaks off in the middle of a body is the client's, or the upstream's, and anybody can bring it about.
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began, seen := time.Now(), &statusWriter{ResponseWriter: w, status: http.StatusOK}
		defer func() { s.metrics.answered(r.Method, gatewayDoor, seen.status, time.Since(began)) }()
		answer := answerHolder(s.judge(productRequest{
			door: gatewayDoor, client: s.trustedProxies.endClient(r), key: forwardedKey(r.Header),
			method: r.Method, uri: r.RequestURI, isNamed: true,
		}))
		// A refusal does not wait for a body, and an upstream may answer while it still comes.
		control := http.NewResponseController(w)
		_ = control.EnableFullDuplex()
		if answer.status != http.StatusOK {
			if r.Body != http.NoBody {
				giveUpBody(r, seen, control)
			}
			answer.write(seen)
			return
		}
		proxy.ServeHTTP(seen, r.WithContext(context.WithValue(r.Context(), identityOfRequest{}, answer.identity)))
	})
}

// giveUpBody ends a connection with the request on it. A body may take any time where it is let through; whoever has no key would hold a
// connection for ever with a slow one. What is left of a body that was given up must not be taken for the next request.
func giveUpBody(r *http.Request, w http.ResponseWriter, control *http.ResponseController) {
	_ = control.SetReadDeadline(time.Now().Add(refusedPatience))
	if r.ProtoMajor == 1 {
		w.Header().Set("Connection", "close")
	}
}

// refusedPatience is how long the body of a request that is refused may still come: a client that is sending reads no answer before it is done.
const refusedPatience = 2 * time.Second

// identityOfRequest is the name under which a request's context has its identity headers.
type identityOfRequest struct{}

// rewrite makes what the upstream gets of a request that is allowed.
func (s *server) rewrite(r *httputil.ProxyRequest, o GatewayOptions) {
	trusted := false
	if from, ok := peer(r.In); ok {
		trusted = s.trustedProxies.contain(from)
	}
	if trusted {
		// Whoever stands before says who stood before them; what a client says of itself ends here.
		r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
	}
	r.SetXForwarded()
	if trusted {
		for _, name := range []string{"X-Forwarded-Host", "X-Forwarded-Proto"} {
			if values := r.In.Header[name]; len(values) == 1 {
				r.Out.Header[name] = values
			}
		}
	}
	r.SetURL(o.Upstream)
	// What the client wrote was decided on: its query goes on as it was written, too.
	r.Out.URL.RawQuery = r.In.URL.RawQuery
	if o.PreserveHost {
		r.Out.Host = r.In.Host
	}
	for name := range r.Out.Header {
		if isReserved(name) || isRerouting(name) || isHearsay(name, trusted) {
			delete(r.Out.Header, name)
		}
	}
	if !strings.EqualFold(r.Out.Header.Get("Upgrade"), "websocket") {
		// Over another protocol (HTTP/2, above all) requests would follow on the connection that nobody has judged.
		for _, name := range []string{"Connection", "Upgrade", "Http2-Settings"} {
			r.Out.Header.Del(name)
		}
	}
	// What holds an API key, however it is written, goes no further. Any other credential is the upstream's own affair.
	if strings.Contains(strings.Join(r.Out.Header["Authorization"], "\n"), apikey.Prefix) {
		r.Out.Header.Del("Authorization")
	}
	identity, _ := r.In.Context().Value(identityOfRequest{}).(http.Header)
	for name, values := range identity {
		r.Out.Header[name] = values
	}
}

// isHearsay tells the names of headers that say where a request came from, beside those that the gateway writes itself. A proxy that is trusted
// may send them, but for those that it has most likely not looked at.
func isHearsay(name string, isFromTrusted bool) bool {
	switch plain := plainName(name); {
	case name == "X-Forwarded-For", name == "X-Forwarded-Host", name == "X-Forwarded-Proto":
		return false
	case plain == "forwarded", strings.HasPrefix(plain, "x-forwarded-"),
		plain == "x-real-ip", plain == "x-client-ip", plain == "x-cluster-client-ip", plain == "true-client-ip":
		return !isFromTrusted || strings.Contains(name, "_")
	}
	return false
}

// upstreamFailed answers where the upstream did not.
func (s *server) upstreamFailed(w http.ResponseWriter, r *http.Request, err error) {
	status, code, message := http.StatusBadGateway, authz.Code("upstream_unreachable"), "The API behind the gateway can't be reached."
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		status, code, message = http.StatusGatewayTimeout, "upstream_timeout", "The API behind the gateway did not answer in time."
	}
	// A client that went away has nothing to do with the upstream.
	if r.Context().Err() == nil {
		s.log.Warn("the upstream failed", "status", status, "error", withoutURL(err))
	}
	identity, _ := r.Context().Value(identityOfRequest{}).(http.Header)
	holderAnswer{status: status, body: refusal(code, message, identity.Get(identityPrefix+"Decision-Id"))}.write(w)
}

// withoutURL is an error without the address that was asked for: its query may hold what is nobody's to log.
func withoutURL(err error) error {
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return failed.Err
	}
	return err
}

// patientTransport waits for connections, and not for answers: a run of a workflow may take its time.
func patientTransport() http.RoundTripper {
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		DialContext: dialer.DialContext, TLSHandshakeTimeout: 5 * time.Second, ForceAttemptHTTP2: true,
		MaxIdleConns: 512, MaxIdleConnsPerHost: 256, IdleConnTimeout: 90 * time.Second,
		// The client's own Accept-Encoding goes through, and what comes back is not unpacked.
		DisableCompression: true,
	}
}

// statusWriter remembers the status that was answered.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	// Those of the first hundred come before the answer.
	if status >= http.StatusOK || status == http.StatusSwitchingProtocols {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets net/http find what the writer beneath can do: flush, and hand over the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
