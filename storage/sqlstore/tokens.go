package sqlstore

import (
	"database/sql"
	"errors"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/steelengine/steelgate/storage"
)

const tokenColumns = "SELECT id, name, scopes, created_by, created_at, expires_at, digest, pepper_version, sealed, last_used_at FROM tokens"

func scanToken(row scanner) (t storage.Token, err error) {
	var digest []byte
	var scopes string
	var createdAt int64
	var expiresAt, lastUsedAt sql.NullInt64
	if err := row.Scan(&t.ID, &t.Name, &scopes, &t.CreatedBy, &createdAt, &expiresAt, &digest, &t.PepperVersion, &t.Sealed, &lastUsedAt); err != nil {
		return t, err
	}
	copy(t.Digest[:], digest)
	t.CreatedAt, t.ExpiresAt, t.LastUsedAt = time.UnixMicro(createdAt).UTC(), instant(expiresAt), instant(lastUsedAt)
	return t, json.Unmarshal([]byte(scopes), &t.Scopes)
}

// Token implements storage.Tokens.
func (s *session) Token(id string) (storage.Token, error) {
	return one(s, scanToken, tokenColumns+" WHERE id = ?", id)
}

// ListTokens implements storage.Tokens.
func (s *session) ListTokens() ([]storage.Token, error) {
	return all(s, scanToken, tokenColumns+" ORDER BY created_at DESC, id DESC")
}

// EachToken implements storage.World.
func (s *session) EachToken(visit func(storage.Token) error) error {
	return visitAll(s, scanToken, visit, tokenColumns)
}

// PutToken implements storage.Tx.
func (t *transaction) PutToken(token storage.Token) error {
	var other string
	err := t.get(&other, "SELECT id FROM tokens WHERE digest = ? AND id <> ?", token.Digest[:], token.ID)
	switch {
	case err == nil:
		return storage.ErrSecretTaken
	case !errors.Is(err, storage.ErrNotFound):
		return err
	}
	scopes, err := json.Marshal(token.Scopes, json.FormatNilSliceAsNull(true))
	if err != nil {
		return err
	}
	return t.put(storage.TokenKind, token.ID, "", `INSERT INTO tokens (id, name, scopes, created_by, created_at, expires_at, digest, pepper_version, sealed, last_used_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, scopes = excluded.scopes, created_by = excluded.created_by, created_at = excluded.created_at,
		expires_at = excluded.expires_at, digest = excluded.digest, pepper_version = excluded.pepper_version, sealed = excluded.sealed, last_used_at = excluded.last_used_at`,
		token.ID, token.Name, string(scopes), token.CreatedBy, token.CreatedAt.UnixMicro(), micros(token.ExpiresAt), token.Digest[:], int64(token.PepperVersion), token.Sealed, micros(token.LastUsedAt))
}

// DeleteToken implements storage.Tx.
func (t *transaction) DeleteToken(id string) error {
	return t.remove(storage.TokenKind, id, "", "DELETE FROM tokens WHERE id = ?", id)
}
