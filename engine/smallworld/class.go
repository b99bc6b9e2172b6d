package smallworld

import (
	"encoding/json"
	"slices"
)

// Fact is one thing that is known about a question; its number is its place in a Class.
type Fact int

// The facts. A value is "-" where the fact does not apply.
const (
	// Key is the key's type; user where a user asks, without a key.
	Key Fact = iota
	// ResourceType is the type of the resource, and Action the action's name.
	ResourceType
	Action
	// Stands tells of the resource: yes, no, or nowhere for one outside every workspace that there is.
	Stands
	// Role is that of a personal key's user in the workspace: owner, admin, write, read, none. OrganizationRole is admin,
	// member or none, in the workspace's organization.
	Role
	OrganizationRole
	// PlatformRole is that of a personal key's user, or of the user who asks: none, admin, policy_admin.
	PlatformRole
	// Workspace tells of a workspace key whether the workspace is its own or another.
	Workspace
	// Narrowing is what a workspace key's workflow_ids cover: none stands for no narrowing, this, part (of what a server
	// exposes), elsewhere, nothing.
	Narrowing
	// WorkspaceGrant is the highest permission that an organization key is granted on the workspace, or none. WorkflowGrant is
	// the same for a workflow; for a server the lowest of those on what it exposes, "read to admin" where they differ, or part
	// where some are without. OtherGrants is yes where it has more.
	WorkspaceGrant
	WorkflowGrant
	OtherGrants
	// Organization is where the workspace stands: own (an organization key's), another, some (for other keys), none.
	Organization
	// PersonalKeys is on or off, Archived yes or no: of the workspace.
	PersonalKeys
	Archived
	// Deployed is yes, no, or "-" where the resource does not say.
	Deployed
	// AllowList is none, on or off, by where the client is; ClientIP is given or missing.
	AllowList
	ClientIP
	// Claims is yes where the caller sent properties of the resource, which must not matter.
	Claims
	// Expiry is yes where the key is to end some day.
	Expiry
	// Day is the weekday's name, and Hour 0 to 23: in UTC.
	Day
	Hour
	// Facts is how many there are.
	Facts
)

var names = [Facts]string{
	"key", "resource_type", "action", "resource_stands", "role", "organization_role", "platform_role", "workspace", "narrowing", "workspace_grant",
	"workflow_grant", "other_grants", "organization", "personal_keys", "archived", "deployed", "allow_list", "client_ip",
	"claimed_properties", "expires", "day", "hour",
}

// String is the fact's name as programs read it.
func (f Fact) String() string { return names[f] }

// Class is the facts of a question.
type Class [Facts]string

// MarshalJSON writes an object of the facts that apply, by name.
func (c Class) MarshalJSON() ([]byte, error) {
	object := map[string]string{}
	for f, value := range c {
		if value != none {
			object[names[f]] = value
		}
	}
	return json.Marshal(object)
}

// none is the value of a fact that does not apply.
const none = "-"

// orders are the values of facts, the plainest first.
var orders = [Facts][]string{
	Key:              {"workspace", "organization", "personal", UserSubject},
	ResourceType:     {"workflow", "workspace", "mcp_server"},
	Stands:           {"yes", "nowhere", "no"},
	Role:             {"owner", "admin", "write", "read", "none"},
	OrganizationRole: {"none", "member", "admin"},
	PlatformRole:     {"none", "policy_admin", "admin"},
	Workspace:        {"own", "another"},
	Narrowing:        {"none", "this", "part", "elsewhere", "nothing"},
	WorkspaceGrant:   {"none", "read", "write", "admin"},
	WorkflowGrant:    {"none", "read", "write", "admin", "read to write", "read to admin", "write to admin", "part"},
	OtherGrants:      {"no", "yes"},
	Organization:     {"own", "none", "some", "another"},
	PersonalKeys:     {"on", "off"},
	Archived:         {"no", "yes"},
	Deployed:         {"yes", "no"},
	AllowList:        {"none", "on", "off"},
	ClientIP:         {"given", "missing"},
	Claims:           {"no", "yes"},
	Expiry:           {"no", "yes"},
	Day:              {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"},
	Hour:             hours(),
}

// Plainness orders the values of one fact, the plainest lowest; those that nobody knows come last, all alike.
func (f Fact) Plainness(value string) int {
	if value == none {
		return 0
	}
	if at := slices.Index(orders[f], value); at >= 0 {
		return at + 1
	}
	return len(orders[f]) + 1
}

func hours() []string {
	made := make([]string, 24)
	for h := range made {
		made[h] = hourName(h)
	}
	return made
}
