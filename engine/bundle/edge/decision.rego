# METADATA
# title: The decision at the edge
# description: |
#   What a bundle puts before the policy that it carries. A bundle holds the keys that were live when it was built: one that is not in
#   it is not known, and one that has expired since is refused by `input.context.time`. Whoever asks has authenticated the key, and
#   vouches for the time.
package steelgate.edge

# METADATA
# title: The decision
# description: |
#   The entrypoint of a bundle: for a key that is not live a refusal, and else what `data.steelgate.authz.decision` says. A decision of
#   another shape is none: then this is undefined.
# entrypoint: true
decision := {"allow": false, "code": "key_unknown", "message": "No such API key exists."} if {
	input.subject.type == "api_key"
	not _is_known
}

else := {"allow": false, "code": "key_expired", "message": "The API key has expired."} if {
	input.subject.type == "api_key"
	_has_end
	not _is_before_its_end
}

else := answer if {
	answer := data.steelgate.authz.decision
	_is_decision(answer)
}

# Rules of their own, to be asked with `not`: what is missing from the input leaves them undefined, whatever it is.
_is_known if data.keys[input.subject.id].id == input.subject.id

_has_end if data.keys[input.subject.id].expires_at

# A time that is missing, or that nobody can read, is before no end.
_is_before_its_end if {
	is_string(input.context.time)
	regex.match(_readable_time, input.context.time)
	time.parse_rfc3339_ns(input.context.time) < _end
}

# From 1970 to 2259, as RFC 3339 has it: OPA counts nanoseconds, and has no number for what lies far beyond. Asked first, for what
# can't be parsed may be an error, and not a refusal.
_readable_time := concat("", [
	`^(19[7-9][0-9]|2[01][0-9][0-9]|22[0-5][0-9])-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])`,
	`T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`,
])

# The key's end, as it is stored: in UTC. One that lies beyond all readable times is after them.
_end := time.parse_rfc3339_ns(data.keys[input.subject.id].expires_at) if {
	regex.match(_readable_time, data.keys[input.subject.id].expires_at)
}

else := time.parse_rfc3339_ns("2262-01-01T00:00:00Z") if {
	regex.match(`^(22[6-9][0-9]|2[3-9][0-9]{2}|[3-9][0-9]{3})-`, data.keys[input.subject.id].expires_at)
}

# What is allowed has the code allowed, and nothing else has it. That a key is not live is not the policy's to say.
_is_decision(answer) if {
	answer.allow == true
	answer.code == "allowed"
}

_is_decision(answer) if {
	answer.allow == false
	is_string(answer.code)
	not answer.code in {
		"", "allowed", "key_missing", "key_malformed", "key_unknown", "key_revoked", "key_expired", "key_disabled", "owner_inactive",
	}
}
