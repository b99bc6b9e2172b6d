package sqlstore

import (
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/jmoiron/sqlx"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

const (
	keyFields = `SELECT id, type, owner_id, name, digest, pepper_version, sealed, workflow_ids, grants, allowed_cidrs, hint, created_by, created_at,
	expires_at, disabled, last_used_at, revoked_at, revoked_by, replaced_by, replaces`
	keyColumns = keyFields + " FROM api_keys"
)

// scanKey reads keyColumns.
func scanKey(row scanner) (k storage.Key, err error) {
	var digest []byte
	var createdAt int64
	var workflows, grants, cidrs sql.NullString
	var expiresAt, lastUsedAt, revokedAt sql.NullInt64
	if err := row.Scan(&k.ID, &k.Type, &k.OwnerID, &k.Name, &digest, &k.PepperVersion, &k.Sealed, &workflows, &grants, &cidrs, &k.Hint, &k.CreatedBy, &createdAt,
		&expiresAt, &k.Disabled, &lastUsedAt, &revokedAt, &k.RevokedBy, &k.ReplacedBy, &k.Replaces); err != nil {
		return k, err
	}
	copy(k.Digest[:], digest)
	k.CreatedAt = time.UnixMicro(createdAt).UTC()
	k.ExpiresAt, k.LastUsedAt, k.RevokedAt = instant(expiresAt), instant(lastUsedAt), instant(revokedAt)
	return k, readLists(&k.APIKey, workflows, grants, cidrs)
}

func readLists(k *authz.APIKey, workflows, grants, cidrs sql.NullString) error {
	err := errors.Join(readList(workflows, &k.WorkflowIDs), readList(grants, &k.Grants), readList(cidrs, &k.AllowedCIDRs))
	if err != nil {
		return fmt.Errorf("key %s: %w", k.ID, err)
	}
	return nil
}

// readList reads a JSON array, or nothing where it is null.
func readList[T any](text sql.NullString, list *[]T) error {
	if !text.Valid {
		return nil
	}
	return json.Unmarshal([]byte(text.String), list)
}

// listText is a list as its column holds it: nil is null.
func listText[T any](list []T) (sql.NullString, error) {
	if list == nil {
		return sql.NullString{}, nil
	}
	text, err := json.Marshal(list)
	return sql.NullString{String: string(text), Valid: true}, err
}

func instant(micros sql.NullInt64) *time.Time {
	if !micros.Valid {
		return nil
	}
	at := time.UnixMicro(micros.Int64).UTC()
	return &at
}

func micros(at *time.Time) sql.NullInt64 {
	if at == nil {
		return sql.NullInt64{}
	}
	return sql.NullInt64{Int64: at.UnixMicro(), Valid: true}
}

// Key implements storage.Keys.
func (s *session) Key(id string) (storage.Key, error) {
	return one(s, scanKey, keyColumns+" WHERE id = ?", id)
}

// KeyByDigest implements storage.Keys.
func (s *session) KeyByDigest(digest storage.Digest) (storage.Key, error) {
	return one(s, scanKey, keyColumns+" WHERE digest = ?", digest[:])
}

// KeysOf implements storage.Keys.
func (s *session) KeysOf(owner authz.Owner) ([]storage.Key, error) {
	return all(s, scanKey, keyColumns+" WHERE type = ? AND owner_id = ? AND revoked_at IS NULL ORDER BY id", keyType(owner.Type), owner.ID)
}

// keyType is the type of the keys that an owner of the type has.
func keyType(owner authz.OwnerType) authz.KeyType {
	for _, t := range []authz.KeyType{authz.PersonalKey, authz.WorkspaceKey, authz.OrganizationKey} {
		if t.OwnerType() == owner {
			return t
		}
	}
	return ""
}

// KeysTargeting implements storage.Keys.
func (s *session) KeysTargeting(target storage.Target) ([]storage.Key, error) {
	return all(s, scanKey, keyColumns+` WHERE revoked_at IS NULL AND id IN
		(SELECT key_id FROM key_targets WHERE workspace_id = ? AND workflow_id = ?) ORDER BY id`, target.WorkspaceID, target.WorkflowID)
}

// KeysReaching implements storage.Keys. SQLite joins in the order that a cross join is written in: from what a workspace
// has, which is little, to the keys, which are many.
func (s *session) KeysReaching(workspaceID string) ([]storage.Key, error) {
	return all(s, scanKey, keyFields+reaching+" ORDER BY id", workspaceID, workspaceID)
}

const reaching = ` FROM (SELECT key_id FROM key_targets WHERE workspace_id = ? AND workflow_id = ''
		UNION SELECT t.key_id FROM resources r CROSS JOIN key_targets t
			WHERE r.workspace_id = ? AND r.type = 'workflow' AND t.workspace_id = '' AND t.workflow_id = r.id) AS reaching
		CROSS JOIN api_keys WHERE id = key_id AND type = 'organization' AND revoked_at IS NULL`

// KeyIDsAt implements storage.Keys.
func (s *session) KeyIDsAt(workspaceID string, limit int) (ids []string, err error) {
	err = s.list(&ids, `SELECT id FROM (SELECT id FROM api_keys WHERE type = 'workspace' AND owner_id = ? AND revoked_at IS NULL
		UNION SELECT k.id FROM workspaces w CROSS JOIN api_keys k
			WHERE w.id = ? AND k.type = 'personal' AND k.owner_id = w.owner_id AND k.revoked_at IS NULL
		UNION SELECT k.id FROM workspace_members m CROSS JOIN api_keys k
			WHERE m.workspace_id = ? AND k.type = 'personal' AND k.owner_id = m.user_id AND k.revoked_at IS NULL
		UNION SELECT id`+reaching+`) AS concerned ORDER BY id LIMIT ?`, workspaceID, workspaceID, workspaceID, workspaceID, workspaceID, limit)
	return ids, err
}

// KeysUnder implements storage.Keys.
func (s *session) KeysUnder(version uint32, after string, limit int) ([]storage.Key, error) {
	return all(s, scanKey, keyColumns+" WHERE pepper_version = ? AND id > ? ORDER BY id LIMIT ?", int64(version), after, limit)
}

// EachKey implements storage.World. It reads a million keys in seconds: no column that no decision needs, and no JSON but
// where a list stands.
func (s *session) EachKey(visit func(storage.Key) error) error {
	var digest sql.RawBytes
	var workflows, grants, cidrs sql.NullString
	var expiresAt, revokedAt sql.NullInt64
	return s.each(func(rows *sqlx.Rows) error {
		var k storage.Key
		if err := rows.Scan(&k.ID, &k.Type, &k.OwnerID, &k.Name, &digest, &k.PepperVersion, &workflows, &grants, &cidrs, &expiresAt, &k.Disabled, &revokedAt); err != nil {
			return err
		}
		copy(k.Digest[:], digest)
		k.ExpiresAt, k.RevokedAt = instant(expiresAt), instant(revokedAt)
		if err := readLists(&k.APIKey, workflows, grants, cidrs); err != nil {
			return err
		}
		return visit(k)
	}, "SELECT id, type, owner_id, name, digest, pepper_version, workflow_ids, grants, allowed_cidrs, expires_at, disabled, revoked_at FROM api_keys")
}

// PutKey implements storage.Tx. That updates are one after the other makes a look before the write enough.
func (t *transaction) PutKey(k storage.Key) error {
	workflows, err := listText(k.WorkflowIDs)
	grants, err2 := listText(k.Grants)
	cidrs, err3 := listText(k.AllowedCIDRs)
	if err := errors.Join(err, err2, err3); err != nil {
		return err
	}
	name := storage.FoldName(k.Name)
	nameDigest := sha256.Sum256([]byte(name))
	met, err := t.look(k, nameDigest[:])
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return storage.ErrUnstorable
	case err != nil:
		return err
	case met.secretTaken:
		return storage.ErrSecretTaken
	case met.nameTaken && k.RevokedAt == nil && k.ReplacedBy == "":
		return storage.ErrNameTaken
	}
	err = t.put(storage.KeyKind, k.ID, "", `INSERT INTO api_keys (id, type, owner_id, name, name_folded, name_digest, digest, pepper_version, sealed, workflow_ids,
			grants, allowed_cidrs, hint, created_by, created_at, expires_at, disabled, last_used_at, revoked_at, revoked_by, replaced_by, replaces)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET type = excluded.type, owner_id = excluded.owner_id, name = excluded.name, name_folded = excluded.name_folded,
			name_digest = excluded.name_digest, digest = excluded.digest, pepper_version = excluded.pepper_version, sealed = excluded.sealed,
			workflow_ids = excluded.workflow_ids, grants = excluded.grants, allowed_cidrs = excluded.allowed_cidrs, hint = excluded.hint,
			created_by = excluded.created_by, created_at = excluded.created_at, expires_at = excluded.expires_at, disabled = excluded.disabled,
			last_used_at = excluded.last_used_at, revoked_at = excluded.revoked_at, revoked_by = excluded.revoked_by, replaced_by = excluded.replaced_by, replaces = excluded.replaces`,
		k.ID, string(k.Type), k.OwnerID, k.Name, name, nameDigest[:], k.Digest[:], int64(k.PepperVersion), k.Sealed, workflows,
		grants, cidrs, k.Hint, k.CreatedBy, k.CreatedAt.UnixMicro(), micros(k.ExpiresAt), k.Disabled, micros(k.LastUsedAt), micros(k.RevokedAt), k.RevokedBy, k.ReplacedBy, k.Replaces)
	if err != nil {
		return err
	}
	return t.putTargets(k, met.hasTargets)
}

