package steelgate.authz_test

test_a_narrowed_key_covers_a_server_with_all_its_workflows[sprintf("%v: %s", [workflow_ids, id])] if {
	some [workflow_ids, id, covered] in [
		[["wf", "wf_2"], "mcp", true],
		[["wf", "wf_2", "wf_draft"], "mcp", true],
		[["wf"], "mcp", false],
		[["wf", "wf_2"], "mcp_empty", false],
		[["wf", "wf_2"], "mcp_bare", false],
		[["wf", "wf_foreign"], "mcp_astray", false],
		[["wf", "wf_gone"], "mcp_dangling", false],
	]
	decide(_narrowed_key(workflow_ids), _on(_call, id)).allow == covered
}

test_the_lowest_grant_on_its_workflows_counts[sprintf("%s and %s", [first, second])] if {
	some [first, second, lowest] in [
		["write", "admin", {"workflow_id": "wf", "permission": "write"}],
		["admin", "write", {"workflow_id": "wf_2", "permission": "write"}],
		["admin", "admin", {"workflow_id": "wf", "permission": "admin"}],
		["read", "admin", {"workflow_id": "wf", "permission": "read"}],
	]
	key := _organization_key([{"workflow_id": "wf", "permission": first}, {"workflow_id": "wf_2", "permission": second}])
	d := decide(key, _connect)
	d.allow
	d.granted_by == lowest
	d.permission.granted == lowest.permission
}

test_grants_on_some_of_its_workflows_do_not_cover_a_server[id] if {
	some id in {"mcp", "mcp_empty", "mcp_bare", "mcp_astray", "mcp_dangling"}
	key := _organization_key([{"workflow_id": "wf", "permission": "admin"}, {"workflow_id": "wf_foreign", "permission": "admin"}])
	decide(key, _on(_connect, id)).code == "outside_scope"
}
