package steelgate.authz

# What the key is, and where the resource stands. Every lookup goes by a full path, so that a decision costs the same
# with ten keys and with ten million.

_key_id := input.subject.id

_key_type := data.keys[_key_id].type

# The workspace that the resource is in; a workspace is in itself. Undefined where either does not exist.
_workspace_id := data.workspaces[input.resource.id].id if {
	input.resource.type == "workspace"
} else := data.workspaces[data.resources[input.resource.type][input.resource.id].workspace_id].id

# METADATA
# title: Scope
# description: Whether the key's scope covers the resource, by the type of the key.
_is_covered if {
	_key_type == "personal"
	_workspace_id
}

_is_covered if {
	_key_type == "workspace"
	_is_covered_by_workspace_key
}

_is_covered if {
	_key_type == "organization"
	granted_by
}

# The permission that the key has on the resource.
_granted := _personal_permission if {
	_key_type == "personal"
} else := "write" if {
	_key_type == "workspace"
	_is_covered_by_workspace_key
} else := granted_by.permission if {
	_key_type == "organization"
}
