package steelgate.authz

# Personal keys cover every workspace that exists, but have a permission only where their user is a member: the user's
# role, and admin where they own it.

_reach("personal", key, workspace) := {"is_covered": true, "permission": "admin"} if {
	workspace.owner_id == key.user_id
} else := {"is_covered": true, "permission": role} if {
	role := data.workspace_members[workspace.id][key.user_id].role
} else := {"is_covered": true} if {
	workspace.id
} else := {}
