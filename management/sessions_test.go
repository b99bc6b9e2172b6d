package management_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/usage"
)

// A session ends when its time is over, however much it is used, and when nobody uses it.
func TestSessionsEndByThemselves(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	tracker := usage.New(h.store, slog.New(slog.DiscardHandler))
	h.Service = management.New(management.Options{
		Store: h.store, Keyring: h.keyring, Engine: h.engine, Clock: func() time.Time { return h.now }, SessionUsed: tracker.Session,
	})
	_, used := h.signIn("writer")
	_, unused := h.signIn("writer")
	// expect looks at the one session before it is used, so that the look is a use of the other alone.
	expect := func(at time.Duration, secret apikey.Secret, want string) {
		t.Helper()
		h.now = noon.Add(at)
		if got := h.sessionError(secret); got != want {
			t.Errorf("after %v: got %q, want %q", at, got, want)
		}
		h.must(tracker.Flush(context.WithoutCancel(t.Context())))
	}
	expect(management.SessionIdle-time.Microsecond, used, "")
	expect(management.SessionIdle, unused, "session_over")
	if ids := h.sessionIDs("writer"); len(ids) != 1 {
		t.Errorf("%d sessions are listed, and one has not ended", len(ids))
	}
	for hour := 3 * time.Hour; hour < management.SessionLifetime; hour += time.Hour {
		expect(hour, used, "")
		expect(hour, unused, "session_over")
	}
	expect(management.SessionLifetime-time.Microsecond, used, "")
	expect(management.SessionLifetime, used, "session_over")
	if ids := h.sessionIDs("writer"); len(ids) != 0 {
		t.Errorf("listed: %q", ids)
	}
}

// A user who is made inactive is signed out everywhere, and is not in again by being made active.
func TestAnInactiveUsersSessionsEnd(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for name, makeInactive := range map[string]func(){
		"by PUT":    func() { h.putUser("writer", `{"active": false}`) },
		"by import": func() { h.mustImport(`{"kind": "user", "id": "writer", "active": false}`) },
	} {
		_, first := h.signIn("writer")
		_, second := h.signIn("writer")
		_, others := h.signIn("reader")
		// What does not touch who may come in, or is only tried, ends nothing.
		h.putUser("writer", `{"name": "Wim", "active": true}`)
		h.must(h.feed.Step(t.Context()))
		if _, err := h.dryRun(platform, func(d management.Directory, a management.Actor) error {
			_, _, _, err := d.PutUser(t.Context(), a, "writer", read[management.UserChange](t, `{"active": false}`))
			return err
		}); err != nil {
			t.Errorf("%s: tried: %v", name, err)
		}
		if got := h.sessionError(first); got != "" {
			t.Errorf("%s: before: %q", name, got)
		}
		makeInactive()
		for range 2 {
			if a, b, c := h.sessionError(first), h.sessionError(second), h.sessionError(others); a != "session_over" || b != "session_over" || c != "" {
				t.Errorf("%s: the user's are %q and %q, another's %q", name, a, b, c)
			}
			h.putUser("writer", `{"active": true}`)
		}
		if _, in := h.signIn("writer"); h.sessionError(in) != "" {
			t.Errorf("%s: afterwards nobody can sign in", name)
		}
	}
}

// A session whose user is gone or inactive lets nobody in, even where nothing has ended it.
func TestASessionThatOutlivedItsUserLetsNobodyIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, id := range []string{"idle", "nobody"} {
		_, _, _, err := h.CreateKey(t.Context(), h.leaveSession(id), read[management.KeyFields](t, `{"type": "personal", "name": "n"}`))
		wantCode(t, err, "session_over")
	}
}

