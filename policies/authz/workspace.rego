package steelgate.authz

# Workspace keys reach their workspace, with write. Narrowed to workflows they cover those alone: the workflow itself, its
# logs and metrics, and an MCP server that exposes no other. The workspace's owner is billed.

_reach_of("workspace") := {
	"key_type": "workspace",
	"workspace": workspace,
	"granted": "write",
	"payer": workspace.owner_id,
	"told": {},
} if {
	workspace := _workspace
	workspace.id == data.keys[input.subject.id].workspace_id
	_is_in_narrowed_scope
}

_is_in_narrowed_scope if data.scopes[input.subject.id].narrowed == false

else if {
	input.resource.type == "workflow"
	data.scopes[input.subject.id].workflows[input.resource.id]
}

else if _is_mcp_server_covered
