package storagetest

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

func fullSession(id, user string, created time.Time) storage.Session {
	return storage.Session{
		Session: authz.Session{
			ID: id, UserID: user, Method: authz.OIDCMethod, Address: "203.0.113.9", UserAgent: "Mozilla/5.0 „x“",
			CreatedAt: created, LastUsedAt: created.Add(time.Microsecond), ExpiresAt: created.Add(time.Hour),
		},
		Digest: sha256.Sum256([]byte(id)),
	}
}

func putSessions(sessions ...storage.Session) func(storage.Tx) error {
	return func(tx storage.Tx) error {
		for _, s := range sessions {
			if err := tx.PutSession(s); err != nil {
				return err
			}
		}
		return nil
	}
}

// sessions proves that sessions are kept, found, ended, and no part of the world.
func sessions(t *testing.T, store storage.Store) {
	oldest, newer, newest := fullSession("ses_z", "usr_1", noon), fullSession("ses_a", "usr_1", noon.Add(time.Second)), fullSession("ses_b", "usr_1", noon.Add(time.Second))
	others := fullSession("ses_c", "usr_2", noon)
	same(t, "revision", update(t, store, putSessions(newer, oldest, newest, others)), uint64(0))
	same(t, "changes", len(changesAfter(t, store, 0)), 0)
	same(t, "by id", ask(t, store, func(r storage.Reader) (storage.Session, error) { return r.Session("ses_a") }), newer)
	same(t, "by digest", ask(t, store, func(r storage.Reader) (storage.Session, error) { return r.SessionByDigest(newest.Digest) }), newest)
	of := func(r storage.Reader) ([]storage.Session, error) { return r.SessionsOf("usr_1") }
	same(t, "of a user, newest first", ask(t, store, of), []storage.Session{newest, newer, oldest})

	update(t, store, func(tx storage.Tx) error { return tx.DeleteSession("ses_a") })
	_, err := askFor(t, store, func(r storage.Reader) (storage.Session, error) { return r.Session("ses_a") })
	wantError(t, "a session that ended", err, storage.ErrNotFound)
	_, err = askFor(t, store, func(r storage.Reader) (storage.Session, error) { return r.SessionByDigest(newer.Digest) })
	wantError(t, "the digest of one that ended", err, storage.ErrNotFound)
	_, err = store.Update(t.Context(), func(tx storage.Tx) error { return tx.DeleteSession("ses_a") })
	wantError(t, "ending it again", err, storage.ErrNotFound)

	oldest.LastUsedAt = noon.Add(time.Minute)
	if err := store.Touch(t.Context(), storage.Used{Sessions: map[string]time.Time{"ses_z": oldest.LastUsedAt, "ses_gone": noon}}); err != nil {
		t.Fatal(err)
	}
	if err := store.Touch(t.Context(), storage.Used{Sessions: map[string]time.Time{"ses_z": noon}}); err != nil {
		t.Fatal(err)
	}
	same(t, "touched", ask(t, store, of), []storage.Session{newest, oldest})
}

