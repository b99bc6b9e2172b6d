package management_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
)

// A person is the user with the address that the provider vouches for, and from then on that user whatever the address.
func TestSignInByEmailThenBySubject(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.putUser("writer", `{"email": "Wim@Acme.example"}`)
	in, err := h.SignIn(t.Context(), person("s1", "wIM@aCME.EXAMPLE"), management.Visitor{Address: "203.0.113.9", UserAgent: "Firefox"})
	h.must(err)
	if in.User.ID != "writer" || in.Session.UserID != "writer" || in.Session.Method != authz.OIDCMethod || in.Session.Address != "203.0.113.9" || in.Session.UserAgent != "Firefox" ||
		!in.Session.CreatedAt.Equal(noon) || !in.Session.ExpiresAt.Equal(noon.Add(management.SessionLifetime)) || !strings.HasPrefix(in.Secret.Reveal(), "sgs_") {
		t.Errorf("signed in as %+v", in)
	}
	session, user, err := h.Session(t.Context(), in.Secret)
	if err != nil || session != in.Session || user != in.User {
		t.Errorf("the secret is of %+v %+v, %v", session, user, err)
	}
	if got := h.identitiesOf("writer"); !slices.Equal(got, []string{issuer + " s1"}) {
		t.Errorf("linked with %q", got)
	}
	// The address moves on to somebody else, and the person does not move with it.
	h.putUser("writer", `{"email": "wim@new.example"}`)
	h.putUser("reader", `{"email": "wim@acme.example"}`)
	for _, email := range []string{"wim@acme.example", "wim@new.example", "elsewhere@x.example", ""} {
		again, err := h.SignIn(t.Context(), person("s1", email), management.Visitor{})
		if err != nil || again.User.ID != "writer" || again.Secret.Reveal() == in.Secret.Reveal() || again.Session.ID == in.Session.ID {
			t.Errorf("again, with %q: %+v, %v", email, again, err)
		}
	}
	if got := h.identitiesOf("reader"); len(got) != 0 {
		t.Errorf("somebody else is linked with %q", got)
	}
}

// Who is not let in is not linked either, and has no session.
func TestRefusedSignIns(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.putUser("writer", `{"email": "wim@acme.example"}`)
	h.putUser("reader", `{"email": "kim@acme.example"}`)
	h.putUser("idle", `{"email": "idle@acme.example"}`)
	h.putUser("stranger", `{"email": "left@acme.example", "active": false}`)
	for _, id := range []string{"owner", "admin"} {
		h.putUser(id, `{"email": "two@acme.example"}`)
	}
	for n := range 21 {
		h.mustImport(fmt.Sprintf(`{"kind": "user", "id": "many_%02d", "email": "many@acme.example", "active": %t}`, n, n == 0 || n == 20))
		h.mustImport(fmt.Sprintf(`{"kind": "user", "id": "gone_%02d", "email": "gone@acme.example", "active": false}`, n%2))
	}
	if _, err := h.LinkIdentity(t.Context(), platform, "reader", read[management.IdentityFields](t, `{"issuer": "`+issuer+`", "subject": "kim"}`)); err != nil {
		t.Fatal(err)
	}
	if _, err := h.LinkIdentity(t.Context(), platform, "idle", read[management.IdentityFields](t, `{"issuer": "`+issuer+`", "subject": "linked and idle"}`)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, subject, email, code string
	}{
		{"an address that is not vouched for", "s", "", "unknown_user"},
		{"an address of nobody", "s", "nobody@acme.example", "unknown_user"},
		{"a Kelvin sign for a k", "s", "\u212aim@acme.example", "unknown_user"},
		{"a space after the address", "s", "wim@acme.example ", "unknown_user"},
		{"a NUL after the address", "s", "wim@acme.example\x00", "unknown_user"},
		{"a pattern", "s", "%@acme.example", "unknown_user"},
		{"two users of one address", "s", "two@acme.example", "ambiguous_email"},
		{"two active ones, far apart among many", "s", "many@acme.example", "ambiguous_email"},
		{"inactive ones alone", "s", "gone@acme.example", "unknown_user"},
		{"an inactive user", "s", "left@acme.example", "inactive_user"},
		{"an inactive user who is linked", "linked and idle", "wim@acme.example", "inactive_user"},
		{"another person of the provider with a linked user's address", "not kim", "kim@acme.example", "linked_to_another"},
	} {
		h.unchanged(func() {
			in, err := h.SignIn(t.Context(), person(c.subject, c.email), management.Visitor{})
			if codeOf(err) != c.code || !in.Secret.IsZero() || in.User.ID != "" {
				t.Errorf("%s: %+v, %v, want %q", c.name, in, err, c.code)
			}
			if refused, ok := err.(*management.Error); !ok || refused.Reason != management.Forbidden {
				t.Errorf("%s: %v is not a refusal of the person", c.name, err)
			}
		})
	}
	for _, id := range []string{"owner", "admin", "writer", "idle", "stranger", "many_00", "many_20", "gone_00"} {
		if ids := h.sessionIDs(id); len(ids) != 0 {
			t.Errorf("%s has sessions", id)
		}
		if got := h.identitiesOf(id); len(got) != 0 && id != "idle" {
			t.Errorf("%s is linked with %q", id, got)
		}
	}
}

