# METADATA
# title: Tests of who may change what
package steelgate.management_test

_allow(operation, actor, owner) if {
	data.steelgate.management.allow with input as {"operation": operation, "actor": actor, "owner": owner}
		with data.steelgate.site as {}
}

_ada := {"id": "ada"}

_workspace(role) := {"type": "workspace", "id": "w", "role": role}

_organization(role) := {"type": "organization", "id": "o", "role": role}

_platform := {"type": "platform", "id": ""}

_lifecycle := {"keys.create", "keys.update", "keys.revoke", "keys.rotate"}

_reading := {"keys.list", "keys.read"}

test_a_user_manages_their_own_keys[operation] if {
	some operation in (_lifecycle | _reading)
	_allow(operation, _ada, {"type": "user", "id": "ada"})
	not _allow(operation, _ada, {"type": "user", "id": "ben"})
}

test_a_user_sees_to_their_own_sessions[operation] if {
	some operation in ["sessions.list", "sessions.end"]
	_allow(operation, _ada, {"type": "user", "id": "ada"})
	not _allow(operation, _ada, {"type": "user", "id": "ben"})
	not _allow(operation, object.union(_ada, {"platform_role": "admin"}), {"type": "user", "id": "ben"})
	not _allow(operation, _ada, _workspace("admin"))
	not _allow(operation, _ada, _organization("admin"))
	not _allow(operation, object.union(_ada, {"platform_role": "admin"}), _platform)
}

test_members_list_a_workspaces_keys[sprintf("%s %s", [role, operation])] if {
	some role in ["read", "write", "admin"]
	some operation in (_reading | {"reaching_keys.list"})
	_allow(operation, _ada, _workspace(role))
}

test_admins_manage_a_workspaces_keys[operation] if {
	some operation in (_lifecycle | {"personal_keys.switch"})
	_allow(operation, _ada, _workspace("admin"))
	not _allow(operation, _ada, _workspace("write"))
	not _allow(operation, _ada, _workspace("read"))
}

test_admins_do_everything_on_an_organizations_keys[operation] if {
	some operation in (_lifecycle | _reading)
	_allow(operation, _ada, _organization("admin"))
	not _allow(operation, _ada, _organization("member"))
}

test_members_list_what_is_in_a_workspace[role] if {
	some role in ["read", "write", "admin"]
	_allow("contents.list", _ada, _workspace(role))
	not _allow("contents.list", _ada, {"type": "workspace", "id": "w"})
}

test_admins_list_what_is_in_an_organization if {
	_allow("contents.list", _ada, _organization("admin"))
	not _allow("contents.list", _ada, _organization("member"))
	not _allow("contents.list", object.union(_ada, {"platform_role": "admin"}), {"type": "organization", "id": "o"})
	not _allow("contents.list", _ada, {"type": "user", "id": "ada"})
}

test_platform_roles[operation] if {
	some operation, roles in {
		"policies.read": {"policy_admin", "admin"},
		"policies.write": {"policy_admin", "admin"},
		"decision_log.read": {"policy_admin", "admin"},
		"replicas.read": {"policy_admin", "admin"},
		"directory.read": {"admin"},
		"directory.write": {"admin"},
		"import": {"admin"},
		"audit.read": {"admin"},
	}
	{role |
		some role in {"policy_admin", "admin"}
		_allow(operation, object.union(_ada, {"platform_role": role}), _platform)
	} == roles
	not _allow(operation, _ada, _platform)
}

test_owners_read_their_decisions if {
	_allow("decision_log.read", _ada, {"type": "user", "id": "ada"})
	not _allow("decision_log.read", _ada, {"type": "user", "id": "ben"})
	_allow("decision_log.read", _ada, _workspace("admin"))
	not _allow("decision_log.read", _ada, _workspace("write"))
	_allow("decision_log.read", _ada, _organization("admin"))
	not _allow("decision_log.read", _ada, _organization("member"))
}

test_a_platform_role_manages_no_owner[sprintf("%s %s", [role, owner.type])] if {
	some role in ["policy_admin", "admin"]
	some owner in [{"type": "user", "id": "ben"}, {"type": "workspace", "id": "w"}, {"type": "organization", "id": "o"}]
	every operation in _lifecycle | _reading {
		not _allow(operation, object.union(_ada, {"platform_role": role}), owner)
	}
}

test_a_stranger_does_nothing[owner.type] if {
	some owner in [{"type": "workspace", "id": "w"}, {"type": "organization", "id": "o"}, _platform, {"type": "user", "id": "ben"}]
	every operation in (_lifecycle | _reading) | {"reaching_keys.list", "personal_keys.switch", "contents.list", "policies.read", "replicas.read", "directory.read"} {
		not _allow(operation, _ada, owner)
	}
}

test_an_operation_that_is_not_in_the_table_is_nobodys if {
	not _allow("keys.borrow", _ada, _workspace("admin"))
	not _allow("keys.create", object.union(_ada, {"platform_role": "admin"}), {"type": "nothing", "id": "x"})
	not data.steelgate.management.allow with input as {}
}