// What a browser held before a sign-in is no session after it: neither what somebody put there, nor another user's.
func TestASignInEndsTheSessionThatTheBrowserHeld(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, own := h.signIn("writer")
	_, others := h.signIn("reader")
	_, elsewhere := h.signIn("reader")
	planted := apikey.MintTicket(apikey.SessionPrefix)
	for _, held := range []apikey.Secret{own, others, planted} {
		in, err := h.SignInAs(t.Context(), "writer", management.Visitor{Session: held})
		h.must(err)
		if in.Secret.Reveal() == held.Reveal() || h.sessionError(held) != "session_over" || h.sessionError(in.Secret) != "" {
			t.Errorf("what was held is %q, what is new %q", h.sessionError(held), h.sessionError(in.Secret))
		}
	}
	if got := h.sessionError(elsewhere); got != "" {
		t.Errorf("another browser's: %q", got)
	}
	// A sign-in that is refused ends nothing.
	if _, err := h.SignInAs(t.Context(), "idle", management.Visitor{Session: elsewhere}); err == nil || h.sessionError(elsewhere) != "" {
		t.Errorf("refused with %v, and the session is %q", err, h.sessionError(elsewhere))
	}
}

func TestAUserHasSoManySessionsAndNoMore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, others := h.signIn("reader")
	var secrets []apikey.Secret
	var want []string
	for range 53 {
		h.now = h.now.Add(time.Second)
		actor, secret := h.signIn("writer")
		secrets, want = append(secrets, secret), append(want, actor.SessionID)
	}
	slices.Reverse(want)
	if got := h.sessionIDs("writer"); !slices.Equal(got, want[:50]) {
		t.Errorf("%d sessions are listed, not the 50 newest, newest first", len(got))
	}
	for i, secret := range secrets {
		if got := h.sessionError(secret); (got == "") != (i >= 3) {
			t.Errorf("session %d of 53: %q", i+1, got)
		}
	}
	if got := h.sessionError(others); got != "" {
		t.Errorf("another user's: %q", got)
	}
}

func TestEndSession(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	writer, secret := h.signIn("writer")
	second, _ := h.signIn("writer")
	reader, others := h.signIn("reader")
	for _, c := range []struct {
		who      management.Actor
		user, id string
		code     string
	}{
		{writer, "writer", reader.SessionID, "not_found"},
		{writer, "writer", "ses_none", "not_found"},
		{writer, "writer", "", "not_found"},
		{writer, "writer", "a\x00b", "not_found"},
		{writer, "reader", reader.SessionID, "forbidden"},
		{writer, "nobody", reader.SessionID, "forbidden"},
		{platform, "writer", reader.SessionID, "not_found"},
		{platform, "nobody", reader.SessionID, "not_found"},
		{as("org_admin"), "reader", reader.SessionID, "forbidden"},
	} {
		if err := h.EndSession(t.Context(), c.who, c.user, c.id); codeOf(err) != c.code {
			t.Errorf("%q of %s: %v, want %s", c.id, c.user, err, c.code)
		}
	}
	if a, b := h.sessionError(secret), h.sessionError(others); a != "" || b != "" {
		t.Fatalf("refused, and the sessions are %q and %q", a, b)
	}
	h.must(h.EndSession(t.Context(), second, "writer", writer.SessionID))
	if got := h.sessionError(secret); got != "session_over" {
		t.Errorf("the one that ended: %q", got)
	}
	if got := h.sessionIDs("writer"); !slices.Equal(got, []string{second.SessionID}) {
		t.Errorf("left: %q", got)
	}
	wantCode(t, h.EndSession(t.Context(), second, "writer", writer.SessionID), "not_found")
	h.must(h.EndSessions(t.Context(), token(authz.DirectoryScope), "writer"))
	h.must(h.EndSessions(t.Context(), token(authz.DirectoryScope), "writer"))
	if got := h.sessionIDs("writer"); len(got) != 0 {
		t.Errorf("left: %q", got)
	}
	if got := h.sessionError(others); got != "" {
		t.Errorf("another user's: %q", got)
	}
}

