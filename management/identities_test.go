package management_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/management"
)

func (h *house) link(userID, fields string) error {
	h.t.Helper()
	_, err := h.LinkIdentity(h.t.Context(), platform, userID, read[management.IdentityFields](h.t, fields))
	return err
}

// Whom the platform links is let in whatever their address, and no longer once the link is undone.
func TestLinksByThePlatform(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const fields = `{"issuer": "` + issuer + `", "subject": "s"}`
	h.unchanged(func() { h.must(h.link("writer", fields)) })
	in, err := h.SignIn(t.Context(), person("s", ""), management.Visitor{})
	if err != nil || in.User.ID != "writer" {
		t.Fatalf("%+v, %v", in.User, err)
	}
	// The same once more is no fault, and no change.
	seq := h.last().Seq
	h.must(h.link("writer", fields))
	if got := h.identitiesOf("writer"); !slices.Equal(got, []string{issuer + " s"}) || h.last().Seq != seq {
		t.Errorf("linked with %q, entry %d after %d", got, h.last().Seq, seq)
	}
	wantCode(t, h.link("reader", fields), "identity_taken")
	wantCode(t, h.link("writer", `{"issuer": "`+issuer+`", "subject": "another"}`), "identity_taken")
	h.must(h.link("writer", `{"issuer": "`+otherIssuer+`", "subject": "s"}`))
	h.must(h.link("reader", `{"issuer": "`+issuer+`", "subject": "S"}`))

	_, others := h.signIn("reader")
	h.must(h.UnlinkIdentities(t.Context(), platform, "writer"))
	h.must(h.UnlinkIdentities(t.Context(), platform, "writer"))
	if got := h.sessionError(in.Secret); got != "session_over" {
		t.Errorf("the sessions of who was unlinked: %q", got)
	}
	_, err = h.SignIn(t.Context(), person("s", ""), management.Visitor{})
	wantCode(t, err, "unknown_user")
	if got, others := h.identitiesOf("reader"), h.sessionError(others); !slices.Equal(got, []string{issuer + " S"}) || others != "" {
		t.Errorf("another user has %q, and a session: %q", got, others)
	}
}

func TestRefusedLinks(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	long := strings.Repeat("a", 256)
	for body, want := range map[string][]string{
		`{}`: {"issuer", "subject"}, `{"issuer": null, "subject": null}`: {"issuer", "subject"}, `{"issuer": "x", "subject": ""}`: {"subject"}, `{"issuer": "a\u0000", "subject": "a\nb"}`: {"issuer", "subject"},
		`{"issuer": "` + long + `", "subject": "s"}`: {"issuer"}, `{"issuer": "i", "subject": "` + long + `"}`: {"subject"},
	} {
		wantFaults(t, h.link("writer", body), want...)
	}
	wantCode(t, h.link("nobody", `{"issuer": "i", "subject": "s"}`), "not_found")
	wantCode(t, h.UnlinkIdentities(t.Context(), platform, "nobody"), "not_found")
	_, err := h.Identities(t.Context(), platform, "nobody")
	wantCode(t, err, "not_found")
	if got := h.identitiesOf("writer"); len(got) != 0 {
		t.Errorf("refused, and linked with %q", got)
	}
	h.must(h.link("writer", `{"issuer": "i", "subject": "`+long[1:]+`"}`))
}
