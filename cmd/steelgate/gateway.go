package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/steelengine/steelgate/api"
)

// gatewayFlags are the gateway's own.
type gatewayFlags struct {
	serverFlags
	upstream     string
	preserveHost bool
	statusListen string
}

func newGateway(s streams) *cobra.Command {
	var f gatewayFlags
	c := &cobra.Command{
		Use:   "gateway",
		Short: "Stand before an API: let through what its keys may do",
		Long: `Stand before an API, and let through to it what the caller's API key may do.

A request's key, method and path are decided on here, by the policy and the data of the database, which the gateway follows as every other
replica does. What is allowed goes to the upstream as it came, without its key, and with the headers X-Steelgate-Key-Id,
X-Steelgate-Key-Type, X-Steelgate-Billed-To, X-Steelgate-Permission and X-Steelgate-Decision-Id. What is not is answered with 401 or 403.
Bodies are streamed, either way.`,
		Example: `  # Before an API on this machine, beside 'steelgate serve --dev' in the same folder
  steelgate gateway --upstream http://127.0.0.1:3000

  # One of many, behind a load balancer
  steelgate gateway --upstream https://api.internal --listen 0.0.0.0:8443 --tls-cert-file tls.crt --tls-key-file tls.key \
    --trusted-proxies 10.0.0.0/8 --status-listen 0.0.0.0:9090 \
    --database-url 'postgres://steelgate@db/steelgate' --redis-url redis://cache:6379 --keyring-file /run/secrets/keyring.json`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return f.serve(c.Context(), s) },
	}
	flags := c.Flags()
	flags.StringVar(&f.upstream, "upstream", "", "where the API is: http:// or https://, a host, and a path to put before the request's if it has one (required)")
	flags.BoolVar(&f.preserveHost, "preserve-host", false, "pass on the Host that the client asked for, not the upstream's")
	flags.StringVar(&f.statusListen, "status-listen", "", "address to serve /livez, /readyz and /metrics on; none unless given")
	f.register(flags, "127.0.0.1:8090")
	flags.Lookup("trusted-proxies").Usage = "CIDRs of load balancers before it, which may name a client's address"
	return c
}

func (f *gatewayFlags) serve(ctx context.Context, s streams) (err error) {
	upstream, err := parseUpstream(f.upstream)
	if err != nil {
		return err
	}
	var options serviceOptions
	if err := f.options(s, &options); err != nil {
		return err
	}
	// Over an empty one it would call itself ready, and refuse everybody.
	if err := f.database.mustStand(); err != nil {
		return err
	}
	open, err := f.begin(ctx, &options)
	if err != nil {
		return err
	}
	defer open.close()
	status, err := listenOn(ctx, "status-listen", f.statusListen)
	if err != nil {
		return err
	}
	if status != nil {
		defer status.Close()
	}
	if options.decisions, err = f.decisions.open(ctx, &f.database, options); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, options.decisions.close()) }()
	service, err := openService(ctx, &f.database, options)
	if err != nil {
		return err
	}
	defer service.store.Close()
	// A run may stream for as long as it takes: reading and writing have no end here, as they have where every body is small.
	open.server = newHTTPServer(service.doors.Gateway(api.GatewayOptions{Upstream: upstream, PreserveHost: f.preserveHost}))
	// Not even "OPTIONS *" is answered but by what is decided.
	open.server.DisableGeneralOptionsHandler = true
	if status != nil {
		asked := newHTTPServer(statusOf(service.doors))
		asked.ReadTimeout, asked.WriteTimeout = requestTimeout, requestTimeout
		asked.ErrorLog = slog.NewLogLogger(options.log.Handler(), slog.LevelDebug)
		go func() { _ = asked.Serve(status) }()
		defer asked.Close()
		options.log.Info("listening for status", "address", status.Addr().String())
	}
	return open.runUntilDone(ctx, service, func() error {
		_, err := fmt.Fprintf(s.out, "steelgate stands before %s\n", upstream.Redacted())
		return err
	})
}

// statusOf are the doors that say how the service is, and no other.
func statusOf(doors http.Handler) http.Handler {
	mux := http.NewServeMux()
	for _, path := range []string{"/livez", "/readyz", "/metrics"} {
		mux.Handle("GET "+path, doors)
	}
	return mux
}

func parseUpstream(text string) (*url.URL, error) {
	if text == "" {
		return nil, usageError("--upstream is required: where the API is, such as http://127.0.0.1:3000")
	}
	upstream, err := url.Parse(text)
	if err != nil || upstream.Scheme != "http" && upstream.Scheme != "https" || upstream.Host == "" || upstream.RawQuery != "" || upstream.Fragment != "" || upstream.User != nil {
		// It may hold a password, so it is not repeated.
		return nil, usageError("--upstream: want http:// or https://, a host, and a path if need be; no user, no query")
	}
	return upstream, nil
}
