package steelgate.authz

# A key with an allow-list works from the networks on it alone. An address that is missing or malformed is on none; an
# IPv4-mapped one counts as its IPv4 address, as net.cidr_contains has it.

# The networks that the key may be used from, where the client is on none of them.
_networks_elsewhere := networks if {
	networks := data.keys[input.subject.id].allowed_cidrs
	not _is_client_in(networks)
}

_is_client_in(networks) if {
	_is_client_known
	some network in networks
	net.cidr_contains(network, input.context.client_ip)
}

# Whether client_ip is one whole address, without prefix length, port or zone. Asked first, for net.cidr_contains fails
# on what is none.
_is_client_known if {
	is_string(input.context.client_ip)
	net.cidr_is_valid(concat("", [input.context.client_ip, "/32"]))
}
