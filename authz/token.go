package authz

import (
	"fmt"
	"slices"
	"time"
)

// TokenScope is what a service token may be used for.
type TokenScope string

// The scopes of service tokens. AdminScope may do what every other scope may.
const (
	DecideScope    TokenScope = "decide"
	BundleScope    TokenScope = "bundle"
	ManageScope    TokenScope = "manage"
	DirectoryScope TokenScope = "directory"
	LeaksScope     TokenScope = "leaks"
	AdminScope     TokenScope = "admin"
)

// TokenScopes are all scopes, in the order in which people read them.
var TokenScopes = []TokenScope{DecideScope, BundleScope, ManageScope, DirectoryScope, LeaksScope, AdminScope}

// ParseTokenScope reads one of TokenScopes.
func ParseTokenScope(text string) (TokenScope, error) {
	if s := TokenScope(text); slices.Contains(TokenScopes, s) {
		return s, nil
	}
	return "", fmt.Errorf("%q is not a scope: want one of %v", text, TokenScopes)
}

// ServiceToken is the record of a credential of SteelEngine's own services. It holds no secret.
type ServiceToken struct {
	ID        string       `json:"id"`
	Name      string       `json:"name"`
	Scopes    []TokenScope `json:"scopes"`
	CreatedBy string       `json:"created_by"`
	CreatedAt time.Time    `json:"created_at"`
	ExpiresAt *time.Time   `json:"expires_at"`
	// LastUsedAt may be a minute late.
	LastUsedAt *time.Time `json:"last_used_at"`
}

// May tells whether the token has the scope, or the admin scope that stands for all of them.
func (t ServiceToken) May(scope TokenScope) bool {
	return slices.Contains(t.Scopes, scope) || slices.Contains(t.Scopes, AdminScope)
}
