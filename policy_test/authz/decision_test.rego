package steelgate.authz_test

test_an_allow_tells_all if decide(_organization_key([{"workspace_id": "ws", "permission": "admin"}]), _execute) == {
	"allow": true, "code": "allowed", "message": "The key may do this.",
	"permission": {"required": "write", "granted": "admin"},
	"granted_by": {"workspace_id": "ws", "permission": "admin"},
	"billed_to": {"type": "user", "id": "owner"},
} with data.steelgate.authz.actions as _table

test_only_an_organization_key_has_a_grant[key.type] if {
	some key in {_personal_key("writer"), _workspace_key}
	object.keys(decide(key, _execute)) == {"allow", "code", "message", "permission", "billed_to"}
}

test_a_refusal_bills_nobody_and_tells_the_permission if {
	decide(_organization_key([{"workspace_id": "ws", "permission": "read"}]), _execute) == {
		"allow": false, "code": "insufficient_permission",
		"message": "The key's permission is lower than the action requires.",
		"permission": {"required": "write", "granted": "read"},
		"granted_by": {"workspace_id": "ws", "permission": "read"},
	} with data.steelgate.authz.actions as _table
}

test_a_resource_that_is_not_there_is_outside_the_scope[sprintf("%s, %s %s", [key.type, type, id])] if {
	some key in {_personal_key("admin"), _workspace_key, _organization_key([{"workspace_id": "ws", "permission": "admin"}])}
	some type, id in {"workflow": "wf_gone", "workspace": "ws_gone", "mcp_server": "mcp_gone"}
	action := {"workflow": "workflow.read", "workspace": "workspace.read", "mcp_server": "mcp.connect"}[type]
	decide(key, {"action": action, "type": type, "id": id}) == {
		"allow": false, "code": "outside_scope",
		"message": "The scope does not cover the resource, or the resource does not exist.",
	}
}

test_a_resource_outside_every_workspace_is_outside_the_scope[key.type] if {
	some key in {_personal_key("admin"), _workspace_key, _organization_key([{"workflow_id": "wf_homeless", "permission": "admin"}])}
	decide(key, _on(_read, "wf_homeless")).code == "outside_scope"
}

# The engine asks for live keys alone; whoever else asks is answered no.
test_a_key_that_is_not_there_reaches_nothing if {
	d := data.steelgate.authz.decision with input as _input(_workspace_key, _execute)
		with data.keys as {}
		with data.scopes as {}
		with data.workspaces as _workspaces
		with data.resources as _resources
		with data.steelgate.site as {"decision": {"allow": true, "code": "allowed"}}
	d.code == "outside_scope"
}

test_a_key_of_no_known_type_reaches_nothing[owner] if {
	some owner, id in {"user_id": "admin", "workspace_id": "ws", "organization_id": "org", "nobody": ""}
	key := {"id": "key_x", "type": "robot", owner: id, "grants": [{"workspace_id": "ws", "permission": "admin"}]}
	decide(key, _read).code == "outside_scope"
}

test_the_message_is_the_same_for_every_key[key.type] if {
	some key in {_personal_key("admin"), _workspace_key, _organization_key([{"workspace_id": "ws", "permission": "write"}])}
	d := decide(key, _execute)
	d.allow
	d.message == "The key may do this."
}
