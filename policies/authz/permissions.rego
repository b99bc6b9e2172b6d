package steelgate.authz

# METADATA
# title: The order of permissions
# description: The permissions that are enough for each requirement.
enough := {
	"read": {"read", "write", "admin"},
	"write": {"write", "admin"},
	"admin": {"admin"},
}

# A rule of its own, to be asked with `not`: what nobody knows is enough for nothing, and nothing is enough for it.
_is_enough(granted, required) if granted in enough[required]

_rank := {"read": 1, "write": 2, "admin": 3}
