package steelgate.authz

# Organization keys reach what their grants cover, where the workspace belongs to the organization at the time of the
# request. The highest covering grant counts.

# METADATA
# title: The grant
# description: The grant by which an organization key reaches the resource; on a tie the one on the workspace.
granted_by := {"workspace_id": _workspace_id, "permission": _workspace_grant} if {
	_is_in_organization
	not rank[_workflow_grant.permission] > rank[_workspace_grant]
} else := _workflow_grant if {
	_is_in_organization
}

_is_in_organization if data.workspaces[_workspace_id].organization_id == data.keys[_key_id].organization_id

# A grant on a workspace covers the workspace and every resource in it.
_workspace_grant := data.scopes[_key_id].workspaces[_workspace_id]

# A grant on a workflow covers the workflow, its logs and metrics.
_workflow_grant := {"workflow_id": input.resource.id, "permission": permission} if {
	input.resource.type == "workflow"
	permission := data.scopes[_key_id].workflows[input.resource.id]
}

# Grants on all workflows that an MCP server exposes cover the server; the lowest among them counts.
else := {"workflow_id": workflow_id, "permission": permission} if {
	input.resource.type == "mcp_server"
	count(_exposed_workflow_ids) > 0
	every exposed in _exposed_workflow_ids {
		data.scopes[_key_id].workflows[exposed]
		data.resources.workflow[exposed].workspace_id == _workspace_id
	}
	[_, workflow_id, permission] := min({[rank[granted], exposed, granted] |
		some exposed in _exposed_workflow_ids
		granted := data.scopes[_key_id].workflows[exposed]
	})
}
