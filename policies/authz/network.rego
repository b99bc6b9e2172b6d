package steelgate.authz

# A key with an allow-list of addresses works from those alone. An address that is missing or malformed is not on it.

_is_address_allowed(cidrs) if {
	_is_address
	some cidr in cidrs
	net.cidr_contains(cidr, input.context.client_ip)
}

# An address is whole: no prefix length, no port, no zone.
_is_address if {
	is_string(input.context.client_ip)
	not contains(input.context.client_ip, "/")
	net.cidr_is_valid(concat("", [input.context.client_ip, "/32"]))
}
