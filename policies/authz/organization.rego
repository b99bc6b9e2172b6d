package steelgate.authz

# Organization keys reach what their grants cover, where the workspace belongs to the organization at the time of the
# request. The highest covering grant counts; on a tie the one on the workspace.

_reach("organization", key, workspace) := {"is_covered": true, "permission": grant.permission, "grant": grant} if {
	workspace.organization_id == key.organization_id
	grant := _highest_grant(key, workspace)
} else := {}

_highest_grant(key, workspace) := on_workspace if {
	on_workspace := _workspace_grant(key, workspace)
	not _rank[_workflow_grant(key, workspace).permission] > _rank[on_workspace.permission]
} else := _workflow_grant(key, workspace)

# A grant on a workspace covers the workspace and every resource in it.
_workspace_grant(key, workspace) := {"workspace_id": workspace.id, "permission": permission} if {
	permission := data.scopes[key.id].workspaces[workspace.id]
}

# A grant on a workflow covers the workflow, its logs and metrics.
_workflow_grant(key, _) := {"workflow_id": input.resource.id, "permission": permission} if {
	input.resource.type == "workflow"
	permission := data.scopes[key.id].workflows[input.resource.id]
}

# Grants on all workflows that an MCP server exposes cover the server; the lowest among them counts.
_workflow_grant(key, workspace) := {"workflow_id": workflow_id, "permission": permission} if {
	input.resource.type == "mcp_server"
	count(_exposed_workflow_ids) > 0
	every exposed in _exposed_workflow_ids {
		data.scopes[key.id].workflows[exposed]
		data.resources.workflow[exposed].workspace_id == workspace.id
	}
	[_, workflow_id, permission] := min({[_rank[granted], exposed, granted] |
		some exposed in _exposed_workflow_ids
		granted := data.scopes[key.id].workflows[exposed]
	})
}
