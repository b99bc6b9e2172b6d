package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

// healthTimeout is how long a container's health check waits.
const healthTimeout = 3 * time.Second

func newHealthcheck(s streams) *cobra.Command {
	var listen, certificate string
	c := &cobra.Command{
		Use: "healthcheck", Short: "Ask the server on this machine whether it is ready", Args: noArguments,
		Long:    "Ask the server on this machine whether it is ready to decide: the exit code is 0 where it is, and else 1. For a container's health check.",
		Example: "  steelgate healthcheck --listen 127.0.0.1:8080",
		RunE: func(c *cobra.Command, _ []string) error {
			if err := checkHealth(c.Context(), listen, certificate != ""); err != nil {
				return err
			}
			_, err := fmt.Fprintln(s.out, "ready")
			return err
		},
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "address that the server listens on")
	c.Flags().StringVar(&certificate, "tls-cert-file", "", "set where the server has one: asks over HTTPS")
	return c
}

func checkHealth(ctx context.Context, listen string, isTLS bool) error {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return usageError("--listen %q: want HOST:PORT", listen)
	}
	if address := net.ParseIP(host); host == "" || address != nil && address.IsUnspecified() {
		host = "127.0.0.1"
	}
	scheme := "http"
	// The certificate is the public name's, not loopback's: to ask oneself needs no proof of who answers.
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	if isTLS {
		scheme = "https"
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return err
	}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return fmt.Errorf("the server does not answer: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the server is not ready: %s", response.Status)
	}
	return nil
}
