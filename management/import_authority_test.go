package management_test

import (
	"io"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/management"
)

// midway is a body that does something once its first part was read.
type midway struct {
	first, rest io.Reader
	do          func()
}

func (m *midway) Read(p []byte) (int, error) {
	n, err := m.first.Read(p)
	if err != io.EOF {
		return n, err
	}
	if m.do != nil {
		m.do()
		m.do = nil
	}
	return m.rest.Read(p)
}

// Who may import when the body begins, and no longer when it ends, may not.
func TestAnImporterMustStillBeOneAtTheEnd(t *testing.T) {
	h := newHouse(t)
	minted, _, _, err := h.CreateToken(t.Context(), platform, read[management.TokenFields](t, `{"name": "n", "scopes": ["directory"]}`))
	if err != nil {
		t.Fatal(err)
	}
	var signedIn management.Actor
	for name, c := range map[string]struct {
		who  func() management.Actor
		lose func() error
		code string
	}{
		"a demoted user": {func() management.Actor { return as("platform_admin") }, func() error {
			_, _, _, err := h.PutUser(t.Context(), platform, "platform_admin", read[management.UserChange](t, `{"platform_role": null}`))
			return err
		}, "forbidden"},
		"a deleted token": {func() management.Actor { return management.Actor{Token: minted, IsMinted: true} }, func() error {
			_, err := h.DeleteToken(t.Context(), platform, minted.ID)
			return err
		}, "no_actor"},
		"a demoted user who is signed in": {func() management.Actor { return signedIn }, func() error {
			_, _, _, err := h.PutUser(t.Context(), platform, "platform_admin", read[management.UserChange](t, `{"platform_role": null}`))
			return err
		}, "forbidden"},
		"who signs out meanwhile": {func() management.Actor { return signedIn }, func() error {
			return h.EndSession(t.Context(), signedIn, "platform_admin", signedIn.SessionID)
		}, "session_over"},
	} {
		h.putUser("platform_admin", `{"platform_role": "admin"}`)
		signedIn, _ = h.signIn("platform_admin")
		body := &midway{
			first: strings.NewReader(`{"kind": "user", "id": "x"}` + "\n"), rest: strings.NewReader(`{"kind": "user", "id": "y"}`),
			do: func() {
				if err := c.lose(); err != nil {
					t.Fatal(err)
				}
			},
		}
		_, err := h.Import(t.Context(), c.who(), body)
		if codeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := h.User(t.Context(), platform, "x"); codeOf(err) != "not_found" {
			t.Errorf("%s imported: %v", name, err)
		}
		if h.isApplying() {
			t.Errorf("%s left an import under way", name)
		}
	}
}

// A token that is gone by the time that a change is made makes none.
func TestADeletedTokenChangesNothing(t *testing.T) {
	h := newHouse(t)
	h.unchanged(func() {
		gone := platform
		gone.IsMinted = true
		_, _, _, err := h.PutUser(t.Context(), gone, "x", management.UserChange{})
		wantCode(t, err, "no_actor")
	})
}
