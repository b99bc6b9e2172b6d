package steelgate.authz

# Where the resource stands: the workspace that it is in, a workspace in itself. Empty where either does not exist. Every
# lookup goes by a full path, so that a decision costs the same with ten keys and with ten million.
default _workspace := {}

_workspace := data.workspaces[input.resource.id] if input.resource.type == "workspace"

_workspace := data.workspaces[resource.workspace_id] if {
	input.resource.type != "workspace"
	resource := data.resources[input.resource.type][input.resource.id]
}
