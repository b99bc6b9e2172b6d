package management_test

import (
	"sync"
	"testing"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
)

// newInstallation is a house that nobody administers yet.
func newInstallation(t testing.TB) *house {
	h := newHouse(t)
	h.deleteUser("platform_admin")
	return h
}

// makeLink makes a set-up link as a start of the program does; zero where it makes none.
func (h *house) makeLink(again bool) apikey.Secret {
	h.t.Helper()
	code, err := h.MakeSetupLink(h.t.Context(), again)
	h.must(err)
	return code
}

func (h *house) setUp(code apikey.Secret, admin string) (management.SignedIn, error) {
	h.t.Helper()
	return h.SetUp(h.t.Context(), code, read[management.Setup](h.t, admin), management.Visitor{Address: "203.0.113.9"})
}

const fay = `{"id": "fay", "name": "Fay", "email": "fay@acme.example"}`

// The first start makes a link, and no other does unless it is asked for, or once there is a platform admin.
func TestWhenSetupLinksAreMade(t *testing.T) {
	t.Parallel()
	h := newInstallation(t)
	first := h.makeLink(false)
	if first.IsZero() || h.makeLink(false) != (apikey.Secret{}) || h.makeLink(false) != (apikey.Secret{}) {
		t.Fatal("not the first start alone makes a link")
	}
	second := h.makeLink(true)
	if second.IsZero() || second.Reveal() == first.Reveal() {
		t.Fatal("asked for, and none was made")
	}
	if _, err := h.setUp(first, fay); err != nil {
		t.Fatal(err)
	}
	// An admin who is not active is one: whoever made them inactive can make them active.
	for range 2 {
		if !h.makeLink(true).IsZero() || !h.makeLink(false).IsZero() {
			t.Error("a link was made, and there is a platform admin")
		}
		h.putUser("fay", `{"active": false}`)
	}
	if full := newHouse(t); !full.makeLink(false).IsZero() || !full.makeLink(true).IsZero() {
		t.Error("a link was made where the directory has a platform admin")
	}
}

func TestSetUp(t *testing.T) {
	t.Parallel()
	h := newInstallation(t)
	code, another := h.makeLink(false), h.makeLink(true)
	in, err := h.setUp(code, fay)
	if err != nil || in.User != (authz.User{ID: "fay", Name: "Fay", Email: "fay@acme.example", Active: true, PlatformRole: authz.PlatformAdmin}) || in.Session.Method != authz.SetupMethod || h.sessionError(in.Secret) != "" {
		t.Fatalf("%+v, %v", in, err)
	}
	if user, err := h.User(t.Context(), platform, "fay"); err != nil || user != in.User {
		t.Errorf("the directory has %+v, %v", user, err)
	}
	if _, _, _, err := h.PutUser(t.Context(), actorOf(in), "gus", management.UserChange{}); err != nil {
		t.Errorf("the platform admin may not what one may: %v", err)
	}
	h.unchanged(func() {
		for name, dead := range map[string]apikey.Secret{"the one that was used": code, "the other": another} {
			in, err := h.setUp(dead, `{"id": "eve", "email": "eve@evil.example"}`)
			if codeOf(err) != "setup_over" || !in.Secret.IsZero() {
				t.Errorf("%s: %+v, %v", name, in, err)
			}
		}
	})
	// They stay dead when there is no platform admin any more.
	h.putUser("fay", `{"platform_role": null}`)
	_, err = h.setUp(another, fay)
	wantCode(t, err, "setup_over")
	// Through a provider the admin is known by the address.
	h.putUser("fay", `{"platform_role": "admin"}`)
	if again, err := h.SignIn(t.Context(), person("s", "fay@acme.example"), management.Visitor{}); err != nil || again.User.ID != "fay" {
		t.Errorf("%+v, %v", again, err)
	}
}

func TestRefusedSetUps(t *testing.T) {
	t.Parallel()
	h := newInstallation(t)
	code := h.makeLink(false)
	h.unchanged(func() {
		for _, wrong := range []apikey.Secret{apikey.MintTicket(apikey.SetupPrefix), {}} {
			_, err := h.setUp(wrong, fay)
			wantCode(t, err, "setup_over")
			// Who has no code is told nothing of the fields.
			_, err = h.setUp(wrong, `{}`)
			wantCode(t, err, "setup_over")
		}
		for body, want := range map[string][]string{
			`{}`:                                      {"email"},
			`{"email": ""}`:                           {"email"},
			`{"email": null}`:                         {"email"},
			`{"email": "fay"}`:                        {"email"},
			`{"email": "fay@x", "id": ""}`:            {"id"},
			`{"email": "fay@x", "id": "a b"}`:         {"id"},
			`{"email": "fay@x", "id": null}`:          {"id"},
			`{"email": "fay@x", "name": "a\nb"}`:      {"name"},
			`{"id": "/", "name": null, "email": "x"}`: {"id", "name", "email"},
		} {
			in, err := h.setUp(code, body)
			if wantFaults(t, err, want...); !in.Secret.IsZero() {
				t.Errorf("%s: refused, with a session", body)
			}
		}
		_, err := h.setUp(code, `{"id": "writer", "email": "fay@acme.example"}`)
		wantCode(t, err, "id_taken")
	})
	if user, err := h.User(t.Context(), platform, "writer"); err != nil || user.PlatformRole != "" || user.Email != "" {
		t.Errorf("who has the id became %+v, %v", user, err)
	}
	h.now = noon.Add(management.SetupTime)
	h.unchanged(func() {
		_, err := h.setUp(code, fay)
		wantCode(t, err, "setup_over")
	})
	// What was refused before left the link as it was, and a moment before the day is over is not too late.
	h.now = noon.Add(management.SetupTime - time.Microsecond)
	in, err := h.setUp(code, `{"email": "fay@acme.example"}`)
	if err != nil || len(in.User.ID) < 10 {
		t.Errorf("%+v, %v", in.User, err)
	}
}

// A platform admin who came by another way kills the link too.
func TestAPlatformAdminEndsTheSetUp(t *testing.T) {
	t.Parallel()
	h := newInstallation(t)
	code := h.makeLink(false)
	h.mustImport(`{"kind": "user", "id": "root", "platform_role": "admin", "active": false}`)
	_, err := h.setUp(code, fay)
	wantCode(t, err, "setup_over")
}

// Of many who use one link at once one becomes the platform admin.
func TestOneOfManySetUps(t *testing.T) {
	t.Parallel()
	h := newInstallation(t)
	codes := []apikey.Secret{h.makeLink(false), h.makeLink(true)}
	admin := read[management.Setup](t, `{"email": "fay@acme.example"}`)
	ins, errs := make([]management.SignedIn, 20), make([]error, 20)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { ins[i], errs[i] = h.SetUp(t.Context(), codes[i%2], admin, management.Visitor{}) })
	}
	all.Wait()
	succeeded := 0
	for i, err := range errs {
		if err == nil {
			succeeded++
			continue
		}
		if wantCode(t, err, "setup_over"); !ins[i].Secret.IsZero() {
			t.Error("refused, with a session")
		}
	}
	if succeeded != 1 {
		t.Errorf("%d became the platform admin", succeeded)
	}
}
