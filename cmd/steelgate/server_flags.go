package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"

	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/steelengine/steelgate/storage/redis"
)

// serverFlags are those of every server: the decision service, and the gateway.
type serverFlags struct {
	database       databaseFlags
	decisions      decisionLogFlags
	listen         string
	redisURL       string
	trustedProxies []string
	tlsCert        string
	tlsKey         string
	logLevel       string
}

func (f *serverFlags) register(flags *pflag.FlagSet, listen string) {
	f.database.register(flags)
	f.decisions.register(flags)
	flags.StringVar(&f.listen, "listen", listen, "address to serve on")
	flags.StringVar(&f.redisURL, "redis-url", "", "Redis that wakes other replicas; one process needs none")
	flags.StringSliceVar(&f.trustedProxies, "trusted-proxies", nil, "CIDRs of proxies that may ask forward-auth and name a client's address (default with --dev: 127.0.0.0/8,::1)")
	flags.StringVar(&f.tlsCert, "tls-cert-file", "", "certificate chain, PEM; plain HTTP without")
	flags.StringVar(&f.tlsKey, "tls-key-file", "", "private key of the certificate, PEM")
	flags.StringVar(&f.logLevel, "log-level", "info", "debug, info, warn or error")
}

// options checks the flags and makes of them what the service needs.
func (f *serverFlags) options(s streams, o *serviceOptions) (err error) {
	if o.log, err = newLog(s.err, f.logLevel); err != nil {
		return err
	}
	if o.trustedProxies, err = parseProxies(f.trustedProxies); err != nil {
		return err
	}
	o.follows = true
	return f.decisions.check()
}

// begin takes the address, and what else can fail before a database is opened.
func (f *serverFlags) begin(ctx context.Context, o *serviceOptions) (*running, error) {
	tlsConfig, err := f.tlsConfig()
	if err != nil {
		return nil, err
	}
	r := &running{tls: tlsConfig, log: o.log}
	if f.redisURL != "" {
		if r.bell, err = redis.Open(ctx, f.redisURL); err != nil {
			return nil, usageError("--redis-url: want redis://… or rediss://…")
		}
		r.bell.Log = o.log
		o.changed = r.bell.Ring
	}
	if r.listener, err = listenOn(ctx, "listen", f.listen); err != nil {
		return nil, errors.Join(err, r.close())
	}
	if tlsConfig != nil {
		r.listener = tls.NewListener(r.listener, tlsConfig)
	}
	return r, nil
}

// listenOn takes the address that a flag names; nil where it names none.
func listenOn(ctx context.Context, flag, address string) (net.Listener, error) {
	if address == "" {
		return nil, nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%w: choose another address with --%s, or %s", err, flag, environmentName(flag))
	}
	return listener, nil
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

func (f *serverFlags) tlsConfig() (*tls.Config, error) {
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
