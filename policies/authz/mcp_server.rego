package steelgate.authz

# A scope of workflows covers an MCP server where the server exposes workflows, and the scope covers each of them.

_is_mcp_server_covered if {
	input.resource.type == "mcp_server"
	exposed := _resource.properties.workflow_ids
	exposed[0] # not empty
	every workflow_id in exposed {
		data.scopes[input.subject.id].workflows[workflow_id]
		data.resources.workflow[workflow_id].workspace_id == _resource.workspace_id
	}
}

# The grant on the workflow that has the lowest permission among those that the server exposes.
_lowest_exposed_grant := {"workflow_id": workflow_id, "permission": permission} if {
	_is_mcp_server_covered
	[_, workflow_id, permission] := min({[_rank[granted], exposed, granted] |
		some exposed in _resource.properties.workflow_ids
		granted := data.scopes[input.subject.id].workflows[exposed]
	})
}
