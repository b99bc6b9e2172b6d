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

# What the action requires on this type of resource; undefined where there is no such action.
_required := action.requires if {
	action := actions[input.action.name]
	input.resource.type in action.on
}
