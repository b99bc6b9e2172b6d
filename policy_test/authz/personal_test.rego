package steelgate.authz_test

test_a_personal_key_has_its_users_role[user] if {
	some user, role in {"admin": "admin", "writer": "write", "reader": "read"}
	d := decide(_personal_key(user), _read)
	d.permission == {"required": "read", "granted": role}
	d.billed_to == {"type": "user", "id": user}
}

test_the_owner_counts_as_admin if {
	decide(_personal_key("owner"), {"action": "workflow.delete", "type": "workflow", "id": "wf"}).permission.granted == "admin"
}

test_a_stranger_is_not_a_member if decide(_personal_key("stranger"), _read) == {
	"allow": false, "code": "not_a_member",
	"message": "The key's user is not a member of the workspace.",
}

test_a_workspace_may_refuse_personal_keys_alone if {
	d := decide(_personal_key("owner"), _on(_read, "wf_closed"))
	d.code == "personal_keys_disabled"
	d.permission == {"required": "read", "granted": "admin"}
	decide(_organization_key([{"workspace_id": "ws_closed", "permission": "read"}]), _on(_read, "wf_closed")).allow
	decide(object.union(_workspace_key, {"workspace_id": "ws_closed"}), _on(_read, "wf_closed")).allow
}
