package management

import (
	"context"
	"reflect"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/strictjson"
)

// KeyChange is what to change of a key. What is absent keeps its value; the secret, the type and the owner stay.
type KeyChange struct {
	Name         strictjson.Optional[string]     `json:"name"`
	Disabled     strictjson.Optional[bool]       `json:"disabled"`
	ExpiresAt    strictjson.Optional[time.Time]  `json:"expires_at"`
	AllowedCIDRs strictjson.Optional[[]string]   `json:"allowed_cidrs"`
	WorkflowIDs  strictjson.Optional[[]string]   `json:"workflow_ids"`
	Grants       strictjson.Optional[[]GrantRef] `json:"grants"`
}

func (c KeyChange) fields() KeyFields {
	return KeyFields{
		Name: c.Name, Disabled: c.Disabled, ExpiresAt: c.ExpiresAt, AllowedCIDRs: c.AllowedCIDRs, WorkflowIDs: c.WorkflowIDs, Grants: c.Grants,
	}
}

// UpdateKey changes a key that is not revoked.
func (s *Service) UpdateKey(ctx context.Context, a Actor, id string, change KeyChange) (key authz.APIKey, revision uint64, err error) {
	revision, err = s.change(ctx, a.does("keys.update", "key", id), func(tx storage.Tx) error {
		record, err := s.visibleKey(tx, a, id)
		if err != nil {
			return err
		}
		if err := s.authorize(tx, a, updateKey, record.Owner()); err != nil {
			return err
		}
		if record.RevokedAt != nil {
			return errRevoked
		}
		before := record.APIKey
		if err := change.fields().describe(&record.APIKey); err != nil {
			return err
		}
		if before.ReplacedBy != "" && outlives(record.ExpiresAt, before.ExpiresAt) {
			return invalidField("expires_at", "extends the life of a key that was replaced")
		}
		if change.WorkflowIDs.Set || change.Grants.Set {
			if err := checkScope(stored{tx}, record.APIKey); err != nil {
				return err
			}
		}
		key = record.APIKey
		if reflect.DeepEqual(key, before) {
			return nil
		}
		return tx.PutKey(record)
	})
	return key, revision, err
}

var errRevoked = refuse(Conflict, "key_revoked", "The key is revoked, and stays so: create another.")

// outlives tells whether an expiry is later than another; nil is never.
func outlives(expiry, other *time.Time) bool {
	return other != nil && (expiry == nil || expiry.After(*other))
}
