package management

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

const (
	// SessionLifetime is how long a session lasts however much it is used.
	SessionLifetime = 12 * time.Hour
	// SessionIdle is how long one lasts unused.
	SessionIdle = 2 * time.Hour
	// maxSessions is how many one user may have: the next one ends the oldest.
	maxSessions = 50
	// maxUserAgent is how much is kept of what a browser calls itself, in bytes.
	maxUserAgent = 256
)

var errSessionOver = refuse(NoActor, "session_over", "The session has ended: sign in again.")

// hasEnded tells whether a session lets nobody in any more.
func hasEnded(session authz.Session, now time.Time) bool {
	return !now.Before(session.ExpiresAt) || now.Sub(session.LastUsedAt) >= SessionIdle
}

// beginSession begins one under a secret that nobody has seen, and ends the one that the browser held: what somebody put
// there before gains nothing by the sign-in.
func (s *Service) beginSession(tx storage.Tx, userID string, method authz.SignInMethod, v Visitor) (authz.Session, apikey.Secret, error) {
	now := s.now()
	secret := apikey.MintTicket(apikey.SessionPrefix)
	session := authz.Session{
		ID: apikey.NewID("ses_"), UserID: userID, Method: method, Address: v.Address, UserAgent: cutUserAgent(v.UserAgent),
		CreatedAt: now, LastUsedAt: now, ExpiresAt: now.Add(SessionLifetime),
	}
	if attempt, ok := tx.(*recorder); ok {
		attempt.actor = &AuditActor{UserID: userID, SessionID: session.ID, Address: v.Address}
		attempt.owner = authz.Owner{Type: authz.UserOwner, ID: userID}
		attempt.target = &AuditTarget{Kind: "user", ID: userID}
	}
	if !v.Session.IsZero() {
		held, err := tx.SessionByDigest(v.Session.Hash())
		if err == nil {
			err = tx.DeleteSession(held.ID)
		}
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return session, secret, err
		}
	}
	others, err := tx.SessionsOf(userID)
	if err != nil {
		return session, secret, err
	}
	for len(others) >= maxSessions {
		if err := tx.DeleteSession(others[len(others)-1].ID); err != nil {
			return session, secret, err
		}
		others = others[:len(others)-1]
	}
	return session, secret, tx.PutSession(storage.Session{Session: session, Digest: secret.Hash()})
}

// cutUserAgent is a browser's name for itself as it may be written down: anybody may write anything there.
func cutUserAgent(text string) string {
	text = apikey.Redact(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "")))
	for len(text) > maxUserAgent {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
}

// Session finds whose session a browser's secret is, and marks it as used. It refuses with NoActor what is no session, or one
// that has ended, or of a user who may not come in any more.
func (s *Service) Session(ctx context.Context, secret apikey.Secret) (session authz.Session, user authz.User, err error) {
	now := s.now()
	err = s.view(ctx, func(r storage.Reader) error {
		found, err := r.SessionByDigest(secret.Hash())
		if errors.Is(err, storage.ErrNotFound) || err == nil && hasEnded(found.Session, now) {
			return errSessionOver
		}
		if err != nil {
			return err
		}
		session = found.Session
		user, err = r.User(session.UserID)
		if errors.Is(err, storage.ErrNotFound) || err == nil && !user.Active {
			return errSessionOver
		}
		return err
	})
	if err != nil {
		return authz.Session{}, authz.User{}, err
	}
	s.sessionUsed(session.ID, now)
	return session, user, nil
}

// ListSessions are a user's sessions that have not ended, newest first: their own, or anybody's for whoever reads the
// directory.
func (s *Service) ListSessions(ctx context.Context, a Actor, userID string) (sessions []authz.Session, err error) {
	err = s.view(ctx, func(r storage.Reader) error {
		if err := s.authorizeSessions(r, a, listSessions, readDirectory, userID); err != nil {
			return err
		}
		found, err := r.SessionsOf(userID)
		for _, session := range found {
			if !hasEnded(session.Session, s.now()) {
				sessions = append(sessions, session.Session)
			}
		}
		return err
	})
	return sessions, err
}

// EndSession signs a user out at one browser, EndSessions at all of them.
func (s *Service) EndSession(ctx context.Context, a Actor, userID, id string) error {
	_, err := s.update(ctx, a.does("sessions.end", "session", id), func(tx storage.Tx) error {
		// Nobody is kept from signing out, whatever the policy says.
		if isOwn := a.SessionID != "" && a.SessionID == id && a.UserID == userID; isOwn {
			if attempt, ok := tx.(*recorder); ok {
				attempt.owner = authz.Owner{Type: authz.UserOwner, ID: userID}
			}
		} else {
			if err := s.authorizeSessions(tx, a, endSessions, writeDirectory, userID); err != nil {
				return err
			}
		}
		session, err := tx.Session(id)
		if errors.Is(err, storage.ErrNotFound) || err == nil && session.UserID != userID {
			return notFound("session of this user")
		}
		if err != nil {
			return err
		}
		return tx.DeleteSession(id)
	})
	return err
}

// EndSessions ends all of a user's.
func (s *Service) EndSessions(ctx context.Context, a Actor, userID string) error {
	_, err := s.update(ctx, a.does("sessions.end_all", "user", userID), func(tx storage.Tx) error {
		if err := s.authorizeSessions(tx, a, endSessions, writeDirectory, userID); err != nil {
			return err
		}
		return endSessionsOf(tx, userID)
	})
	return err
}

func endSessionsOf(tx storage.Tx, userID string) error {
	sessions, err := tx.SessionsOf(userID)
	if err != nil {
		return err
	}
	for _, session := range sessions {
		if err := tx.DeleteSession(session.ID); err != nil {
			return err
		}
	}
	return nil
}

// authorizeSessions lets a user see to their own sessions, and whoever may do the directory's operation to anybody's.
func (s *Service) authorizeSessions(r storage.Reader, a Actor, own, ofDirectory operation, userID string) error {
	err := s.authorize(r, a, ofDirectory, thePlatform)
	if errors.Is(err, errForbidden) {
		err = s.authorize(r, a, own, authz.Owner{Type: authz.UserOwner, ID: userID})
	}
	if err != nil {
		return err
	}
	_, err = r.User(userID)
	return orNotFound(err, "user")
}
