package steelgate.management

# METADATA
# title: Standing
# description: What the actor is to whose things are managed.
standing contains "self" if {
	input.owner.type == "user"
	input.owner.id == input.actor.id
}

standing contains "member" if {
	input.owner.type == "workspace"
	input.owner.role in {"read", "write", "admin"}
}

standing contains "admin" if {
	input.owner.type in {"workspace", "organization"}
	input.owner.role == "admin"
}

standing contains "policy_admin" if input.actor.platform_role in {"policy_admin", "admin"}

standing contains "platform_admin" if input.actor.platform_role == "admin"
