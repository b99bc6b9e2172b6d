package steelgate.authz

# METADATA
# title: Messages
# description: What each code means, in words for the caller's developer.
messages := {
	"unknown_action": "The action does not exist, or not for this type of resource.",
	"outside_scope": "The key's scope does not cover the resource, or the resource does not exist.",
	"not_a_member": "The key's user is not a member of the workspace.",
	"personal_keys_disabled": "The workspace does not accept personal API keys.",
	"workspace_archived": "The workspace is archived.",
	"ip_not_allowed": "The key may not be used from this address.",
	"insufficient_permission": "The key's permission is lower than the action requires.",
	"workflow_not_deployed": "The workflow is not deployed.",
	"mcp_server_not_deployed": "The MCP server is not deployed.",
	"allowed": "The key may do this.",
}
