package management

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/strictjson"
)

// IdentityFields name a person whom an OpenID provider knows.
type IdentityFields struct {
	Issuer  strictjson.Optional[string] `json:"issuer"`
	Subject strictjson.Optional[string] `json:"subject"`
}

// maxIdentity is the greatest length of an issuer and of a subject, in bytes. A subject has at most 255 by the specification.
const maxIdentity = 255

// Identities are the people whom a user is at OpenID providers. They are the platform's alone: whoever links a user with
// themselves is that user.
func (s *Service) Identities(ctx context.Context, a Actor, userID string) (identities []storage.Identity, err error) {
	if err := a.mustBePlatform("Identities"); err != nil {
		return nil, err
	}
	err = s.view(ctx, func(r storage.Reader) error {
		if _, err := r.User(userID); err != nil {
			return orNotFound(err, "user")
		}
		identities, err = r.IdentitiesOf(userID)
		return err
	})
	return identities, err
}

// LinkIdentity says which person a user is, so that they are let in whatever their address. To say so again is harmless.
func (s *Service) LinkIdentity(ctx context.Context, a Actor, userID string, fields IdentityFields) (identity storage.Identity, err error) {
	_, err = s.update(ctx, a.does("identities.link", "user", userID), func(tx storage.Tx) error {
		if err := a.mustBePlatform("Identities"); err != nil {
			return err
		}
		if _, err := tx.User(userID); err != nil {
			return orNotFound(err, "user")
		}
		identity = storage.Identity{UserID: userID, LinkedAt: s.now()}
		var f faults
		f.setIdentity(&identity.Issuer, "issuer", fields.Issuer)
		f.setIdentity(&identity.Subject, "subject", fields.Subject)
		if err := f.err(); err != nil {
			return err
		}
		switch known, err := tx.Identity(identity.Issuer, identity.Subject); {
		case err == nil && known.UserID == userID:
			identity = known
			return nil
		case err != nil && !errors.Is(err, storage.ErrNotFound):
			return err
		}
		return tx.PutIdentity(identity)
	})
	return identity, err
}

func (f *faults) setIdentity(dst *string, name string, given strictjson.Optional[string]) {
	if given.Value == "" || len(given.Value) > maxIdentity || strings.ContainsFunc(given.Value, unicode.IsControl) {
		f.add(name, "want 1 to %d characters, as the provider writes it", maxIdentity)
	}
	*dst = given.Value
}

// UnlinkIdentities undoes all links of a user, whose sessions end with them.
func (s *Service) UnlinkIdentities(ctx context.Context, a Actor, userID string) error {
	_, err := s.update(ctx, a.does("identities.unlink", "user", userID), func(tx storage.Tx) error {
		if err := a.mustBePlatform("Identities"); err != nil {
			return err
		}
		if _, err := tx.User(userID); err != nil {
			return orNotFound(err, "user")
		}
		if err := tx.DeleteIdentitiesOf(userID); err != nil {
			return err
		}
		return endSessionsOf(tx, userID)
	})
	return err
}