// standing is what a key that is put meets.
type standing struct{ secretTaken, nameTaken, hasTargets bool }

func scanStanding(row scanner) (found standing, err error) {
	err = row.Scan(&found.secretTaken, &found.nameTaken, &found.hasTargets)
	return found, err
}

// look finds all of that out at once: to a database across a network each question is a round trip.
func (t *transaction) look(k storage.Key, name []byte) (standing, error) {
	return one(t.session, scanStanding, `SELECT
		EXISTS (SELECT 1 FROM api_keys WHERE digest = ? AND id <> ?),
		EXISTS (SELECT 1 FROM api_keys WHERE type = ? AND owner_id = ? AND name_digest = ? AND revoked_at IS NULL AND replaced_by = '' AND id <> ?),
		EXISTS (SELECT 1 FROM key_targets WHERE key_id = ?)`,
		k.Digest[:], k.ID, string(k.Type), k.OwnerID, name, k.ID, k.ID)
}

// putTargets keeps what a key names findable from there. A key may name a thing more than once.
func (t *transaction) putTargets(k storage.Key, hasTargets bool) error {
	if hasTargets {
		if _, err := t.exec("DELETE FROM key_targets WHERE key_id = ?", k.ID); err != nil {
			return err
		}
	}
	var rows []any
	for _, id := range k.WorkflowIDs {
		rows = append(rows, k.ID, "", id)
	}
	for _, g := range k.Grants {
		rows = append(rows, k.ID, g.WorkspaceID, g.WorkflowID)
	}
	_, err := t.insertMany("INSERT INTO key_targets (key_id, workspace_id, workflow_id)", 3, rows, " ON CONFLICT DO NOTHING")
	return err
}
