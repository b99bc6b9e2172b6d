package steelgate.authz_test

# A key with everything against it, and what is mended one after the other: the first refusal that holds is the answer.
test_the_order_of_refusals[sprintf("%d %s", [mended, code])] if {
	some mended, code in [
		"unknown_action", "not_a_member", "personal_keys_disabled", "workspace_archived", "ip_not_allowed",
		"insufficient_permission", "workflow_not_deployed", "site", "allowed",
	]
	d := data.steelgate.authz.decision with input as {
		"subject": {"type": "api_key", "id": "k"},
		"action": {"name": ["workflow.fly", "workflow.execute"][min([mended, 1])]},
		"resource": {"type": "workflow", "id": "f"},
		"context": {"client_ip": _if(mended >= 5, "10.0.0.1", "192.0.2.1")},
	}
		with data.steelgate.authz.actions as _table
		with data.keys as {"k": {"id": "k", "type": "personal", "user_id": "u", "allowed_cidrs": ["10.0.0.0/8"]}}
		with data.scopes as {}
		with data.workspaces as {"w": {
			"id": "w", "owner_id": "o",
			"personal_keys_enabled": mended >= 3, "archived": mended < 4,
		}}
		with data.workspace_members as _if(mended >= 2, {"w": {"u": {"role": _if(mended >= 6, "write", "read")}}}, {})
		with data.resources as {"workflow": {"f": {
			"type": "workflow", "id": "f", "workspace_id": "w",
			"properties": {"deployed": mended >= 7},
		}}}
		with data.steelgate.site as {"deny": _if(mended >= 8, set(), {{"code": "site", "message": ""}})}
	d.code == code
	is_last := code == "allowed"
	d.allow == is_last
}

_if(true, yes, _) := yes

_if(false, _, no) := no

test_an_archived_workspace_refuses_every_key[sprintf("%s %s", [key.type, action])] if {
	some key in {
		_personal_key("owner"), object.union(_workspace_key, {"workspace_id": "ws_archived"}),
		_organization_key([{"workspace_id": "ws_archived", "permission": "admin"}]),
	}
	some action in {"workflow.read", "workflow.execute"}
	d := decide(key, {"action": action, "type": "workflow", "id": "wf_archived"})
	d.code == "workspace_archived"
	d.permission.granted
}

test_what_is_not_known_to_be_open_is_closed[sprintf("%s %s", [key.type, fact])] if {
	some [key, fact, code] in [
		[_personal_key("admin"), "archived", "workspace_archived"],
		[_workspace_key, "archived", "workspace_archived"],
		[_organization_key([{"workspace_id": "ws", "permission": "write"}]), "archived", "workspace_archived"],
		[_personal_key("admin"), "personal_keys_enabled", "personal_keys_disabled"],
	]
	d := data.steelgate.authz.decision with input as _input(key, _execute)
		with data.keys as {key.id: key}
		with data.scopes as {key.id: _scope(key)}
		with data.workspaces as {"ws": object.remove(_workspaces.ws, {fact})}
		with data.workspace_members as _workspace_members
		with data.resources as _resources
		with data.steelgate.site as {}
	d.code == code
}

# That the workspace refuses personal keys is no reason to tell another key.
test_each_key_is_told_its_own_reason[key.type] if {
	some key in {
		object.union(_workspace_key, {"workspace_id": "ws_closed"}),
		_organization_key([{"workspace_id": "ws_closed", "permission": "write"}]),
	}
	decide(key, {"action": "workflow.delete", "type": "workflow", "id": "wf_closed"}).code == "insufficient_permission"
}

test_a_refused_workspace_key_has_no_grant[key.workflow_ids] if {
	some key in {_narrowed_key(["wf"]), _narrowed_key(["wf", "wf_2"])}
	decide(key, {"action": "workflow.delete", "type": "workflow", "id": "wf"}) == {
		"allow": false, "code": "insufficient_permission",
		"message": "The key's permission is lower than the action requires.",
		"permission": {"required": "admin", "granted": "write"},
	}
}

test_only_execute_needs_a_deployed_workflow[action] if {
	some action, code in {
		"workflow.execute": "workflow_not_deployed",
		"workflow.read": "allowed", "workflow.update": "allowed", "workflow.deploy": "allowed",
		"workflow.delete": "allowed", "logs.read": "allowed", "metrics.read": "allowed",
	}
	decide(_admin_key, {"action": action, "type": "workflow", "id": "wf_draft"}).code == code
}

test_an_mcp_server_must_be_deployed[action] if {
	some action in {"mcp.connect", "mcp.call"}
	decide(_admin_key, {"action": action, "type": "mcp_server", "id": "mcp_draft"}).code == "mcp_server_not_deployed"
}

test_properties_of_the_request_replace_nothing if {
	decide(_admin_key, object.union(_on(_execute, "wf_draft"), {"properties": {"deployed": true}})).code == "workflow_not_deployed"
}
