package management_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/storage"
)

// listedWorkspaces are the ids of a list that is read page by page.
func (h *house) listedWorkspaces(a management.Actor, q management.DirectoryQuery) (ids []string) {
	h.t.Helper()
	q.Limit = 2
	for {
		page, more, err := h.ListWorkspaces(h.t.Context(), a, q)
		if err != nil {
			h.t.Fatal(err)
		}
		for _, w := range page {
			ids = append(ids, w.ID)
		}
		if !more {
			return ids
		}
		last := page[len(page)-1]
		q.After = &storage.NamePosition{Name: last.Name, ID: last.ID}
	}
}

// Who belongs to workspaces has them in their list, and no other.
func TestWhoseWorkspacesAreListed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	all := []string{"ws_2", "ws_b", "ws_solo", "ws"}
	org := management.DirectoryQuery{Place: authz.Owner{Type: authz.OrganizationOwner, ID: "org"}}
	for _, c := range []struct {
		actor management.Actor
		query management.DirectoryQuery
		want  []string
	}{
		{platform, management.DirectoryQuery{}, all},
		{token(authz.DirectoryScope), management.DirectoryQuery{}, all},
		{as("platform_admin"), management.DirectoryQuery{}, all},
		{as("policy_admin"), management.DirectoryQuery{}, nil},
		{as("owner"), management.DirectoryQuery{}, []string{"ws"}},
		{as("reader"), management.DirectoryQuery{}, []string{"ws"}},
		{as("stranger"), management.DirectoryQuery{}, []string{"ws_2", "ws_b", "ws_solo"}},
		{as("stranger"), management.DirectoryQuery{Text: "CORE"}, nil},
		{as("stranger"), management.DirectoryQuery{Text: "SOLO"}, []string{"ws_solo"}},
		{as("org_admin"), management.DirectoryQuery{}, nil},
		{as("org_admin"), org, []string{"ws_b", "ws"}},
		{platform, org, []string{"ws_b", "ws"}},
	} {
		if got := h.listedWorkspaces(c.actor, c.query); !slices.Equal(got, c.want) {
			t.Errorf("%s with %+v: %v, want %v", c.actor.UserID, c.query, got, c.want)
		}
	}
}

