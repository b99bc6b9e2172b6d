package management

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/snapshot"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/strictjson"
)

// maxFacts is how many facts one question may assume.
const maxFacts = 100

// supposer is who may say anything of a world that is not.
var supposer = Actor{Token: authz.ServiceToken{Scopes: []authz.TokenScope{authz.AdminScope}}}

// assume is a world with facts put over it, in their order: entities as an import's lines have them, without secrets, or, with
// "deleted": true, the names of those that are gone. What would follow from a change elsewhere is not drawn. Its error names each
// fact's fields as in facts[0].id.
func assume(world *snapshot.Snapshot, facts []jsontext.Value) (*snapshot.Snapshot, error) {
	if len(facts) > maxFacts {
		return nil, invalidField("facts", "want at most %d facts", maxFacts)
	}
	edit := world.Edit()
	var faults []error
	for i, text := range facts {
		faults = append(faults, factError(i, assumeOne(edit, text)))
	}
	if err := merged(faults...); err != nil {
		return nil, err
	}
	return edit.Commit(world.Revision()), nil
}

// factError says which fact is at fault.
func factError(i int, err error) error {
	if err == nil {
		return nil
	}
	at := fmt.Sprintf("facts[%d]", i)
	refused, ok := errors.AsType[*Error](lineError(err))
	switch {
	case !ok:
		return err
	case len(refused.Fields) == 0:
		return invalidField(at, "can't be read: want an object")
	}
	named := invalid()
	for _, f := range refused.Fields {
		named.Fields = append(named.Fields, Field{Name: at + "." + f.Name, Message: f.Message})
	}
	return named
}

// fact is a fact's head: what it is about, and the rest.
type fact struct {
	Kind    storage.Kind              `json:"kind"`
	Deleted strictjson.Optional[bool] `json:"deleted"`
	Rest    jsontext.Value            `json:",embed"`
}

func assumeOne(edit *snapshot.Edit, text jsontext.Value) error {
	if text.Kind() != '{' {
		return refuse(Invalid, "invalid_field", "Want an object.")
	}
	var f fact
	if err := strictjson.DecodeBytes(text, &f); err != nil {
		return err
	}
	assumeKind, ok := assumptions[f.Kind]
	switch {
	case !ok:
		return invalidField("kind", "want user, organization, organization_member, workspace, workspace_member, resource or key")
	case f.Deleted.Null:
		return invalidField("deleted", "may not be null")
	}
	return assumeKind(edit, edit.Snapshot(), orEmpty(f.Rest), f.Deleted.Value)
}

// assumptions put one entity of a kind over a world, or take it away.
var assumptions = map[storage.Kind]func(e *snapshot.Edit, world *snapshot.Snapshot, entity jsontext.Value, gone bool) error{
	storage.UserKind:               assumeUser,
	storage.OrganizationKind:       assumeOrganization,
	storage.WorkspaceKind:          assumeWorkspace,
	storage.OrganizationMemberKind: assumeOrganizationMember,
	storage.WorkspaceMemberKind:    assumeWorkspaceMember,
	storage.ResourceKind:           assumeResource,
	storage.KeyKind:                assumeKey,
}

// named is the body of a fact that an entity of one id is gone.
type named struct {
	ID strictjson.Optional[string] `json:"id"`
}

// forget reads the id of what is gone.
func forget(entity jsontext.Value, remove func(id string)) error {
	var n named
	if err := strictjson.DecodeBytes(entity, &n); err != nil {
		return err
	}
	if err := required("id", n.ID); err != nil {
		return err
	}
	remove(n.ID.Value)
	return nil
}

func assumeUser(e *snapshot.Edit, world *snapshot.Snapshot, entity jsontext.Value, gone bool) error {
	if gone {
		return forget(entity, e.DeleteUser)
	}
	var c UserChange
	if err := strictjson.DecodeBytes(entity, &c); err != nil {
		return err
	}
	current := authz.User{ID: c.ID.Value, Active: true}
	if found, ok := world.User(c.ID.Value); ok {
		current = found.Record()
	}
	user, err := c.apply(current, supposer)
	if err := merged(required("id", c.ID), err); err != nil {
		return err
	}
	e.PutUser(user)
	return nil
}

func assumeOrganization(e *snapshot.Edit, world *snapshot.Snapshot, entity jsontext.Value, gone bool) error {
	if gone {
		return forget(entity, e.DeleteOrganization)
	}
	var c OrganizationChange
	if err := strictjson.DecodeBytes(entity, &c); err != nil {
		return err
	}
	current := authz.Organization{ID: c.ID.Value}
	if found, ok := world.Organization(c.ID.Value); ok {
		current = found.Record()
	}
	organization, err := c.apply(current)
	if err := merged(required("id", c.ID), err); err != nil {
		return err
	}
	e.PutOrganization(organization)
	return nil
}

