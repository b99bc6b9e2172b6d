package steelgate.authz_test

test_every_route_leads_to_an_action_of_its_type[pattern] if {
	some pattern, route in data.steelgate.authz.routes
	route.resource.type in data.steelgate.authz.actions[route.action].on
	contains(pattern, route.resource.id)
}

test_the_routes_of_the_product[pattern] if {
	some pattern, target in {
		"POST /api/workflows/{workflow}/execute": ["workflow.execute", "workflow"],
		"GET /api/workflows/{workflow}": ["workflow.read", "workflow"],
		"PUT /api/workflows/{workflow}": ["workflow.update", "workflow"],
		"PATCH /api/workflows/{workflow}": ["workflow.update", "workflow"],
		"DELETE /api/workflows/{workflow}": ["workflow.delete", "workflow"],
		"POST /api/workflows/{workflow}/deploy": ["workflow.deploy", "workflow"],
		"GET /api/workflows/{workflow}/logs": ["logs.read", "workflow"],
		"GET /api/workflows/{workflow}/metrics": ["metrics.read", "workflow"],
		"GET /api/workspaces/{workspace}/logs": ["logs.read", "workspace"],
		"GET /api/workspaces/{workspace}/metrics": ["metrics.read", "workspace"],
		"GET /api/mcp/{mcp_server}": ["mcp.connect", "mcp_server"],
		"POST /api/mcp/{mcp_server}": ["mcp.call", "mcp_server"],
	}
	data.steelgate.authz.routes[pattern] == {
		"action": target[0],
		"resource": {"type": target[1], "id": sprintf("{%s}", [target[1]])},
	}
}
