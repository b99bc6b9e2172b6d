package engine

import (
	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// Credential is what a caller presented as its API key. It prints as its Secret does.
type Credential struct {
	secret apikey.Secret
	// flaw is key_missing or key_malformed where there is no secret to look for.
	flaw authz.Code
}

// Present reads what came as an API key; "" is none.
func Present(text string) Credential {
	if text == "" {
		return Credential{flaw: authz.KeyMissing}
	}
	secret, err := apikey.Parse(text)
	if err != nil {
		return Credential{flaw: authz.KeyMalformed}
	}
	return Credential{secret: secret}
}

// Ambiguous is what a caller presented who named more than one key: malformed, whatever each of them is.
func Ambiguous() Credential { return Credential{flaw: authz.KeyMalformed} }

// refusals are what a 401 says to the developer who reads it.
var refusals = map[authz.Code]string{
	authz.KeyMissing:    "No API key was presented.",
	authz.KeyMalformed:  "What was presented does not look like an API key.",
	authz.KeyUnknown:    "No such API key exists.",
	authz.KeyRevoked:    "The API key was revoked.",
	authz.KeyExpired:    "The API key has expired.",
	authz.KeyDisabled:   "The API key is disabled.",
	authz.OwnerInactive: "The API key's user is not active.",
}

// Authenticate finds the key that the credential is, and judges whether it is live: the code is "" or the first of the
// 401 row that holds. No policy is asked, for none may bring a dead key back. The key is zero where it is not known.
func (v *View) Authenticate(c Credential) (snapshot.Key, authz.Code) {
	key, code := v.Recognize(c)
	if code == "" {
		v.engine.options.KeyUsed(key.ID(), v.now)
	}
	return key, code
}

// Recognize answers what Authenticate does, where the key is asked about and not used.
func (v *View) Recognize(c Credential) (snapshot.Key, authz.Code) {
	if c.flaw != "" {
		return snapshot.Key{}, c.flaw
	}
	var digests [4]apikey.Digest
	for _, digest := range v.keys.Digests(digests[:0], c.secret) {
		if key, ok := v.snapshot.KeyByDigest(digest); ok {
			return key, v.snapshot.Liveness(key, v.now)
		}
	}
	return snapshot.Key{}, authz.KeyUnknown
}

// ServiceToken finds the service token that the secret is, unless it has expired.
func (v *View) ServiceToken(secret apikey.Secret) (authz.ServiceToken, bool) {
	var digests [4]apikey.Digest
	for _, digest := range v.keys.Digests(digests[:0], secret) {
		if token, ok := v.snapshot.TokenByDigest(digest); ok {
			isLive := token.ExpiresAt == nil || v.now.Before(*token.ExpiresAt)
			if isLive {
				v.engine.options.TokenUsed(token.ID, v.now)
			}
			return token, isLive
		}
	}
	return authz.ServiceToken{}, false
}
