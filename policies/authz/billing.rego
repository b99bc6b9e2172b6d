package steelgate.authz

# What a personal key does is billed to its user; what another key does, to the owner of the workspace reached.

_billed_to := {"type": "user", "id": _user_id} if {
	_key_type == "personal"
} else := {"type": "user", "id": data.workspaces[_workspace_id].owner_id}
