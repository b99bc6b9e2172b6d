# METADATA
# title: Tests of what a live API key may do
# description: |
#   Every test decides over the small world below, whose site is silent: what an installation says there must not change
#   what these hold.
package steelgate.authz_test

_users := {
	"owner": {"id": "owner", "name": "O", "email": "o@x.test", "active": true},
	"admin": {"id": "admin", "name": "A", "email": "a@x.test", "active": true},
	"writer": {"id": "writer", "name": "W", "email": "w@x.test", "active": true},
	"reader": {"id": "reader", "name": "R", "email": "r@x.test", "active": true},
	"stranger": {"id": "stranger", "name": "S", "email": "s@x.test", "active": true},
}

# One workspace in the organization, one in another, one in none, one archived, one without personal keys.
_workspaces := {
	"ws": _workspace("ws", {"organization_id": "org"}),
	"ws_foreign": _workspace("ws_foreign", {"organization_id": "org_foreign"}),
	"ws_solo": _workspace("ws_solo", {}),
	"ws_archived": _workspace("ws_archived", {"organization_id": "org", "archived": true}),
	"ws_closed": _workspace("ws_closed", {"organization_id": "org", "personal_keys_enabled": false}),
}

_workspace(id, facts) := object.union(
	{"id": id, "name": id, "owner_id": "owner", "personal_keys_enabled": true, "archived": false},
	facts,
)

_roles := {"admin": {"role": "admin"}, "writer": {"role": "write"}, "reader": {"role": "read"}, "owner": {"role": "read"}}

_workspace_members := {id: _roles | some id in object.keys(_workspaces)}

_resources := {
	"workflow": {
		"wf": _resource("workflow", "wf", "ws", {"deployed": true}),
		"wf_2": _resource("workflow", "wf_2", "ws", {"deployed": true}),
		"wf_draft": _resource("workflow", "wf_draft", "ws", {"deployed": false}),
		"wf_sly": _resource("workflow", "wf_sly", "ws", {"deployed": true, "workflow_ids": ["wf"]}),
		"wf_foreign": _resource("workflow", "wf_foreign", "ws_foreign", {"deployed": true}),
		"wf_archived": _resource("workflow", "wf_archived", "ws_archived", {"deployed": true}),
		"wf_closed": _resource("workflow", "wf_closed", "ws_closed", {"deployed": true}),
		"wf_homeless": {"type": "workflow", "id": "wf_homeless", "name": "", "properties": {"deployed": true}},
	},
	"mcp_server": {
		"mcp": _resource("mcp_server", "mcp", "ws", {"deployed": true, "workflow_ids": ["wf", "wf_2"]}),
		"mcp_empty": _resource("mcp_server", "mcp_empty", "ws", {"deployed": true, "workflow_ids": []}),
		"mcp_bare": _resource("mcp_server", "mcp_bare", "ws", {"deployed": true}),
		"mcp_draft": _resource("mcp_server", "mcp_draft", "ws", {"deployed": false, "workflow_ids": ["wf"]}),
		"mcp_astray": _resource("mcp_server", "mcp_astray", "ws", {"deployed": true, "workflow_ids": ["wf", "wf_foreign"]}),
		"mcp_dangling": _resource("mcp_server", "mcp_dangling", "ws", {"deployed": true, "workflow_ids": ["wf", "wf_gone"]}),
	},
	"table": {"t": _resource("table", "t", "ws", {})},
}

_resource(type, id, workspace_id, properties) := {
	"type": type, "id": id, "name": id,
	"workspace_id": workspace_id, "properties": properties,
}

# METADATA
# title: What a key is asked
# description: |
#   The decision about one key, which is all that data.keys holds, and its index in data.scopes. `request` may have action,
#   type, id, and context.
decide(key, request) := decision if {
	decision := data.steelgate.authz.decision with input as _input(key, request)
		with data.keys as {key.id: key}
		with data.scopes as {key.id: _scope(key)}
		with data.users as _users
		with data.workspaces as _workspaces
		with data.workspace_members as _workspace_members
		with data.resources as _resources
		with data.steelgate.site as object.get(request, "site", {})
}

_input(key, request) := {
	"subject": {"type": "api_key", "id": key.id},
	"action": {"name": request.action},
	"resource": {"type": request.type, "id": request.id, "properties": object.get(request, "properties", {})},
	"context": object.union({"time": "2030-01-31T12:00:00Z"}, object.get(request, "context", {})),
}

_scope(key) := {"narrowed": true, "workflows": {id: true | some id in key.workflow_ids}} if {
	key.type == "workspace"
	key.workflow_ids
}

_scope(key) := {"narrowed": false} if {
	key.type == "workspace"
	not key.workflow_ids
}

_scope(key) := {
	"workspaces": {grant.workspace_id: grant.permission | some grant in key.grants},
	"workflows": {grant.workflow_id: grant.permission | some grant in key.grants},
} if {
	key.type in {"organization", "robot"}
}

_scope(key) := {} if key.type == "personal"

_personal_key(user_id) := {"id": "key_p", "type": "personal", "user_id": user_id}

_workspace_key := {"id": "key_w", "type": "workspace", "workspace_id": "ws"}

_narrowed_key(workflow_ids) := object.union(_workspace_key, {"workflow_ids": workflow_ids})

_organization_key(grants) := {"id": "key_o", "type": "organization", "organization_id": "org", "grants": grants}

_execute := {"action": "workflow.execute", "type": "workflow", "id": "wf"}

# What tests stand on that are not about the table itself: they hold whatever an installation lets an action require.
_table := {"workflow.execute": {"on": ["workflow"], "requires": "write"}}

_read := {"action": "workflow.read", "type": "workflow", "id": "wf"}

_call := {"action": "mcp.call", "type": "mcp_server", "id": "mcp"}

_connect := {"action": "mcp.connect", "type": "mcp_server", "id": "mcp"}

_on(request, id) := object.union(request, {"id": id})
