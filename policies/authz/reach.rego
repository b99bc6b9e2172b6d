package steelgate.authz

# What a key reaches is its type's to say: _reach_of stands in personal.rego, workspace.rego and organization.rego. It is
# undefined where the key does not cover the resource, or the resource does not exist, and else an object:
#
#   key_type    the key's
#   workspace   the workspace that the resource is in
#   granted     the permission that the key has there
#   payer       the user who is billed
#   told        what the decision tells beside
_reach := _reach_of(data.keys[input.subject.id].type)

# Where the resource stands: the workspace that it is in, a workspace in itself. Every lookup goes by a full path, so that
# a decision costs the same with ten keys and with ten million.
_workspace := data.workspaces[input.resource.id] if input.resource.type == "workspace"

_workspace := data.workspaces[_resource.workspace_id] if input.resource.type != "workspace"

# As it is stored: properties that a caller sends never replace these.
_resource := data.resources[input.resource.type][input.resource.id]
