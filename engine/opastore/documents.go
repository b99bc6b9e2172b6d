package opastore

import (
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// read answers the documents, defaults filled in and null fields absent, or nil where nothing stands:
//
//	keys[id]                              live keys alone: id, type, owner, workflow_ids, grants, allowed_cidrs, expires_at
//	scopes[id].narrowed                   whether the live workspace key is narrowed to workflows
//	scopes[id].workspaces[workspace]      the permission that the live organization key's grant gives
//	scopes[id].workflows[workflow]        the same; true for a workflow that a workspace key is narrowed to
//	users[id], organizations[id], workspaces[id]
//	workspace_members[workspace][user].role
//	organization_members[organization][user].role
//	resources[type][id]
//
// The scopes say nothing that keys does not: they are there to be looked up where keys[id].grants would have to be searched.
func (t *Transaction) read(path storage.Path) (ast.Value, error) {
	if len(path) == 0 {
		return nil, scanRefused(path)
	}
	depth := 2
	switch path[0] {
	case "workspace_members", "organization_members", "resources":
		depth = 3
	case "keys", "scopes", "users", "organizations", "workspaces":
	default:
		return nil, nil
	}
	if len(path) < depth {
		return nil, scanRefused(path)
	}
	if t.note != nil {
		t.tell(path[0], path[1], path[depth-1])
	}
	switch rest := path[depth:]; path[0] {
	case "keys":
		return t.readKey(path[1], rest), nil
	case "scopes":
		return t.readScope(path[1], rest), nil
	case "users":
		if u, ok := t.snapshot.User(path[1]); ok {
			return record(u, userFields, userField, rest), nil
		}
	case "organizations":
		if o, ok := t.snapshot.Organization(path[1]); ok {
			return record(o, organizationFields, organizationField, rest), nil
		}
	case "workspaces":
		if w, ok := t.snapshot.Workspace(path[1]); ok {
			return record(w, workspaceFields, workspaceField, rest), nil
		}
	case "workspace_members":
		if role, ok := t.snapshot.WorkspaceMember(path[1], path[2]); ok {
			return record(ast.Value(ast.String(role.String())), roleFields, roleField, rest), nil
		}
	case "organization_members":
		if role, ok := t.snapshot.OrganizationMember(path[1], path[2]); ok {
			return record(ast.Value(ast.String(role)), roleFields, roleField, rest), nil
		}
	case "resources":
		if r, ok := t.snapshot.Resource(path[1], path[2]); ok {
			if !IsReadable(r.Properties()) {
				return nil, ErrUnreadable
			}
			return record(r, resourceFields, resourceField, rest), nil
		}
	}
	return nil, nil
}

// record answers the whole of a record as an object of its fields that stand, or what path leads to inside it.
func record[T any](r T, names []fieldName, field func(T, string) ast.Value, path storage.Path) ast.Value {
	if len(path) > 0 {
		return below(field(r, path[0]), path[1:])
	}
	pairs := make([][2]*ast.Term, 0, mostFields)
	values := make([]ast.Term, 0, len(names))
	for _, name := range names {
		if value := field(r, name.text); value != nil {
			values = append(values, ast.Term{Value: value})
			pairs = append(pairs, [2]*ast.Term{name.term, &values[len(values)-1]})
		}
	}
	return ast.NewObject(pairs...)
}

// mostFields is the number of fields of the record that has the most.
const mostFields = 9

// fieldName is a field's name as text and as a term, made once.
type fieldName struct {
	text string
	term *ast.Term
}

func fields(names ...string) []fieldName {
	made := make([]fieldName, len(names))
	for i, name := range names {
		made[i] = fieldName{name, ast.StringTerm(name)}
	}
	return made
}

func text(s string) ast.Value { return ast.String(s) }

// optional is absent where null.
func optional(s string) ast.Value {
	if s == "" {
		return nil
	}
	return ast.String(s)
}

var userFields = fields("id", "name", "email", "active", "platform_role")

func userField(u snapshot.User, name string) ast.Value {
	switch name {
	case "id":
		return text(u.ID())
	case "name":
		return text(u.Name())
	case "email":
		return text(u.Email())
	case "active":
		return ast.Boolean(u.Active())
	case "platform_role":
		return optional(string(u.PlatformRole()))
	}
	return nil
}

var organizationFields = fields("id", "name")

func organizationField(o snapshot.Organization, name string) ast.Value {
	switch name {
	case "id":
		return text(o.ID())
	case "name":
		return text(o.Name())
	}
	return nil
}

var workspaceFields = fields("id", "name", "owner_id", "organization_id", "personal_keys_enabled", "archived")

func workspaceField(w snapshot.Workspace, name string) ast.Value {
	switch name {
	case "id":
		return text(w.ID())
	case "name":
		return text(w.Name())
	case "owner_id":
		return text(w.OwnerID())
	case "organization_id":
		return optional(w.OrganizationID())
	case "personal_keys_enabled":
		return ast.Boolean(w.PersonalKeysEnabled())
	case "archived":
		return ast.Boolean(w.Archived())
	}
	return nil
}

var roleFields = fields("role")

func roleField(role ast.Value, name string) ast.Value {
	if name == "role" {
		return role
	}
	return nil
}

var resourceFields = fields("type", "id", "name", "workspace_id", "properties")

func resourceField(r snapshot.Resource, name string) ast.Value {
	switch name {
	case "type":
		return text(r.Type())
	case "id":
		return text(r.ID())
	case "name":
		return text(r.Name())
	case "workspace_id":
		return optional(r.WorkspaceID())
	case "properties":
		return properties(r.Properties())
	}
	return nil
}

// The properties of nearly every workflow, parsed once.
const deployedOnly = `{"deployed":true}`

var deployedOnlyValue = ast.NewObject([2]*ast.Term{ast.StringTerm("deployed"), ast.InternedTerm(true)})

// properties reads a resource's stored JSON object.
func properties(object string) ast.Value {
	if object == deployedOnly {
		return deployedOnlyValue
	}
	value, err := ast.ValueFromReader(strings.NewReader(object))
	if err != nil {
		return nil
	}
	return value
}

// permission is the text of a permission as a value.
func permission(p authz.Permission) ast.Value { return ast.InternedTerm(p.String()).Value }
