package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/steelengine/steelgate/apikey"
)

// serveFlags are the server's own.
type serveFlags struct {
	serverFlags
	publicURL   string
	productURL  string
	grpcListen  string
	oidc        oidcFlags
	adminToken  string
	dev         bool
	setupLink   bool
	acknowledge bool
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
	f.register(flags, "127.0.0.1:8080")
	flags.StringVar(&f.publicURL, "public-url", "", "where clients reach the service: https:// and a host")
	flags.StringVar(&f.productURL, "product-url", "", "where clients reach the API that the keys are for, shown in samples: https:// and a host, and a path if it has one")
	flags.StringVar(&f.grpcListen, "grpc-listen", "", "address to serve Envoy's ext_authz on, over gRPC; none unless given")
	f.oidc.register(flags)
	flags.StringVar(&f.adminToken, "admin-token", "", "a service token of scope admin, 32 characters or more (better: STEELGATE_ADMIN_TOKEN_FILE)")
	flags.BoolVar(&f.dev, "dev", false, "loopback only: load the demo world, let anybody sign in as one of its users, and print a sign-in link, a token and keys to try")
	flags.BoolVar(&f.acknowledge, "require-acknowledgement", false, "publish a policy that widens what keys may do only with the digest of its impact")
	flags.BoolVar(&f.setupLink, "setup-link", false, "print another set-up link, as long as there is no platform admin")
	return c
}

func (f *serveFlags) serve(ctx context.Context, s streams) (err error) {
	options, err := f.options(s)
	if err != nil {
		return err
	}
	open, err := f.begin(ctx, &options)
	if err != nil {
		return err
	}
	defer open.close()
	listener := open.listener
	calls, err := listenOn(ctx, "grpc-listen", f.grpcListen)
	if err != nil {
		return err
	}
	if calls != nil {
		defer calls.Close()
	}
	demoToken := options.adminToken
	if f.dev && demoToken.IsZero() {
		demoToken = apikey.MintToken()
		options.adminToken = demoToken
	}
	options.requireAcknowledgement = f.acknowledge
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
	open.grpc = newGRPC(calls, service.doors, open.tls, options.log)
	open.server = newHTTPServer(service.doors)
	open.server.ReadTimeout, open.server.WriteTimeout = requestTimeout, requestTimeout
	return open.runUntilDone(ctx, service, func() error {
		if f.dev {
			return printDemo(ctx, s.out, service, f.url(listener), demoToken)
		}
		return f.printSetupLink(ctx, s.out, service, f.url(listener))
	})
}

// options checks the flags and makes of them what the service needs.
func (f *serveFlags) options(s streams) (o serviceOptions, err error) {
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
	if err := f.serverFlags.options(s, &o); err != nil {
		return o, err
	}
	if f.adminToken != "" {
		if o.adminToken, err = apikey.ParseAdminToken(f.adminToken); err != nil {
			return o, usageError("--admin-token: %w", err)
		}
	}
	return o, nil
}

func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
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
