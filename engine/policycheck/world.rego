# What data holds, as rules whose values have the types of stored records. The check compiles a draft beside these, so that
# a field that no record has is found. They stand at data itself, and never decide.
package world

keys[id] := {
	"id": "", "type": "", "user_id": "", "workspace_id": "", "organization_id": "",
	"workflow_ids": [workflow_id | some workflow_id in [""]],
	"grants": [grant | some grant in [{"workspace_id": "", "workflow_id": "", "permission": ""}]],
	"allowed_cidrs": [cidr | some cidr in [""]],
	"expires_at": "",
} if {
	some id in [""]
}

scopes[id] := {
	"narrowed": true,
	"workspaces": {workspace_id: "" | some workspace_id in [""]},
	"workflows": {workflow_id: granted | some workflow_id in [""]; granted := input.granted},
} if {
	some id in [""]
}

users[id] := {"id": "", "name": "", "email": "", "active": true, "platform_role": ""} if some id in [""]

organizations[id] := {"id": "", "name": ""} if some id in [""]

workspaces[id] := {
	"id": "", "name": "", "owner_id": "", "organization_id": "",
	"personal_keys_enabled": true, "archived": true,
} if {
	some id in [""]
}

workspace_members[workspace_id][user_id] := {"role": ""} if {
	some workspace_id in [""]
	some user_id in [""]
}

organization_members[organization_id][user_id] := {"role": ""} if {
	some organization_id in [""]
	some user_id in [""]
}

resources[type][id] := {
	"type": "", "id": "", "name": "", "workspace_id": "",
	"properties": {name: value | some name in [""]; value := input.properties},
} if {
	some type in [""]
	some id in [""]
}
