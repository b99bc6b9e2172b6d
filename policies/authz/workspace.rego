package steelgate.authz

# Workspace keys reach their workspace; narrowed to workflows, those alone: the workflow itself, its logs and metrics, and
# an MCP server that exposes no other.

_is_covered_by_workspace_key if {
	data.keys[_key_id].workspace_id == _workspace_id
	data.scopes[_key_id].narrowed == false
}

_is_covered_by_workspace_key if {
	data.keys[_key_id].workspace_id == _workspace_id
	input.resource.type == "workflow"
	data.scopes[_key_id].workflows[input.resource.id]
}

_is_covered_by_workspace_key if {
	data.keys[_key_id].workspace_id == _workspace_id
	input.resource.type == "mcp_server"
	count(_exposed_workflow_ids) > 0
	every workflow_id in _exposed_workflow_ids {
		data.scopes[_key_id].workflows[workflow_id]
		data.resources.workflow[workflow_id].workspace_id == _workspace_id
	}
}

# The workflows that an MCP server exposes.
_exposed_workflow_ids := data.resources.mcp_server[input.resource.id].properties.workflow_ids
