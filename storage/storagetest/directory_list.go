package storagetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

// pages reads a list to its end by every length of page, each of which must make the same list.
func pages[T any](t *testing.T, what string, want []string, name func(T) string, position func(T) storage.NamePosition, list func(r storage.Reader, after *storage.NamePosition, limit int) ([]T, bool, error), store storage.Store) {
	t.Helper()
	for limit := 1; limit <= len(want)+1; limit++ {
		var got []string
		var after *storage.NamePosition
		for more := true; more; {
			var page []T
			view(t, store, func(r storage.Reader) (err error) {
				page, more, err = list(r, after, limit)
				return err
			})
			if len(page) > limit || more && len(page) < limit {
				t.Fatalf("%s: a page of %d, more %v, where the limit is %d", what, len(page), more, limit)
			}
			for _, one := range page {
				got = append(got, name(one))
			}
			if more {
				last := position(page[limit-1])
				after = &last
			}
		}
		same(t, fmt.Sprintf("%s by %d", what, limit), got, want)
	}
}

func workspacePages(t *testing.T, store storage.Store, what string, filter storage.WorkspaceFilter, want ...string) {
	t.Helper()
	pages(t, what, want, func(w storage.ListedWorkspace) string { return w.ID },
		func(w storage.ListedWorkspace) storage.NamePosition {
			return storage.NamePosition{Name: w.Name, ID: w.ID}
		},
		func(r storage.Reader, after *storage.NamePosition, limit int) ([]storage.ListedWorkspace, bool, error) {
			filter.After, filter.Limit = after, limit
			return r.ListWorkspaces(filter)
		}, store)
}

// listWorkspaces proves who is in a list of workspaces, and in which order.
func listWorkspaces(t *testing.T, store storage.Store) {
	put := func(id, name, owner, organization string) func(storage.Tx) error {
		return func(tx storage.Tx) error {
			return tx.PutWorkspace(authz.Workspace{ID: id, Name: name, OwnerID: owner, OrganizationID: organization, Archived: true})
		}
	}
	member := func(workspace, user string) func(storage.Tx) error {
		return func(tx storage.Tx) error {
			return tx.PutWorkspaceMember(authz.WorkspaceMember{WorkspaceID: workspace, UserID: user, Role: authz.Read})
		}
	}
	update(t, store, func(tx storage.Tx) error {
		if err := first(tx.PutUser(authz.User{ID: "ada", Name: "Ada"}), tx.PutOrganization(authz.Organization{ID: "org", Name: "Acme"})); err != nil {
			return err
		}
		for _, do := range []func(storage.Tx) error{
			put("ws_b", "beta", "ada", "org"), put("ws_a", "Beta", "ben", "org"), put("ws_c", "alpha", "ben", ""), put("ws_Z", "", "ada", "other"),
			put("ws_u", "Übung 100%", "ada", "org"), put("ws_long", strings.Repeat("Ü", 100_000), "cleo", "other"), put("ws_longer", strings.Repeat("Ü", 100_001), "cleo", "other"),
			member("ws_b", "ada"), member("ws_c", "ada"), member("ws_a", "cleo"), member("ws_gone", "ada"),
		} {
			if err := do(tx); err != nil {
				return err
			}
		}
		return nil
	})
	workspacePages(t, store, "all", storage.WorkspaceFilter{}, "ws_Z", "ws_c", "ws_a", "ws_b", "ws_u", "ws_long", "ws_longer")
	workspacePages(t, store, "of Ada", storage.WorkspaceFilter{MemberID: "ada"}, "ws_Z", "ws_c", "ws_b", "ws_u")
	workspacePages(t, store, "of Ben", storage.WorkspaceFilter{MemberID: "ben"}, "ws_c", "ws_a")
	workspacePages(t, store, "of nobody", storage.WorkspaceFilter{MemberID: "nobody"})
	workspacePages(t, store, "of an organization", storage.WorkspaceFilter{OrganizationID: "org"}, "ws_a", "ws_b", "ws_u")
	workspacePages(t, store, "of Ada in an organization", storage.WorkspaceFilter{OrganizationID: "org", MemberID: "ada"}, "ws_b", "ws_u")
	for query, want := range map[string][]string{
		"BETA": {"ws_a", "ws_b"}, "üBUNG": {"ws_u"}, "U\u0308bung": {"ws_u"}, "0%": {"ws_u"}, "%": {"ws_u"}, "WS_z": {"ws_Z"}, "_": {"ws_Z", "ws_c", "ws_a", "ws_b", "ws_u", "ws_long", "ws_longer"},
		"et": {"ws_a", "ws_b"}, "!": nil, "\x00": nil, "\xff": nil, strings.Repeat("x", 100_000): nil,
	} {
		workspacePages(t, store, fmt.Sprintf("%.20q", query), storage.WorkspaceFilter{Query: query}, want...)
	}
	view(t, store, func(r storage.Reader) error {
		page, _, err := r.ListWorkspaces(storage.WorkspaceFilter{OrganizationID: "org", MemberID: "ada", Limit: 1})
		same(t, "a workspace", page, []storage.ListedWorkspace{{
			Workspace: authz.Workspace{ID: "ws_b", Name: "beta", OwnerID: "ada", OrganizationID: "org", Archived: true}, OrganizationName: "Acme", OwnerName: "Ada",
		}})
		return err
	})
	update(t, store, put("ws_b", "zeta", "ben", "org"))
	workspacePages(t, store, "after another name", storage.WorkspaceFilter{OrganizationID: "org"}, "ws_a", "ws_b", "ws_u")
	update(t, store, put("ws_b", "alpha", "ben", "org"))
	workspacePages(t, store, "after one more", storage.WorkspaceFilter{OrganizationID: "org"}, "ws_b", "ws_a", "ws_u")
}

