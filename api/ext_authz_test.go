package api_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"

	"github.com/steelengine/steelgate/api"
	"github.com/steelengine/steelgate/authz"
)

// dial serves the gate's doors over gRPC on loopback, and connects to them.
func (g *gate) dial() *grpc.ClientConn {
	g.t.Helper()
	listener, err := new(net.ListenConfig).Listen(g.t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		g.t.Fatal(err)
	}
	server := g.Handler.(*api.Doors).GRPC()
	go func() { _ = server.Serve(listener) }()
	g.t.Cleanup(server.Stop)
	connection, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { _ = connection.Close() })
	return connection
}

// withToken is a call of whoever has the token.
func withToken(t testing.TB, token string) context.Context {
	return metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+token)
}

// checkOf is what Envoy asks of a request.
func checkOf(method, path, from string, headers map[string]string) *authv3.CheckRequest {
	return &authv3.CheckRequest{Attributes: &authv3.AttributeContext{
		Source: &authv3.AttributeContext_Peer{Address: &corev3.Address{Address: &corev3.Address_SocketAddress{
			SocketAddress: &corev3.SocketAddress{Address: from},
		}}},
		Request: &authv3.AttributeContext_Request{Http: &authv3.AttributeContext_HttpRequest{Method: method, Path: path, Headers: headers}},
	}}
}

// wantDenied checks a refusal, and answers its code.
func wantDenied(t testing.TB, a *authv3.CheckResponse, want int, code string) {
	t.Helper()
	denied := a.GetDeniedResponse()
	if a.GetStatus().GetCode() == int32(codes.OK) || denied == nil || a.GetOkResponse() != nil || int(denied.GetStatus().GetCode()) != want {
		t.Fatalf("answered %v, want %d", a, want)
	}
	headers := map[string]string{}
	for _, h := range denied.GetHeaders() {
		headers[h.GetHeader().GetKey()] = h.GetHeader().GetValue()
	}
	if (want == 401) != (headers["WWW-Authenticate"] == `ApiKey realm="steelengine"`) {
		t.Errorf("%d with %v", want, headers)
	}
	var body struct {
		Error struct {
			Code       string `json:"code"`
			DecisionID string `json:"decision_id"`
		} `json:"error"`
	}
	if err := json.Unmarshal([]byte(denied.GetBody()), &body); err != nil || body.Error.Code != code || !strings.HasPrefix(body.Error.DecisionID, "dec_") {
		t.Errorf("refused with %s (%v), want %s", denied.GetBody(), err, code)
	}
}

func TestExtAuthzAnswersAsForwardAuth(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	client := authv3.NewAuthorizationClient(g.dial())
	ctx := withToken(t, adminToken)
	for _, c := range productCases {
		a, err := client.Check(ctx, checkOf(c.method, c.uri, "203.0.113.9", map[string]string{"x-api-key": secretOf(c.key), ":path": c.uri}))
		if err != nil {
			t.Fatal(err)
		}
		if c.status != 200 {
			wantDenied(t, a, c.status, c.code)
			continue
		}
		headers := map[string]string{}
		for _, h := range a.GetOkResponse().GetHeaders() {
			if h.GetAppendAction() != corev3.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD {
				t.Errorf("%s is added to what the client said", h.GetHeader().GetKey())
			}
			headers[h.GetHeader().GetKey()] = h.GetHeader().GetValue()
		}
		if a.GetStatus().GetCode() != int32(codes.OK) || headers["X-Steelgate-Key-Id"] != "key_"+c.key || headers["X-Steelgate-Billed-To"] != c.billed || headers["X-Steelgate-Permission"] != c.granted {
			t.Errorf("%+v: %v", c, a)
		}
	}
	for _, uri := range twoReadings {
		if strings.ContainsRune(uri, 0) {
			continue // Envoy refuses it before.
		}
		a, err := client.Check(ctx, checkOf("POST", uri, "203.0.113.9", map[string]string{"x-api-key": secretOf("core")}))
		if err != nil {
			t.Fatal(err)
		}
		wantDenied(t, a, 403, "no_route")
	}
	if logged := g.logged[0]; logged.Door != "ext-authz" || logged.Request.Context.ClientIP != "203.0.113.9" || logged.Route == "" || logged.KeyID != "key_core" {
		t.Errorf("logged %+v", logged)
	}
}

