package management

import (
	"errors"
	"reflect"

	"github.com/go-json-experiment/json"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/strictjson"
)

func readStagedKey(l storage.StagedLine) (staged stagedKey, line keyLine, err error) {
	if err := json.Unmarshal(l.Entity, &staged); err != nil {
		return staged, line, err
	}
	err = json.Unmarshal(staged.Line, &line)
	return staged, line, err
}

// onto is the key that a line makes of the one that stands, or of none. What stands keeps its type, its owner and its end.
func (line keyLine) onto(current authz.APIKey, id string, stands bool) (authz.APIKey, error) {
	key := current
	key.ID = id
	if stands && !line.Type.Set {
		line.Type = strictjson.Some(string(current.Type))
	}
	if err := line.identify(&key, ""); err != nil {
		return key, err
	}
	if stands && key.Owner() != current.Owner() {
		return key, invalidField("type", "is another, or its owner is: an import changes neither")
	}
	if err := line.describe(&key); err != nil {
		return key, err
	}
	var f faults
	if line.CreatedBy.Value != "" {
		f.setText(&key.CreatedBy, "created_by", line.CreatedBy, nameFault)
	}
	if line.CreatedAt.Set && !line.CreatedAt.Null {
		key.CreatedAt = *f.instant("created_at", line.CreatedAt)
	}
	if line.LastUsedAt.Set {
		key.LastUsedAt = f.instant("last_used_at", line.LastUsedAt)
	}
	if line.RevokedAt.Set && !line.RevokedAt.Null && current.RevokedAt == nil {
		key.RevokedAt = f.instant("revoked_at", line.RevokedAt)
		if line.RevokedBy.Value != "" {
			f.setText(&key.RevokedBy, "revoked_by", line.RevokedBy, nameFault)
		}
	}
	if current.ReplacedBy != "" && outlives(key.ExpiresAt, current.ExpiresAt) {
		f.add("expires_at", "extends the life of a key that was replaced")
	}
	return key, f.err()
}

func (s *Service) applyKey(tx storage.Tx, l storage.StagedLine) error {
	staged, line, err := readStagedKey(l)
	if err != nil {
		return err
	}
	record, err := tx.Key(l.A)
	stands := err == nil
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	if stands {
		before := record.APIKey
		if record.APIKey, err = line.onto(before, l.A, true); err != nil || reflect.DeepEqual(record.APIKey, before) {
			return err
		}
		return tx.PutKey(record)
	}
	key, err := line.onto(authz.APIKey{CreatedBy: staged.Importer, CreatedAt: s.now()}, l.A, false)
	if err != nil {
		return err
	}
	if record, err = s.unstaged(tx, staged, key); err != nil {
		return err
	}
	return tx.PutKey(record)
}

// unstaged is a new key's record: whatever version the secret was staged under, it is now made under the active one.
func (s *Service) unstaged(tx storage.Tx, staged stagedKey, key authz.APIKey) (storage.Key, error) {
	secret, err := staged.secret(s.keyring.Versions(), key.ID)
	if err != nil {
		return storage.Key{}, err
	}
	unknown := secret.IsZero()
	if unknown {
		secret = apikey.Mint()
	}
	record, err := s.withSecret(tx, key, secret)
	if unknown {
		record.Hint = ""
	}
	return record, err
}
