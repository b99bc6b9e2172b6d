package steelgate.authz

# Personal keys reach the workspaces that their user is a member of, with the user's role there. The workspace's owner
# counts as its admin. The user is billed.

_reach_of("personal") := {
	"key_type": "personal",
	"workspace": workspace,
	"granted": _role(workspace, user_id),
	"payer": user_id,
	"told": {},
} if {
	user_id := data.keys[input.subject.id].user_id
	workspace := _workspace
}

_role(workspace, user_id) := "admin" if workspace.owner_id == user_id

else := data.workspace_members[workspace.id][user_id].role