// forgetting proves that what is older than each moment goes, and nothing else.
func forgetting(t *testing.T, store storage.Store) {
	digest := func(text string) storage.Digest { return sha256.Sum256([]byte(text)) }
	update(t, store, func(tx storage.Tx) error {
		return first(
			tx.PutSession(fullSession("ses_old", "usr_1", noon.Add(-2*time.Hour))), tx.PutSession(fullSession("ses_idle", "usr_1", noon.Add(-30*time.Minute))), tx.PutSession(fullSession("ses_new", "usr_1", noon)),
			tx.PutPendingSignIn(storage.PendingSignIn{State: digest("old"), At: noon.Add(-time.Hour)}), tx.PutPendingSignIn(storage.PendingSignIn{State: digest("new"), At: noon}),
			tx.PutSetupLink(digest("old"), noon.Add(-time.Hour)), tx.PutSetupLink(digest("new"), noon),
			tx.PutRequest(storage.Request{Actor: "a", Key: "old", At: noon.Add(-time.Hour)}), tx.PutRequest(storage.Request{Actor: "a", Key: "new", At: noon}),
		)
	})
	forget := func(e storage.Expiry) {
		t.Helper()
		if err := store.Forget(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	ids := func() (ids []string) {
		for _, s := range ask(t, store, func(r storage.Reader) ([]storage.Session, error) { return r.SessionsOf("usr_1") }) {
			ids = append(ids, s.ID)
		}
		return ids
	}
	forget(storage.Expiry{})
	same(t, "nothing is forgotten", ids(), []string{"ses_new", "ses_idle", "ses_old"})
	forget(storage.Expiry{SessionsEnded: noon})
	same(t, "ended ones are", ids(), []string{"ses_new", "ses_idle"})
	forget(storage.Expiry{SessionsIdle: noon.Add(-time.Minute)})
	same(t, "idle ones are", ids(), []string{"ses_new"})
	forget(storage.Expiry{PendingSignIns: noon, SetupLinks: noon, Requests: noon})
	update(t, store, func(tx storage.Tx) error {
		_, err := tx.TakePendingSignIn(digest("old"))
		wantError(t, "an old sign-in", err, storage.ErrNotFound)
		_, err = tx.SetupLink(digest("old"))
		wantError(t, "an old link", err, storage.ErrNotFound)
		_, err = tx.Request("a", "old")
		wantError(t, "an old request", err, storage.ErrNotFound)
		_, err = tx.SetupLink(digest("new"))
		wantError(t, "a new link", err, nil)
		_, err = tx.Request("a", "new")
		wantError(t, "a new request", err, nil)
		_, err = tx.TakePendingSignIn(digest("new"))
		return err
	})
}

// pendingSignIns proves that who went to the provider comes back once.
func pendingSignIns(t *testing.T, store storage.Store) {
	p := storage.PendingSignIn{State: sha256.Sum256([]byte("state")), Nonce: "n", Verifier: "v", ReturnTo: "/keys?a=b", At: noon.Add(time.Microsecond)}
	update(t, store, func(tx storage.Tx) error { return tx.PutPendingSignIn(p) })
	update(t, store, func(tx storage.Tx) error {
		n, err := tx.CountPendingSignIns()
		same(t, "pending", n, 1)
		if err != nil {
			return err
		}
		got, err := tx.TakePendingSignIn(p.State)
		same(t, "taken", got, p)
		return err
	})
	_, err := store.Update(t.Context(), func(tx storage.Tx) error {
		_, err := tx.TakePendingSignIn(p.State)
		return err
	})
	wantError(t, "taking it again", err, storage.ErrNotFound)
}

// identities proves that a person is one user, and a user one person of a provider.
func identities(t *testing.T, store storage.Store) {
	link := func(issuer, subject, user string) storage.Identity {
		return storage.Identity{Issuer: issuer, Subject: subject, UserID: user, LinkedAt: noon}
	}
	put := func(i storage.Identity) error {
		_, err := store.Update(t.Context(), func(tx storage.Tx) error { return tx.PutIdentity(i) })
		return err
	}
	for _, i := range []storage.Identity{link("https://b", "s", "usr_1"), link("https://a", "s", "usr_1"), link("https://a", "S", "usr_2")} {
		wantError(t, "linking", put(i), nil)
	}
	wantError(t, "a person who is another user", put(link("https://a", "s", "usr_3")), storage.ErrIdentityTaken)
	wantError(t, "a user who is another person", put(link("https://a", "new", "usr_1")), storage.ErrIdentityTaken)
	same(t, "a person", ask(t, store, func(r storage.Reader) (storage.Identity, error) { return r.Identity("https://a", "S") }), link("https://a", "S", "usr_2"))
	of := func(r storage.Reader) ([]storage.Identity, error) { return r.IdentitiesOf("usr_1") }
	same(t, "a user's", ask(t, store, of), []storage.Identity{link("https://a", "s", "usr_1"), link("https://b", "s", "usr_1")})
	same(t, "revision", update(t, store, func(tx storage.Tx) error { return tx.DeleteIdentitiesOf("usr_1") }), uint64(0))
	same(t, "after they are gone", ask(t, store, of), []storage.Identity(nil))
	wantError(t, "linking another person", put(link("https://a", "s", "usr_3")), nil)
}

// usersByEmail proves that ASCII letters are folded, and no others: the Kelvin sign and the long s are no k and no s.
func usersByEmail(t *testing.T, store storage.Store) {
	user := func(id, email string) authz.User { return authz.User{ID: id, Email: email, Active: true} }
	users := []authz.User{user("usr_a", "Kim@Steel.example"), user("usr_b", "kim@steel.example"), user("usr_c", "KIM@steel.example"), user("usr_d", ""), user("usr_e", "ÄNNE@steel.example")}
	update(t, store, func(tx storage.Tx) error {
		for _, u := range users {
			if err := tx.PutUser(u); err != nil {
				return err
			}
		}
		return nil
	})
	for _, test := range []struct {
		email string
		limit int
		want  []authz.User
	}{
		{"kiM@steel.example", 5, users[:3]},
		{"kim@steel.example", 2, users[:2]},
		{"\u212aim@steel.example", 5, nil},
		{"kim@\u017fteel.example", 5, nil},
		{"", 5, nil},
		{"änne@steel.example", 5, nil},
		{"ÄnnE@steel.example", 5, users[4:]},
		{"kim@steel.example\x00", 5, nil},
	} {
		same(t, test.email, ask(t, store, func(r storage.Reader) ([]authz.User, error) { return r.UsersByEmail(test.email, test.limit) }), test.want)
	}
}

// platformAdmins proves that one is seen as long as there is one.
func platformAdmins(t *testing.T, store storage.Store) {
	has := func(want bool) {
		t.Helper()
		same(t, "has a platform admin", ask(t, store, storage.Reader.HasPlatformAdmin), want)
	}
	put := func(role authz.PlatformRole, active bool) {
		update(t, store, func(tx storage.Tx) error {
			return tx.PutUser(authz.User{ID: "usr_1", PlatformRole: role, Active: active})
		})
	}
	has(false)
	put(authz.PolicyAdmin, true)
	has(false)
	put(authz.PlatformAdmin, false)
	has(true)
	put(authz.NoPlatformRole, true)
	has(false)
}

// setupLinks proves that links stand until they are all deleted.
func setupLinks(t *testing.T, store storage.Store) {
	a, b := sha256.Sum256([]byte("a")), sha256.Sum256([]byte("b"))
	update(t, store, func(tx storage.Tx) error {
		return first(tx.PutSetupLink(a, noon), tx.PutSetupLink(b, noon.Add(time.Second)))
	})
	update(t, store, func(tx storage.Tx) error {
		at, err := tx.SetupLink(b)
		same(t, "made at", at, noon.Add(time.Second))
		return first(err, tx.DeleteSetupLinks())
	})
	_, err := store.Update(t.Context(), func(tx storage.Tx) error {
		_, err := tx.SetupLink(a)
		return err
	})
	wantError(t, "a link that was deleted", err, storage.ErrNotFound)
}