func assumeWorkspace(e *snapshot.Edit, world *snapshot.Snapshot, entity jsontext.Value, gone bool) error {
	if gone {
		return forget(entity, e.DeleteWorkspace)
	}
	var c WorkspaceChange
	if err := strictjson.DecodeBytes(entity, &c); err != nil {
		return err
	}
	current := newWorkspace(c.ID.Value)
	if found, ok := world.Workspace(c.ID.Value); ok {
		current = found.Record()
	}
	workspace, err := c.apply(current)
	if err := merged(required("id", c.ID), err); err != nil {
		return err
	}
	e.PutWorkspace(workspace)
	return nil
}

func assumeOrganizationMember(e *snapshot.Edit, world *snapshot.Snapshot, entity jsontext.Value, gone bool) error {
	var c MemberChange
	if err := strictjson.DecodeBytes(entity, &c); err != nil {
		return err
	}
	current, _ := world.OrganizationMember(c.OrganizationID.Value, c.UserID.Value)
	ids := merged(required("organization_id", c.OrganizationID), required("user_id", c.UserID), absent("workspace_id", c.WorkspaceID))
	if gone {
		if err := merged(ids, absent("role", c.Role)); err != nil {
			return err
		}
		e.DeleteOrganizationMember(c.OrganizationID.Value, c.UserID.Value)
		return nil
	}
	role, err := c.role(string(current), organizationRoleFault)
	if err := merged(ids, err); err != nil {
		return err
	}
	e.PutOrganizationMember(authz.OrganizationMember{OrganizationID: c.OrganizationID.Value, UserID: c.UserID.Value, Role: authz.OrganizationRole(role)})
	return nil
}

func assumeWorkspaceMember(e *snapshot.Edit, world *snapshot.Snapshot, entity jsontext.Value, gone bool) error {
	var c MemberChange
	if err := strictjson.DecodeBytes(entity, &c); err != nil {
		return err
	}
	current, _ := world.WorkspaceMember(c.WorkspaceID.Value, c.UserID.Value)
	ids := merged(required("workspace_id", c.WorkspaceID), required("user_id", c.UserID), absent("organization_id", c.OrganizationID))
	if gone {
		if err := merged(ids, absent("role", c.Role)); err != nil {
			return err
		}
		e.DeleteWorkspaceMember(c.WorkspaceID.Value, c.UserID.Value)
		return nil
	}
	text, err := c.role(current.String(), workspaceRoleFault)
	if err := merged(ids, err); err != nil {
		return err
	}
	role, err := authz.ParsePermission(text)
	if err != nil {
		return invalidField("role", "%s", workspaceRoleFault(text))
	}
	e.PutWorkspaceMember(authz.WorkspaceMember{WorkspaceID: c.WorkspaceID.Value, UserID: c.UserID.Value, Role: role})
	return nil
}

func assumeResource(e *snapshot.Edit, world *snapshot.Snapshot, entity jsontext.Value, gone bool) error {
	var c ResourceChange
	if err := strictjson.DecodeBytes(entity, &c); err != nil {
		return err
	}
	name := checkResourceName(c.Type.Value, c.ID.Value)
	if gone {
		others := c.Name.Set || c.WorkspaceID.Set || c.Properties.Set
		if name == nil && others {
			name = invalidField("deleted", "leave the fields of what is gone out, but for type and id")
		}
		if name != nil {
			return name
		}
		e.DeleteResource(c.Type.Value, c.ID.Value)
		return nil
	}
	current := authz.Resource{Type: c.Type.Value, ID: c.ID.Value}
	if found, ok := world.Resource(c.Type.Value, c.ID.Value); ok {
		current = found.Record()
	}
	resource, err := c.apply(current)
	if err := merged(name, err); err != nil {
		return err
	}
	e.PutResource(resource)
	return nil
}

// assumeKey keeps of a key what an import keeps: a revoked one stays so, and its type and owner are never another.
func assumeKey(e *snapshot.Edit, world *snapshot.Snapshot, entity jsontext.Value, gone bool) error {
	if gone {
		return forget(entity, e.DeleteKey)
	}
	var line keyLine
	if err := strictjson.DecodeBytes(entity, &line); err != nil {
		return err
	}
	found, stands := world.Key(line.ID.Value)
	current := authz.APIKey{}
	if stands {
		current = found.Record()
	}
	key, err := line.onto(current, line.ID.Value, stands)
	if err := merged(required("id", line.ID), err); err != nil {
		return err
	}
	if !e.ChangeKey(key) {
		// Nobody has the secret of a key that is assumed.
		e.PutKey(key, sha256.Sum256([]byte("assumed "+key.ID)))
	}
	return nil
}
