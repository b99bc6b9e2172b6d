# METADATA
# title: Tests of what an installation may say
# description: Each says it itself, so that these hold whatever the installation's own package says.
package steelgate.site_test

_input := {
	"subject": {"type": "api_key", "id": "k"},
	"action": {"name": "workflow.execute"},
	"resource": {"type": "workflow", "id": "f"},
	"context": {},
}

_key := {"id": "k", "type": "workspace", "workspace_id": "w"}

_of(site, question, workflow_properties) := _of_key(_key, site, question, workflow_properties)

_of_key(key, site, question, workflow_properties) := decision if {
	decision := data.steelgate.authz.decision with input as question
		with data.steelgate.authz.actions as {"workflow.execute": {"on": ["workflow"], "requires": "write"}}
		with data.keys as {"k": key}
		with data.scopes as {"k": {"narrowed": false, "workspaces": {"w": "write"}}}
		with data.workspaces as {"w": {
			"id": "w", "owner_id": "u", "organization_id": "o",
			"personal_keys_enabled": true, "archived": false,
		}}
		with data.resources as {"workflow": {"f": {"type": "workflow", "id": "f", "workspace_id": "w", "properties": workflow_properties}}}
		with data.steelgate.site as site
}

_decision(site) := _of(site, _input, {"deployed": true})

test_a_silent_site_takes_nothing_away[name] if {
	some name, site in {"empty": {}, "no denial": {"deny": set()}, "others": {"actions": {"a"}}}
	_decision(site).allow
}

test_a_denial_takes_away_and_bills_nobody if {
	_decision({"deny": {{"code": "closed", "message": "We are closed."}}}) == {
		"allow": false, "code": "closed", "message": "We are closed.",
		"permission": {"required": "write", "granted": "write"},
	}
}

test_a_denial_takes_away_from_every_key[key.type] if {
	some key, told in {
		_key: {},
		{"id": "k", "type": "personal", "user_id": "u"}: {},
		{"id": "k", "type": "organization", "organization_id": "o"}: {"granted_by": {"workspace_id": "w", "permission": "write"}},
	}
	_of_key(key, {}, _input, {"deployed": true}).allow
	d := _of_key(key, {"deny": {{"code": "closed", "message": "We are closed."}}}, _input, {"deployed": true})
	d == object.union(told, {
		"allow": false, "code": "closed", "message": "We are closed.",
		"permission": {"required": "write", "granted": object.get({"personal": "admin"}, key.type, "write")},
	})
}

test_of_several_the_first_by_code_counts if {
	d := _decision({"deny": {
		{"code": "b", "message": "B", "a": 1},
		{"code": "a", "message": "A"},
		{"code": "c"},
	}})
	d.code == "a"
	d.message == "A"
}

test_a_denial_without_a_message_has_one if _decision({"deny": {{"code": "closed"}}}).message == "The installation's own rules deny this."

test_a_denial_of_no_shape_never_allows[sprintf("%v", [deny])] if {
	some deny in [
		true, false, 7, "x", null, {"x"}, {7}, {{}}, {{"message": "x"}}, {["code"]}, ["x"], {"code": "x"}, {},
		{"a": {"code": "x"}}, [{"code": "x", "message": "x"}], {{"code": 7}, "x"}, {{"code": null}}, {{{"code": "x"}}},
	]
	decisions := [d | d := _decision({"deny": deny})]
	every d in decisions {
		d.allow == false
	}
}

# The table's own refusal stands: a denial is asked for after it.
test_a_denial_comes_after_the_table if {
	d := _of({"deny": {{"code": "a", "message": "A"}}}, _input, {"deployed": false})
	d.code == "workflow_not_deployed"
}

test_a_site_never_adds_to_a_key if {
	d := _of({"decision": {"allow": true, "code": "allowed"}}, _input, {"deployed": false})
	d.code == "workflow_not_deployed"
}

_subjects := [{"subject": {"type": "user", "id": "u"}}, {"subject": {"id": "k"}}, {"subject": {"type": "API_KEY", "id": "k"}}, {}]

test_a_site_decides_for_other_subjects[sprintf("%v", [subject])] if {
	some subject in _subjects
	own := {"allow": false, "code": "not_today", "message": "Not today."}
	_of({"decision": own}, object.union(object.remove(_input, ["subject"]), subject), {}) == own
}

test_without_a_decision_other_subjects_are_outside[sprintf("%v", [subject])] if {
	some subject in _subjects
	d := _of({"deny": set()}, object.union(object.remove(_input, ["subject"]), subject), {})
	d.allow == false
	d.code == "outside_scope"
}
