package storagetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

// bytewise are ids in the order of their bytes, which no language's dictionary has.
var bytewise = []string{"-b", ".a", "1", "10", "2", ":a", "@a", "A", "B", "Z-a", "Za", "_", "a", "aB", "ab", "b", "z"}

// orderByBytes proves that ids are in the order of their bytes in every list, so that a page goes on where another
// database's would.
func orderByBytes(t *testing.T, store storage.Store) {
	backwards := slices.Clone(bytewise)
	slices.Reverse(backwards)
	update(t, store, func(tx storage.Tx) error {
		for _, id := range backwards {
			grant := func(k *storage.Key) { k.Grants = []authz.Grant{{WorkspaceID: "ws_1", Permission: authz.Read}} }
			if err := first(
				tx.PutKey(key(id, ownedBy(authz.OrganizationKey, "org_1"), grant)),
				tx.PutWorkspace(authz.Workspace{ID: id, OwnerID: "usr_1", OrganizationID: "org_1"}),
				tx.PutResource(authz.Resource{Type: "type", ID: id, WorkspaceID: "ws_1"}),
				tx.PutResource(authz.Resource{Type: "t" + id, ID: "one", WorkspaceID: "ws_2"}),
				tx.PutOrganizationMember(authz.OrganizationMember{OrganizationID: "org_1", UserID: id, Role: authz.OrganizationAdminRole}),
				tx.PutOrganizationMember(authz.OrganizationMember{OrganizationID: id, UserID: "usr_1", Role: authz.OrganizationAdminRole}),
				tx.PutWorkspaceMember(authz.WorkspaceMember{WorkspaceID: "ws_1", UserID: id, Role: authz.Read}),
				tx.PutWorkspaceMember(authz.WorkspaceMember{WorkspaceID: id, UserID: "usr_1", Role: authz.Read}),
				tx.PutToken(storage.Token{ServiceToken: authz.ServiceToken{ID: id, CreatedAt: noon}, Digest: key(id).Digest}),
			); err != nil {
				return err
			}
		}
		return nil
	})
	view(t, store, func(r storage.Reader) error {
		check := func(what string, err error, got []string) {
			t.Helper()
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
			same(t, what, got, bytewise)
		}
		ids, err := r.WorkspacesOwnedBy("usr_1")
		check("workspaces owned", err, ids)
		ids, err = r.WorkspacesOf("org_1")
		check("workspaces of an organization", err, ids)
		resources, err := r.ResourcesIn("ws_1", "")
		check("resources", err, collect(resources, func(one authz.Resource) string { return one.ID }))
		resources, err = r.ResourcesIn("ws_2", "")
		check("resource types", err, collect(resources, func(one authz.Resource) string { return one.Type[1:] }))
		members, err := r.OrganizationMembers("org_1")
		check("members of an organization", err, collect(members, func(one authz.OrganizationMember) string { return one.UserID }))
		members, err = r.OrganizationsWith("usr_1")
		check("organizations with a user", err, collect(members, func(one authz.OrganizationMember) string { return one.OrganizationID }))
		people, err := r.WorkspaceMembers("ws_1")
		check("members of a workspace", err, collect(people, func(one authz.WorkspaceMember) string { return one.UserID }))
		people, err = r.WorkspacesWith("usr_1")
		check("workspaces with a user", err, collect(people, func(one authz.WorkspaceMember) string { return one.WorkspaceID }))
		keys, err := r.KeysOf(authz.Owner{Type: authz.OrganizationOwner, ID: "org_1"})
		check("keys of an owner", err, idsOf(keys))
		keys, err = r.KeysReaching("ws_1")
		check("keys that reach a workspace", err, idsOf(keys))
		ids, err = r.KeyIDsAt("ws_1", 100)
		check("ids of keys at a workspace", err, ids)
		ids, err = r.ResourceIDsIn("ws_1", "type", 100)
		check("ids of resources", err, ids)
		keys, err = r.KeysTargeting(storage.Target{WorkspaceID: "ws_1"})
		check("keys with a grant", err, idsOf(keys))
		page, _, err := r.ListKeys(storage.KeyFilter{Limit: 100})
		slices.Reverse(page)
		check("list of keys", err, idsOf(page))
		tokens, err := r.ListTokens()
		slices.Reverse(tokens)
		check("tokens", err, collect(tokens, func(one storage.Token) string { return one.ID }))
		return nil
	})
}

func collect[T any](records []T, id func(T) string) (ids []string) {
	for _, one := range records {
		ids = append(ids, id(one))
	}
	return ids
}

