package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"

	"github.com/spf13/pflag"

	"github.com/steelengine/steelgate/api"
	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/oidc"
)

// oidcFlags say through which provider people sign in.
type oidcFlags struct {
	issuer, clientID, clientSecret string
}

func (f *oidcFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.issuer, "oidc-issuer", "", "OpenID provider that people sign in through: its issuer URL")
	flags.StringVar(&f.clientID, "oidc-client-id", "", "what the provider knows steelgate by")
	flags.StringVar(&f.clientSecret, "oidc-client-secret", "", "the client's secret (better: STEELGATE_OIDC_CLIENT_SECRET_FILE)")
}

// check refuses flags that would only fail once somebody signs in.
func (f *oidcFlags) check(publicURL, listen string) error {
	switch {
	case f.issuer == "" && f.clientID == "" && f.clientSecret == "":
		return nil
	case f.issuer == "" || f.clientID == "":
		return usageError("--oidc-issuer and --oidc-client-id go together")
	case !isIssuer(f.issuer):
		return usageError("--oidc-issuer %q: want the provider's https:// URL, without a query; http:// on loopback alone", f.issuer)
	case strings.HasPrefix(publicURL, "http://") && !isLoopbackURL(publicURL):
		return usageError("--public-url: want https:// with --oidc-issuer, for browsers keep a session over TLS alone")
	case publicURL == "" && !isLoopback(listen):
		return usageError("--public-url is required with --oidc-issuer: it is where the provider sends people back to")
	}
	return nil
}

// provider is the one that people sign in through at a server, or nil.
func (f *oidcFlags) provider(url string) api.Provider {
	if f.issuer == "" {
		return nil
	}
	return oidc.New(oidc.Config{
		Issuer: f.issuer, ClientID: f.clientID, ClientSecret: apikey.Hide(f.clientSecret), RedirectURL: url + "/v1/sign-in/callback",
	})
}

// parsePublicURL reads the URL that browsers reach the service at. A path would be of no use: the cookies are the whole host's.
func parsePublicURL(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	public, err := url.Parse(text)
	if err != nil || public.Scheme != "https" && public.Scheme != "http" || public.Host == "" || public.User != nil || public.RawQuery != "" || public.Fragment != "" {
		return "", usageError("--public-url: want https:// and a host, and nothing behind it")
	}
	if public.Path != "" && public.Path != "/" {
		return "", usageError("--public-url: want no path, for the service has its host for itself")
	}
	// As browsers write an origin.
	host := strings.ToLower(public.Host)
	if public.Port() == map[string]string{"https": "443", "http": "80"}[public.Scheme] {
		host = strings.TrimSuffix(host, ":"+public.Port())
	}
	return public.Scheme + "://" + host, nil
}

// parseProductURL reads the URL of the API that the keys are for. It is shown to people, and holds no password.
func parseProductURL(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	product, err := url.Parse(text)
	if err != nil || product.Scheme != "https" && product.Scheme != "http" || product.Host == "" || product.User != nil || product.RawQuery != "" || product.Fragment != "" {
		return "", usageError("--product-url: want https:// and a host, with a path or without, and nothing behind it")
	}
	return strings.TrimRight(product.String(), "/"), nil
}

// isIssuer tells whether a text is an https:// URL, or an http:// one of this machine.
func isIssuer(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && isLoopbackURL(text)
}

// isLoopbackURL tells whether a URL leads to this machine alone.
func isLoopbackURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && isLoopback(net.JoinHostPort(u.Hostname(), "0"))
}

// printSetupLink prints the link by which the first platform admin is made, on the first start of an installation. Its code
// stands behind the #, so that no server and no proxy on the way sees it.
func (f *serveFlags) printSetupLink(ctx context.Context, w io.Writer, s *service, url string) error {
	code, err := s.management.MakeSetupLink(ctx, f.setupLink)
	if err != nil {
		return fmt.Errorf("the set-up link: %w", err)
	}
	if code.IsZero() {
		if f.setupLink {
			_, err = io.WriteString(w, "There is a platform admin: no set-up link is needed, and none was made.\n")
		}
		return err
	}
	_, err = fmt.Fprintf(w, "\nTo make the first platform admin, open this link. It works once, for %.0f hours:\n  %s/sign-in#setup=%s\n\n", management.SetupTime.Hours(), url, code.Reveal())
	return err
}
