package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
)

// createToken is POST /v1/tokens. The secret is in this answer, and nowhere else.
func (s *server) createToken(c *gin.Context, who management.Actor) error {
	var fields management.TokenFields
	if err := s.decode(c, &fields); err != nil {
		return err
	}
	token, secret, revision, err := s.management.CreateToken(c.Request.Context(), who, fields)
	if err != nil {
		return err
	}
	return answerChange(c, http.StatusCreated, revision, withSecret(token, secret))
}

// listTokens is GET /v1/tokens: there are few, and they come all at once.
func (s *server) listTokens(c *gin.Context, who management.Actor) error {
	tokens, err := s.management.ListTokens(c.Request.Context(), who)
	if err == nil {
		writeJSON(c, http.StatusOK, page[authz.ServiceToken]{Data: tokens})
	}
	return err
}

// deleteToken is DELETE /v1/tokens/{id}.
func (s *server) deleteToken(c *gin.Context, who management.Actor) error {
	revision, err := s.management.DeleteToken(c.Request.Context(), who, c.Param("id"))
	if err != nil {
		return err
	}
	return answerChange(c, http.StatusNoContent, revision, nil)
}
