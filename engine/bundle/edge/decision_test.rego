package steelgate.edge_test

_policy_says := {"allow": true, "code": "allowed", "message": "The policy's word."}

_noon := "2030-01-31T12:00:00Z"

_asked(subject, time) := {
	"subject": subject, "action": {"name": "workflow.read"}, "resource": {"type": "workflow", "id": "wf"},
	"context": {"time": time},
}

_key := {"type": "api_key", "id": "key_a"}

_decide(request, key) := answer if {
	answer := data.steelgate.edge.decision with input as request
		with data.keys as {"key_a": key}
		with data.steelgate.authz.decision as _policy_says
}

test_a_live_key_gets_what_the_policy_says if {
	_decide(_asked(_key, _noon), {"id": "key_a", "type": "personal"}) == _policy_says
	_decide(_asked(_key, _noon), {"id": "key_a", "expires_at": "2030-01-31T12:00:00.000001Z"}) == _policy_says
	_decide(_asked(_key, _noon), {"id": "key_a", "expires_at": "2030-01-31T14:00:00+01:00"}) == _policy_says
}

test_a_key_without_an_end_needs_no_time if {
	request := json.remove(_asked(_key, _noon), ["context"])
	_decide(request, {"id": "key_a"}) == _policy_says
}

test_a_key_that_is_not_there_is_unknown[id] if {
	some id in ["key_b", "", "presented", 1, null, ["key_a"], {}]
	_decide(_asked({"type": "api_key", "id": id}, _noon), {"id": "key_a"}) == {
		"allow": false, "code": "key_unknown", "message": "No such API key exists.",
	}
}

test_no_id_is_no_key if {
	_decide(_asked({"type": "api_key"}, _noon), {"id": "key_a"}).code == "key_unknown"
}

test_a_key_ends_at_its_time[time] if {
	some time in ["2030-01-31T12:00:00Z", "2030-01-31T12:00:01Z", "2030-01-31T13:00:00+01:00", "2259-01-01T00:00:00Z", "2999-01-01T00:00:00Z"]
	_decide(_asked(_key, time), {"id": "key_a", "expires_at": _noon}) == {
		"allow": false, "code": "key_expired", "message": "The API key has expired.",
	}
}

test_an_end_beyond_all_that_can_be_counted_is_far[ends] if {
	some ends in ["2260-01-01T00:00:00Z", "2262-04-12T00:00:00Z", "2999-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"]
	_decide(_asked(_key, "2259-12-31T23:59:59Z"), {"id": "key_a", "expires_at": ends}) == _policy_says
}

test_a_time_that_nobody_can_read_ends_it[sprintf("%v", [time])] if {
	some time in ["", "never", "2030-01-31", "2030-01-31T12:00:00", "2030-13-31T12:00:00Z", "2030-01-31T24:00:00Z", "2030-01-31t12:00:00z", "2260-01-01T00:00:00Z", "1969-12-31T23:59:59Z", 0, -1, null, true, [], {}, ["2020-01-01T00:00:00Z"]]
	_decide(_asked(_key, time), {"id": "key_a", "expires_at": "2999-01-01T00:00:00Z"}).code == "key_expired"
}

test_no_time_ends_it if {
	request := json.remove(_asked(_key, _noon), ["context/time"])
	_decide(request, {"id": "key_a", "expires_at": "2999-01-01T00:00:00Z"}).code == "key_expired"
}

test_an_end_that_nobody_can_read_ends_it[ends] if {
	some ends in ["never", "", "22", "1969-01-01T00:00:00Z", "99999-01-01T00:00:00Z"]
	_decide(_asked(_key, _noon), {"id": "key_a", "expires_at": ends}).code == "key_expired"
}

test_other_subjects_are_the_policys[sprintf("%v", [subject])] if {
	some subject in [{"type": "user", "id": "key_a"}, {"type": "API_KEY", "id": "key_b"}, {"id": "key_b"}, {}]
	_decide(_asked(subject, _noon), {"id": "key_a", "expires_at": "2020-01-01T00:00:00Z"}) == _policy_says
}

_passes(answer) if {
	answer == data.steelgate.edge.decision with input as _asked(_key, _noon)
		with data.keys as {"key_a": {"id": "key_a"}}
		with data.steelgate.authz.decision as answer
}

test_a_deny_is_passed_on if _passes({"allow": false, "code": "outside_scope", "permission": {"required": "read"}})

test_what_is_no_decision_is_not_passed_on[sprintf("%v", [answer])] if {
	some answer in [
		true, "allowed", [], {}, null,
		{"allow": true}, {"code": "allowed"}, {"allow": true, "code": "fine"}, {"allow": "true", "code": "allowed"},
		{"allow": false, "code": "allowed"}, {"allow": false}, {"allow": false, "code": ""}, {"allow": false, "code": 1},
		{"allow": false, "code": "key_revoked"}, {"allow": true, "code": "key_unknown"},
	]
	not _passes(answer)
}
