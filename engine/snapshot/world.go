package snapshot

import "github.com/steelengine/steelgate/authz"

// User is a user's record. The zero value is none.
type User struct {
	id     string
	active bool
	texts  [3]string
}

func packUser(packed []byte, u authz.User) []byte {
	packed = append(packed, bit(u.Active, 0))
	return appendText(appendText(appendText(packed, u.Name), u.Email), string(u.PlatformRole))
}

func unpackUser(id, record string) User {
	r := reader(record)
	return User{id, r.take(1)[0] == 1, [3]string{r.text(), r.text(), r.text()}}
}

// ID is "" for no user.
func (u User) ID() string { return u.id }

// Name is the user's.
func (u User) Name() string { return u.texts[0] }

// Email is the user's.
func (u User) Email() string { return u.texts[1] }

// Active tells whether the user's personal keys work.
func (u User) Active() bool { return u.active }

// PlatformRole is what the user may do beside what they own or administer.
func (u User) PlatformRole() authz.PlatformRole { return authz.PlatformRole(u.texts[2]) }

// Organization is an organization's record. The zero value is none.
type Organization struct{ id, name string }

// ID is "" for no organization.
func (o Organization) ID() string { return o.id }

// Name is the organization's.
func (o Organization) Name() string { return o.name }

// Workspace is a workspace's record. The zero value is none.
type Workspace struct {
	id    string
	flags byte
	texts [3]string
}

const (
	personalKeysBit = 0
	archivedBit     = 1
)

func packWorkspace(packed []byte, w authz.Workspace) []byte {
	packed = append(packed, bit(w.PersonalKeysEnabled, personalKeysBit)|bit(w.Archived, archivedBit))
	return appendText(appendText(appendText(packed, w.Name), w.OwnerID), w.OrganizationID)
}

func unpackWorkspace(id, record string) Workspace {
	r := reader(record)
	return Workspace{id, r.take(1)[0], [3]string{r.text(), r.text(), r.text()}}
}

// ID is "" for no workspace.
func (w Workspace) ID() string { return w.id }

// Name is the workspace's.
func (w Workspace) Name() string { return w.texts[0] }

// OwnerID is the user who owns the workspace.
func (w Workspace) OwnerID() string { return w.texts[1] }

// OrganizationID is "" for a workspace outside every organization.
func (w Workspace) OrganizationID() string { return w.texts[2] }

// PersonalKeysEnabled is the personal-key switch.
func (w Workspace) PersonalKeysEnabled() bool { return w.flags&(1<<personalKeysBit) != 0 }

// Archived tells whether nothing may be done there.
func (w Workspace) Archived() bool { return w.flags&(1<<archivedBit) != 0 }

// Resource is a resource's record. The zero value is none.
type Resource struct {
	resourceType, id string
	texts            [3]string
}

// plainProperties are those of nearly every workflow; they stand as an empty text.
const plainProperties = `{"deployed":true}`

func packResource(packed []byte, resource authz.Resource) []byte {
	properties := string(resource.Properties)
	switch properties {
	case "":
		properties = "{}"
	case plainProperties:
		properties = ""
	}
	return appendText(appendText(appendText(packed, resource.Name), resource.WorkspaceID), properties)
}

func unpackResource(n name, record string) Resource {
	r := reader(record)
	return Resource{n.a, n.b, [3]string{r.text(), r.text(), r.text()}}
}

// Type is the resource's.
func (r Resource) Type() string { return r.resourceType }

// ID is "" for no resource.
func (r Resource) ID() string { return r.id }

// Name is the resource's.
func (r Resource) Name() string { return r.texts[0] }

// WorkspaceID is "" for a resource outside every workspace.
func (r Resource) WorkspaceID() string { return r.texts[1] }

// Properties is the text of a JSON object.
func (r Resource) Properties() string {
	if r.id != "" && r.texts[2] == "" {
		return plainProperties
	}
	return r.texts[2]
}
