package steelgate.authz

# Workspace keys cover their workspace, with write. Narrowed to workflows they cover those alone: the workflow itself, its
# logs and metrics, and an MCP server that exposes no other.

_reach("workspace", key, workspace) := {"is_covered": true, "permission": "write"} if {
	workspace.id == key.workspace_id
	_is_in_workspace_scope(key)
} else := {}

_is_in_workspace_scope(key) if {
	not key.workflow_ids
} else if {
	input.resource.type == "workflow"
	data.scopes[key.id].workflows[input.resource.id]
} else if {
	input.resource.type == "mcp_server"
	count(_exposed_workflow_ids) > 0
	every workflow_id in _exposed_workflow_ids {
		data.scopes[key.id].workflows[workflow_id]
		data.resources.workflow[workflow_id].workspace_id == key.workspace_id
	}
}

# The workflows that an MCP server exposes.
_exposed_workflow_ids := data.resources.mcp_server[input.resource.id].properties.workflow_ids
