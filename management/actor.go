package management

import (
	"cmp"
	"errors"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

// Actor is who asks for an operation: a user who is signed in, or a service token, and the user whom it acts for, if any. A
// token of scope admin that acts for nobody is the platform itself.
type Actor struct {
	Token authz.ServiceToken
	// UserID is the user who is signed in, or whom a token of scope manage acts for, or "".
	UserID string
	// SessionID is the session of the user who is signed in, who has no token; "" for a token.
	SessionID string
	// IsMinted tells that the token stands in the store, and must still where the change is made: it may have been deleted
	// since it was presented.
	IsMinted bool
	// Address is where the request came from, or "".
	Address string
	// Once lets the request be repeated without being done again.
	Once Once
}

// isPlatform tells whether the actor is the platform itself, which may do all.
func (a Actor) isPlatform() bool { return a.UserID == "" && a.Token.May(authz.AdminScope) }

// keepsDirectory tells whether the actor is SteelEngine's backend that keeps the directory.
func (a Actor) keepsDirectory() bool { return a.UserID == "" && a.Token.May(authz.DirectoryScope) }

// name is what records say of the actor; "" for somebody who is about to sign in.
func (a Actor) name() string { return cmp.Or(a.UserID, a.Token.ID) }

// user reads the user whom the actor acts for. There must be one who is active.
func (a Actor) user(r storage.Reader) (authz.User, error) {
	switch {
	case a.SessionID != "":
		// Reads too are refused to a session that has gone: an export may go on for long.
		if err := a.mustStand(r); err != nil {
			return authz.User{}, err
		}
	case a.UserID != "" && !a.Token.May(authz.ManageScope):
		return authz.User{}, refuse(Forbidden, "insufficient_scope", "The service token lacks the scope manage, by which it would act for a user.")
	case a.UserID == "" && a.Token.May(authz.ManageScope):
		return authz.User{}, refuse(NoActor, "no_actor", "Name the user whom the service token acts for in the header X-Steelgate-Actor.")
	case a.UserID == "":
		return authz.User{}, refuse(Forbidden, "insufficient_scope", "The service token lacks the scope for this.")
	}
	user, err := r.User(a.UserID)
	switch isGone := errors.Is(err, storage.ErrNotFound) || err == nil && !user.Active; {
	case isGone && a.SessionID != "":
		return authz.User{}, errSessionOver
	case isGone:
		return authz.User{}, refuse(NoActor, "no_actor", "No active user is called what X-Steelgate-Actor says.")
	}
	return user, err
}

// mustBeSomeone refuses an actor who is neither the platform nor an active user, before anything that they sent is judged.
func (a Actor) mustBeSomeone(r storage.Reader) error {
	if a.isPlatform() {
		return nil
	}
	_, err := a.user(r)
	return err
}

// mustStand refuses a token or a session that has gone since it was presented.
func (a Actor) mustStand(r storage.Reader) error {
	if a.SessionID != "" {
		_, err := r.Session(a.SessionID)
		if errors.Is(err, storage.ErrNotFound) {
			return errSessionOver
		}
		return err
	}
	if !a.IsMinted {
		return nil
	}
	_, err := r.Token(a.Token.ID)
	if errors.Is(err, storage.ErrNotFound) {
		return refuse(NoActor, "no_actor", "The service token was deleted.")
	}
	return err
}
