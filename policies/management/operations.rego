package steelgate.management

# METADATA
# title: Operations
# description: Whose things are managed, the operation, and the standing with them that it requires.
operations := {
	"user": {
		"keys.list": "self",
		"keys.read": "self",
		"keys.create": "self",
		"keys.update": "self",
		"keys.revoke": "self",
		"keys.rotate": "self",
		"sessions.list": "self",
		"sessions.end": "self",
		"audit.read": "self",
		"decision_log.read": "self",
	},
	"workspace": {
		"keys.list": "member",
		"keys.read": "member",
		"keys.create": "admin",
		"keys.update": "admin",
		"keys.revoke": "admin",
		"keys.rotate": "admin",
		"reaching_keys.list": "member",
		"personal_keys.switch": "admin",
		"contents.list": "member",
		"audit.read": "admin",
		"decision_log.read": "admin",
	},
	"organization": {
		"keys.list": "admin",
		"keys.read": "admin",
		"keys.create": "admin",
		"keys.update": "admin",
		"keys.revoke": "admin",
		"keys.rotate": "admin",
		"contents.list": "admin",
		"audit.read": "admin",
		"decision_log.read": "admin",
	},
	"platform": {
		"policies.read": "policy_admin",
		"policies.write": "policy_admin",
		"decision_log.read": "policy_admin",
		"replicas.read": "policy_admin",
		"directory.read": "platform_admin",
		"directory.write": "platform_admin",
		"import": "platform_admin",
		"audit.read": "platform_admin",
	},
}