// The key's headers are judged as they were sent, however Envoy hands them on; the client's address is the source's.
func TestExtAuthzKeysAndAddresses(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	client := authv3.NewAuthorizationClient(g.dial())
	const uri = "/api/workflows/invoice/execute"
	core := secretOf("core")
	raw := func(pairs ...string) *authv3.CheckRequest {
		r := checkOf("POST", uri, "203.0.113.9", nil)
		var list []*corev3.HeaderValue
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, &corev3.HeaderValue{Key: pairs[i], RawValue: []byte(pairs[i+1])})
		}
		r.GetAttributes().GetRequest().GetHttp().HeaderMap = &corev3.HeaderMap{Headers: list}
		return r
	}
	from := func(address string) *authv3.CheckRequest {
		return checkOf("POST", uri, address, map[string]string{"x-api-key": secretOf("office"), "x-forwarded-for": "203.0.113.9"})
	}
	for name, c := range map[string]struct {
		asked  *authv3.CheckRequest
		status int
		code   string
	}{
		"a bearer":            {checkOf("POST", uri, "", map[string]string{"authorization": "Bearer " + core}), 200, ""},
		"two that are joined": {checkOf("POST", uri, "", map[string]string{"x-api-key": core + "," + core}), 401, "invalid_api_key"},
		"none":                {checkOf("POST", uri, "", nil), 401, "invalid_api_key"},
		"a dead one":          {checkOf("POST", uri, "", map[string]string{"x-api-key": secretOf("revoked")}), 401, "invalid_api_key"},
		"a raw one":           {raw("x-api-key", core), 200, ""},
		"two raw ones":        {raw("x-api-key", core, "x-api-key", core), 401, "invalid_api_key"},
		"two that differ":     {checkOf("POST", uri, "", map[string]string{"x-api-key": core, "authorization": "Bearer " + secretOf("ben")}), 401, "invalid_api_key"},
		"on the list":         {from("203.0.113.9"), 200, ""},
		"mapped":              {from("::ffff:203.0.113.9"), 200, ""},
		"off the list":        {from("192.0.2.1"), 403, "ip_not_allowed"},
		"no address":          {from(""), 403, "ip_not_allowed"},
		"a path's address":    {from("/run/envoy.sock"), 403, "ip_not_allowed"},
		"no request":          {&authv3.CheckRequest{}, 401, "invalid_api_key"},
		"no method":           {checkOf("", uri, "", map[string]string{"x-api-key": core}), 403, "no_route"},
		"no path":             {checkOf("POST", "", "", map[string]string{"x-api-key": core}), 403, "no_route"},
	} {
		a, err := client.Check(withToken(t, adminToken), c.asked)
		if err != nil {
			t.Fatal(err)
		}
		if c.status != 200 {
			wantDenied(t, a, c.status, c.code)
		} else if a.GetOkResponse() == nil {
			t.Errorf("%s: %v", name, a)
		}
		if t.Failed() {
			t.Fatal(name)
		}
	}
	a, err := client.Check(withToken(t, adminToken), checkOf("POST", uri, "", map[string]string{
		"x-api-key": core, "x-steelgate-billed-to": "mallory", "x-steelgate-plan": "gold", "x_steelgate_key_id": "key_mallory", "x-http-method-override": "DELETE", "accept": "*/*",
	}))
	if err != nil {
		t.Fatal(err)
	}
	removed := map[string]bool{}
	for _, name := range a.GetOkResponse().GetHeadersToRemove() {
		removed[strings.ToLower(name)] = true
	}
	if len(removed) != 3 || !removed["x-steelgate-plan"] || !removed["x_steelgate_key_id"] || !removed["x-http-method-override"] {
		t.Errorf("removed %v", removed)
	}
}

func TestExtAuthzAsksForAServiceToken(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	connection := g.dial()
	client := authv3.NewAuthorizationClient(connection)
	asked := checkOf("POST", "/api/workflows/invoice/execute", "", map[string]string{"x-api-key": secretOf("core")})
	for name, c := range map[string]struct {
		ctx  context.Context
		want codes.Code
	}{
		"none":          {t.Context(), codes.Unauthenticated},
		"a wrong one":   {withToken(t, "sgt_wrong"), codes.Unauthenticated},
		"an API key":    {withToken(t, secretOf("core")), codes.Unauthenticated},
		"two":           {metadata.AppendToOutgoingContext(withToken(t, adminToken), "authorization", "Bearer x"), codes.Unauthenticated},
		"another's":     {withToken(t, bearer(g.token("bundle"))), codes.PermissionDenied},
		"one to decide": {withToken(t, bearer(g.token("decide"))), codes.OK},
	} {
		if _, err := client.Check(c.ctx, asked); status.Code(err) != c.want {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	// Before a message has come: whoever has no token is not listened to.
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	stream, err := connection.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true}, authv3.Authorization_Check_FullMethodName)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.RecvMsg(&authv3.CheckResponse{}); status.Code(err) != codes.Unauthenticated {
		t.Errorf("a call that has not asked yet: %v", err)
	}
	for range 2000 {
		if _, err := client.Check(withToken(t, "sgt_wrong"), asked); status.Code(err) == codes.ResourceExhausted {
			return
		}
	}
	t.Error("wrong tokens can be tried for ever")
}

