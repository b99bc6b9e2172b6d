package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"sigs.k8s.io/yaml"
)

// envoyPart plays Envoy's part with the configuration that is shipped: it asks over gRPC about what it got, raw, and does what it is told. It
// parses as Go does, not as Envoy.
type envoyPart struct {
	client authv3.AuthorizationClient
	token  string
	// removed are the headers that the configuration takes off each request.
	removed []string
	proxy   *httputil.ReverseProxy
}

// startEnvoyPart serves one, and answers where it listens.
func startEnvoyPart(t testing.TB, w *guarded) string {
	t.Helper()
	var entry struct{ Address string }
	if err := json.Unmarshal([]byte(w.log.line(t, w.ended, `"msg":"listening for gRPC"`)), &entry); err != nil {
		t.Fatal(err)
	}
	connection, err := grpc.NewClient(entry.Address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	api, err := url.Parse(w.upstream.URL)
	if err != nil {
		t.Fatal(err)
	}
	e := &envoyPart{client: authv3.NewAuthorizationClient(connection), token: w.token, removed: shippedRemovals(t)}
	e.proxy = &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { e.rewrite(r, api) }, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	server := httptest.NewUnstartedServer(e)
	server.Config.DisableGeneralOptionsHandler = true
	// Envoy's own limit, unless it is told another.
	server.Config.MaxHeaderBytes = 60 << 10
	server.Config.ErrorLog = e.proxy.ErrorLog
	server.Start()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// shippedRemovals are the headers that Envoy's route takes off.
func shippedRemovals(t testing.TB) []string {
	t.Helper()
	text, err := os.ReadFile("../../deploy/envoy/envoy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var shape any
	if err := yaml.Unmarshal(text, &shape); err != nil {
		t.Fatal(err)
	}
	var names []string
	var look func(any)
	look = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, inner := range v {
				if list, ok := inner.([]any); ok && name == "request_headers_to_remove" {
					for _, one := range list {
						names = append(names, one.(string))
					}
				}
				look(inner)
			}
		case []any:
			for _, inner := range v {
				look(inner)
			}
		}
	}
	if look(shape); len(names) == 0 {
		t.Fatal("the route takes no header off")
	}
	return names
}

// verdict is the name under which a request's context has what steelgate answered.
type verdict struct{}

func (e *envoyPart) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	question := &authv3.AttributeContext_HttpRequest{Method: r.Method, Path: r.RequestURI, Host: r.Host, HeaderMap: &corev3.HeaderMap{}}
	for name, values := range r.Header {
		if strings.Contains(name, "_") {
			http.Error(w, "headers_with_underscores_action", http.StatusBadRequest)
			return
		}
		for _, value := range values {
			question.HeaderMap.Headers = append(question.HeaderMap.Headers, &corev3.HeaderValue{Key: strings.ToLower(name), RawValue: []byte(value)})
		}
	}
	if r.Header.Get("Upgrade") != "" {
		http.Error(w, "no upgrade_configs", http.StatusForbidden)
		return
	}
	ctx := metadata.AppendToOutgoingContext(r.Context(), "authorization", "Bearer "+e.token)
	answer, err := e.client.Check(ctx, &authv3.CheckRequest{Attributes: &authv3.AttributeContext{
		Source: &authv3.AttributeContext_Peer{Address: &corev3.Address{Address: &corev3.Address_SocketAddress{
			SocketAddress: &corev3.SocketAddress{Address: clientAddress},
		}}},
		Request: &authv3.AttributeContext_Request{Http: question},
	}})
	switch {
	case err != nil:
		w.WriteHeader(http.StatusServiceUnavailable)
	case answer.GetOkResponse() == nil:
		w.WriteHeader(int(answer.GetDeniedResponse().GetStatus().GetCode()))
	default:
		e.proxy.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), verdict{}, answer.GetOkResponse())))
	}
}

// rewrite does to a request what steelgate answered, and then what the route says.
func (e *envoyPart) rewrite(r *httputil.ProxyRequest, api *url.URL) {
	r.SetURL(api)
	r.Out.URL.RawQuery = r.In.URL.RawQuery
	answer, _ := r.In.Context().Value(verdict{}).(*authv3.OkHttpResponse)
	for _, name := range slices.Concat(answer.GetHeadersToRemove(), e.removed) {
		r.Out.Header.Del(name)
	}
	for _, h := range answer.GetHeaders() {
		r.Out.Header.Set(h.GetHeader().GetKey(), h.GetHeader().GetValue())
	}
}
