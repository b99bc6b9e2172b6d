package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/storage/redis"
)

// serveFlags are the server's own.
type serveFlags struct {
	database       databaseFlags
	decisions      decisionLogFlags
	listen         string
	publicURL      string
	productURL     string
	redisURL       string
	trustedProxies []string
	tlsCert        string
	tlsKey         string
	oidc           oidcFlags
	adminToken     string
	logLevel       string
	dev            bool
	setupLink      bool
	acknowledge    bool
}

func newServe(s streams) *cobra.Command {
	var f serveFlags
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the decision service",
		Example: `  # The demo: an embedded database, a small world, curls to paste
  steelgate serve --dev

  # One process on SQLite
  STEELGATE_ADMIN_TOKEN_FILE=/run/secrets/admin-token steelgate serve --listen 0.0.0.0:8080 --trusted-proxies 10.0.0.0/8

  # Many replicas on Postgres and Redis
  steelgate serve --database-url 'postgres://steelgate@db/steelgate' --redis-url redis://cache:6379 --keyring-file /run/secrets/keyring.json`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return f.serve(c.Context(), s) },
	}
	flags := c.Flags()
	f.database.register(flags)
	f.decisions.register(flags)
	flags.StringVar(&f.listen, "listen", "127.0.0.1:8080", "address to serve on")
	flags.StringVar(&f.publicURL, "public-url", "", "where clients reach the service: https:// and a host")
	flags.StringVar(&f.productURL, "product-url", "", "where clients reach the API that the keys are for, shown in samples: https:// and a host, and a path if it has one")
	flags.StringVar(&f.redisURL, "redis-url", "", "Redis that wakes other replicas; one process needs none")
	flags.StringSliceVar(&f.trustedProxies, "trusted-proxies", nil, "CIDRs of proxies that may ask forward-auth and name a client's address (default with --dev: 127.0.0.0/8,::1)")
	flags.StringVar(&f.tlsCert, "tls-cert-file", "", "certificate chain, PEM; plain HTTP without")
	flags.StringVar(&f.tlsKey, "tls-key-file", "", "private key of the certificate, PEM")
	f.oidc.register(flags)
	flags.StringVar(&f.adminToken, "admin-token", "", "a service token of scope admin, 32 characters or more (better: STEELGATE_ADMIN_TOKEN_FILE)")
	flags.StringVar(&f.logLevel, "log-level", "info", "debug, info, warn or error")
	flags.BoolVar(&f.dev, "dev", false, "loopback only: load the demo world, let anybody sign in as one of its users, and print a sign-in link, a token and keys to try")
	flags.BoolVar(&f.acknowledge, "require-acknowledgement", false, "publish a policy that widens what keys may do only with the digest of its impact")
	flags.BoolVar(&f.setupLink, "setup-link", false, "print another set-up link, as long as there is no platform admin")
	return c
}

// listenerLimits keep a slow or hostile client from holding what others need.
const (
	headerTimeout  = 5 * time.Second
	requestTimeout = 30 * time.Second
	idleTimeout    = 2 * time.Minute
	maxHeader      = 32 << 10
	drainTimeout   = 20 * time.Second
)

func (f *serveFlags) serve(ctx context.Context, s streams) (err error) {
	options, err := f.options(s)
	if err != nil {
		return err
	}
	tlsConfig, err := f.tlsConfig()
	if err != nil {
		return err
	}
	var bell *redis.Bell
	if f.redisURL != "" {
		if bell, err = redis.Open(ctx, f.redisURL); err != nil {
			return usageError("--redis-url: want redis://… or rediss://…")
		}
		defer bell.Close()
		bell.Log = options.log
		options.changed = bell.Ring
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", f.listen)
	if err != nil {
		return fmt.Errorf("%w: choose another address with --listen, or STEELGATE_LISTEN", err)
	}
	defer listener.Close()
	if tlsConfig != nil {
		listener = tls.NewListener(listener, tlsConfig)
	}
	demoToken := options.adminToken
	if f.dev && demoToken.IsZero() {
		demoToken = apikey.MintToken()
		options.adminToken = demoToken
	}
	options.follows, options.requireAcknowledgement = true, f.acknowledge
	options.publicURL, options.productURL = f.publicURL, f.productURL
	options.oidc = f.oidc.provider(f.url(listener))
	if options.decisions, err = f.decisions.open(ctx, &f.database, options); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, options.decisions.close()) }()
	service, err := openService(ctx, &f.database, options)
	if err != nil {
		return err
	}
	defer service.store.Close()
	if f.dev {
		if err := loadDemo(ctx, service); err != nil {
			return fmt.Errorf("the demo world: %w", err)
		}
	}
	return f.runUntilDone(ctx, service, bell, listener, options.log, func() error {
		if f.dev {
			return printDemo(ctx, s.out, service, f.url(listener), demoToken)
		}
		return f.printSetupLink(ctx, s.out, service, f.url(listener))
	})
}

// ballast is memory that is never touched, and so takes none. It keeps the garbage collector from running hundreds of times
// a second over a small world, which costs a fifth of each decision; over a large one it makes no difference.
const ballast = 64 << 20

