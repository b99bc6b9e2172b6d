package management_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
)

// An entity that stands keeps what a change does not name; a new one has the defaults.
func TestOmittedFieldsKeepTheirValue(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.putUser("u", `{}`)
	if got, err := h.User(t.Context(), platform, "u"); err != nil || got != (authz.User{ID: "u", Active: true}) {
		t.Errorf("a new user is %+v, %v", got, err)
	}
	h.putUser("u", `{"name": "Uma", "email": "uma@acme.example", "active": false, "platform_role": "policy_admin"}`)
	h.putUser("u", `{"name": "Una"}`)
	if got, _ := h.User(t.Context(), platform, "u"); got != (authz.User{ID: "u", Name: "Una", Email: "uma@acme.example", PlatformRole: authz.PolicyAdmin}) {
		t.Errorf("the user is %+v", got)
	}
	h.putUser("u", `{"platform_role": null, "email": ""}`)
	if got, _ := h.User(t.Context(), platform, "u"); got != (authz.User{ID: "u", Name: "Una"}) {
		t.Errorf("the user is %+v", got)
	}

	h.putWorkspace("w", `{"owner_id": "u"}`)
	if got, err := h.Workspace(t.Context(), platform, "w"); err != nil || got.Workspace != (authz.Workspace{ID: "w", OwnerID: "u", PersonalKeysEnabled: true}) {
		t.Errorf("a new workspace is %+v, %v", got, err)
	}
	h.putWorkspace("w", `{"organization_id": "org", "personal_keys_enabled": false, "archived": true, "name": "W"}`)
	h.putWorkspace("w", `{"owner_id": "reader"}`)
	if got, _ := h.Workspace(t.Context(), platform, "w"); got.Workspace != (authz.Workspace{ID: "w", Name: "W", OwnerID: "reader", OrganizationID: "org", Archived: true}) {
		t.Errorf("the workspace is %+v", got)
	}

	h.putResource("workflow", "f", `{"workspace_id": "w", "name": "F", "properties": {"deployed": false, "b": [1, {"c": null}], "a": "\u00e4"}}`)
	h.putResource("workflow", "f", `{"name": "G"}`)
	got, err := h.Resource(t.Context(), platform, "workflow", "f")
	if err != nil || got.Name != "G" || got.WorkspaceID != "w" || string(got.Properties) != `{"a":"ä","b":[1,{"c":null}],"deployed":false}` {
		t.Errorf("the resource is %+v, %s, %v", got, got.Properties, err)
	}
	// Properties that are given stand in the place of all.
	h.putResource("workflow", "f", `{"properties": {}, "workspace_id": null}`)
	if got, _ := h.Resource(t.Context(), platform, "workflow", "f"); string(got.Properties) != `{"deployed":true}` || got.WorkspaceID != "" {
		t.Errorf("the resource is %+v, %s", got, got.Properties)
	}
	h.putResource("table", "t", `{}`)
	if got, _ := h.Resource(t.Context(), platform, "table", "t"); string(got.Properties) != `{}` {
		t.Errorf("another type has %s", got.Properties)
	}
}

