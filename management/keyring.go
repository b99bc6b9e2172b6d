package management

import (
	"context"
	"errors"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/rotation"
	"github.com/steelengine/steelgate/storage"
)

var errKeyringOutdated = refuse(Busy, "keyring_outdated", "The keyring of this replica is not the one that the database goes by now: its log says what to do. Others can do this.")

// activeVersion is the version of the keyring that secrets are made under in the transaction. A transaction is asked once,
// for an import makes many.
func (s *Service) activeVersion(r storage.Reader) (*apikey.Version, error) {
	recorded, isRecorder := r.(*recorder)
	if isRecorder && recorded.active != nil {
		return recorded.active, nil
	}
	active, err := rotation.Active(r, s.keyring.Versions())
	if _, missing := errors.AsType[*apikey.MissingVersion](err); missing || errors.Is(err, apikey.ErrWrongKeyring) {
		s.log.Debug("the keyring does not fit the database: no secret can be made or looked up here", "error", err)
		return nil, errKeyringOutdated
	}
	if isRecorder && err == nil {
		recorded.active = active
	}
	return active, err
}

// stagingVersion is the one that an import's secrets are sealed under while they wait.
func (s *Service) stagingVersion(ctx context.Context) (version *apikey.Version, err error) {
	err = s.view(ctx, func(r storage.Reader) error {
		version, err = s.activeVersion(r)
		return err
	})
	return version, err
}

// digests are those that a secret may be found by in the transaction.
func (s *Service) digests(r storage.Reader, secret apikey.Secret) ([]storage.Digest, error) {
	// Who lacks the active version would not find the key, and must not say that there is none.
	if _, err := s.activeVersion(r); err != nil {
		return nil, err
	}
	return s.keyring.Digests(nil, secret), nil
}

// AuditKeyring enters in the audit what was done to the keyring by whoever runs this process, in the transaction that did it.
func (s *Service) AuditKeyring(tx storage.Tx, by, action, version string) error {
	return s.append(tx, s.newRecord(Actor{Token: authz.ServiceToken{ID: by}}.does(action, "keyring", version), thePlatform))
}
