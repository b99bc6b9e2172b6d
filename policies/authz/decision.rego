package steelgate.authz

# METADATA
# title: The decision
# description: |
#   The one entrypoint, whichever door the question came through. What allows an API key stands here, a paragraph for each
#   type of key, and nowhere else: every line must hold, so that what can't be looked up is never taken for a yes. Where one
#   does not hold, `refusal` says why not. For any other subject `data.steelgate.site.decision` decides, and no rule is a
#   deny.
# entrypoint: true
decision := {
	"allow": true, "code": "allowed", "message": "The key may do this.",
	"permission": {"required": action.requires, "granted": "write"},
	"billed_to": {"type": "user", "id": workspace.owner_id},
} if {
	input.subject.type == "api_key"
	key := data.keys[input.subject.id]
	key.type == "workspace"
	action := actions[input.action.name]
	some input.resource.type in action.on
	workspace := data.workspaces[_ready_in]
	workspace.id == key.workspace_id
	not key.workflow_ids == _workflows_elsewhere
	workspace.archived == false
	not key.allowed_cidrs == _networks_elsewhere
	enough[action.requires].write
	not is_denied_by_site
}

else := {
	"allow": true, "code": "allowed", "message": "The key may do this.",
	"permission": {"required": action.requires, "granted": grant.permission},
	"granted_by": grant,
	"billed_to": {"type": "user", "id": workspace.owner_id},
} if {
	input.subject.type == "api_key"
	key := data.keys[input.subject.id]
	key.type == "organization"
	action := actions[input.action.name]
	some input.resource.type in action.on
	workspace := data.workspaces[_ready_in]
	workspace.organization_id == key.organization_id
	grant := _highest_grant(workspace.id)
	workspace.archived == false
	not key.allowed_cidrs == _networks_elsewhere
	enough[action.requires][grant.permission]
	not is_denied_by_site
}

else := {
	"allow": true, "code": "allowed", "message": "The key may do this.",
	"permission": {"required": action.requires, "granted": role},
	"billed_to": {"type": "user", "id": key.user_id},
} if {
	input.subject.type == "api_key"
	key := data.keys[input.subject.id]
	key.type == "personal"
	action := actions[input.action.name]
	some input.resource.type in action.on
	workspace := data.workspaces[_ready_in]
	role := _role(workspace, key.user_id)
	workspace.personal_keys_enabled == true
	workspace.archived == false
	not key.allowed_cidrs == _networks_elsewhere
	enough[action.requires][role]
	not is_denied_by_site
}

else := refusal if {
	input.subject.type == "api_key"
}

else := data.steelgate.site.decision if {
	not input.subject.type == "api_key"
}

else := _outside_scope if {
	not input.subject.type == "api_key"
}

# How the lines above are written costs or saves much, and decisions are many. A record is read whole, once, by its full
# path, so that a decision costs the same with ten keys and with ten million. In `not key.workflow_ids == …` the right side
# is looked up only for a key that has the left one, as few keys have.