func TestRefusedDirectoryChanges(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	user := func(id, body string) error {
		_, _, _, err := h.PutUser(ctx, platform, id, read[management.UserChange](t, body))
		return err
	}
	organization := func(id, body string) error {
		_, _, _, err := h.PutOrganization(ctx, platform, id, read[management.OrganizationChange](t, body))
		return err
	}
	workspace := func(id, body string) error {
		_, _, _, err := h.PutWorkspace(ctx, platform, id, read[management.WorkspaceChange](t, body))
		return err
	}
	resource := func(kind, id, body string) error {
		_, _, _, err := h.PutResource(ctx, platform, kind, id, read[management.ResourceChange](t, body))
		return err
	}
	workspaceMember := func(workspace, user, body string) error {
		_, _, _, err := h.PutWorkspaceMember(ctx, platform, workspace, user, read[management.MemberChange](t, body))
		return err
	}
	organizationMember := func(organization, user, body string) error {
		_, _, _, err := h.PutOrganizationMember(ctx, platform, organization, user, read[management.MemberChange](t, body))
		return err
	}
	long := strings.Repeat("n", 201)
	for name, c := range map[string]struct {
		err    func() error
		faults []string
	}{
		"a user's id":       {func() error { return user("no id", `{}`) }, []string{"id"}},
		"a user's long id":  {func() error { return user(strings.Repeat("u", 129), `{}`) }, []string{"id"}},
		"a user's other id": {func() error { return user("u", `{"id": "v"}`) }, []string{"id"}},
		"a user's fields": {func() error {
			return user("u", `{"name": "`+long+`", "email": "no", "active": null, "platform_role": "root"}`)
		}, []string{"name", "email", "active", "platform_role"}},
		"a user's nulls":               {func() error { return user("u", `{"name": null, "email": null}`) }, []string{"name", "email"}},
		"an organization's id":         {func() error { return organization("a/b", `{}`) }, []string{"id"}},
		"an organization's name":       {func() error { return organization("o", `{"name": "a\u0007"}`) }, []string{"name"}},
		"a workspace without an owner": {func() error { return workspace("w", `{}`) }, []string{"owner_id"}},
		"a workspace's owner":          {func() error { return workspace("w", `{"owner_id": "nobody"}`) }, []string{"owner_id"}},
		"a workspace's null owner":     {func() error { return workspace("ws", `{"owner_id": null}`) }, []string{"owner_id"}},
		"a workspace's references":     {func() error { return workspace("ws", `{"owner_id": "nobody", "organization_id": "nowhere"}`) }, []string{"owner_id", "organization_id"}},
		"a workspace's switches":       {func() error { return workspace("ws", `{"personal_keys_enabled": null, "archived": null}`) }, []string{"personal_keys_enabled", "archived"}},
		"a resource's names":           {func() error { return resource("no type", "no id", `{}`) }, []string{"type", "id"}},
		"a workspace as a resource":    {func() error { return resource("workspace", "w", `{}`) }, []string{"type"}},
		"a key as a resource":          {func() error { return resource("api_key", "k", `{}`) }, []string{"type"}},
		"a user as a resource":         {func() error { return resource("user", "u", `{}`) }, []string{"type"}},
		"a resource's other name":      {func() error { return resource("workflow", "f", `{"type": "table", "id": "g"}`) }, []string{"type", "id"}},
		"a resource's workspace":       {func() error { return resource("workflow", "f", `{"workspace_id": "nowhere"}`) }, []string{"workspace_id"}},
		"no object of properties":      {func() error { return resource("workflow", "f", `{"properties": [1]}`) }, []string{"properties"}},
		"null properties":              {func() error { return resource("workflow", "f", `{"properties": null}`) }, []string{"properties"}},
		"long properties": {func() error {
			return resource("workflow", "f", `{"properties": {"a": "`+strings.Repeat("x", 65<<10)+`"}}`)
		}, []string{"properties"}},
		"deployed is no boolean":    {func() error { return resource("workflow", "f", `{"properties": {"deployed": "no"}}`) }, []string{"properties.deployed"}},
		"a server's deployed":       {func() error { return resource("mcp_server", "m", `{"properties": {"deployed": null}}`) }, []string{"properties.deployed"}},
		"a server's workflows":      {func() error { return resource("mcp_server", "m", `{"properties": {"workflow_ids": "wf"}}`) }, []string{"properties.workflow_ids"}},
		"a server's null workflows": {func() error { return resource("mcp_server", "m", `{"properties": {"workflow_ids": null}}`) }, []string{"properties.workflow_ids"}},
		"a server's unknown workflow": {func() error {
			return resource("mcp_server", "m", `{"workspace_id": "ws", "properties": {"workflow_ids": ["wf", "none"]}}`)
		}, []string{"properties.workflow_ids[1]"}},
		"another workspace's workflow":       {func() error { return resource("mcp_server", "mcp", `{"properties": {"workflow_ids": ["wf_b"]}}`) }, []string{"properties.workflow_ids[0]"}},
		"a loose server's workflow":          {func() error { return resource("mcp_server", "m", `{"properties": {"workflow_ids": ["wf_loose"]}}`) }, []string{"properties.workflow_ids[0]"}},
		"a server that leaves its workflows": {func() error { return resource("mcp_server", "mcp", `{"workspace_id": "ws_b"}`) }, []string{"properties.workflow_ids[0]", "properties.workflow_ids[1]"}},
		"a workspace member's role":          {func() error { return workspaceMember("ws", "stranger", `{}`) }, []string{"role"}},
		"a workspace member's member":        {func() error { return workspaceMember("ws", "stranger", `{"role": "member"}`) }, []string{"role"}},
		"a member's null role":               {func() error { return workspaceMember("ws", "reader", `{"role": null}`) }, []string{"role"}},
		"a member elsewhere": {func() error {
			return workspaceMember("ws", "reader", `{"workspace_id": "ws_b", "user_id": "writer", "organization_id": "org"}`)
		}, []string{"workspace_id", "user_id", "organization_id"}},
		"an organization member's role": {func() error { return organizationMember("org", "stranger", `{"role": "write"}`) }, []string{"role"}},
		"an organization member elsewhere": {func() error {
			return organizationMember("org", "org_member", `{"organization_id": "o", "user_id": "u", "workspace_id": "ws"}`)
		}, []string{"organization_id", "user_id", "workspace_id"}},
	} {
		t.Run(name, func(t *testing.T) {
			h.unchanged(func() { wantFaults(t, c.err(), c.faults...) })
		})
	}
}

