package policy_test_test

import (
	"testing"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/policy_test/model"
)

// BenchmarkDecide is what the shipped policy costs in the engine, from the secret to the decision, for each type of key.
func BenchmarkDecide(b *testing.B) {
	w := smallWorld(authz.Workspace{ID: "ws", OwnerID: "owner", OrganizationID: "org", PersonalKeysEnabled: true}, true)
	on := func(workspaceID, workflowID string) authz.Grant {
		return authz.Grant{WorkspaceID: workspaceID, WorkflowID: workflowID, Permission: authz.Write}
	}
	for _, key := range []authz.APIKey{
		{ID: "personal", Type: authz.PersonalKey, OwnerID: "write"},
		{ID: "workspace", Type: authz.WorkspaceKey, OwnerID: "ws"},
		{ID: "narrowed", Type: authz.WorkspaceKey, OwnerID: "ws", WorkflowIDs: []string{"wf", "wf_b"}},
		{ID: "organization", Type: authz.OrganizationKey, OwnerID: "org", Grants: []authz.Grant{on("ws", "")}},
		{ID: "organization_on_workflows", Type: authz.OrganizationKey, OwnerID: "org", Grants: []authz.Grant{on("", "wf"), on("", "wf_b")}},
	} {
		w.PutKey(key)
	}
	execute := authz.Request{Action: "workflow.execute", Resource: authz.Entity{Type: "workflow", ID: "wf"}}
	call := authz.Request{Action: "mcp.call", Resource: authz.Entity{Type: "mcp_server", ID: "mcp"}}
	s := newStage(b, shipped(b))
	if err := s.Build(w); err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		key   string
		asks  authz.Request
		allow bool
	}{
		{"personal", "personal", execute, true},
		{"workspace", "workspace", execute, true},
		{"narrowed", "narrowed", execute, true},
		{"organization", "organization", execute, true},
		{"organization on a workflow", "organization_on_workflows", execute, true},
		{"narrowed on an MCP server", "narrowed", call, true},
		{"organization on an MCP server", "organization_on_workflows", call, true},
		{"denied", "workspace", authz.Request{Action: "workflow.delete", Resource: execute.Resource}, false},
		{"unknown", "never_issued", execute, false},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				d, err := s.Decide(model.Question{KeyID: c.key, Request: c.asks})
				if err != nil || d.Allow != c.allow {
					b.Fatal(d, err)
				}
			}
		})
	}
}
