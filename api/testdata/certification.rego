# The installation's rules that AuthZEN's certification scenario needs: users who read, write and delete records.
package steelgate.site

actions := {"read", "write", "delete"}

decision := {"allow": true, "code": "allowed"} if {
	input.subject.type == "user"
	data.users[input.subject.id]
	input.resource.type == "record"
	data.resources.record[input.resource.id]
	_may
}

_may if input.action.name == "read"

_may if {
	input.action.name == "write"
	_status == "active"
	input.subject.id == "alice"
}

_may if {
	input.action.name == "write"
	_status == "archived"
	_role == "admin"
}

_may if {
	input.action.name == "delete"
	input.subject.id == "alice"
	input.action.properties.soft == true
}

# What the caller says stands before what is stored.
_status := object.get(input.resource, ["properties", "status"], data.resources.record[input.resource.id].properties.status)

_role := object.get(input.subject, ["properties", "role"], object.get(data.users[input.subject.id], "platform_role", ""))
