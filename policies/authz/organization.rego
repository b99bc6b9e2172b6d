package steelgate.authz

# Organization keys reach what their grants cover, where the workspace belongs to the organization at the time of the
# request, with the highest permission that a covering grant gives. The workspace's owner is billed.

_reach_of("organization") := {
	"key_type": "organization",
	"workspace": workspace,
	"granted": grant.permission,
	"payer": workspace.owner_id,
	"told": {"granted_by": grant},
} if {
	workspace := _workspace
	workspace.organization_id == data.keys[input.subject.id].organization_id
	grant := _highest_grant
}

# On a tie it is the grant on the workspace.
_highest_grant := _workflow_grant if _rank[_workflow_grant.permission] > _rank[_workspace_grant.permission]

else := grant if grant := _workspace_grant

else := grant if grant := _workflow_grant

# A grant on a workspace covers the workspace and every resource in it.
_workspace_grant := {"workspace_id": workspace_id, "permission": permission} if {
	workspace_id := _workspace.id
	permission := data.scopes[input.subject.id].workspaces[workspace_id]
}

# A grant on a workflow covers the workflow, its logs and metrics; grants on all that an MCP server exposes, the server.
_workflow_grant := {"workflow_id": input.resource.id, "permission": permission} if {
	input.resource.type == "workflow"
	permission := data.scopes[input.subject.id].workflows[input.resource.id]
}

_workflow_grant := _lowest_exposed_grant if input.resource.type == "mcp_server"
