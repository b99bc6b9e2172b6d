package steelgate.authz

# METADATA
# title: The decision
# description: |
#   The one entrypoint, whichever door the question came through. For an API key it is the first refusal that holds in
#   `code`, or else what the installation's own `data.steelgate.site.deny` says, or else an allow. For any other
#   subject it is `data.steelgate.site.decision`.
# entrypoint: true
decision := object.union(_verdict, _details) if input.subject.type == "api_key"

else := data.steelgate.site.decision if input.subject.type != "api_key"

else := {"allow": false, "code": "outside_scope", "message": messages.outside_scope} if input.subject.type != "api_key"

# METADATA
# title: The code
# description: The first that holds, in this order, is the answer.
code := "unknown_action" if not _is_known_action

else := "outside_scope" if not _is_covered

else := "not_a_member" if not _granted

else := "personal_keys_disabled" if _is_personal_key_switched_off

else := "workspace_archived" if not data.workspaces[_workspace_id].archived == false

else := "ip_not_allowed" if _is_address_refused

else := "insufficient_permission" if not rank[_granted] >= rank[_required]

else := needs_deployed[input.action.name] if not _is_deployed

else := "allowed"

_is_deployed if data.resources[input.resource.type][input.resource.id].properties.deployed == true

_verdict := {"allow": true, "code": "allowed", "message": messages.allowed} if {
	code == "allowed"
	not is_denied_by_site
}

_verdict := {"allow": false, "code": _site_denial.code, "message": _site_denial.message} if {
	code == "allowed"
	is_denied_by_site
}

_verdict := {"allow": false, "code": code, "message": messages[code]} if code != "allowed"

# What a decision tells beside its verdict, each where it is known.
_details.permission := _permission

_details.granted_by := granted_by if _permission

_details.billed_to := _billed_to if _verdict.allow

_permission := {"required": _required, "granted": _granted} if _is_known_action
