package steelgate.authz

# METADATA
# title: The decision
# description: |
#   The one entrypoint, whichever door the question came through. For an API key it is the first refusal in `code`, or
#   else what the installation's own `data.steelgate.site.deny` says, or else an allow. For any other subject it is
#   `data.steelgate.site.decision`.
# entrypoint: true
decision := _decide(data.keys[input.subject.id], _workspace) if input.subject.type == "api_key"

else := data.steelgate.site.decision if input.subject.type != "api_key"

else := {"allow": false, "code": "outside_scope", "message": messages.outside_scope} if input.subject.type != "api_key"

_decide(key, workspace) := object.union(verdict, _details(reach, required)) if {
	reach := _reach(key.type, key, workspace)
	required := _required
	verdict := _verdict(code(key, workspace, reach, required), key, workspace)
}

# METADATA
# title: The code
# description: The first that holds, in this order, is the answer.
code(key, workspace, reach, required) := "unknown_action" if required == "nothing"

else := "outside_scope" if not reach.is_covered

else := "not_a_member" if not reach.permission

else := "personal_keys_disabled" if {
	key.type == "personal"
	not workspace.personal_keys_enabled == true
}

else := "workspace_archived" if not workspace.archived == false

else := "ip_not_allowed" if {
	key.allowed_cidrs
	not _is_address_allowed(key.allowed_cidrs)
}

else := "insufficient_permission" if not reach.permission in enough[required]

else := needs_deployed[input.action.name] if not _is_deployed

else := "allowed"

_is_deployed if data.resources[input.resource.type][input.resource.id].properties.deployed == true

_verdict("allowed", key, workspace) := {
	"allow": true, "code": "allowed", "message": messages.allowed,
	"billed_to": {"type": "user", "id": _payer(key, workspace)},
} if {
	not is_denied_by_site
} else := {"allow": false, "code": site_denial.code, "message": site_denial.message}

_verdict(refusal, _, _) := {"allow": false, "code": refusal, "message": messages[refusal]} if refusal != "allowed"

# What a decision tells beside its verdict, as far as it is known.
_details(reach, required) := {
	"permission": {"required": required, "granted": reach.permission},
	"granted_by": reach.grant,
} if {
	required != "nothing"
} else := {"permission": {"required": required, "granted": reach.permission}} if {
	required != "nothing"
} else := {}
