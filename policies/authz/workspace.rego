package steelgate.authz

# Workspace keys reach their workspace, with write. Narrowed to workflows they cover those alone: the workflow itself, its
# logs and metrics, and an MCP server that exposes no other. The workspace's owner is billed.

_granted_to("workspace") := "write" if {
	key := data.keys[input.subject.id]
	_workspace.id == key.workspace_id
	not key.workflow_ids == _workflows_elsewhere
}

# The workflows that the key is narrowed to, where they do not cover the resource.
_workflows_elsewhere := workflow_ids if {
	not _is_covered
	workflow_ids := data.keys[input.subject.id].workflow_ids
}

_is_covered if {
	input.resource.type == "workflow"
	data.scopes[input.subject.id].workflows[input.resource.id]
}

_is_covered if _is_mcp_server_covered
