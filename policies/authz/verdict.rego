package steelgate.authz

# METADATA
# title: The verdict
# description: |
#   Whether a key that reaches the resource may do what the action requires there. The first refusal that holds, in this
#   order, is the answer. What can't be looked up is never taken for a yes.
verdict(reach, required) := {
	"allow": false, "code": "personal_keys_disabled",
	"message": "The workspace does not accept personal API keys.",
} if {
	reach.key_type == "personal"
	not reach.workspace.personal_keys_enabled == true
}

else := {
	"allow": false, "code": "workspace_archived",
	"message": "The workspace is archived.",
} if {
	not reach.workspace.archived == false
}

else := {
	"allow": false, "code": "ip_not_allowed",
	"message": "The key may not be used from this address.",
} if {
	networks := data.keys[input.subject.id].allowed_cidrs
	not _is_client_in(networks)
}

else := {
	"allow": false, "code": "insufficient_permission",
	"message": "The key's permission is lower than the action requires.",
} if {
	not _is_enough(reach.granted, required)
}

else := {
	"allow": false, "code": "workflow_not_deployed",
	"message": "The workflow is not deployed.",
} if {
	input.action.name == "workflow.execute"
	not _resource.properties.deployed == true
}

else := {
	"allow": false, "code": "mcp_server_not_deployed",
	"message": "The MCP server is not deployed.",
} if {
	input.action.name in {"mcp.connect", "mcp.call"}
	not _resource.properties.deployed == true
}

else := {
	"allow": true, "code": "allowed",
	"message": "The key may do this.",
	"billed_to": {"type": "user", "id": reach.payer},
} if {
	not is_denied_by_site
}

else := site_denial
