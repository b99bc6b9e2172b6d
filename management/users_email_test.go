package management_test

import (
	"testing"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
)

// An address lets its holder sign in: whoever could give a platform admin another one could become them.
func TestOnlyThePlatformChangesTheAddressOfAPlatformRole(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, id := range []string{"platform_admin", "policy_admin", "writer"} {
		h.putUser(id, `{"email": "`+id+`@acme.example"}`)
	}
	signedIn, _ := h.signIn("platform_admin")
	for name, who := range map[string]management.Actor{
		"directory": token(authz.DirectoryScope), "a platform admin": as("platform_admin"), "a platform admin who is signed in": signedIn,
	} {
		put := func(id, change string) error {
			_, _, _, err := h.PutUser(t.Context(), who, id, read[management.UserChange](t, change))
			return err
		}
		load := func(line string) error { _, err := h.Import(t.Context(), who, lines(line)); return err }
		for _, id := range []string{"platform_admin", "policy_admin"} {
			h.unchanged(func() {
				for _, email := range []string{"eve@evil.example", "", "PLATFORM_ADMIN@acme.example"} {
					wantCode(t, put(id, `{"email": "`+email+`"}`), "forbidden")
					wantCode(t, put(id, `{"name": "n", "email": "`+email+`"}`), "forbidden")
					wantCode(t, load(`{"kind": "user", "id": "`+id+`", "email": "`+email+`"}`), "forbidden")
					wantCode(t, load(`{"kind": "user", "id": "`+id+`_2"}`+"\n"+`{"kind": "user", "id": "`+id+`", "email": "`+email+`"}`), "forbidden")
				}
				// The same address again is no change.
				h.must(put(id, `{"email": "`+id+`@acme.example"}`))
			})
			h.must(load(`{"kind": "user", "id": "` + id + `", "email": "` + id + `@acme.example"}`))
			if user, err := h.User(t.Context(), platform, id); err != nil || user.Email != id+"@acme.example" || user.Name != "" {
				t.Errorf("%s: %s became %+v, %v", name, id, user, err)
			}
		}
		h.must(put("writer", `{"email": "wim@acme.example"}`))
		h.must(load(`{"kind": "user", "id": "writer", "email": "writer@acme.example"}`))
		h.must(put("policy_admin", `{"name": "Pat"}`))
		h.putUser("policy_admin", `{"name": ""}`)
	}
	h.putUser("platform_admin", `{"email": "new@acme.example"}`)
	h.mustImport(`{"kind": "user", "id": "policy_admin", "email": "new@acme.example"}`)
	for _, id := range []string{"platform_admin", "policy_admin"} {
		if user, err := h.User(t.Context(), platform, id); err != nil || user.Email != "new@acme.example" {
			t.Errorf("by the platform %s became %+v, %v", id, user, err)
		}
	}
}
