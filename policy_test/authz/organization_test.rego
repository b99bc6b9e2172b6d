package steelgate.authz_test

_grant_on_workspace(permission) := {"workspace_id": "ws", "permission": permission}

_grant_on_workflow(permission) := {"workflow_id": "wf", "permission": permission}

test_a_grant_on_a_workspace_covers_all_in_it[sprintf("%s %s", [request.action, request.id])] if {
	some request in [
		_execute, _on(_execute, "wf_2"), _call, _on(_connect, "mcp_empty"),
		{"action": "workspace.read", "type": "workspace", "id": "ws"},
		{"action": "metrics.read", "type": "workspace", "id": "ws"},
	]
	d := decide(_organization_key([_grant_on_workspace("write")]), request)
	d.allow
	d.granted_by == _grant_on_workspace("write")
	d.billed_to == {"type": "user", "id": "owner"}
}

test_a_grant_on_a_workflow_covers_it_alone[sprintf("%s %s", [request.action, request.id])] if {
	some [request, covered] in [
		[_execute, true],
		[{"action": "logs.read", "type": "workflow", "id": "wf"}, true],
		[_on(_execute, "wf_2"), false],
		[_call, false],
		[{"action": "logs.read", "type": "workspace", "id": "ws"}, false],
	]
	decide(_organization_key([_grant_on_workflow("write")]), request).allow == covered
}

test_the_highest_grant_counts[sprintf("%s and %s", [workspace, workflow])] if {
	some [workspace, workflow, highest] in [
		["read", "write", _grant_on_workflow("write")],
		["write", "read", _grant_on_workspace("write")],
		["write", "write", _grant_on_workspace("write")],
		["admin", "read", _grant_on_workspace("admin")],
		["read", "admin", _grant_on_workflow("admin")],
	]
	d := decide(_organization_key([_grant_on_workflow(workflow), _grant_on_workspace(workspace)]), _read)
	d.granted_by == highest
	d.permission.granted == highest.permission
}

test_a_workspace_of_another_organization_or_none_is_outside[id] if {
	some id in {"ws_foreign", "ws_solo"}
	key := _organization_key([{"workspace_id": id, "permission": "admin"}])
	decide(key, {"action": "workspace.read", "type": "workspace", "id": id}).code == "outside_scope"
}

test_a_workflow_of_another_organization_is_outside if {
	decide(_organization_key([{"workflow_id": "wf_foreign", "permission": "admin"}]), _on(_read, "wf_foreign")).code == "outside_scope"
}

test_no_grants_cover_nothing if decide(_organization_key([]), _read).code == "outside_scope"
