package sqlstore

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

const sessionColumns = "SELECT id, digest, user_id, method, address, user_agent, created_at, last_used_at, expires_at FROM sessions"

func scanSession(row scanner) (s storage.Session, err error) {
	var digest []byte
	var createdAt, lastUsedAt, expiresAt int64
	err = row.Scan(&s.ID, &digest, &s.UserID, &s.Method, &s.Address, &s.UserAgent, &createdAt, &lastUsedAt, &expiresAt)
	copy(s.Digest[:], digest)
	s.CreatedAt, s.LastUsedAt, s.ExpiresAt = time.UnixMicro(createdAt).UTC(), time.UnixMicro(lastUsedAt).UTC(), time.UnixMicro(expiresAt).UTC()
	return s, err
}

// Session implements storage.SignIns.
func (s *session) Session(id string) (storage.Session, error) {
	return one(s, scanSession, sessionColumns+" WHERE id = ?", id)
}

// SessionByDigest implements storage.SignIns.
func (s *session) SessionByDigest(digest storage.Digest) (storage.Session, error) {
	return one(s, scanSession, sessionColumns+" WHERE digest = ?", digest[:])
}

// SessionsOf implements storage.SignIns.
func (s *session) SessionsOf(userID string) ([]storage.Session, error) {
	return all(s, scanSession, sessionColumns+" WHERE user_id = ? ORDER BY created_at DESC, id DESC", userID)
}

// PutSession implements storage.SignInWriter.
func (t *transaction) PutSession(s storage.Session) error {
	_, err := t.exec(`INSERT INTO sessions (id, digest, user_id, method, address, user_agent, created_at, last_used_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, user_id = excluded.user_id, method = excluded.method, address = excluded.address,
		user_agent = excluded.user_agent, created_at = excluded.created_at, last_used_at = excluded.last_used_at, expires_at = excluded.expires_at`,
		s.ID, s.Digest[:], s.UserID, s.Method, s.Address, s.UserAgent, s.CreatedAt.UnixMicro(), s.LastUsedAt.UnixMicro(), s.ExpiresAt.UnixMicro())
	return err
}

// DeleteSession implements storage.SignInWriter.
func (t *transaction) DeleteSession(id string) error {
	return t.removeQuietly("DELETE FROM sessions WHERE id = ?", id)
}

// removeQuietly deletes one row that is no part of the world.
func (t *transaction) removeQuietly(query string, args ...any) error {
	if !storable(args) {
		return storage.ErrNotFound
	}
	n, err := t.exec(query, args...)
	if err == nil && n == 0 {
		return storage.ErrNotFound
	}
	return err
}

const identityColumns = "SELECT issuer, subject, user_id, linked_at FROM identities"

func scanIdentity(row scanner) (i storage.Identity, err error) {
	var at int64
	err = row.Scan(&i.Issuer, &i.Subject, &i.UserID, &at)
	i.LinkedAt = time.UnixMicro(at).UTC()
	return i, err
}

// Identity implements storage.SignIns.
func (s *session) Identity(issuer, subject string) (storage.Identity, error) {
	return one(s, scanIdentity, identityColumns+" WHERE issuer = ? AND subject = ?", issuer, subject)
}

// IdentitiesOf implements storage.SignIns.
func (s *session) IdentitiesOf(userID string) ([]storage.Identity, error) {
	return all(s, scanIdentity, identityColumns+" WHERE user_id = ? ORDER BY issuer", userID)
}

// PutIdentity implements storage.SignInWriter.
func (t *transaction) PutIdentity(i storage.Identity) error {
	var other string
	err := t.get(&other, "SELECT user_id FROM identities WHERE (issuer = ? AND subject = ?) OR (issuer = ? AND user_id = ?)", i.Issuer, i.Subject, i.Issuer, i.UserID)
	switch {
	case err == nil:
		return storage.ErrIdentityTaken
	case !errors.Is(err, storage.ErrNotFound):
		return err
	}
	_, err = t.exec("INSERT INTO identities (issuer, subject, user_id, linked_at) VALUES (?, ?, ?, ?)", i.Issuer, i.Subject, i.UserID, i.LinkedAt.UnixMicro())
	return err
}

