package api

import (
	"context"
	"fmt"
	"time"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"
)

// Limits of the doors over gRPC. A proxy holds one connection and asks many questions at once on it.
const (
	maxStreams      = 1_000
	maxMetadata     = 32 << 10
	handshakeAtMost = 5 * time.Second
	pingEvery       = 30 * time.Second
	pingsAtMostEach = 5 * time.Second
	healthEvery     = time.Second
)

// GRPC makes the server of the doors over gRPC: Envoy's ext_authz, health, and reflection. Health and reflection ask for no token, for they
// tell nothing that is anybody's.
func (d *Doors) GRPC(options ...grpc.ServerOption) *grpc.Server {
	options = append([]grpc.ServerOption{
		grpc.MaxRecvMsgSize(maxBody), grpc.MaxConcurrentStreams(maxStreams), grpc.MaxHeaderListSize(maxMetadata), grpc.ConnectionTimeout(handshakeAtMost),
		grpc.InTapHandle(extAuthz{server: d.server}.admit),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: pingEvery}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: pingsAtMostEach, PermitWithoutStream: true}),
		grpc.UnaryInterceptor(d.server.recoverCall),
	}, options...)
	made := grpc.NewServer(options...)
	authv3.RegisterAuthorizationServer(made, extAuthz{server: d.server})
	grpc_health_v1.RegisterHealthServer(made, grpcHealth{server: d.server})
	reflection.Register(made)
	return made
}

// recoverCall answers a panic with no more than that it was one. No proxy takes an error for a yes.
func (s *server) recoverCall(ctx context.Context, in any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (answer any, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			s.log.Error("a handler panicked", "route", info.FullMethod, "panic", fmt.Sprint(fault))
			answer, err = nil, status.Error(codes.Internal, "something failed inside: the server's log has the cause")
		}
	}()
	return handle(ctx, in)
}

// grpcHealth says over gRPC what /readyz says, of the whole server and of each service alike.
type grpcHealth struct {
	grpc_health_v1.UnimplementedHealthServer
	*server
}

// Check implements grpc_health_v1.HealthServer.
func (h grpcHealth) Check(_ context.Context, in *grpc_health_v1.HealthCheckRequest) (*grpc_health_v1.HealthCheckResponse, error) {
	switch in.GetService() {
	case "", authv3.Authorization_ServiceDesc.ServiceName:
		return &grpc_health_v1.HealthCheckResponse{Status: h.state()}, nil
	}
	return nil, status.Error(codes.NotFound, "no such service")
}

// Watch implements grpc_health_v1.HealthServer: it tells of each change within a second.
func (h grpcHealth) Watch(in *grpc_health_v1.HealthCheckRequest, out grpc.ServerStreamingServer[grpc_health_v1.HealthCheckResponse]) error {
	tick := time.NewTicker(healthEvery)
	defer tick.Stop()
	told := grpc_health_v1.HealthCheckResponse_UNKNOWN
	for {
		now := grpc_health_v1.HealthCheckResponse_SERVICE_UNKNOWN
		if answer, err := h.Check(out.Context(), in); err == nil {
			now = answer.GetStatus()
		}
		if now != told {
			if err := out.Send(&grpc_health_v1.HealthCheckResponse{Status: now}); err != nil {
				return err
			}
			told = now
		}
		select {
		case <-out.Context().Done():
			return status.FromContextError(out.Context().Err()).Err()
		case <-tick.C:
		}
	}
}

func (h grpcHealth) state() grpc_health_v1.HealthCheckResponse_ServingStatus {
	if h.engine.Ready() != nil {
		return grpc_health_v1.HealthCheckResponse_NOT_SERVING
	}
	return grpc_health_v1.HealthCheckResponse_SERVING
}