// A session that ends between the request's arrival and its transaction changes nothing, and reads nothing.
func TestAnEndedSessionDoesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	key, _ := h.createKey(`{"type": "personal", "user_id": "platform_admin", "name": "a"}`)
	ended, _ := h.signIn("platform_admin")
	h.must(h.EndSessions(t.Context(), platform, "platform_admin"))
	h.unchanged(func() {
		for name, do := range map[string]func() error{
			"create": func() error {
				_, _, _, err := h.CreateKey(t.Context(), ended, read[management.KeyFields](t, `{"type": "personal", "name": "b"}`))
				return err
			},
			"revoke": func() error { _, _, err := h.RevokeKey(t.Context(), ended, key.ID); return err },
			"put": func() error {
				_, _, _, err := h.PutUser(t.Context(), ended, "new", management.UserChange{})
				return err
			},
			"import": func() error {
				_, err := h.Import(t.Context(), ended, lines(`{"kind": "user", "id": "new"}`))
				return err
			},
			"end sessions": func() error { return h.EndSessions(t.Context(), ended, "writer") },
			"try": func() error {
				_, err := h.dryRun(ended, func(d management.Directory, a management.Actor) error {
					_, err := d.DeleteUser(t.Context(), a, "writer")
					return err
				})
				return err
			},
			"read": func() error { _, err := h.Key(t.Context(), ended, key.ID); return err },
			"list": func() error {
				_, _, err := h.ListKeys(t.Context(), ended, management.KeyQuery{Limit: 10})
				return err
			},
			"audit": func() error {
				_, _, err := h.Audit(t.Context(), ended, management.AuditQuery{Limit: 10})
				return err
			},
			"list sessions": func() error { _, err := h.ListSessions(t.Context(), ended, "platform_admin"); return err },
		} {
			if got := codeOf(do()); got != "session_over" {
				t.Errorf("%s: %q", name, got)
			}
		}
	})
}

// Whoever reads the database reads no secret that lets people in.
func TestTheDatabaseHoldsNoSecretThatLetsIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.deleteUser("platform_admin")
	actor, session := h.signIn("writer")
	state := h.beginSignIn()
	code, err := h.MakeSetupLink(t.Context(), false)
	h.must(err)
	stored := ""
	files, err := filepath.Glob(h.file + "*")
	h.must(err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		h.must(err)
		stored += string(text)
	}
	if !strings.Contains(stored, actor.SessionID) || !strings.Contains(stored, aPending.Verifier) {
		t.Fatal("what was looked at is not what is stored")
	}
	for _, secret := range []apikey.Secret{session, state, code} {
		hash := secret.Hash()
		if strings.Contains(stored, secret.Reveal()[4:]) {
			t.Errorf("%s stands in the database", secret.Reveal()[:4])
		}
		if !bytes.Contains([]byte(stored), hash[:]) {
			t.Errorf("of %s no hash stands in the database", secret.Reveal()[:4])
		}
	}
}

// Anybody may write anything there.
func TestWhatABrowserCallsItselfIsCut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	secret := apikey.MintTicket(apikey.SessionPrefix).Reveal()
	for given, want := range map[string]string{
		"Mozilla/5.0 (X11)":               "Mozilla/5.0 (X11)",
		"a\x00b\r\nc\x7f\xff":             "abc",
		"holds " + secret:                 "holds [redacted]",
		strings.Repeat("é", 200):          strings.Repeat("é", 128),
		"x" + strings.Repeat("é", 200):    "x" + strings.Repeat("é", 127),
		strings.Repeat("a", 240) + secret: strings.Repeat("a", 240) + "[redacted]",
	} {
		in, err := h.SignInAs(t.Context(), "writer", management.Visitor{UserAgent: given})
		if err != nil || in.Session.UserAgent != want {
			t.Errorf("%q became %q, %v", given, in.Session.UserAgent, err)
		}
	}
}
