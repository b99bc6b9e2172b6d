package management_test

import (
	"slices"
	"testing"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
)

// Changes to the world, as the platform makes them. Each must make exactly one revision: its consequences are its own
// transaction's.
func (h *house) step(revision uint64, err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
	if h.now = h.now.Add(1); revision != h.revision() {
		h.t.Fatalf("the change answers revision %d, and the data is at %d", revision, h.revision())
	}
}

func (h *house) inOneRevision(change func()) {
	h.t.Helper()
	before := h.revision()
	if change(); h.revision() != before+1 {
		h.t.Errorf("the change and its consequences took %d revisions", h.revision()-before)
	}
}

func (h *house) putUser(id, change string) {
	h.t.Helper()
	_, _, revision, err := h.PutUser(h.t.Context(), platform, id, read[management.UserChange](h.t, change))
	h.step(revision, err)
}

func (h *house) putWorkspace(id, change string) {
	h.t.Helper()
	_, _, revision, err := h.PutWorkspace(h.t.Context(), platform, id, read[management.WorkspaceChange](h.t, change))
	h.step(revision, err)
}

func (h *house) putResource(resourceType, id, change string) {
	h.t.Helper()
	_, _, revision, err := h.PutResource(h.t.Context(), platform, resourceType, id, read[management.ResourceChange](h.t, change))
	h.step(revision, err)
}

func (h *house) putMember(workspace, user, role string) {
	h.t.Helper()
	_, _, revision, err := h.PutWorkspaceMember(h.t.Context(), platform, workspace, user, read[management.MemberChange](h.t, `{"role": "`+role+`"}`))
	h.step(revision, err)
}

func (h *house) deleteUser(id string) {
	h.t.Helper()
	h.step(h.DeleteUser(h.t.Context(), platform, id))
}

func (h *house) deleteWorkspace(id string) {
	h.t.Helper()
	h.step(h.DeleteWorkspace(h.t.Context(), platform, id))
}

func (h *house) deleteOrganization(id string) {
	h.t.Helper()
	h.step(h.DeleteOrganization(h.t.Context(), platform, id))
}

func (h *house) deleteResource(resourceType, id string) {
	h.t.Helper()
	h.step(h.DeleteResource(h.t.Context(), platform, resourceType, id))
}

func TestDeletedUsersKeysAreRevoked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	key, secret := h.createKey(`{"type": "personal", "user_id": "writer", "name": "n"}`)
	_, others := h.createKey(`{"type": "personal", "user_id": "reader", "name": "n"}`)
	h.expect(secret, "workflow.execute workflow wf", authz.Allowed)
	h.inOneRevision(func() { h.deleteUser("writer") })
	h.expect(secret, "workflow.execute workflow wf", authz.KeyRevoked)
	h.expect(others, "workflow.read workflow wf", authz.Allowed)
	if k := h.key(key.ID); k.RevokedAt == nil || k.RevokedBy != platform.Token.ID {
		t.Errorf("the record says nothing of its end: %+v", k)
	}
	if _, err := h.WorkspaceMember(t.Context(), platform, "ws", "writer"); codeOf(err) != "not_found" {
		t.Errorf("the membership stands: %v", err)
	}
	h.putUser("writer", `{}`)
	h.expect(secret, "workflow.execute workflow wf", authz.KeyRevoked)
	if _, err := h.WorkspaceMember(t.Context(), platform, "ws", "writer"); codeOf(err) != "not_found" {
		t.Errorf("the membership came back: %v", err)
	}
	h.putMember("ws", "writer", "admin")
	h.expect(secret, "workflow.execute workflow wf", authz.KeyRevoked)
	// The name is free for whoever has the id now.
	_, secret = h.createKey(`{"type": "personal", "user_id": "writer", "name": "n"}`)
	h.expect(secret, "workflow.execute workflow wf", authz.Allowed)
}

