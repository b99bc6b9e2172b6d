package api

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	grpcpeer "google.golang.org/grpc/peer"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/grpc/tap"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
)

const extAuthzDoor = "ext-authz"

// extAuthz is Envoy's external authorization over gRPC. It asks what forward-auth asks, and answers what forward-auth answers.
type extAuthz struct {
	authv3.UnimplementedAuthorizationServer
	*server
}

// Check implements authv3.AuthorizationServer. The error is of the proxy's own credential; whatever is wrong with the request that it asks
// about is a deny.
func (x extAuthz) Check(ctx context.Context, in *authv3.CheckRequest) (*authv3.CheckResponse, error) {
	began := time.Now()
	answer, err := x.check(ctx, in)
	x.metrics.requests.WithLabelValues("gRPC", authv3.Authorization_Check_FullMethodName, grpcstatus.Code(err).String()).Observe(time.Since(began).Seconds())
	return answer, err
}

func (x extAuthz) check(ctx context.Context, in *authv3.CheckRequest) (*authv3.CheckResponse, error) {
	if err := x.mayAsk(ctx); err != nil {
		return nil, err
	}
	asked := in.GetAttributes().GetRequest().GetHttp()
	headers := headersOf(asked)
	answer := answerHolder(x.judge(productRequest{
		door: extAuthzDoor, client: addressOf(in.GetAttributes().GetSource()), key: forwardedKey(headers),
		method: asked.GetMethod(), uri: asked.GetPath(), isNamed: asked.GetMethod() != "" && asked.GetPath() != "",
	}))
	if answer.status == http.StatusOK {
		return admitted(answer, headers), nil
	}
	return refused(answer), nil
}

// admit refuses a call by its metadata, before there is room for its message: nobody without a token fills the memory with questions.
func (x extAuthz) admit(ctx context.Context, call *tap.Info) (context.Context, error) {
	if call.FullMethodName != authv3.Authorization_Check_FullMethodName {
		return ctx, nil
	}
	err := x.mayAsk(ctx)
	if err != nil {
		x.metrics.requests.WithLabelValues("gRPC", call.FullMethodName, grpcstatus.Code(err).String()).Observe(0)
	}
	return ctx, err
}

// mayAsk tells whether the call carries a service token of scope decide.
func (x extAuthz) mayAsk(ctx context.Context) error {
	caller := callerOf(ctx)
	if x.failures.isSpent(caller) > 0 {
		x.metrics.limited.WithLabelValues("tokens").Inc()
		return grpcstatus.Error(codes.ResourceExhausted, "too many wrong service tokens came from this address: wait a minute")
	}
	sent := metadata.ValueFromIncomingContext(ctx, "authorization")
	token, err := x.serviceToken(http.Header{"Authorization": sent})
	switch {
	case errors.Is(err, engine.ErrStale):
		// The token may well be a good one.
		return grpcstatus.Error(codes.Unavailable, "the replica can't vouch for the freshness of its data")
	case err != nil:
		if len(sent) > 0 && errors.Is(err, errUnknownToken) {
			x.failures.spend(caller)
		}
		return grpcstatus.Error(codes.Unauthenticated, "a service token is required, as metadata of the call: authorization: Bearer sgt_…")
	case !token.May(authz.DecideScope):
		return grpcstatus.Error(codes.PermissionDenied, "the service token lacks the scope "+string(authz.DecideScope))
	}
	return nil
}

// callerOf is the address of whoever calls; "" where it has none.
func callerOf(ctx context.Context) string {
	from, ok := grpcpeer.FromContext(ctx)
	if !ok {
		return ""
	}
	address, err := netip.ParseAddrPort(from.Addr.String())
	if err != nil {
		return ""
	}
	return address.Addr().Unmap().String()
}

// headersOf are the headers of the request that Envoy asks about. Those that it was sent several times it joins by commas, or, where it is
// told to send them raw, lists one by one.
func headersOf(asked *authv3.AttributeContext_HttpRequest) http.Header {
	h := http.Header{}
	for name, value := range asked.GetHeaders() {
		h.Add(name, value)
	}
	if raw := asked.GetHeaderMap().GetHeaders(); len(raw) > 0 {
		h = http.Header{}
		for _, one := range raw {
			value := one.GetValue()
			if value == "" {
				value = string(one.GetRawValue())
			}
			h.Add(one.GetKey(), value)
		}
	}
	return h
}

// addressOf is the address of a peer of Envoy's; "" where it is none.
func addressOf(from *authv3.AttributeContext_Peer) string {
	address, err := netip.ParseAddr(from.GetAddress().GetSocketAddress().GetAddress())
	if err != nil || address.Zone() != "" {
		return ""
	}
	return address.Unmap().String()
}

// admitted lets the request through, as whose it is: what the client itself said of that, or of another request than it
// sent, is overwritten or removed.
func admitted(answer holderAnswer, sent http.Header) *authv3.CheckResponse {
	admit := &authv3.OkHttpResponse{}
	for name, values := range answer.identity {
		admit.Headers = append(admit.Headers, headerOf(name, values[0]))
	}
	for name := range sent {
		if (isReserved(name) && http.CanonicalHeaderKey(name) != "X-Api-Key" || isRerouting(name)) && answer.identity.Get(name) == "" {
			admit.HeadersToRemove = append(admit.HeadersToRemove, name)
		}
	}
	return &authv3.CheckResponse{
		Status:       &status.Status{Code: int32(codes.OK)},
		HttpResponse: &authv3.CheckResponse_OkResponse{OkResponse: admit},
	}
}

func refused(answer holderAnswer) *authv3.CheckResponse {
	code := codes.PermissionDenied
	headers := []*corev3.HeaderValueOption{headerOf("Content-Type", jsonType), headerOf("Cache-Control", "no-store")}
	if answer.challenge != "" {
		code = codes.Unauthenticated
		headers = append(headers, headerOf("WWW-Authenticate", answer.challenge))
	}
	return &authv3.CheckResponse{
		Status: &status.Status{Code: int32(code), Message: strconv.Itoa(answer.status)},
		HttpResponse: &authv3.CheckResponse_DeniedResponse{DeniedResponse: &authv3.DeniedHttpResponse{
			Status: &typev3.HttpStatus{Code: typev3.StatusCode(answer.status)}, Headers: headers, Body: string(answer.body),
		}},
	}
}

func headerOf(name, value string) *corev3.HeaderValueOption {
	return &corev3.HeaderValueOption{
		Header:       &corev3.HeaderValue{Key: name, Value: value},
		AppendAction: corev3.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD,
	}
}
