package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"sync"
	"time"

	"github.com/steelengine/steelgate/storage/redis"
)

// listenerLimits keep a slow or hostile client from holding what others need.
const (
	headerTimeout  = 5 * time.Second
	requestTimeout = 30 * time.Second
	idleTimeout    = 2 * time.Minute
	maxHeader      = 32 << 10
	drainTimeout   = 20 * time.Second
)

// running is a server: what it listens on, and what it answers with.
type running struct {
	listener net.Listener
	tls      *tls.Config
	server   *http.Server
	// grpc and bell are nil where there are none.
	grpc *grpcServer
	bell *redis.Bell
	log  *slog.Logger
}

// newHTTPServer is one that waits for headers, and for connections at rest, only so long.
func newHTTPServer(handler http.Handler) *http.Server {
	return &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader}
}

func (r *running) close() (err error) {
	if r.listener != nil {
		err = r.listener.Close()
	}
	if r.bell != nil {
		err = errors.Join(err, r.bell.Close())
	}
	return err
}

// ballast is memory that is never touched, and so takes none. It keeps the garbage collector from running hundreds of times
// a second over a small world, which costs a fifth of each decision; over a large one it makes no difference.
const ballast = 64 << 20

// runUntilDone serves until the context ends, and then lets what is under way finish.
func (r *running) runUntilDone(ctx context.Context, service *service, started func() error) error {
	held := make([]byte, ballast)
	defer runtime.KeepAlive(held)
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	// Who is listed serves, or soon will. What can't be written now is reported, and no reason not to.
	_ = service.heartbeat.Beat(ctx)
	running.Go(func() { service.heartbeat.Run(background) })
	running.Go(func() { service.feed.Run(background) })
	running.Go(func() { service.management.Run(background) })
	running.Go(func() { service.usage.Run(background) })
	running.Go(func() { service.keeper.Run(background) })
	running.Go(func() { service.shadow.Run(background) })
	if recorder := service.decisions.recorder; recorder != nil {
		// It ends after the doors are closed, with all that they recorded.
		running.Go(func() { recorder.Run(background) })
	}
	if r.bell != nil {
		running.Go(func() { r.bell.Listen(background, service.feed.Wake) })
	}

	server, log := r.server, r.log
	server.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelDebug)
	failed := make(chan error, 2)
	running.Go(func() { failed <- server.Serve(r.listener) })
	if r.grpc != nil {
		running.Go(func() { failed <- r.grpc.serve() })
	}
	log.Info("listening", "address", r.listener.Addr().String(), "tls", r.tls != nil, "version", version())
	// Who is asked to end while they begin has not failed.
	if err := started(); err != nil && ctx.Err() == nil {
		r.grpc.drain(context.WithoutCancel(ctx))
		return errors.Join(err, server.Close())
	}
	select {
	case err := <-failed:
		r.grpc.drain(context.WithoutCancel(ctx))
		return errors.Join(err, server.Close())
	case <-ctx.Done():
	}
	log.Info("draining: no new connections, requests under way are finished", "seconds_at_most", drainTimeout.Seconds())
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	r.grpc.drain(draining)
	if err := server.Shutdown(draining); err != nil {
		return errors.Join(fmt.Errorf("not every request could be finished: %w", err), server.Close())
	}
	log.Info("stopped")
	return nil
}