func TestOwnerOfAWorkspaceStays(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, secret := h.createKey(`{"type": "personal", "user_id": "owner", "name": "n"}`)
	h.unchanged(func() {
		_, err := h.DeleteUser(t.Context(), platform, "owner")
		wantCode(t, err, "owns_workspaces")
		if e, ok := err.(*management.Error); !ok || e.Reason != management.Conflict {
			t.Errorf("not a conflict: %v", err)
		}
	})
	h.expect(secret, "workflow.deploy workflow wf", authz.Allowed)
	h.putWorkspace("ws", `{"owner_id": "admin"}`)
	h.deleteUser("owner")
	h.expect(secret, "workflow.deploy workflow wf", authz.KeyRevoked)
}

func TestKeyOutlivesItsCreator(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	fields := read[management.KeyFields](t, `{"type": "workspace", "workspace_id": "ws", "name": "n"}`)
	key, secret, _, err := h.CreateKey(t.Context(), as("admin"), fields)
	if err != nil || key.CreatedBy != "admin" {
		t.Fatal(key, err)
	}
	h.deleteUser("admin")
	h.expect(secret, "workflow.execute workflow wf", authz.Allowed)
}

func TestPersonalKeyStopsWhileItsUserIsInactive(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, secret := h.createKey(`{"type": "personal", "user_id": "writer", "name": "n"}`)
	h.putUser("writer", `{"active": false}`)
	h.expect(secret, "workflow.execute workflow wf", authz.OwnerInactive)
	h.putUser("writer", `{"active": true}`)
	h.expect(secret, "workflow.execute workflow wf", authz.Allowed)
}

func TestDeletedWorkspace(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, workspace := h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "n"}`)
	_, personal := h.createKey(`{"type": "personal", "user_id": "writer", "name": "n"}`)
	key, organization := h.createKey(`{"type": "organization", "organization_id": "org", "name": "n", "grants": [
		{"workspace_id": "ws", "permission": "admin"}, {"workflow_id": "wf", "permission": "admin"}, {"workflow_id": "wf_b", "permission": "write"}]}`)
	h.expect(organization, "workflow.deploy workflow wf", authz.Allowed)
	h.inOneRevision(func() { h.deleteWorkspace("ws") })
	h.expect(workspace, "workflow.read workflow wf", authz.KeyRevoked)
	h.expect(personal, "workflow.read workflow wf", authz.OutsideScope)
	h.expect(organization, "workflow.read workflow wf", authz.OutsideScope)
	h.expect(organization, "workflow.execute workflow wf_b", authz.Allowed)
	for _, id := range []string{"wf", "wf_other"} {
		if _, err := h.Resource(t.Context(), platform, "workflow", id); codeOf(err) != "not_found" {
			t.Errorf("%s stands: %v", id, err)
		}
	}
	if _, err := h.Resource(t.Context(), platform, "mcp_server", "mcp"); codeOf(err) != "not_found" {
		t.Errorf("the MCP server stands: %v", err)
	}
	// Everything made anew brings nothing back.
	h.putWorkspace("ws", `{"owner_id": "owner", "organization_id": "org"}`)
	h.putResource("workflow", "wf", `{"workspace_id": "ws"}`)
	h.expect(workspace, "workflow.read workflow wf", authz.KeyRevoked)
	h.expect(personal, "workflow.read workflow wf", authz.NotAMember)
	h.expect(organization, "workflow.read workflow wf", authz.OutsideScope)
	h.expect(organization, "workspace.read workspace ws", authz.OutsideScope)
	if got := h.key(key.ID).Grants; !slices.Equal(got, []authz.Grant{{WorkflowID: "wf_b", Permission: authz.Write}}) {
		t.Errorf("grants left: %v", got)
	}
}

func TestDeletedOrganization(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, organization := h.createKey(`{"type": "organization", "organization_id": "org", "name": "n", "grants": [{"workspace_id": "ws", "permission": "admin"}]}`)
	_, others := h.createKey(`{"type": "organization", "organization_id": "org_2", "name": "n", "grants": [{"workspace_id": "ws_2", "permission": "admin"}]}`)
	_, workspace := h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "n"}`)
	h.inOneRevision(func() { h.deleteOrganization("org") })
	h.expect(organization, "workflow.read workflow wf", authz.KeyRevoked)
	h.expect(others, "workflow.read workflow wf_2", authz.Allowed)
	h.expect(workspace, "workflow.execute workflow wf", authz.Allowed)
	if w, err := h.Workspace(t.Context(), platform, "ws"); err != nil || w.OrganizationID != "" {
		t.Errorf("the workspace is in %q: %v", w.OrganizationID, err)
	}
	if _, err := h.OrganizationMember(t.Context(), platform, "org", "org_admin"); codeOf(err) != "not_found" {
		t.Errorf("a membership stands: %v", err)
	}
	h.step(func() (uint64, error) {
		_, _, revision, err := h.PutOrganization(t.Context(), platform, "org", management.OrganizationChange{})
		return revision, err
	}())
	h.putWorkspace("ws", `{"organization_id": "org"}`)
	h.expect(organization, "workflow.read workflow wf", authz.KeyRevoked)
	_, _, err := h.ListKeys(t.Context(), as("org_admin"), management.KeyQuery{Owner: authz.Owner{Type: authz.OrganizationOwner, ID: "org"}, Limit: 1})
	wantCode(t, err, "forbidden")
}

