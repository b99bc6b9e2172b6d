package api

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
)

// actor is who asks for a change: the user who is signed in; or the service token, and the user whom X-Steelgate-Actor says
// that it acts for. An API key never manages anything, and is not looked at.
func (s *server) actor(c *gin.Context) (management.Actor, error) {
	named := c.Request.Header.Values("X-Steelgate-Actor")
	if in, ok := c.Get(sessionKey); ok {
		in, _ := in.(signedIn)
		if len(named) > 0 {
			s.management.Refused(c.Request.Context(), s.actorOf(c, in), "sessions.act_for", "forbidden")
			return management.Actor{}, newProblem(http.StatusForbidden, "forbidden", "Who is signed in acts for nobody else: leave X-Steelgate-Actor out.")
		}
		return s.actorOf(c, in), nil
	}
	token, _ := c.MustGet(tokenKey).(authz.ServiceToken)
	asked := management.Actor{Token: token, IsMinted: token.ID != s.adminTokenID, Address: s.trustedProxies.endClient(c.Request)}
	switch {
	case len(named) > 1:
		return management.Actor{}, newProblem(http.StatusBadRequest, "doubled_header", "The header X-Steelgate-Actor is given more than once.")
	case len(named) == 0:
		return asked, nil
	case !authz.ValidID(named[0]):
		return management.Actor{}, newProblem(http.StatusUnauthorized, "no_actor", "X-Steelgate-Actor names no user.")
	}
	asked.UserID = named[0]
	return asked, nil
}

// asActor is a handler that knows its actor. What it fails with is answered as a problem.
func (s *server) asActor(handle func(*gin.Context, management.Actor) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		who, err := s.actor(c)
		if err == nil {
			err = s.limitActor(c, who)
		}
		if err == nil {
			err = handle(c, who)
		}
		if err != nil {
			s.fail(c, err)
		}
	}
}

// answerChange answers a change with the revision that it made: a decision that is asked with that one sees it.
func answerChange(c *gin.Context, status int, revision uint64, value any) error {
	c.Header("Steelgate-Revision", strconv.FormatUint(revision, 10))
	if value == nil {
		c.Header("Cache-Control", "no-store")
		c.Status(status)
		c.Writer.WriteHeaderNow()
		return nil
	}
	writeJSON(c, status, value)
	return nil
}

// statusOfPut is 201 for what is new.
func statusOfPut(made bool) int {
	if made {
		return http.StatusCreated
	}
	return http.StatusOK
}