// Of two users with one address the active one is meant, if the other is not.
func TestAnInactiveNamesakeIsInNobodysWay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, id := range []string{"idle", "writer"} {
		h.putUser(id, `{"email": "wim@acme.example"}`)
	}
	in, err := h.SignIn(t.Context(), person("s", "wim@acme.example"), management.Visitor{})
	if err != nil || in.User.ID != "writer" {
		t.Errorf("%+v, %v", in.User, err)
	}
	// The other one's coming back changes nothing for who is linked.
	h.putUser("idle", `{"active": true}`)
	if in, err = h.SignIn(t.Context(), person("s", "wim@acme.example"), management.Visitor{}); err != nil || in.User.ID != "writer" {
		t.Errorf("%+v, %v", in.User, err)
	}
}

// A subject is a name within its issuer: the same one of another provider is another person.
func TestIdentitiesOfTwoProvidersAreTwo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.putUser("writer", `{"email": "wim@acme.example"}`)
	h.putUser("reader", `{"email": "kim@acme.example"}`)
	for _, c := range []struct{ issuer, email, want string }{
		{issuer, "wim@acme.example", "writer"}, {otherIssuer, "kim@acme.example", "reader"}, {issuer, "", "writer"}, {otherIssuer, "", "reader"},
	} {
		in, err := h.SignIn(t.Context(), management.Person{Issuer: c.issuer, Subject: "1", Email: c.email}, management.Visitor{})
		if err != nil || in.User.ID != c.want {
			t.Errorf("of %s: %+v, %v", c.issuer, in.User, err)
		}
	}
	_, err := h.SignIn(t.Context(), management.Person{Issuer: issuer + "/", Subject: "1"}, management.Visitor{})
	wantCode(t, err, "unknown_user")
	// One user may be a person of each.
	if in, err := h.SignIn(t.Context(), management.Person{Issuer: otherIssuer, Subject: "2", Email: "wim@acme.example"}, management.Visitor{}); err != nil || in.User.ID != "writer" {
		t.Errorf("%+v, %v", in.User, err)
	}
	if got := h.identitiesOf("writer"); !slices.Equal(got, []string{issuer + " 1", otherIssuer + " 2"}) {
		t.Errorf("linked with %q", got)
	}
}

// Whoever gets a deleted user's id gets neither their sessions nor their links.
func TestADeletedUsersSignInsEnd(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.putUser("writer", `{"email": "wim@acme.example"}`)
	in, err := h.SignIn(t.Context(), person("s", "wim@acme.example"), management.Visitor{})
	h.must(err)
	h.deleteUser("writer")
	for range 2 {
		if got := h.sessionError(in.Secret); got != "session_over" {
			t.Errorf("the session: %q", got)
		}
		_, err = h.SignIn(t.Context(), person("s", "wim@acme.example"), management.Visitor{})
		wantCode(t, err, "unknown_user")
		h.putUser("writer", `{}`)
		_, err := h.User(t.Context(), actorOf(in), "writer")
		wantCode(t, err, "session_over")
	}
	if ids, links := h.sessionIDs("writer"), h.identitiesOf("writer"); len(ids)+len(links) != 0 {
		t.Errorf("the new user has %q, %q", ids, links)
	}
	// The person is free to be another user.
	h.putUser("reader", `{"email": "wim@acme.example"}`)
	if in, err := h.SignIn(t.Context(), person("s", "wim@acme.example"), management.Visitor{}); err != nil || in.User.ID != "reader" {
		t.Errorf("%+v, %v", in.User, err)
	}
}

func TestSignInAsIsForActiveUsers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for id, code := range map[string]string{"nobody": "unknown_user", "": "unknown_user", "idle": "inactive_user", "a\x00b": "unknown_user"} {
		_, err := h.SignInAs(t.Context(), id, management.Visitor{})
		if codeOf(err) != code {
			t.Errorf("%q: %v, want %s", id, err, code)
		}
	}
	if user, err := h.DevUser(t.Context(), "nobody"); err != nil || user.User.ID != "" {
		t.Errorf("nobody is %+v, %v", user, err)
	}
	if user, err := h.DevUser(t.Context(), "writer"); err != nil || user.User.ID != "writer" {
		t.Errorf("writer is %+v, %v", user, err)
	}
}