// A workspace may leave its organization by every way that changes it.
func TestWorkspaceLeavesItsOrganization(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(h *house){
		"put":     func(h *house) { h.putWorkspace("ws", `{"organization_id": null}`) },
		"another": func(h *house) { h.putWorkspace("ws", `{"organization_id": "org_2"}`) },
		"patch": func(h *house) {
			_, revision, err := h.PatchWorkspace(h.t.Context(), platform, "ws", read[management.WorkspaceChange](h.t, `{"organization_id": null}`))
			h.step(revision, err)
		},
		"import": func(h *house) { h.mustImport(`{"kind": "workspace", "id": "ws", "organization_id": null}`) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			key, secret := h.createKey(`{"type": "organization", "organization_id": "org", "name": "n", "grants": [
				{"workspace_id": "ws", "permission": "admin"}, {"workflow_id": "wf", "permission": "admin"},
				{"workflow_id": "wf_other", "permission": "read"}, {"workspace_id": "ws_b", "permission": "read"}]}`)
			_, workspace := h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "n", "workflow_ids": ["wf"]}`)
			h.expect(secret, "workflow.deploy workflow wf", authz.Allowed)
			h.inOneRevision(func() { leave(h) })
			h.expect(secret, "workflow.deploy workflow wf", authz.OutsideScope)
			h.expect(secret, "workflow.read workflow wf_other", authz.OutsideScope)
			h.expect(secret, "workflow.read workflow wf_b", authz.Allowed)
			h.expect(workspace, "workflow.execute workflow wf", authz.Allowed)
			h.putWorkspace("ws", `{"organization_id": "org"}`)
			h.expect(secret, "workflow.deploy workflow wf", authz.OutsideScope)
			h.expect(secret, "workflow.read workflow wf_other", authz.OutsideScope)
			if got := h.key(key.ID).Grants; !slices.Equal(got, []authz.Grant{{WorkspaceID: "ws_b", Permission: authz.Read}}) {
				t.Errorf("grants left: %v", got)
			}
		})
	}
}

// The last grant ended: the key covers nothing, and is not without a limit.
func TestAKeyWhoseLastGrantEndedCoversNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	key, secret := h.createKey(`{"type": "organization", "organization_id": "org", "name": "n", "grants": [{"workspace_id": "ws", "permission": "admin"}]}`)
	h.putWorkspace("ws", `{"organization_id": null}`)
	if got := h.key(key.ID).Grants; got == nil || len(got) != 0 {
		t.Errorf("grants: %#v, want an empty list", got)
	}
	for _, what := range []string{"workflow.read workflow wf", "workflow.read workflow wf_b", "workspace.read workspace ws_b", "mcp.connect mcp_server mcp"} {
		h.expect(secret, what, authz.OutsideScope)
	}
}

// A member who is no longer one has keys that reach nothing there.
func TestMemberLeaves(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, secret := h.createKey(`{"type": "personal", "user_id": "writer", "name": "n"}`)
	h.putMember("ws", "writer", "read")
	h.expect(secret, "workflow.execute workflow wf", authz.InsufficientPermission)
	h.step(h.DeleteWorkspaceMember(t.Context(), platform, "ws", "writer"))
	h.expect(secret, "workflow.execute workflow wf", authz.NotAMember)
}
