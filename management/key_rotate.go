package management

import (
	"context"
	"errors"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

// MaxOverlap is how long a key may go on beside its successor.
const MaxOverlap = 7 * 24 * time.Hour

// RotateKey makes a successor of a key, with a secret of its own and otherwise the same, and ends the key after the
// overlap. It answers the successor and its secret, which nothing shows again; a request that comes again is answered with
// the record as it stands, and the zero secret. A key has one successor: who comes second is told.
func (s *Service) RotateKey(ctx context.Context, a Actor, id string, overlap time.Duration) (successor authz.APIKey, secret apikey.Secret, revision uint64, err error) {
	secret = apikey.Mint()
	revision, err = s.change(ctx, a.does("keys.rotate", "key", id), func(tx storage.Tx) error {
		old, err := s.visibleKey(tx, a, id)
		if err != nil {
			return err
		}
		if err := s.authorize(tx, a, rotateKey, old.Owner()); err != nil {
			return err
		}
		if first, err := s.repeated(tx, a); err != nil || first != "" {
			successor, err = s.answerAgain(tx, a, first, err)
			secret = apikey.Secret{}
			return err
		}
		now := s.now()
		if err := mayBeReplaced(old.APIKey, now); err != nil {
			return err
		}
		next, err := s.withSecret(tx, successorOf(old.APIKey, a, now), secret)
		if err != nil {
			return err
		}
		end := now.Add(overlap)
		if outlives(old.ExpiresAt, &end) {
			old.ExpiresAt = &end
		}
		old.ReplacedBy = next.ID
		if err := tx.PutKey(old); err != nil {
			return err
		}
		successor = next.APIKey
		return errors.Join(tx.PutKey(next), s.remember(tx, a, next.ID))
	})
	if err != nil {
		return authz.APIKey{}, apikey.Secret{}, 0, err
	}
	return successor, secret, revision, nil
}

func mayBeReplaced(key authz.APIKey, now time.Time) error {
	switch {
	case key.RevokedAt != nil:
		return errRevoked
	case key.ReplacedBy != "":
		return refuse(Conflict, "key_replaced", "The key was rotated already: its successor is %s.", key.ReplacedBy)
	case hasExpired(key, now):
		return refuse(Conflict, "key_expired", "The key has expired: create another.")
	}
	return nil
}

// successorOf is the key anew: never longer-lived, wider or less restricted.
func successorOf(key authz.APIKey, a Actor, now time.Time) authz.APIKey {
	return authz.APIKey{
		ID: apikey.NewID("key_"), Type: key.Type, Name: key.Name, OwnerID: key.OwnerID,
		WorkflowIDs: key.WorkflowIDs, Grants: key.Grants, AllowedCIDRs: key.AllowedCIDRs,
		ExpiresAt: key.ExpiresAt, Disabled: key.Disabled, CreatedBy: a.name(), CreatedAt: now, Replaces: key.ID,
	}
}