// What is not there can't be read, patched, joined or deleted.
func TestWhatIsNotThere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	role := read[management.MemberChange](t, `{"role": "admin"}`)
	for name, do := range map[string]func() error{
		"user":                       func() error { _, err := h.User(ctx, platform, "none"); return err },
		"organization":               func() error { _, err := h.Organization(ctx, platform, "none"); return err },
		"workspace":                  func() error { _, err := h.Workspace(ctx, platform, "none"); return err },
		"resource":                   func() error { _, err := h.Resource(ctx, platform, "workflow", "none"); return err },
		"another type":               func() error { _, err := h.Resource(ctx, platform, "table", "wf"); return err },
		"a workspace member":         func() error { _, err := h.WorkspaceMember(ctx, platform, "ws", "stranger"); return err },
		"an organization member":     func() error { _, err := h.OrganizationMember(ctx, platform, "org", "stranger"); return err },
		"delete user":                func() error { _, err := h.DeleteUser(ctx, platform, "none"); return err },
		"delete organization":        func() error { _, err := h.DeleteOrganization(ctx, platform, "none"); return err },
		"delete workspace":           func() error { _, err := h.DeleteWorkspace(ctx, platform, "none"); return err },
		"delete resource":            func() error { _, err := h.DeleteResource(ctx, platform, "workflow", "none"); return err },
		"delete workspace member":    func() error { _, err := h.DeleteWorkspaceMember(ctx, platform, "ws", "stranger"); return err },
		"delete organization member": func() error { _, err := h.DeleteOrganizationMember(ctx, platform, "org", "stranger"); return err },
		"patch": func() error {
			_, _, err := h.PatchWorkspace(ctx, platform, "none", read[management.WorkspaceChange](t, `{"owner_id": "reader"}`))
			return err
		},
		"join an unknown workspace": func() error { _, _, _, err := h.PutWorkspaceMember(ctx, platform, "none", "reader", role); return err },
		"the unknown joins":         func() error { _, _, _, err := h.PutWorkspaceMember(ctx, platform, "ws", "none", role); return err },
		"join an unknown organization": func() error {
			_, _, _, err := h.PutOrganizationMember(ctx, platform, "none", "reader", role)
			return err
		},
		"the unknown is hired": func() error { _, _, _, err := h.PutOrganizationMember(ctx, platform, "org", "none", role); return err },
	} {
		t.Run(name, func(t *testing.T) {
			h.unchanged(func() { wantCode(t, do(), "not_found") })
		})
	}
}

