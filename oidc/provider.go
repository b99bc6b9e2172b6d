package oidc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	goidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/steelengine/steelgate/apikey"
)

// What asking fails with.
var (
	// ErrUnavailable says that the provider could not be asked; a retry may work.
	ErrUnavailable = errors.New("the OpenID provider can't be reached, or does not answer as one")
	// ErrRefused says that the provider's answer is not to be believed.
	ErrRefused = errors.New("the OpenID provider's answer is not to be believed")
)

// Config is what the provider knows us by.
type Config struct {
	// Issuer is the provider's, exactly as it writes it itself.
	Issuer       string
	ClientID     string
	ClientSecret apikey.Secret
	// RedirectURL is where the provider sends people back to.
	RedirectURL string
	// Clock tells the time that answers are judged by; time.Now unless given.
	Clock func() time.Time
}

// Provider is one OpenID provider. It is asked what it can when it is first needed, so that nothing here depends on its
// being up. Its methods may be called from many goroutines.
type Provider struct {
	config Config
	client *http.Client

	// asking is held by whoever asks the provider for its addresses, and guards what is below.
	asking chan struct{}
	found  *goidc.Provider
	// failedAt and failure are of the last attempt: those who wait behind it need not find out for themselves.
	failedAt time.Time
	failure  error
}

// failureLasts is how long nobody asks anew after the provider did not answer.
const failureLasts = 3 * time.Second

// New makes a provider that has not been asked anything yet.
func New(c Config) *Provider {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	return &Provider{config: c, client: newClient(), asking: make(chan struct{}, 1)}
}

// Issuer is the provider's.
func (p *Provider) Issuer() string { return p.config.Issuer }

// Person is who the provider says is at the browser.
type Person struct {
	// Issuer and Subject name the person for good.
	Issuer, Subject string
	// Email is "" unless the provider vouches for its being the person's.
	Email string
	Name  string
}

// signingAlgorithms are those that an answer may be signed with: none that shares a secret, and not none.
var signingAlgorithms = []string{goidc.RS256, goidc.PS256, goidc.ES256, goidc.EdDSA}

// discover asks the provider for its addresses, once.
func (p *Provider) discover(ctx context.Context) (*goidc.Provider, error) {
	select {
	case p.asking <- struct{}{}:
		defer func() { <-p.asking }()
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
	}
	now := p.config.Clock()
	switch {
	case p.found != nil:
		return p.found, nil
	case p.failure != nil && now.Sub(p.failedAt) < failureLasts:
		return nil, p.failure
	}
	found, err := goidc.NewProvider(goidc.ClientContext(ctx, p.client), p.config.Issuer)
	if err != nil {
		p.failure, p.failedAt = fmt.Errorf("%w: %w", ErrUnavailable, err), p.config.Clock()
		return nil, p.failure
	}
	p.found = found
	return found, nil
}

func (p *Provider) oauth(found *goidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.config.ClientID, ClientSecret: p.config.ClientSecret.Reveal(), Endpoint: found.Endpoint(),
		RedirectURL: p.config.RedirectURL, Scopes: []string{goidc.ScopeOpenID, "email", "profile"},
	}
}

// NewNonce makes what the provider's answer must hold.
func NewNonce() string { return oauth2.GenerateVerifier() }

// NewVerifier makes what proves that who asks with the code is who sent the browser.
func NewVerifier() string { return oauth2.GenerateVerifier() }

// AuthURL is where to send the browser.
func (p *Provider) AuthURL(ctx context.Context, state apikey.Secret, nonce, verifier string) (string, error) {
	found, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	return p.oauth(found).AuthCodeURL(state.Reveal(), goidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), nil
}

// Exchange turns the code that the browser brought back into who is at it.
func (p *Provider) Exchange(ctx context.Context, code, nonce, verifier string) (Person, error) {
	found, err := p.discover(ctx)
	if err != nil {
		return Person{}, err
	}
	ctx = goidc.ClientContext(ctx, p.client)
	token, err := p.oauth(found).Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return Person{}, exchangeError(err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return Person{}, refused("it has no id_token")
	}
	idToken, err := found.Verifier(&goidc.Config{ClientID: p.config.ClientID, SupportedSigningAlgs: signingAlgorithms, Now: p.config.Clock}).Verify(ctx, raw)
	if err != nil {
		return Person{}, refused("its id_token: %v", err)
	}
	person, err := p.person(idToken, nonce)
	if err != nil || person.Email != "" || found.UserInfoEndpoint() == "" {
		return person, err
	}
	if err := p.completeEmail(ctx, found, token, &person); err != nil {
		return Person{}, err
	}
	return person, nil
}

// completeEmail asks for the address where the id_token has none: by the specification (OpenID Connect Core, 5.4) that is
// where a provider tells it when a code is exchanged.
func (p *Provider) completeEmail(ctx context.Context, found *goidc.Provider, token *oauth2.Token, person *Person) error {
	info, err := found.UserInfo(ctx, oauth2.StaticTokenSource(token))
	switch {
	case err != nil:
		return fmt.Errorf("%w: it does not say who the person is", ErrUnavailable)
	case info.Subject != person.Subject:
		return refused("its userinfo is of another person")
	case info.EmailVerified:
		person.Email = info.Email
	}
	return nil
}

func refused(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrRefused, fmt.Sprintf(format, args...))
}

// exchangeError keeps the provider's own words out: they may repeat what was sent.
func exchangeError(err error) error {
	if answer, ok := errors.AsType[*oauth2.RetrieveError](err); ok && answer.Response.StatusCode < http.StatusInternalServerError {
		return refused("it does not take the code: status %d", answer.Response.StatusCode)
	}
	return fmt.Errorf("%w: the code could not be exchanged", ErrUnavailable)
}

// person judges what the library leaves to its caller: the nonce, for whom the answer was made, and whether the address is
// vouched for.
func (p *Provider) person(token *goidc.IDToken, nonce string) (Person, error) {
	var claims struct {
		Email         string `json:"email"`
		EmailVerified any    `json:"email_verified"`
		Name          string `json:"name"`
		Party         string `json:"azp"`
	}
	if err := token.Claims(&claims); err != nil {
		return Person{}, refused("its id_token: %v", err)
	}
	switch {
	case nonce == "" || token.Nonce != nonce:
		return Person{}, refused("its id_token was made for another sign-in: the nonce differs")
	case !slices.Contains(token.Audience, p.config.ClientID), claims.Party != "" && claims.Party != p.config.ClientID, claims.Party == "" && len(token.Audience) > 1:
		return Person{}, refused("its id_token was made for another program")
	case token.Subject == "":
		return Person{}, refused("its id_token has no subject")
	}
	person := Person{Issuer: token.Issuer, Subject: token.Subject, Name: claims.Name}
	// Some providers write the boolean as a string.
	if claims.EmailVerified == true || claims.EmailVerified == "true" {
		person.Email = claims.Email
	}
	return person, nil
}
