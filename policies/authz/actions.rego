# METADATA
# title: May this key do this?
# description: |
#   What a live API key may do. Which key a secret is, and whether it is live, is known before any rule here is asked.
#   Start at `decision`; `actions` and `routes` are tables to read and to edit.
package steelgate.authz

# METADATA
# title: Actions
# description: What each action may be done to, and the least permission that it requires there.
actions := {
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

# METADATA
# title: Actions that need a deployed resource
# description: The code of the refusal while the resource is not deployed.
needs_deployed := {
	"workflow.execute": "workflow_not_deployed",
	"mcp.connect": "mcp_server_not_deployed",
	"mcp.call": "mcp_server_not_deployed",
}

# METADATA
# title: The order of permissions
# description: What is enough for each requirement.
enough := {
	"read": {"read", "write", "admin"},
	"write": {"write", "admin"},
	"admin": {"admin"},
}

_rank := {"read": 1, "write": 2, "admin": 3}

# What the action requires on this type of resource, or "nothing" where there is no such action.
default _required := "nothing"

_required := action.requires if {
	action := actions[input.action.name]
	input.resource.type in action.on
}