// DeleteIdentitiesOf implements storage.SignInWriter.
func (t *transaction) DeleteIdentitiesOf(userID string) error {
	_, err := t.exec("DELETE FROM identities WHERE user_id = ?", userID)
	return err
}

// foldEmail is an address as it is compared. Letters beyond ASCII stay as they are: some of them fold to ASCII ones, and
// whoever can have such an address would else be somebody else.
func foldEmail(email string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, email)
}

// UsersByEmail implements storage.SignIns.
func (s *session) UsersByEmail(email string, limit int) ([]authz.User, error) {
	if email == "" {
		return nil, nil
	}
	return all(s, scanUser, userColumns+" WHERE email_folded = ? ORDER BY id LIMIT ?", foldEmail(email), limit)
}

// HasPlatformAdmin implements storage.SignIns.
func (s *session) HasPlatformAdmin() (bool, error) {
	var id string
	err := s.get(&id, "SELECT id FROM users WHERE platform_role <> '' AND platform_role = ? LIMIT 1", string(authz.PlatformAdmin))
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// PutPendingSignIn implements storage.SignInWriter.
func (t *transaction) PutPendingSignIn(p storage.PendingSignIn) error {
	_, err := t.exec("INSERT INTO sign_ins (state_digest, nonce, verifier, return_to, at) VALUES (?, ?, ?, ?, ?)", p.State[:], p.Nonce, p.Verifier, p.ReturnTo, p.At.UnixMicro())
	return err
}

func scanPendingSignIn(row scanner) (p storage.PendingSignIn, err error) {
	var state []byte
	var at int64
	err = row.Scan(&state, &p.Nonce, &p.Verifier, &p.ReturnTo, &at)
	copy(p.State[:], state)
	p.At = time.UnixMicro(at).UTC()
	return p, err
}

// TakePendingSignIn implements storage.SignInWriter.
func (t *transaction) TakePendingSignIn(state storage.Digest) (storage.PendingSignIn, error) {
	p, err := one(t.session, scanPendingSignIn, "SELECT state_digest, nonce, verifier, return_to, at FROM sign_ins WHERE state_digest = ?", state[:])
	if err != nil {
		return p, err
	}
	return p, t.removeQuietly("DELETE FROM sign_ins WHERE state_digest = ?", state[:])
}

// CountPendingSignIns implements storage.SignInWriter.
func (t *transaction) CountPendingSignIns() (n int, err error) {
	err = t.get(&n, "SELECT COUNT(*) FROM sign_ins")
	return n, err
}

// PutSetupLink implements storage.SignInWriter.
func (t *transaction) PutSetupLink(digest storage.Digest, at time.Time) error {
	_, err := t.exec("INSERT INTO setup_links (digest, at) VALUES (?, ?)", digest[:], at.UnixMicro())
	return err
}

// SetupLink implements storage.SignInWriter.
func (t *transaction) SetupLink(digest storage.Digest) (time.Time, error) {
	var at int64
	err := t.get(&at, "SELECT at FROM setup_links WHERE digest = ?", digest[:])
	return time.UnixMicro(at).UTC(), err
}

// DeleteSetupLinks implements storage.SignInWriter.
func (t *transaction) DeleteSetupLinks() error {
	_, err := t.exec("DELETE FROM setup_links")
	return err
}

// Forget implements storage.Store.
func (s *Store) Forget(ctx context.Context, e storage.Expiry) error {
	return s.write(ctx, func(session *session, _ uint64) error {
		for _, of := range []struct {
			rows   string
			before time.Time
		}{
			{"requests WHERE at", e.Requests},
			{"sign_ins WHERE at", e.PendingSignIns},
			{"setup_links WHERE at", e.SetupLinks},
			{"sessions WHERE expires_at", e.SessionsEnded},
			{"sessions WHERE last_used_at", e.SessionsIdle},
			{"replicas WHERE seen_at", e.Replicas},
		} {
			if of.before.IsZero() {
				continue
			}
			if _, err := session.exec("DELETE FROM "+of.rows+" < ?", of.before.UnixMicro()); err != nil {
				return err
			}
		}
		return nil
	})
}