// idsByCase proves that ids that differ by case only are different records.
func idsByCase(t *testing.T, store storage.Store) {
	update(t, store, func(tx storage.Tx) error {
		return first(
			tx.PutUser(authz.User{ID: "usr_a", Name: "small"}), tx.PutUser(authz.User{ID: "usr_A", Name: "great"}),
			tx.PutResource(authz.Resource{Type: "workflow", ID: "wf", Name: "small"}), tx.PutResource(authz.Resource{Type: "Workflow", ID: "wf", Name: "great"}),
			tx.PutKey(key("key_a", named("n"), ownedBy(authz.PersonalKey, "usr_a"))), tx.PutKey(key("key_A", named("n"), ownedBy(authz.PersonalKey, "usr_A"))),
		)
	})
	view(t, store, func(r storage.Reader) error {
		small, err := r.User("usr_a")
		great, err2 := r.User("usr_A")
		same(t, "users", []any{small.Name, great.Name, err, err2}, []any{"small", "great", nil, nil})
		_, err = r.User("USR_A")
		wantError(t, "a third spelling", err, storage.ErrNotFound)
		resource, err := r.Resource("Workflow", "wf")
		same(t, "resource", []any{resource.Name, err}, []any{"great", nil})
		of, err := r.KeysOf(authz.Owner{Type: authz.UserOwner, ID: "usr_A"})
		same(t, "keys", []any{idsOf(of), err}, []any{[]string{"key_A"}, nil})
		return nil
	})
}

// hardText proves that a name comes back as it went in.
func hardText(t *testing.T, store storage.Store) {
	for _, text := range []string{
		"", " ", "  spaced\t\r\n ", "'; DROP TABLE users; --", `"quoted" \ back`, "%_?:$1@", "é", "e\u0301", "𝔘𝔫𝔦", "👩‍👩‍👧", "\u202eright to left", "\u0001\u001f\u007f", "\ufeff\ufffd",
		strings.Repeat("long ", 100_000),
	} {
		u := authz.User{ID: "usr_1", Name: text, Email: text}
		k := key("key_1", named(text), func(k *storage.Key) { k.RevokedBy = text })
		r := authz.Resource{Type: "workflow", ID: "wf_1", Name: text}
		update(t, store, func(tx storage.Tx) error { return first(tx.PutUser(u), tx.PutKey(k), tx.PutResource(r)) })
		view(t, store, func(reader storage.Reader) error {
			gotUser, err := reader.User("usr_1")
			gotKey, err2 := reader.Key("key_1")
			gotResource, err3 := reader.Resource("workflow", "wf_1")
			same(t, "records", []any{gotUser, gotKey, gotResource, err, err2, err3}, []any{u, k, r, nil, nil, nil})
			return nil
		})
	}
}

// unstorableText proves that no store takes text which another could not keep, and that a question with such text finds
// nothing rather than failing.
func unstorableText(t *testing.T, store storage.Store) {
	for _, text := range []string{"nul\x00", "\xff", "cut \xe2\x82"} {
		revision, err := store.Update(t.Context(), func(tx storage.Tx) error {
			for what, err := range map[string]error{
				"user":     tx.PutUser(authz.User{ID: "usr_1", Name: text}),
				"key":      tx.PutKey(key("key_1", named(text))),
				"resource": tx.PutResource(authz.Resource{Type: text, ID: "1"}),
				"token":    tx.PutToken(storage.Token{ServiceToken: authz.ServiceToken{ID: "tok_1", Name: text}}),
				"note":     tx.PutMeta("name", text),
			} {
				wantError(t, fmt.Sprintf("a %s with %q", what, text), err, storage.ErrUnstorable)
			}
			_, err := tx.User(text)
			wantError(t, "a user", err, storage.ErrNotFound)
			wantError(t, "a deletion", tx.DeleteUser(text), storage.ErrNotFound)
			return tx.PutOrganization(authz.Organization{ID: "org_1"})
		})
		if err != nil || revision == 0 {
			t.Errorf("%q: the update could not go on: %v", text, err)
		}
		view(t, store, func(r storage.Reader) error {
			_, err := r.Key(text)
			wantError(t, "a key", err, storage.ErrNotFound)
			of, err := r.KeysOf(authz.Owner{Type: authz.UserOwner, ID: text})
			same(t, "keys of an owner", []any{len(of), err}, []any{0, nil})
			page, more, err := r.ListKeys(storage.KeyFilter{Query: text, Limit: 10})
			same(t, "a search", []any{len(page), more, err}, []any{0, false, nil})
			ids, err := r.WorkspacesOf(text)
			same(t, "workspaces", []any{len(ids), err}, []any{0, nil})
			_, err = r.Meta(text)
			wantError(t, "a note", err, storage.ErrNotFound)
			return nil
		})
	}
}
