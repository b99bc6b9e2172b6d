package smallworld

import "slices"

// fields are the names of what the facts of a question come from, and of what a decision is made of; values are what such a field may say.
var (
	fields = []string{
		"subject", "action", "resource", "context", "type", "id", "name", "properties", "client_ip", "time",
		"keys", "users", "workspaces", "organizations", "workspace_members", "organization_members", "resources",
		"user_id", "workspace_id", "workflow_id", "organization_id", "owner_id", "workflow_ids", "grants", "permission", "allowed_cidrs", "expires_at",
		"role", "platform_role", "active", "personal_keys_enabled", "archived", "deployed",
		"allow", "code", "message", "granted_by", "billed_to", "required", "granted", "on", "requires", "scopes", "workflows",
	}
	values = []string{
		"", "api_key", UserSubject, "personal", "workspace", "organization", "platform", "workflow", "mcp_server",
		"read", "write", "admin", "owner", "member", "policy_admin", "/32", "/128", "UTC",
		"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
	}
)

// Varies tells whether a text that a rule turns on is of what questions here differ in: a field, or one of its values.
func Varies(text string) bool { return slices.Contains(fields, text) || slices.Contains(values, text) }
