package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
)

const tokenKey = "service token"

// requireScope lets a request pass that carries a service token of the scope.
func (s *server) requireScope(scope authz.TokenScope) gin.HandlerFunc {
	return func(c *gin.Context) {
		token, err := s.authenticate(c)
		switch {
		case err != nil:
			s.fail(c, err)
		case !token.May(scope):
			s.fail(c, newProblem(http.StatusForbidden, "insufficient_scope", "The service token lacks the scope "+string(scope)+"."))
		default:
			c.Set(tokenKey, token)
		}
	}
}

// requireToken lets a request pass that carries any service token: what it may do, management says.
func (s *server) requireToken(c *gin.Context) {
	token, err := s.authenticate(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	c.Set(tokenKey, token)
}

// authenticate finds the caller's service token. Who guesses too often is not listened to for a while.
func (s *server) authenticate(c *gin.Context) (authz.ServiceToken, error) {
	if err := s.limitGuesses(c); err != nil {
		return authz.ServiceToken{}, err
	}
	token, err := s.serviceToken(c.Request.Header)
	if (errors.Is(err, errNoToken) || errors.Is(err, errUnknownToken)) && c.Request.Header.Get("Authorization") != "" {
		s.failures.spend(s.trustedProxies.endClient(c.Request))
	}
	return token, err
}

// errUnknownToken says of a token that was sent that it opens nothing.
var errUnknownToken = newProblem(http.StatusUnauthorized, "unauthenticated", "The service token is not known: it may be another installation's, have expired, or have been deleted.")

var errNoToken = newProblem(http.StatusUnauthorized, "unauthenticated", "A service token is required: Authorization: Bearer sgt_…")

// serviceToken finds the one that Authorization names.
func (s *server) serviceToken(h http.Header) (authz.ServiceToken, error) {
	values := h.Values("Authorization")
	if len(values) > 1 {
		return authz.ServiceToken{}, newProblem(http.StatusBadRequest, "doubled_header", "The header Authorization is given more than once.")
	}
	if len(values) == 0 {
		return authz.ServiceToken{}, errNoToken
	}
	scheme, text, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return authz.ServiceToken{}, errNoToken
	}
	text = strings.TrimSpace(text)
	if s.isAdminToken(text) {
		return authz.ServiceToken{ID: s.adminTokenID, Name: "--admin-token", Scopes: []authz.TokenScope{authz.AdminScope}}, nil
	}
	secret, err := apikey.ParseToken(text)
	if err != nil {
		return authz.ServiceToken{}, errUnknownToken
	}
	view, err := s.engine.View()
	if err != nil {
		return authz.ServiceToken{}, err
	}
	token, ok := view.ServiceToken(secret)
	if !ok {
		return authz.ServiceToken{}, errUnknownToken
	}
	return token, nil
}

// isAdminToken compares in a time that tells nothing of where the two differ.
func (s *server) isAdminToken(text string) bool {
	if s.adminToken.IsZero() {
		return false
	}
	want, got := sha256.Sum256([]byte(s.adminToken.Reveal())), sha256.Sum256([]byte(text))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1
}
