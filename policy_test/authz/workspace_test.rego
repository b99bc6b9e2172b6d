package steelgate.authz_test

test_a_workspace_key_has_write_in_its_workspace[sprintf("%s on %s", [request.action, request.type])] if {
	some request in [
		_execute, _call, {"action": "logs.read", "type": "workspace", "id": "ws"},
		{"action": "workspace.read", "type": "workspace", "id": "ws"},
	]
	d := decide(_workspace_key, request)
	d.allow
	d.permission.granted == "write"
	d.billed_to == {"type": "user", "id": "owner"}
}

test_a_workspace_key_reaches_no_other[id] if {
	some id in {"ws_foreign", "ws_solo", "ws_archived"}
	decide(_workspace_key, {"action": "workspace.read", "type": "workspace", "id": id}).code == "outside_scope"
}

test_a_narrowed_key_covers_its_workflows_alone[sprintf("%v: %s %s", [workflow_ids, request.action, request.id])] if {
	some [workflow_ids, request, covered] in [
		[["wf"], _execute, true],
		[["wf"], {"action": "logs.read", "type": "workflow", "id": "wf"}, true],
		[["wf"], {"action": "metrics.read", "type": "workflow", "id": "wf"}, true],
		[["wf"], _on(_execute, "wf_2"), false],
		[["wf"], _on(_execute, "wf_sly"), false],
		[["wf"], {"action": "workspace.read", "type": "workspace", "id": "ws"}, false],
		[["wf"], {"action": "logs.read", "type": "workspace", "id": "ws"}, false],
		[["wf_foreign"], _on(_execute, "wf_foreign"), false],
		[[], _execute, false],
		[[], _call, false],
	]
	decide(_narrowed_key(workflow_ids), request).allow == covered
}

# What is stored as a resource of that type is no workspace, and says nothing of the one that has its id.
test_a_workspace_is_in_itself_alone[sprintf("%s asks %s", [key.id, action])] if {
	some key, code in {
		_workspace_key: "outside_scope",
		{"id": "key_s", "type": "workspace", "workspace_id": "ws_solo"}: "allowed",
	}
	some action in {"workspace.read", "logs.read"}
	request := _input(key, {"action": action, "type": "workspace", "id": "ws_solo"})
	d := data.steelgate.authz.decision with input as request
		with data.keys as {key.id: key}
		with data.scopes as {key.id: _scope(key)}
		with data.workspaces as _workspaces
		with data.resources as {"workspace": {"ws_solo": _resource("workspace", "ws_solo", "ws", {"deployed": true})}}
		with data.steelgate.site as {}
	d.code == code
}
