package management

import (
	"context"
	"errors"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/strictjson"
)

// SetupTime is how long a set-up link can be used.
const SetupTime = 24 * time.Hour

// setupNote is the store's note that a set-up link was once made.
const setupNote = "setup_link"

// MakeSetupLink makes the code of a link by which the first platform admin is made. It answers zero where the installation has
// a platform admin; and, unless again is set, where a link was made before: not every restart shall write one into a log.
func (s *Service) MakeSetupLink(ctx context.Context, again bool) (code apikey.Secret, err error) {
	made := apikey.MintTicket(apikey.SetupPrefix)
	_, err = s.store.Update(ctx, func(tx storage.Tx) error {
		has, err := tx.HasPlatformAdmin()
		if err != nil || has {
			return err
		}
		_, err = tx.Meta(setupNote)
		switch {
		case err == nil && !again:
			return nil
		case err != nil && !errors.Is(err, storage.ErrNotFound):
			return err
		}
		if err := tx.PutMeta(setupNote, s.now().Format(time.RFC3339)); err != nil {
			return err
		}
		code = made
		if err := tx.PutSetupLink(made.Hash(), s.now()); err != nil {
			return err
		}
		// No record of the world changes, but whoever holds the link may become the platform's admin.
		record := s.newRecord(Actor{Token: authz.ServiceToken{ID: "server"}}.does("setup.link", "setup_link", ""), thePlatform)
		return s.append(tx, record)
	})
	if err != nil {
		return apikey.Secret{}, translated(err)
	}
	return code, nil
}

// Setup is what the first platform admin says of themselves.
type Setup struct {
	ID    strictjson.Optional[string] `json:"id"`
	Name  strictjson.Optional[string] `json:"name"`
	Email strictjson.Optional[string] `json:"email"`
}

// SetUp makes the first platform admin, and signs them in. Every set-up link is dead after that.
func (s *Service) SetUp(ctx context.Context, code apikey.Secret, admin Setup, v Visitor) (SignedIn, error) {
	return s.signIn(ctx, authz.SetupMethod, AuditTarget{Kind: "user"}, v, func(tx storage.Tx) (user authz.User, err error) {
		switch applying, err := tx.ImportApplying(); {
		case err != nil:
			return user, err
		case applying:
			return user, errBusy
		}
		at, err := tx.SetupLink(code.Hash())
		if errors.Is(err, storage.ErrNotFound) || err == nil && s.now().Sub(at) >= SetupTime {
			return user, errSetupOver
		}
		if err != nil {
			return user, err
		}
		has, err := tx.HasPlatformAdmin()
		if err != nil {
			return user, err
		}
		if has {
			return user, errSetupOver
		}
		if user, err = admin.user(); err != nil {
			return user, err
		}
		_, err = tx.User(user.ID)
		if err == nil {
			return user, refuse(Conflict, "id_taken", "A user has this id: choose another, or have the platform give that user the platform_role admin.")
		}
		if !errors.Is(err, storage.ErrNotFound) {
			return user, err
		}
		namesakes, err := tx.UsersByEmail(user.Email, 1)
		if err != nil {
			return user, err
		}
		if len(namesakes) > 0 {
			return user, refuse(Conflict, "email_taken", "The user %s has this e-mail address, and a provider would not know which of the two you are: have the platform give that user the platform_role admin, or take another address.", namesakes[0].ID)
		}
		if err := tx.PutUser(user); err != nil {
			return user, err
		}
		return user, tx.DeleteSetupLinks()
	})
}

var errSetupOver = refuse(NoActor, "setup_over", "This set-up link is dead: it was used, it is older than a day, or there is a platform admin already. 'steelgate serve --setup-link' prints another as long as there is none.")

// user is who the admin will be. The address is what a provider will know them by.
func (c Setup) user() (authz.User, error) {
	user := authz.User{ID: apikey.NewID("user_"), Active: true, PlatformRole: authz.PlatformAdmin}
	var f faults
	f.setReference(&user.ID, "id", c.ID, false)
	f.setText(&user.Name, "name", c.Name, nameFault)
	f.setText(&user.Email, "email", c.Email, emailFault)
	if user.Email == "" && len(f.fields) == 0 {
		f.add("email", "is required: an OpenID provider will know you by it")
	}
	return user, f.err()
}