// runUntilDone serves until the context ends, and then lets what is under way finish.
func (f *serveFlags) runUntilDone(ctx context.Context, service *service, bell *redis.Bell, listener net.Listener, log *slog.Logger, started func() error) error {
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
	if bell != nil {
		running.Go(func() { bell.Listen(background, service.feed.Wake) })
	}

	server := &http.Server{
		Handler: service.handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: requestTimeout, WriteTimeout: requestTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	running.Go(func() { failed <- server.Serve(listener) })
	log.Info("listening", "address", listener.Addr().String(), "tls", f.tlsCert != "", "version", version())
	// Who is asked to end while they begin has not failed.
	if err := started(); err != nil && ctx.Err() == nil {
		return errors.Join(err, server.Close())
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	log.Info("draining: no new connections, requests under way are finished", "seconds_at_most", drainTimeout.Seconds())
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	if err := server.Shutdown(draining); err != nil {
		return errors.Join(fmt.Errorf("not every request could be finished: %w", err), server.Close())
	}
	log.Info("stopped")
	return nil
}

// options checks the flags and makes of them what the service needs.
func (f *serveFlags) options(s streams) (o serviceOptions, err error) {
	if o.log, err = newLog(s.err, f.logLevel); err != nil {
		return o, err
	}
	if f.dev {
		if !isLoopback(f.listen) {
			return o, usageError("--dev serves on loopback alone, for it prints secrets: --listen %s is reachable by others", f.listen)
		}
		if len(f.trustedProxies) == 0 {
			f.trustedProxies = []string{"127.0.0.0/8", "::1"}
		}
		o.devUsers = demoUsers
	}
	if f.publicURL, err = parsePublicURL(f.publicURL); err != nil {
		return o, err
	}
	if f.productURL, err = parseProductURL(f.productURL); err != nil {
		return o, err
	}
	if f.dev && f.publicURL != "" && !isLoopbackURL(f.publicURL) {
		return o, usageError("--dev serves on loopback alone, for anybody may sign in: --public-url %s is reachable by others", f.publicURL)
	}
	if err := f.oidc.check(f.publicURL, f.listen); err != nil {
		return o, err
	}
	if o.trustedProxies, err = parseProxies(f.trustedProxies); err != nil {
		return o, err
	}
	if err := f.decisions.check(); err != nil {
		return o, err
	}
	if f.adminToken != "" {
		if o.adminToken, err = apikey.ParseAdminToken(f.adminToken); err != nil {
			return o, usageError("--admin-token: %w", err)
		}
	}
	return o, nil
}

// newLog writes lines for people to a terminal, and JSON to anything else.
func newLog(w io.Writer, level string) (*slog.Logger, error) {
	var threshold slog.Level
	if err := threshold.UnmarshalText([]byte(level)); err != nil {
		return nil, usageError("--log-level %q: want debug, info, warn or error", level)
	}
	options := &slog.HandlerOptions{Level: threshold}
	if isTerminal(w) {
		return slog.New(slog.NewTextHandler(w, options)), nil
	}
	return slog.New(slog.NewJSONHandler(w, options)), nil
}

// isTerminal tells whether a stream is one that a person watches.
func isTerminal(stream any) bool {
	file, ok := stream.(interface{ Fd() uintptr })
	return ok && term.IsTerminal(int(file.Fd()))
}

func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// parseProxies reads CIDRs, and addresses as networks of one.
func parseProxies(texts []string) ([]netip.Prefix, error) {
	var proxies []netip.Prefix
	for _, text := range texts {
		text = strings.TrimSpace(text)
		if address, err := netip.ParseAddr(text); err == nil && address.Zone() == "" {
			address = address.Unmap()
			proxies = append(proxies, netip.PrefixFrom(address, address.BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, usageError("--trusted-proxies: %q is not a CIDR such as 10.0.0.0/8", text)
		}
		proxies = append(proxies, prefix.Masked())
	}
	return proxies, nil
}

func (f *serveFlags) tlsConfig() (*tls.Config, error) {
	if (f.tlsCert == "") != (f.tlsKey == "") {
		return nil, usageError("--tls-cert-file and --tls-key-file go together")
	}
	if f.tlsCert == "" {
		return nil, nil
	}
	certificate, err := tls.LoadX509KeyPair(f.tlsCert, f.tlsKey)
	if err != nil {
		return nil, fmt.Errorf("the TLS certificate: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}, nil
}

// url is where clients reach the service.
func (f *serveFlags) url(listener net.Listener) string {
	switch {
	case f.publicURL != "":
		return f.publicURL
	case f.tlsCert != "":
		return "https://" + f.reachable(listener)
	}
	return "http://" + f.reachable(listener)
}

// reachable is the address as somebody on this machine would write it.
func (f *serveFlags) reachable(listener net.Listener) string {
	at, err := netip.ParseAddrPort(listener.Addr().String())
	host, _, _ := net.SplitHostPort(f.listen)
	if err == nil && (host == "localhost" || at.Addr().IsUnspecified()) {
		return net.JoinHostPort("localhost", strconv.Itoa(int(at.Port())))
	}
	return listener.Addr().String()
}
