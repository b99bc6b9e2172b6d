package steelgate.authz

# METADATA
# title: Routes
# description: |
#   The product's own API, as a gateway asks about it: a pattern as in Go's net/http.ServeMux (a method, a path, names in
#   braces) to an action and the resource that it is done to.
routes := {
	"POST /api/workflows/{workflow}/execute": {
		"action": "workflow.execute",
		"resource": {"type": "workflow", "id": "{workflow}"},
	},
	"GET /api/workflows/{workflow}": {
		"action": "workflow.read",
		"resource": {"type": "workflow", "id": "{workflow}"},
	},
	"PUT /api/workflows/{workflow}": {
		"action": "workflow.update",
		"resource": {"type": "workflow", "id": "{workflow}"},
	},
	"PATCH /api/workflows/{workflow}": {
		"action": "workflow.update",
		"resource": {"type": "workflow", "id": "{workflow}"},
	},
	"DELETE /api/workflows/{workflow}": {
		"action": "workflow.delete",
		"resource": {"type": "workflow", "id": "{workflow}"},
	},
	"POST /api/workflows/{workflow}/deploy": {
		"action": "workflow.deploy",
		"resource": {"type": "workflow", "id": "{workflow}"},
	},
	"GET /api/workflows/{workflow}/logs": {
		"action": "logs.read",
		"resource": {"type": "workflow", "id": "{workflow}"},
	},
	"GET /api/workflows/{workflow}/metrics": {
		"action": "metrics.read",
		"resource": {"type": "workflow", "id": "{workflow}"},
	},
	"GET /api/workspaces/{workspace}/logs": {
		"action": "logs.read",
		"resource": {"type": "workspace", "id": "{workspace}"},
	},
	"GET /api/workspaces/{workspace}/metrics": {
		"action": "metrics.read",
		"resource": {"type": "workspace", "id": "{workspace}"},
	},
	"GET /api/mcp/{mcp_server}": {
		"action": "mcp.connect",
		"resource": {"type": "mcp_server", "id": "{mcp_server}"},
	},
	"POST /api/mcp/{mcp_server}": {
		"action": "mcp.call",
		"resource": {"type": "mcp_server", "id": "{mcp_server}"},
	},
}