// What is told of an operation is what the operation itself answers: by the policy in force, and within what no edit widens.
func TestWhatMayIsToldIsWhatMayBeDone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	see := func(user string) (role, may string) {
		t.Helper()
		view, err := h.Workspace(t.Context(), as(user), "ws")
		if err != nil {
			t.Fatalf("%s: %v", user, err)
		}
		page, _, err := h.ListWorkspaces(t.Context(), as(user), management.DirectoryQuery{Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		if user != "org_admin" && jsonOf(page[0]) != jsonOf(view) {
			t.Errorf("%s: the list has %+v, and its record is %+v", user, page[0], view)
		}
		return view.Role, strings.Join(view.May, " ")
	}
	const (
		reading = "keys.list keys.read reaching_keys.list contents.list"
		all     = "keys.list keys.read keys.create keys.update keys.revoke keys.rotate reaching_keys.list personal_keys.switch contents.list audit.read decision_log.read"
	)
	for user, want := range map[string][2]string{
		"owner": {"admin", all}, "admin": {"admin", all}, "writer": {"write", reading}, "reader": {"read", reading}, "org_admin": {"", ""},
	} {
		if role, may := see(user); role != want[0] || may != want[1] {
			t.Errorf("%s is %q, and may %s", user, role, may)
		}
	}
	// An edit that lets everybody do everything does not widen it for those who do not administer.
	h.usePolicy("package steelgate.management\nallow := true")
	if _, may := see("reader"); may != reading {
		t.Errorf("by a policy that allows all a reader may %s", may)
	}
	h.usePolicy("package steelgate.management\nallow if input.operation in {\"contents.list\", \"keys.create\"}")
	if _, may := see("admin"); may != "keys.create contents.list" {
		t.Errorf("by a policy that allows two an admin may %s", may)
	}
	view, err := h.Workspace(t.Context(), platform, "ws")
	if err != nil || strings.Join(view.May, " ") != all || view.OwnerName != "" || view.OrganizationName != "Acme" {
		t.Errorf("the platform sees %+v, %v", view, err)
	}
}

func TestWhatMayBeDoneWithAnOrganization(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for user, want := range map[string][3]string{
		"org_admin":      {"org", "admin", "keys.list keys.read keys.create keys.update keys.revoke keys.rotate contents.list audit.read decision_log.read"},
		"org_member":     {"org", "member", ""},
		"stranger":       {},
		"platform_admin": {"org", "", ""},
	} {
		page, _, err := h.ListOrganizations(t.Context(), as(user), management.DirectoryQuery{Text: "ACM", Limit: 5})
		if err != nil {
			t.Fatal(err)
		}
		var got [3]string
		if len(page) > 0 {
			got = [3]string{page[0].ID, page[0].Role, strings.Join(page[0].May, " ")}
		}
		if len(page) > 1 || got != want {
			t.Errorf("%s sees %d, the first %q, want %q", user, len(page), got, want)
		}
	}
}

func TestWhatMayBeDoneOnThePlatform(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for name, c := range map[string]struct {
		actor management.Actor
		want  string
	}{
		"stranger":       {as("stranger"), ""},
		"policy admin":   {as("policy_admin"), "policies.read policies.write decision_log.read replicas.read"},
		"platform admin": {as("platform_admin"), "policies.read policies.write decision_log.read replicas.read directory.read directory.write import audit.read"},
		"the platform":   {platform, "policies.read policies.write decision_log.read replicas.read directory.read directory.write import audit.read"},
	} {
		may, err := h.May(t.Context(), c.actor)
		if err != nil || strings.Join(may.OnPlatform, " ") != c.want {
			t.Errorf("%s may %v, %v", name, may, err)
		}
	}
	// A policy that fails permits nothing, and keeps nobody from signing in.
	h.usePolicy("package steelgate.management\nallow if to_number(input.actor.id) == 1")
	if may, err := h.May(t.Context(), as("platform_admin")); err != nil || len(may.OnPlatform)+len(may.OnOwn) > 0 {
		t.Errorf("by a policy that fails: %v, %v", may, err)
	}
	if _, err := h.May(t.Context(), as("nobody")); codeOf(err) != "no_actor" {
		t.Errorf("nobody: %v", err)
	}
}

func TestWhatMayBeDoneWithOnesOwn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	all := "keys.list keys.read keys.create keys.update keys.revoke keys.rotate sessions.list sessions.end audit.read decision_log.read"
	own := func(a management.Actor) string {
		t.Helper()
		may, err := h.May(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(may.OnOwn, " ")
	}
	if got := own(as("stranger")); got != all {
		t.Errorf("as shipped: %s", got)
	}
	if got := own(platform); got != "" {
		t.Errorf("the platform has nothing of its own: %s", got)
	}
	// Reading is left, and so is what is told of it; the call that is not offered is refused.
	h.usePolicy(`package steelgate.management
allow if {
	input.owner.type == "user"
	input.operation in {"keys.list", "keys.read"}
}`)
	if got := own(as("stranger")); got != "keys.list keys.read" {
		t.Errorf("by an edit that leaves reading alone: %s", got)
	}
	_, _, _, err := h.CreateKey(t.Context(), as("stranger"), read[management.KeyFields](t, `{"type": "personal", "name": "n"}`))
	if codeOf(err) != "forbidden" {
		t.Errorf("a key that may not be made: %v", err)
	}
}

func TestResourcesOfPlaces(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, c := range []struct {
		actor management.Actor
		query management.DirectoryQuery
		want  string
	}{
		{as("reader"), management.DirectoryQuery{Place: authz.Owner{Type: authz.WorkspaceOwner, ID: "ws"}}, "mcp wf_other wf"},
		{as("reader"), management.DirectoryQuery{Place: authz.Owner{Type: authz.WorkspaceOwner, ID: "ws"}, Type: "workflow", Text: "INV"}, "wf"},
		{as("org_admin"), management.DirectoryQuery{Place: authz.Owner{Type: authz.OrganizationOwner, ID: "org"}}, "mcp wf_b wf_other wf"},
		{platform, management.DirectoryQuery{Place: authz.Owner{Type: authz.OrganizationOwner, ID: "none"}}, ""},
	} {
		var got []string
		for q := c.query; ; {
			q.Limit = 1
			page, more, err := h.ListResources(t.Context(), c.actor, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page {
				got = append(got, r.ID)
				q.After = &storage.NamePosition{Type: r.Type, Name: r.Name, ID: r.ID}
			}
			if !more {
				break
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%+v: %v, want %s", c.query, got, c.want)
		}
	}
}
