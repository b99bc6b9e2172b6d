package management_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
)

// Who signed in, out, and is linked with whom stands in the audit, by no secret; and it is no change of the world.
func TestSignInsAreAudited(t *testing.T) {
	t.Parallel()
	h := newInstallation(t)
	const address = "203.0.113.9"
	at := management.Visitor{Address: address, UserAgent: "Firefox"}
	code := h.makeLink(false)
	h.putUser("writer", `{"email": "wim@acme.example"}`)
	var secrets []apikey.Secret
	// expect looks at the newest entry, which is done, and whose changes are of these kinds.
	expect := func(what string, actor management.AuditActor, target management.AuditTarget, owner string, revision uint64, kinds string) {
		t.Helper()
		entry := h.last()
		var changed []string
		for _, change := range entry.Changes {
			changed = append(changed, string(change.Kind))
		}
		if entry.Action != what || entry.Outcome != "done" || entry.Actor != actor || entry.Target != target || entry.Owner.ID != owner || entry.Revision != revision || strings.Join(changed, " ") != kinds {
			t.Errorf("%s: %+v, changed %q", what, entry, changed)
		}
		text := jsonOf(entry)
		for _, secret := range secrets {
			hash := secret.Hash()
			if strings.Contains(text, secret.Reveal()[4:]) || strings.Contains(text, fmt.Sprintf("%x", hash)) || strings.Contains(text, "digest") {
				t.Errorf("%s: a secret stands in %s", what, text)
			}
		}
		if actor.SessionID != "" && !strings.Contains(text, actor.SessionID) {
			t.Errorf("%s: no session stands in %s", what, text)
		}
	}
	user := func(id string) management.AuditTarget { return management.AuditTarget{Kind: "user", ID: id} }

	before := h.revision()
	secrets = append(secrets, code)
	in, err := h.SetUp(t.Context(), code, read[management.Setup](t, fay), at)
	h.must(err)
	secrets = append(secrets, in.Secret)
	expect("setup", management.AuditActor{UserID: "fay", SessionID: in.Session.ID, Address: address}, user("fay"), "fay", before+1, "user session")
	if h.revision() != before+1 {
		t.Error("a user was made, and the revision is the same")
	}

	h.unchanged(func() {
		in, err = h.SignIn(t.Context(), person("s", "wim@acme.example"), at)
		h.must(err)
		secrets = append(secrets, in.Secret)
		expect("sessions.begin", management.AuditActor{UserID: "writer", SessionID: in.Session.ID, Address: address}, user("writer"), "writer", 0, "identity session")
		held := in
		in, err = h.SignIn(t.Context(), person("s", ""), management.Visitor{Address: address, Session: in.Secret})
		h.must(err)
		secrets = append(secrets, in.Secret)
		expect("sessions.begin", management.AuditActor{UserID: "writer", SessionID: in.Session.ID, Address: address}, user("writer"), "writer", 0, "session session")
		if entry := h.last(); entry.Changes[0].ID != held.Session.ID || string(entry.Changes[0].After) != "null" || entry.Changes[1].ID != in.Session.ID || string(entry.Changes[1].Before) != "null" {
			t.Errorf("%+v", entry.Changes)
		}

		who := actorOf(in)
		who.Address = address
		h.must(h.EndSession(t.Context(), who, "writer", in.Session.ID))
		expect("sessions.end", management.AuditActor{UserID: "writer", SessionID: in.Session.ID, Address: address}, management.AuditTarget{Kind: "session", ID: in.Session.ID}, "writer", 0, "session")

		h.signIn("writer")
		h.signIn("writer")
		h.must(h.EndSessions(t.Context(), platform, "writer"))
		expect("sessions.end_all", management.AuditActor{TokenID: "tok_test"}, user("writer"), "", 0, "session session")
		h.must(h.link("reader", `{"issuer": "`+issuer+`", "subject": "kim"}`))
		expect("identities.link", management.AuditActor{TokenID: "tok_test"}, user("reader"), "", 0, "identity")
		if after := string(h.last().Changes[0].After); after != `{"identities":[{"issuer":"`+issuer+`","subject":"kim"}]}` {
			t.Errorf("linked: %s", after)
		}
		h.signIn("reader")
		h.must(h.UnlinkIdentities(t.Context(), platform, "reader"))
		expect("identities.unlink", management.AuditActor{TokenID: "tok_test"}, user("reader"), "", 0, "identity session")
	})
	// What ends with a change of the world is of its revision.
	h.signIn("writer")
	h.putUser("writer", `{"active": false}`)
	expect("users.put", management.AuditActor{TokenID: "tok_test"}, user("writer"), "", h.revision(), "session user")
	if _, err := h.VerifyAudit(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

// Who is signed in changes things under their own name, and by their session.
func TestWhatASessionDoesIsAudited(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	who, _ := h.signIn("writer")
	who.Address = "203.0.113.9"
	key, _, _, err := h.CreateKey(t.Context(), who, read[management.KeyFields](t, `{"type": "personal", "name": "laptop"}`))
	h.must(err)
	if entry := h.last(); entry.Actor != (management.AuditActor{UserID: "writer", SessionID: who.SessionID, Address: who.Address}) || key.CreatedBy != "writer" || key.OwnerID != "writer" {
		t.Errorf("%+v, %+v", entry, key)
	}
	_, _, err = h.RevokeKey(t.Context(), who, "key_of_nobody")
	wantCode(t, err, "not_found")
	if entry := h.last(); entry.Outcome != "denied" || entry.Actor.SessionID != who.SessionID || entry.Actor.UserID != "writer" {
		t.Errorf("%+v", entry)
	}
}

func TestRefusedSignInsAreAudited(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	at := management.Visitor{Address: "203.0.113.9"}
	for reason, do := range map[string]func() error{
		"unknown_user":  func() error { _, err := h.SignIn(t.Context(), person("s", "nobody@acme.example"), at); return err },
		"inactive_user": func() error { _, err := h.SignInAs(t.Context(), "idle", at); return err },
		"setup_over": func() error {
			_, err := h.SetUp(t.Context(), apikey.MintTicket(apikey.SetupPrefix), read[management.Setup](t, fay), at)
			return err
		},
	} {
		wantCode(t, do(), reason)
		entry := h.last()
		action := map[bool]string{true: "setup", false: "sessions.begin"}[reason == "setup_over"]
		target := map[string]string{"unknown_user": "identity " + issuer + " s", "inactive_user": "user idle", "setup_over": "user "}[reason]
		if entry.Action != action || entry.Target.String() != target || entry.Owner.ID != map[bool]string{true: "idle"}[reason == "inactive_user"] || entry.Outcome != "denied" || entry.Reason != reason || entry.Actor != (management.AuditActor{Address: at.Address}) || len(entry.Changes) != 0 || entry.Revision != 0 {
			t.Errorf("%s: %+v", reason, entry)
		}
	}
	// What was named instead of a user may be a secret.
	secret := apikey.MintTicket(apikey.SessionPrefix).Reveal()
	_, err := h.SignInAs(t.Context(), secret, at)
	if wantCode(t, err, "unknown_user"); strings.Contains(jsonOf(h.last()), secret) {
		t.Errorf("%+v", h.last())
	}
	// One address writes so many down in a minute, and keeps no other one's out.
	before := h.last().Seq
	for range 100 {
		_, err := h.SignIn(t.Context(), person("s", ""), management.Visitor{Address: "198.51.100.1"})
		wantCode(t, err, "unknown_user")
	}
	if got := h.last().Seq - before; got != 60 {
		t.Errorf("%d of 100 are written down", got)
	}
	_, err = h.SignIn(t.Context(), person("s", ""), management.Visitor{Address: "198.51.100.2"})
	if wantCode(t, err, "unknown_user"); h.last().Actor.Address != "198.51.100.2" {
		t.Error("another address's was lost in the flood")
	}
	h.now = h.now.Add(time.Minute)
	_, err = h.SignIn(t.Context(), person("s", ""), management.Visitor{Address: "198.51.100.1"})
	if wantCode(t, err, "unknown_user"); h.last().Suppressed != 40 {
		t.Errorf("%d are said to be missing", h.last().Suppressed)
	}
	if _, err := h.VerifyAudit(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

// A user sees what happened to their own sessions, and to nobody else's.
func TestAUserSeesTheirOwnSessionsEntries(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	writer, _ := h.signIn("writer")
	_, others := h.signIn("reader")
	// The reader's session ends by the writer's sign-in at the same browser.
	in, err := h.SignInAs(t.Context(), "writer", management.Visitor{Session: others})
	h.must(err)
	h.must(h.EndSession(t.Context(), writer, "writer", in.Session.ID))
	for id, want := range map[string]int{"writer": 3, "reader": 2, "stranger": 0} {
		who, _ := h.signIn(id)
		page, _, err := h.Audit(t.Context(), who, management.AuditQuery{Limit: 100})
		h.must(err)
		// The import of the world, and the sign-in that looks, are everybody's.
		if got := len(page) - 2; got != want {
			t.Errorf("%s sees %d entries, want %d: %+v", id, got, want, page)
		}
		for _, entry := range page {
			for _, change := range entry.Changes {
				if change.Owner != (authz.Owner{Type: authz.UserOwner, ID: id}) {
					t.Errorf("%s sees what happened to %+v", id, change.Owner)
				}
			}
		}
	}
}
