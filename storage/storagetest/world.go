package storagetest

import (
	"testing"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

var users = record[authz.User]{
	kind: storage.UserKind, a: "usr_1",
	first:  authz.User{ID: "usr_1"},
	second: authz.User{ID: "usr_1", Name: "Zoë O'Brien \"Z\" \\ 李", Email: "zoe@example.com", Active: true, PlatformRole: authz.PolicyAdmin},
	put:    storage.Tx.PutUser,
	get:    func(r storage.Reader) (authz.User, error) { return r.User("usr_1") },
	each:   storage.Reader.EachUser,
	remove: func(tx storage.Tx) error { return tx.DeleteUser("usr_1") },
}

var organizations = record[authz.Organization]{
	kind: storage.OrganizationKind, a: "org_1",
	first:  authz.Organization{ID: "org_1"},
	second: authz.Organization{ID: "org_1", Name: "Åland & Söhne"},
	put:    storage.Tx.PutOrganization,
	get:    func(r storage.Reader) (authz.Organization, error) { return r.Organization("org_1") },
	each:   storage.Reader.EachOrganization,
	remove: func(tx storage.Tx) error { return tx.DeleteOrganization("org_1") },
}

var organizationMembers = record[authz.OrganizationMember]{
	kind: storage.OrganizationMemberKind, a: "org_1", b: "usr_1",
	first:  authz.OrganizationMember{OrganizationID: "org_1", UserID: "usr_1", Role: authz.OrganizationMemberRole},
	second: authz.OrganizationMember{OrganizationID: "org_1", UserID: "usr_1", Role: authz.OrganizationAdminRole},
	put:    storage.Tx.PutOrganizationMember,
	get: func(r storage.Reader) (authz.OrganizationMember, error) {
		return r.OrganizationMember("org_1", "usr_1")
	},
	each:   storage.Reader.EachOrganizationMember,
	remove: func(tx storage.Tx) error { return tx.DeleteOrganizationMember("org_1", "usr_1") },
}

var workspaces = record[authz.Workspace]{
	kind: storage.WorkspaceKind, a: "ws_1",
	first:  authz.Workspace{ID: "ws_1", OwnerID: "usr_1", PersonalKeysEnabled: true},
	second: authz.Workspace{ID: "ws_1", Name: "Räume", OwnerID: "usr_2", OrganizationID: "org_1", Archived: true},
	put:    storage.Tx.PutWorkspace,
	get:    func(r storage.Reader) (authz.Workspace, error) { return r.Workspace("ws_1") },
	each:   storage.Reader.EachWorkspace,
	remove: func(tx storage.Tx) error { return tx.DeleteWorkspace("ws_1") },
}

var workspaceMembers = record[authz.WorkspaceMember]{
	kind: storage.WorkspaceMemberKind, a: "ws_1", b: "usr_1",
	first:  authz.WorkspaceMember{WorkspaceID: "ws_1", UserID: "usr_1", Role: authz.Read},
	second: authz.WorkspaceMember{WorkspaceID: "ws_1", UserID: "usr_1", Role: authz.Admin},
	put:    storage.Tx.PutWorkspaceMember,
	get:    func(r storage.Reader) (authz.WorkspaceMember, error) { return r.WorkspaceMember("ws_1", "usr_1") },
	each:   storage.Reader.EachWorkspaceMember,
	remove: func(tx storage.Tx) error { return tx.DeleteWorkspaceMember("ws_1", "usr_1") },
}

var resources = record[authz.Resource]{
	kind: storage.ResourceKind, a: "workflow", b: "wf_1",
	first:  authz.Resource{Type: "workflow", ID: "wf_1"},
	second: authz.Resource{Type: "workflow", ID: "wf_1", Name: "née", WorkspaceID: "ws_1", Properties: authz.Object(`{"deployed":true,"Ω":"\u0000é"}`)},
	put:    storage.Tx.PutResource,
	get:    func(r storage.Reader) (authz.Resource, error) { return r.Resource("workflow", "wf_1") },
	each:   storage.Reader.EachResource,
	remove: func(tx storage.Tx) error { return tx.DeleteResource("workflow", "wf_1") },
}

// directoryLists proves the lists of the directory: who is in them, and in which order.
func directoryLists(t *testing.T, store storage.Store) {
	workspace := func(id, owner, organization string) authz.Workspace {
		return authz.Workspace{ID: id, OwnerID: owner, OrganizationID: organization}
	}
	resource := func(resourceType, id, workspace string) authz.Resource {
		return authz.Resource{Type: resourceType, ID: id, WorkspaceID: workspace}
	}
	inOrganization := func(organization, user string) authz.OrganizationMember {
		return authz.OrganizationMember{OrganizationID: organization, UserID: user, Role: authz.OrganizationAdminRole}
	}
	inWorkspace := func(workspace, user string) authz.WorkspaceMember {
		return authz.WorkspaceMember{WorkspaceID: workspace, UserID: user, Role: authz.Write}
	}
	update(t, store, func(tx storage.Tx) error {
		return first(
			tx.PutWorkspace(workspace("ws_c", "usr_1", "org_1")), tx.PutWorkspace(workspace("ws_a", "usr_1", "")), tx.PutWorkspace(workspace("ws_b", "usr_2", "org_1")),
			tx.PutResource(resource("workflow", "b", "ws_a")), tx.PutResource(resource("mcp_server", "z", "ws_a")), tx.PutResource(resource("workflow", "a", "ws_a")),
			tx.PutResource(resource("workflow", "c", "ws_b")), tx.PutResource(resource("workflow", "d", "")),
			tx.PutOrganizationMember(inOrganization("org_2", "usr_1")), tx.PutOrganizationMember(inOrganization("org_1", "usr_2")), tx.PutOrganizationMember(inOrganization("org_1", "usr_1")),
			tx.PutWorkspaceMember(inWorkspace("ws_b", "usr_1")), tx.PutWorkspaceMember(inWorkspace("ws_a", "usr_2")), tx.PutWorkspaceMember(inWorkspace("ws_a", "usr_1")),
		)
	})
	view(t, store, func(r storage.Reader) error {
		check := func(what string, got any, err error, want any) {
			t.Helper()
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
			same(t, what, got, want)
		}
		ids, err := r.WorkspacesOwnedBy("usr_1")
		check("workspaces owned", ids, err, []string{"ws_a", "ws_c"})
		ids, err = r.WorkspacesOwnedBy("usr_3")
		check("workspaces owned by nobody known", ids, err, []string(nil))
		ids, err = r.WorkspacesOf("org_1")
		check("workspaces of an organization", ids, err, []string{"ws_b", "ws_c"})
		found, err := r.ResourcesIn("ws_a", "")
		check("resources", found, err, []authz.Resource{resource("mcp_server", "z", "ws_a"), resource("workflow", "a", "ws_a"), resource("workflow", "b", "ws_a")})
		found, err = r.ResourcesIn("ws_a", "workflow")
		check("workflows", found, err, []authz.Resource{resource("workflow", "a", "ws_a"), resource("workflow", "b", "ws_a")})
		found, err = r.ResourcesIn("ws_c", "")
		check("resources of an empty workspace", found, err, []authz.Resource(nil))
		ids, err = r.ResourceIDsIn("ws_a", "workflow", 2)
		check("ids of workflows", ids, err, []string{"a", "b"})
		ids, err = r.ResourceIDsIn("ws_a", "workflow", 1)
		check("the first id of a workflow", ids, err, []string{"a"})
		ids, err = r.ResourceIDsIn("ws_c", "workflow", 1)
		check("ids of workflows of an empty workspace", ids, err, []string(nil))
		members, err := r.OrganizationMembers("org_1")
		check("members of an organization", members, err, []authz.OrganizationMember{inOrganization("org_1", "usr_1"), inOrganization("org_1", "usr_2")})
		members, err = r.OrganizationsWith("usr_1")
		check("organizations with a user", members, err, []authz.OrganizationMember{inOrganization("org_1", "usr_1"), inOrganization("org_2", "usr_1")})
		people, err := r.WorkspaceMembers("ws_a")
		check("members of a workspace", people, err, []authz.WorkspaceMember{inWorkspace("ws_a", "usr_1"), inWorkspace("ws_a", "usr_2")})
		people, err = r.WorkspacesWith("usr_1")
		check("workspaces with a user", people, err, []authz.WorkspaceMember{inWorkspace("ws_a", "usr_1"), inWorkspace("ws_b", "usr_1")})
		return nil
	})
}

// first is the first error that there is.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// emptyStore proves what a new store answers.
func emptyStore(t *testing.T, store storage.Store) {
	same(t, "revision", revisionOf(t, store), uint64(0))
	same(t, "changes", len(changesAfter(t, store, 0)), 0)
	view(t, store, func(r storage.Reader) error {
		page, more, err := r.ListKeys(storage.KeyFilter{Limit: 10, Now: time.Time{}})
		same(t, "keys", []any{len(page), more, err}, []any{0, false, nil})
		return nil
	})
}
