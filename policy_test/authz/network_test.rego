package steelgate.authz_test

_from(cidrs, context) := _used_from(_workspace_key, cidrs, context)

_used_from(key, cidrs, context) := decide(
	object.union(key, {"allowed_cidrs": cidrs}),
	object.union(_execute, {"context": context}),
).code

test_a_list_holds_for_every_key[sprintf("%s from %s", [key.type, address])] if {
	some key in {_personal_key("admin"), _workspace_key, _organization_key([{"workspace_id": "ws", "permission": "write"}])}
	some address, code in {"203.0.113.9": "allowed", "203.0.114.9": "ip_not_allowed"}
	_used_from(key, ["203.0.113.0/24"], {"client_ip": address}) == code
}

test_an_address_on_the_list[sprintf("%v from %s", [cidrs, address])] if {
	some [cidrs, address] in [
		[["203.0.113.0/24"], "203.0.113.9"],
		[["203.0.113.9/32"], "203.0.113.9"],
		[["198.51.100.0/24", "203.0.113.0/24"], "203.0.113.9"],
		[["203.0.113.0/24"], "::ffff:203.0.113.9"],
		[["203.0.113.0/24"], "::ffff:cb00:7109"],
		[["2001:db8::/32"], "2001:db8::1"],
		[["0.0.0.0/0"], "203.0.113.9"],
		[["::/0"], "2001:db8::1"],
	]
	_from(cidrs, {"client_ip": address}) == "allowed"
}

test_an_address_that_is_not_on_the_list[sprintf("%v from %v", [cidrs, address])] if {
	some [cidrs, address] in [
		[["203.0.113.0/24"], "203.0.114.9"],
		[["2001:db8::/32"], "2001:db9::1"],
		[["::/0"], "203.0.113.9"],
		[["::/0"], "::ffff:203.0.113.9"],
		[["0.0.0.0/0"], "2001:db8::1"],
		[[], "203.0.113.9"],
	]
	_from(cidrs, {"client_ip": address}) == "ip_not_allowed"
}

test_what_is_no_address_is_on_no_list[sprintf("%v", [address])] if {
	some address in [
		"", " ", "x", "203.0.113.9/32", "203.0.113.0/24", "203.0.113.9:443", "[::1]", "fe80::1%eth0", " 203.0.113.9",
		"203.0.113", "203.0.113.09", "0xcb007109", "203.0.113.9,203.0.113.9", "1.2.3.4\u0000", 7, null, true, ["203.0.113.9"], {},
	]
	_from(["0.0.0.0/0", "::/0"], {"client_ip": address}) == "ip_not_allowed"
}

test_a_missing_address_is_on_no_list if _from(["0.0.0.0/0", "::/0"], {}) == "ip_not_allowed"

test_without_a_list_any_address_will_do[sprintf("%v", [context])] if {
	some context in [{}, {"client_ip": "x"}, {"client_ip": "203.0.113.9"}]
	decide(_workspace_key, object.union(_execute, {"context": context})).allow
}
