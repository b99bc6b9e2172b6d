package steelgate.authz

# METADATA
# title: The refusal
# description: |
#   Why an API key may not do what it asks: the first that holds, in this order. It is asked only where no paragraph of
#   `decision` allows, so that it never takes away: what is to refuse must be missing there.
refusal := {
	"allow": false, "code": "unknown_action",
	"message": "The action does not exist, or not for this type of resource.",
} if {
	not _required
}

else := {
	"allow": false, "code": "not_a_member",
	"message": "The key's user is not a member of the workspace.",
} if {
	data.keys[input.subject.id].type == "personal"
	_workspace
	not _granted
}

else := _outside_scope if {
	not _granted
}

else := object.union(_told, {
	"allow": false, "code": "personal_keys_disabled",
	"message": "The workspace does not accept personal API keys.",
}) if {
	data.keys[input.subject.id].type == "personal"
	not _workspace.personal_keys_enabled == true
}

else := object.union(_told, {
	"allow": false, "code": "workspace_archived",
	"message": "The workspace is archived.",
}) if {
	not _workspace.archived == false
}

else := object.union(_told, {
	"allow": false, "code": "ip_not_allowed",
	"message": "The key may not be used from this address.",
}) if {
	_networks_elsewhere
}

else := object.union(_told, {
	"allow": false, "code": "insufficient_permission",
	"message": "The key's permission is lower than the action requires.",
}) if {
	not _is_enough(_granted, _required)
}

else := object.union(_told, {
	"allow": false, "code": "workflow_not_deployed",
	"message": "The workflow is not deployed.",
}) if {
	input.action.name == "workflow.execute"
	not _ready_in
}

else := object.union(_told, {
	"allow": false, "code": "mcp_server_not_deployed",
	"message": "The MCP server is not deployed.",
}) if {
	input.action.name in {"mcp.connect", "mcp.call"}
	not _ready_in
}

else := object.union(_told, site_denial) if {
	is_denied_by_site
}

_outside_scope := {
	"allow": false, "code": "outside_scope",
	"message": "The scope does not cover the resource, or the resource does not exist.",
}

# What is told of a resource that the key reaches, refused though it is.
_told := {
	"permission": {"required": _required, "granted": _granted},
	"granted_by": _highest_grant(_workspace.id),
} if {
	data.keys[input.subject.id].type == "organization"
}

else := {"permission": {"required": _required, "granted": _granted}}
