package steelgate.authz

# Organization keys reach what their grants cover, where the workspace belongs to the organization at the time of the
# request, with the highest permission that a covering grant gives. The workspace's owner is billed.

_granted_to("organization") := _highest_grant(_workspace.id).permission if {
	_workspace.organization_id == data.keys[input.subject.id].organization_id
}

# A grant on a workspace covers the workspace and every resource in it. On a tie it is this one that is told.
_highest_grant(workspace_id) := {"workspace_id": workspace_id, "permission": permission} if {
	permission := data.scopes[input.subject.id].workspaces[workspace_id]
	not _is_outranked(permission)
}

else := _workflow_grant if workspace_id

_is_outranked(permission) if _rank[_workflow_grant.permission] > _rank[permission]

# A grant on a workflow covers the workflow, its logs and metrics; grants on all that an MCP server exposes, the server.
_workflow_grant := {"workflow_id": input.resource.id, "permission": permission} if {
	input.resource.type == "workflow"
	permission := data.scopes[input.subject.id].workflows[input.resource.id]
}

_workflow_grant := _lowest_exposed_grant if input.resource.type == "mcp_server"
