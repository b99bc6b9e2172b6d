package steelgate.authz

# Personal keys reach the workspaces that their user is a member of, where personal keys are enabled, with the user's
# role there.

_user_id := data.keys[_key_id].user_id

# The owner of a workspace counts as its admin.
_personal_permission := "admin" if {
	data.workspaces[_workspace_id].owner_id == _user_id
} else := data.workspace_members[_workspace_id][_user_id].role

_is_personal_key_switched_off if {
	_key_type == "personal"
	not data.workspaces[_workspace_id].personal_keys_enabled == true
}
