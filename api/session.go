package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
)

const sessionKey = "session"

// signedIn is who is signed in, and how.
type signedIn struct {
	User    authz.User
	Session authz.Session
}

// ownRecord is a user's record as they see it themselves, with the operations on their own things that they may do.
type ownRecord struct {
	Record userRecord `json:",embed"`
	May    []string   `json:"may"`
}

// requireActor lets a request pass that carries a service token or, where no Authorization stands, the cookie of a session:
// what the actor may do, management says.
func (s *server) requireActor(c *gin.Context) {
	if len(c.Request.Header.Values("Authorization")) == 0 {
		if _, sent := cookie(c.Request, sessionCookie, apikey.SessionPrefix); sent {
			s.requireSession(c)
			return
		}
	}
	s.requireToken(c)
}

// requireSession lets a request pass that carries the cookie of a session, and that the session's own pages made.
func (s *server) requireSession(c *gin.Context) {
	in, err := s.session(c)
	if err == nil {
		if err = s.mustBeSameOrigin(c.Request); err != nil {
			s.management.Refused(c.Request.Context(), s.actorOf(c, in), "sessions.use", "cross_origin")
		}
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	c.Set(sessionKey, in)
}

// session finds who is signed in at the browser. One that has ended is taken from it.
func (s *server) session(c *gin.Context) (in signedIn, err error) {
	if err := s.limitGuesses(c); err != nil {
		return in, err
	}
	secret, sent := cookie(c.Request, sessionCookie, apikey.SessionPrefix)
	switch {
	case !sent:
		return in, newProblem(http.StatusUnauthorized, "no_session", "Nobody is signed in: open /sign-in.")
	case secret.IsZero():
		err = newProblem(http.StatusUnauthorized, "session_over", "The session has ended: sign in again.")
	default:
		in.Session, in.User, err = s.management.Session(c.Request.Context(), secret)
		if err == nil && in.Session.Method == authz.DevMethod && len(s.devUsers) == 0 {
			// It was begun while this database was a demo's.
			err = newProblem(http.StatusUnauthorized, "session_over", "The session has ended: sign in again.")
		}
	}
	if problemOf(err).Status == http.StatusUnauthorized {
		s.failures.spend(s.trustedProxies.endClient(c.Request))
		dropCookie(c, sessionCookie)
	}
	return in, err
}

// getSession is GET /v1/session: who is signed in.
func (s *server) getSession(c *gin.Context) {
	in, err := s.session(c)
	if err == nil {
		err = s.limitActor(c, s.actorOf(c, in))
	}
	if err == nil {
		err = s.answerSignedIn(c, http.StatusOK, in)
	}
	if err != nil {
		s.fail(c, err)
	}
}

// answerSignedIn tells the browser who is signed in, with what its pages need to know from the beginning.
func (s *server) answerSignedIn(c *gin.Context, status int, in signedIn) error {
	who := s.actorOf(c, in)
	may, err := s.management.May(c.Request.Context(), who)
	if err != nil {
		return err
	}
	writeJSON(c, status, struct {
		User       ownRecord     `json:"user"`
		Session    authz.Session `json:"session"`
		Address    *string       `json:"address"`
		May        []string      `json:"may"`
		ProductURL *string       `json:"product_url"`
	}{ownRecord{newUserRecord(in.User), may.OnOwn}, in.Session, orNull(who.Address), may.OnPlatform, orNull(s.productURL)})
	return nil
}

// signOut is DELETE /v1/session. The browser is rid of it even where it has ended.
func (s *server) signOut(c *gin.Context) {
	if err := s.mustBeSameOrigin(c.Request); err != nil {
		s.fail(c, err)
		return
	}
	in, err := s.session(c)
	if err == nil {
		err = s.management.EndSession(c.Request.Context(), s.actorOf(c, in), in.Session.UserID, in.Session.ID)
	}
	if err != nil && problemOf(err).Status != http.StatusUnauthorized {
		s.fail(c, err)
		return
	}
	dropCookie(c, sessionCookie)
	answerDone(c)
}

// actorOf is a signed-in user as an actor.
func (s *server) actorOf(c *gin.Context, in signedIn) management.Actor {
	return management.Actor{UserID: in.Session.UserID, SessionID: in.Session.ID, Address: s.trustedProxies.endClient(c.Request)}
}

// listSessions is GET /v1/users/{id}/sessions.
func (s *server) listSessions(c *gin.Context, who management.Actor) error {
	sessions, err := s.management.ListSessions(c.Request.Context(), who, c.Param("id"))
	if err == nil {
		writeJSON(c, http.StatusOK, page[authz.Session]{Data: append([]authz.Session{}, sessions...)})
	}
	return err
}

// endSessions is DELETE /v1/users/{id}/sessions: signed out everywhere.
func (s *server) endSessions(c *gin.Context, who management.Actor) error {
	if err := s.management.EndSessions(c.Request.Context(), who, c.Param("id")); err != nil {
		return err
	}
	answerDone(c)
	return nil
}

// endSession is DELETE /v1/users/{id}/sessions/{session}.
func (s *server) endSession(c *gin.Context, who management.Actor) error {
	if err := s.management.EndSession(c.Request.Context(), who, c.Param("id"), c.Param("session")); err != nil {
		return err
	}
	answerDone(c)
	return nil
}

// answerDone says that something is done that is no part of the world, and so makes no revision.
func answerDone(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	c.Status(http.StatusNoContent)
	c.Writer.WriteHeaderNow()
}
