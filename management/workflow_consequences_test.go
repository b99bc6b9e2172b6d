package management_test

import (
	"slices"
	"testing"

	"github.com/steelengine/steelgate/authz"
)

func (h *house) exposed(server string) string {
	h.t.Helper()
	r, err := h.Resource(h.t.Context(), platform, "mcp_server", server)
	if err != nil {
		h.t.Fatal(err)
	}
	return string(r.Properties)
}

func TestWorkflowMovesInsideItsOrganization(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, granted := h.createKey(`{"type": "organization", "organization_id": "org", "name": "n", "grants": [{"workflow_id": "wf", "permission": "admin"}]}`)
	_, onOld := h.createKey(`{"type": "organization", "organization_id": "org", "name": "old", "grants": [{"workspace_id": "ws", "permission": "admin"}]}`)
	key, narrowed := h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "n", "workflow_ids": ["wf", "wf_other"]}`)
	h.inOneRevision(func() { h.putResource("workflow", "wf", `{"workspace_id": "ws_b"}`) })
	h.expect(granted, "workflow.deploy workflow wf", authz.Allowed)
	h.expect(onOld, "workflow.read workflow wf", authz.OutsideScope)
	h.expect(narrowed, "workflow.read workflow wf", authz.OutsideScope)
	h.expect(narrowed, "workflow.execute workflow wf_other", authz.Allowed)
	if got := h.key(key.ID).WorkflowIDs; !slices.Equal(got, []string{"wf_other"}) {
		t.Errorf("narrowed to %v", got)
	}
	if got := h.exposed("mcp"); got != `{"deployed":true,"workflow_ids":["wf_other"]}` {
		t.Errorf("the MCP server has %s", got)
	}
	h.putResource("workflow", "wf", `{"workspace_id": "ws"}`)
	h.expect(narrowed, "workflow.read workflow wf", authz.OutsideScope)
	h.expect(granted, "workflow.deploy workflow wf", authz.Allowed)
	if got := h.exposed("mcp"); got != `{"deployed":true,"workflow_ids":["wf_other"]}` {
		t.Errorf("the MCP server has %s after the workflow came back", got)
	}
}

func TestWorkflowMovesOutOfItsOrganization(t *testing.T) {
	t.Parallel()
	for name, destination := range map[string]string{"another organization": `"ws_2"`, "no organization": `"ws_solo"`, "no workspace": "null"} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			_, granted := h.createKey(`{"type": "organization", "organization_id": "org", "name": "n", "grants": [{"workflow_id": "wf", "permission": "admin"}, {"workflow_id": "wf_b", "permission": "read"}]}`)
			_, narrowed := h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "n", "workflow_ids": ["wf"]}`)
			_, whole := h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "whole"}`)
			h.inOneRevision(func() { h.putResource("workflow", "wf", `{"workspace_id": `+destination+`}`) })
			for _, secret := range []authz.Code{authz.OutsideScope} {
				h.expect(granted, "workflow.read workflow wf", secret)
				h.expect(narrowed, "workflow.read workflow wf", secret)
				h.expect(whole, "workflow.read workflow wf", secret)
			}
			h.putResource("workflow", "wf", `{"workspace_id": "ws"}`)
			h.expect(granted, "workflow.read workflow wf", authz.OutsideScope)
			h.expect(granted, "workflow.read workflow wf_b", authz.Allowed)
			h.expect(narrowed, "workflow.read workflow wf", authz.OutsideScope)
			h.expect(whole, "workflow.execute workflow wf", authz.Allowed)
		})
	}
}

// A change that leaves a workflow where it is ends nothing.
func TestWorkflowThatStaysKeepsItsKeys(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, narrowed := h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "n", "workflow_ids": ["wf"]}`)
	_, granted := h.createKey(`{"type": "organization", "organization_id": "org", "name": "n", "grants": [{"workflow_id": "wf", "permission": "admin"}]}`)
	h.putResource("workflow", "wf", `{"name": "renamed", "workspace_id": "ws", "properties": {"deployed": false}}`)
	h.expect(narrowed, "workflow.read workflow wf", authz.Allowed)
	h.expect(narrowed, "workflow.execute workflow wf", authz.WorkflowNotDeployed)
	h.expect(granted, "workflow.deploy workflow wf", authz.Allowed)
	h.putWorkspace("ws", `{"name": "renamed", "organization_id": "org"}`)
	h.expect(granted, "workflow.deploy workflow wf", authz.Allowed)
}

func TestLastWorkflowDeletedCoversNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	key, narrowed := h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "n", "workflow_ids": ["wf"]}`)
	granted, organization := h.createKey(`{"type": "organization", "organization_id": "org", "name": "n", "grants": [{"workflow_id": "wf", "permission": "admin"}]}`)
	h.inOneRevision(func() { h.deleteResource("workflow", "wf") })
	if got := h.key(key.ID).WorkflowIDs; got == nil || len(got) != 0 {
		t.Errorf("narrowed to %#v, want an empty list", got)
	}
	if got := h.key(granted.ID).Grants; got == nil || len(got) != 0 {
		t.Errorf("grants %#v, want an empty list", got)
	}
	for _, what := range []string{"workflow.read workflow wf", "workflow.read workflow wf_other", "workspace.read workspace ws", "mcp.connect mcp_server mcp"} {
		h.expect(narrowed, what, authz.OutsideScope)
		h.expect(organization, what, authz.OutsideScope)
	}
	h.putResource("workflow", "wf", `{"workspace_id": "ws"}`)
	h.expect(narrowed, "workflow.read workflow wf", authz.OutsideScope)
	h.expect(organization, "workflow.read workflow wf", authz.OutsideScope)
	if got := h.exposed("mcp"); got != `{"deployed":true,"workflow_ids":["wf_other"]}` {
		t.Errorf("the MCP server has %s after the workflow was made anew", got)
	}
}

// A server whose last workflow is gone is covered by no grant on workflows.
func TestMCPServerLosesItsLastWorkflow(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, secret := h.createKey(`{"type": "organization", "organization_id": "org", "name": "n", "grants": [{"workflow_id": "wf", "permission": "write"}, {"workflow_id": "wf_other", "permission": "read"}]}`)
	_, whole := h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "n"}`)
	h.expect(secret, "mcp.connect mcp_server mcp", authz.Allowed)
	h.expect(secret, "mcp.call mcp_server mcp", authz.InsufficientPermission)
	h.deleteResource("workflow", "wf_other")
	h.expect(secret, "mcp.call mcp_server mcp", authz.Allowed)
	h.deleteResource("workflow", "wf")
	if got := h.exposed("mcp"); got != `{"deployed":true,"workflow_ids":[]}` {
		t.Errorf("the MCP server has %s", got)
	}
	h.expect(secret, "mcp.connect mcp_server mcp", authz.OutsideScope)
	h.expect(whole, "mcp.call mcp_server mcp", authz.Allowed)
}