// listOrganizations proves who is in a list of organizations, and in which order.
func listOrganizations(t *testing.T, store storage.Store) {
	update(t, store, func(tx storage.Tx) error {
		return first(
			tx.PutOrganization(authz.Organization{ID: "a", Name: "Zeta"}), tx.PutOrganization(authz.Organization{ID: "b", Name: "alpha"}), tx.PutOrganization(authz.Organization{ID: "c", Name: "Beta"}),
			tx.PutOrganizationMember(authz.OrganizationMember{OrganizationID: "a", UserID: "ada", Role: authz.OrganizationMemberRole}),
			tx.PutOrganizationMember(authz.OrganizationMember{OrganizationID: "c", UserID: "ada", Role: authz.OrganizationAdminRole}),
		)
	})
	for _, c := range []struct {
		filter storage.OrganizationFilter
		want   []string
	}{
		{storage.OrganizationFilter{}, []string{"b", "c", "a"}},
		{storage.OrganizationFilter{MemberID: "ada"}, []string{"c", "a"}},
		{storage.OrganizationFilter{MemberID: "ben"}, nil},
		{storage.OrganizationFilter{Query: "ETA"}, []string{"c", "a"}},
		{storage.OrganizationFilter{Query: "B"}, []string{"b", "c"}},
	} {
		pages(t, fmt.Sprintf("%+v", c.filter), c.want, func(o authz.Organization) string { return o.ID },
			func(o authz.Organization) storage.NamePosition {
				return storage.NamePosition{Name: o.Name, ID: o.ID}
			},
			func(r storage.Reader, after *storage.NamePosition, limit int) ([]authz.Organization, bool, error) {
				c.filter.After, c.filter.Limit = after, limit
				return r.ListOrganizations(c.filter)
			}, store)
	}
}

// listResources proves that the resources of many workspaces make one list.
func listResources(t *testing.T, store storage.Store) {
	var many []string
	update(t, store, func(tx storage.Tx) error {
		for n := range 250 {
			id := fmt.Sprintf("ws_%03d", n)
			many = append(many, id)
			if err := tx.PutResource(authz.Resource{Type: "table", ID: fmt.Sprintf("t_%03d", n), Name: fmt.Sprintf("T %03d", 249-n), WorkspaceID: id}); err != nil {
				return err
			}
		}
		return first(
			tx.PutResource(authz.Resource{Type: "workflow", ID: "b", Name: "same", WorkspaceID: "one"}),
			tx.PutResource(authz.Resource{Type: "workflow", ID: "a", Name: "SAME", WorkspaceID: "two", Properties: authz.Object(`{"deployed":true}`)}),
			tx.PutResource(authz.Resource{Type: "workflow", ID: "c", Name: "ändern", WorkspaceID: "one"}),
			tx.PutResource(authz.Resource{Type: "mcp_server", ID: "z", Name: "Z", WorkspaceID: "one"}),
			tx.PutResource(authz.Resource{Type: "workflow", ID: "loose"}),
		)
	})
	list := func(what string, filter storage.ResourceFilter, want ...string) {
		t.Helper()
		pages(t, what, want, func(r authz.Resource) string { return r.ID },
			func(r authz.Resource) storage.NamePosition {
				return storage.NamePosition{Type: r.Type, Name: r.Name, ID: r.ID}
			},
			func(r storage.Reader, after *storage.NamePosition, limit int) ([]authz.Resource, bool, error) {
				filter.After, filter.Limit = after, limit
				return r.ListResources(filter)
			}, store)
	}
	list("of one workspace", storage.ResourceFilter{WorkspaceIDs: []string{"one"}}, "z", "b", "c")
	list("of two", storage.ResourceFilter{WorkspaceIDs: []string{"one", "two"}}, "z", "a", "b", "c")
	list("of none", storage.ResourceFilter{})
	list("of an unknown one", storage.ResourceFilter{WorkspaceIDs: []string{"three"}})
	list("of a type", storage.ResourceFilter{WorkspaceIDs: []string{"two", "one"}, Type: "workflow"}, "a", "b", "c")
	list("by name", storage.ResourceFilter{WorkspaceIDs: []string{"two", "one"}, Query: "ÄN"}, "c")
	list("by id and type", storage.ResourceFilter{WorkspaceIDs: []string{"two", "one"}, Query: "Z", Type: "workflow"})
	view(t, store, func(r storage.Reader) error {
		page, more, err := r.ListResources(storage.ResourceFilter{WorkspaceIDs: slices.Concat(many, []string{"one"}), Limit: 3, After: &storage.NamePosition{Type: "table", Name: "t 246", ID: "t_003"}})
		same(t, "of many", []any{collect(page, func(r authz.Resource) string { return r.ID }), more}, []any{[]string{"t_002", "t_001", "t_000"}, true})
		return err
	})
}
