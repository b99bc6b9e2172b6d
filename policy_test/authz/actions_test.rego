package steelgate.authz_test

# The key of an admin, to whom nothing is refused for want of permission.
_admin_key := _personal_key("admin")

_examples := {"workflow": "wf", "workspace": "ws", "mcp_server": "mcp", "table": "t"}

test_actions_require[sprintf("%s on %s", [action, type])] if {
	some action, requirement in {
		"workflow.read": {"on": ["workflow"], "requires": "read"},
		"workflow.execute": {"on": ["workflow"], "requires": "write"},
		"workflow.update": {"on": ["workflow"], "requires": "write"},
		"workflow.deploy": {"on": ["workflow"], "requires": "admin"},
		"workflow.delete": {"on": ["workflow"], "requires": "admin"},
		"logs.read": {"on": ["workflow", "workspace"], "requires": "read"},
		"metrics.read": {"on": ["workflow", "workspace"], "requires": "read"},
		"mcp.connect": {"on": ["mcp_server"], "requires": "read"},
		"mcp.call": {"on": ["mcp_server"], "requires": "write"},
		"workspace.read": {"on": ["workspace"], "requires": "read"},
		"workspace.update": {"on": ["workspace"], "requires": "admin"},
	}
	some type in requirement.on
	d := decide(_admin_key, {"action": action, "type": type, "id": _examples[type]})
	d.code == "allowed"
	d.permission.required == requirement.requires
}

test_an_action_of_another_type_is_unknown[sprintf("%s on %s", [action, type])] if {
	some action, types in {
		"workflow.read": ["workspace", "mcp_server", "table"],
		"workflow.execute": ["workspace", "mcp_server", "table"],
		"logs.read": ["mcp_server", "table"],
		"metrics.read": ["mcp_server", "table"],
		"mcp.call": ["workflow", "workspace", "table"],
		"workspace.read": ["workflow", "mcp_server", "table"],
		"no.such": ["workflow", "workspace", "mcp_server", "table"],
		"": ["workflow"],
	}
	some type in types
	d := decide(_admin_key, {"action": action, "type": type, "id": _examples[type]})
	d == {
		"allow": false, "code": "unknown_action",
		"message": "The action does not exist, or not for this type of resource.",
	}
}
