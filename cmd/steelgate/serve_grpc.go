package main

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/steelengine/steelgate/api"
)

// grpcServer serves the doors over gRPC; nil serves none.
type grpcServer struct {
	listener net.Listener
	server   *grpc.Server
	log      *slog.Logger
}

// newGRPC makes the server; TLS is as for HTTP.
func newGRPC(listener net.Listener, doors *api.Doors, tlsConfig *tls.Config, log *slog.Logger) *grpcServer {
	if listener == nil {
		return nil
	}
	var options []grpc.ServerOption
	if tlsConfig != nil {
		options = append(options, grpc.Creds(credentials.NewTLS(tlsConfig)))
	}
	return &grpcServer{listener, doors.GRPC(options...), log}
}

func (g *grpcServer) serve() error {
	g.log.Info("listening for gRPC", "address", g.listener.Addr().String())
	if err := g.server.Serve(g.listener); !errors.Is(err, grpc.ErrServerStopped) {
		return err
	}
	return nil
}

// drain lets calls under way finish, as long as the time lasts.
func (g *grpcServer) drain(ctx context.Context) {
	if g == nil {
		return
	}
	done := make(chan struct{})
	go func() {
		g.server.GracefulStop()
		close(done)
	}()
	// A health watch ends with its caller alone: it is not waited for as long as a request is.
	patience, cancel := context.WithTimeout(ctx, drainCalls)
	defer cancel()
	select {
	case <-done:
	case <-patience.Done():
		g.server.Stop()
		<-done
	}
}

// drainCalls is how long calls under way may take: each is a decision.
const drainCalls = 2 * time.Second
