package management

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/rotation"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/strictjson"
)

// TokenFields are what a service token is asked for with.
type TokenFields struct {
	Name      strictjson.Optional[string]    `json:"name"`
	Scopes    strictjson.Optional[[]string]  `json:"scopes"`
	ExpiresAt strictjson.Optional[time.Time] `json:"expires_at"`
}

// mustBePlatform keeps to the platform what would make others the platform: whoever made a service token of scope admin, or
// could sign in as a platform admin, would be it.
func (a Actor) mustBePlatform(what string) error {
	if !a.isPlatform() {
		return refuse(Forbidden, "forbidden", "%s are the platform's alone: ask with a service token of scope admin that acts for nobody.", what)
	}
	return nil
}

// CreateToken makes a service token, and answers its secret, which nothing shows again.
func (s *Service) CreateToken(ctx context.Context, a Actor, fields TokenFields) (token authz.ServiceToken, secret apikey.Secret, revision uint64, err error) {
	token = authz.ServiceToken{ID: apikey.NewID("tok_"), CreatedBy: a.name(), CreatedAt: s.now()}
	secret = apikey.MintToken()
	revision, err = s.update(ctx, a.does("tokens.create", "token", token.ID), func(tx storage.Tx) error {
		if err := a.mustBePlatform("Service tokens"); err != nil {
			return err
		}
		if err := fields.describe(&token); err != nil {
			return err
		}
		active, err := s.activeVersion(tx)
		if err != nil {
			return err
		}
		sealed, err := active.Seal(secret, token.ID, rotation.TokenOwner, "")
		if err != nil {
			return err
		}
		return tx.PutToken(storage.Token{ServiceToken: token, Digest: active.Digest(secret), PepperVersion: active.Number(), Sealed: sealed})
	})
	if err != nil {
		return authz.ServiceToken{}, apikey.Secret{}, 0, err
	}
	return token, secret, revision, nil
}

func (c TokenFields) describe(token *authz.ServiceToken) error {
	var f faults
	f.setText(&token.Name, "name", c.Name, keyNameFault)
	if token.Name == "" && len(f.fields) == 0 {
		f.add("name", "is required: what the token is for")
	}
	if len(c.Scopes.Value) == 0 {
		f.add("scopes", "want one or more of %v", authz.TokenScopes)
	}
	for i, text := range c.Scopes.Value {
		scope, err := authz.ParseTokenScope(text)
		if err != nil {
			f.add(fmt.Sprintf("scopes[%d]", i), "want one of %v", authz.TokenScopes)
		} else if !slices.Contains(token.Scopes, scope) {
			token.Scopes = append(token.Scopes, scope)
		}
	}
	if c.ExpiresAt.Set {
		token.ExpiresAt = f.instant("expires_at", c.ExpiresAt)
	}
	return f.err()
}

// ListTokens are all service tokens, newest first.
func (s *Service) ListTokens(ctx context.Context, a Actor) (tokens []authz.ServiceToken, err error) {
	if err := a.mustBePlatform("Service tokens"); err != nil {
		return nil, err
	}
	err = s.view(ctx, func(r storage.Reader) error {
		found, err := r.ListTokens()
		tokens = make([]authz.ServiceToken, len(found))
		for i, token := range found {
			tokens[i] = token.ServiceToken
		}
		return err
	})
	return tokens, err
}

// DeleteToken ends a service token at once and for good.
func (s *Service) DeleteToken(ctx context.Context, a Actor, id string) (uint64, error) {
	return s.update(ctx, a.does("tokens.delete", "token", id), func(tx storage.Tx) error {
		if err := a.mustBePlatform("Service tokens"); err != nil {
			return err
		}
		return orNotFound(tx.DeleteToken(id), "service token")
	})
}
