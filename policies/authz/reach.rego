package steelgate.authz

# The workspace that the resource is in. A workspace is in itself.
_workspace := data.workspaces[input.resource.id] if input.resource.type == "workspace"

_workspace := data.workspaces[_resource.workspace_id] if input.resource.type != "workspace"

# As it is stored: properties that a caller sends never replace these.
_resource := data.resources[input.resource.type][input.resource.id]

# The id of that workspace, where the resource is ready for the action: what is deployed is ready for any.
_ready_in := resource.workspace_id if {
	not input.resource.type == "workspace"
	resource := data.resources[input.resource.type][input.resource.id]
	resource.properties.deployed == true
}

else := _workspace.id if {
	not input.action.name in {"workflow.execute", "mcp.connect", "mcp.call"}
}

# The permission that the key has there, for a refusal to tell; undefined where the key does not reach the resource, or the
# resource does not exist. It is its type's to say: _granted_to stands in personal.rego, workspace.rego, organization.rego.
_granted := _granted_to(data.keys[input.subject.id].type)
