package steelgate.authz_test

test_what_is_enough[sprintf("%s for %s", [granted, action])] if {
	some granted, allowed in {
		"read": {"workflow.read"},
		"write": {"workflow.read", "workflow.execute"},
		"admin": {"workflow.read", "workflow.execute", "workflow.deploy"},
	}
	some action in {"workflow.read", "workflow.execute", "workflow.deploy"}
	d := decide(_organization_key([{"workspace_id": "ws", "permission": granted}]), {"action": action, "type": "workflow", "id": "wf"})
	d.permission.granted == granted
	d.code == {true: "allowed", false: "insufficient_permission"}[action in allowed]
}

test_nothing_is_enough_for_a_requirement_that_nobody_knows[sprintf("%v", [requirement])] if {
	some requirement in ["owner", "", null, 7, true, ["read"]]
	d := decide(_admin_key, _execute) with data.steelgate.authz.actions as {"workflow.execute": {"on": ["workflow"], "requires": requirement}}
	d.code == "insufficient_permission"
}

test_a_role_that_nobody_knows_is_enough_for_nothing[role] if {
	some role in ["owner", ""]
	decide(_organization_key([{"workspace_id": "ws", "permission": role}]), _read).code == "insufficient_permission"
}
