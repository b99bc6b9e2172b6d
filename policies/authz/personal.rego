package steelgate.authz

# Personal keys reach the workspaces that their user is a member of, with the user's role there. The workspace's owner
# counts as its admin. The user is billed.

_granted_to("personal") := _role(_workspace, data.keys[input.subject.id].user_id)

_role(workspace, user_id) := "admin" if workspace.owner_id == user_id

else := data.workspace_members[workspace.id][user_id].role
