package steelgate.authz

# METADATA
# title: The decision
# description: |
#   The one entrypoint, whichever door the question came through. Where an API key reaches the resource, `verdict` says
#   whether it may do the action; the decision then tells its permission too, and the grant that gave it. Where it does
#   not, the decision says why. For any other subject `data.steelgate.site.decision` decides, and no rule is a deny.
# entrypoint: true
decision := object.union_n([
	verdict(reach, required),
	{"permission": {"required": required, "granted": reach.granted}},
	reach.told,
]) if {
	input.subject.type == "api_key"
	required := _required
	reach := _reach
}

else := {
	"allow": false, "code": "unknown_action",
	"message": "The action does not exist, or not for this type of resource.",
} if {
	input.subject.type == "api_key"
	not _required
}

else := {
	"allow": false, "code": "not_a_member",
	"message": "The key's user is not a member of the workspace.",
} if {
	input.subject.type == "api_key"
	data.keys[input.subject.id].type == "personal"
	_workspace
	not _reach
}

else := _outside_scope if {
	input.subject.type == "api_key"
	not _reach
}

else := data.steelgate.site.decision if {
	not input.subject.type == "api_key"
}

else := _outside_scope if {
	not input.subject.type == "api_key"
}

_outside_scope := {
	"allow": false, "code": "outside_scope",
	"message": "The scope does not cover the resource, or the resource does not exist.",
}