// Nobody but the platform gives or takes a platform_role, whichever way.
func TestPlatformRoleIsThePlatformsToSet(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for name, a := range map[string]management.Actor{"directory": token(authz.DirectoryScope), "a platform admin": as("platform_admin")} {
		for id, change := range map[string]string{
			"stranger":       `{"platform_role": "admin"}`,
			"policy_admin":   `{"platform_role": null}`,
			"platform_admin": `{"platform_role": "policy_admin"}`,
			"new":            `{"platform_role": "policy_admin"}`,
		} {
			h.unchanged(func() {
				_, _, _, err := h.PutUser(t.Context(), a, id, read[management.UserChange](t, change))
				wantCode(t, err, "forbidden")
				line := strings.Replace(change, "{", `{"kind": "user", "id": "`+id+`", `, 1)
				_, err = h.Import(t.Context(), a, strings.NewReader(line))
				wantCode(t, err, "forbidden")
			})
		}
		// To name the role that stands changes none.
		if _, _, _, err := h.PutUser(t.Context(), a, "policy_admin", read[management.UserChange](t, `{"platform_role": "policy_admin", "name": "P"}`)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A change to nothing makes no revision, so that a backend may put all that it knows every night.
func TestPutOfWhatStandsChangesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.unchanged(func() {
		h.putUser("reader", `{"id": "reader", "active": true}`)
		h.putWorkspace("ws", `{"owner_id": "owner", "organization_id": "org"}`)
		h.putMember("ws", "reader", "read")
	})
}

// The switch is the workspace's admins' to turn, and the change says so at once.
func TestPersonalKeySwitch(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, secret := h.createKey(`{"type": "personal", "user_id": "writer", "name": "n"}`)
	for _, c := range []struct {
		enabled string
		want    authz.Code
	}{{"false", authz.PersonalKeysDisabled}, {"true", authz.Allowed}} {
		workspace, revision, err := h.PatchWorkspace(t.Context(), as("admin"), "ws", read[management.WorkspaceChange](t, `{"personal_keys_enabled": `+c.enabled+`}`))
		if err != nil || revision != h.revision() || workspace.PersonalKeysEnabled != (c.enabled == "true") {
			t.Fatalf("%+v at %d: %v", workspace, revision, err)
		}
		h.expect(secret, "workflow.execute workflow wf", c.want)
	}
	_, _, err := h.PatchWorkspace(t.Context(), as("admin"), "ws_b", read[management.WorkspaceChange](t, `{"personal_keys_enabled": false}`))
	wantCode(t, err, "forbidden")
}

// A list's pages follow each other, newest first, and do not move while keys are added.
func TestListKeysPages(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var want []string
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		key, _ := h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "` + name + `"}`)
		want = append(want, key.ID)
		if name != "b" { // b and c are of the same moment.
			h.now = h.now.Add(1000)
		}
	}
	slices.Reverse(want)
	if want[2] < want[3] {
		want[2], want[3] = want[3], want[2]
	}
	var got []string
	query := management.KeyQuery{Owner: authz.Owner{Type: authz.WorkspaceOwner, ID: "ws"}, Limit: 2}
	for more := true; more; {
		var page []authz.APIKey
		var err error
		if page, more, err = h.ListKeys(t.Context(), as("reader"), query); err != nil || len(page) == 0 || len(page) > 2 {
			t.Fatal(page, err)
		}
		for _, key := range page {
			got = append(got, key.ID)
		}
		last := page[len(page)-1]
		query.After = positionOf(last)
		h.now = h.now.Add(1000)
		h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "later ` + last.ID + `"}`)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