// Without fresh data there is no decision: Envoy is told to refuse, and health says so.
func TestExtAuthzWithoutData(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	token := bearer(g.token("decide"))
	connection := g.dial()
	health := grpc_health_v1.NewHealthClient(connection)
	for _, service := range []string{"", "envoy.service.auth.v3.Authorization"} {
		a, err := health.Check(t.Context(), &grpc_health_v1.HealthCheckRequest{Service: service})
		if err != nil || a.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
			t.Errorf("%q: %v, %v", service, a, err)
		}
	}
	if _, err := health.Check(t.Context(), &grpc_health_v1.HealthCheckRequest{Service: "other"}); status.Code(err) != codes.NotFound {
		t.Error(err)
	}
	watched, err := health.Watch(t.Context(), &grpc_health_v1.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if a, err := watched.Recv(); err != nil || a.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
		t.Errorf("%v, %v", a, err)
	}
	g.engine.UseSnapshot(g.engine.Snapshot(), g.now.Add(-time.Minute))
	if a, err := watched.Recv(); err != nil || a.GetStatus() != grpc_health_v1.HealthCheckResponse_NOT_SERVING {
		t.Errorf("%v, %v", a, err)
	}
	if _, err := authv3.NewAuthorizationClient(connection).Check(withToken(t, token), &authv3.CheckRequest{}); status.Code(err) != codes.Unavailable {
		t.Errorf("a token that can't be looked up: %v", err)
	}
	a, err := authv3.NewAuthorizationClient(connection).Check(withToken(t, adminToken),
		checkOf("POST", "/api/workflows/invoice/execute", "", map[string]string{"x-api-key": secretOf("core")}))
	if err != nil {
		t.Fatal(err)
	}
	wantDenied(t, a, 403, string(authz.Stale))
	stream, err := grpc_reflection_v1.NewServerReflectionClient(connection).ServerReflectionInfo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(&grpc_reflection_v1.ServerReflectionRequest{MessageRequest: &grpc_reflection_v1.ServerReflectionRequest_ListServices{}}); err != nil {
		t.Fatal(err)
	}
	if told, err := stream.Recv(); err != nil || !strings.Contains(told.String(), "envoy.service.auth.v3.Authorization") {
		t.Errorf("reflection tells %v, %v", told, err)
	}
}

// extAuthz asks as Envoy's HTTP form does: by the request's own method and path, behind the prefix.
func (g *gate) extAuthz(method, uri string, headers ...string) answer {
	g.t.Helper()
	r := httptest.NewRequest("GET", "/", nil)
	r.Method, r.RequestURI = method, "/v1/ext-authz"+uri
	r.URL.Path = "/v1/ext-authz" + uri
	r.RemoteAddr = "10.0.0.1:4000"
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	return answer{w, g.t}
}

func TestExtAuthzOverHTTP(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	for _, c := range productCases {
		if strings.ContainsAny(c.method, " \r\n") {
			continue // No method on the wire.
		}
		g.extAuthz(c.method, c.uri, key(c.key)).wantForward(c.status, c.code)
		if t.Failed() {
			t.Fatalf("%+v", c)
		}
	}
	for _, uri := range twoReadings {
		if !strings.HasPrefix(uri, "/") {
			continue // It does not begin as a path behind the prefix does.
		}
		g.extAuthz("POST", uri, key("core")).wantForward(403, "no_route")
	}
	g.extAuthz("PURGE", "/api/workflows/invoice", key("core")).wantForward(403, "no_route")
	g.extAuthz("POST", "/api/workflows/invoice/execute", key("office"), "X-Forwarded-For: 203.0.113.9, 10.0.0.7").wantForward(200, "")
	g.extAuthz("POST", "/api/workflows/invoice/execute", key("office"), "X-Forwarded-For: 203.0.113.9, 192.0.2.1").wantForward(403, "ip_not_allowed")
	r := httptest.NewRequest("POST", "/v1/ext-authz/api/workflows/invoice/execute", http.NoBody)
	r.RemoteAddr = "192.0.2.1:4000"
	r.Header.Set("X-Api-Key", secretOf("core"))
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	answer{w, t}.wantForward(403, "untrusted_proxy")
}

// bearer is the token of the header that presents it.
func bearer(header string) string { return strings.TrimPrefix(header, "Authorization: Bearer ") }
