package opastore

import (
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// liveKey answers a key that is live at the transaction's moment.
func (t *Transaction) liveKey(id string) (snapshot.Key, bool) {
	if id != t.keyID || id == "" {
		key, ok := t.snapshot.Key(id)
		t.keyID, t.key, t.keyIsLive = id, key, ok && t.snapshot.Liveness(key, t.now) == ""
	}
	return t.key, t.keyIsLive
}

func (t *Transaction) readKey(id string, path storage.Path) ast.Value {
	key, ok := t.liveKey(id)
	if !ok {
		return nil
	}
	return record(key, keyFields, keyField, path)
}

var keyFields = fields(
	"id", "type", "user_id", "workspace_id", "organization_id", "workflow_ids", "grants", "allowed_cidrs", "expires_at",
)

var ownerField = map[authz.KeyType]string{
	authz.PersonalKey:     "user_id",
	authz.WorkspaceKey:    "workspace_id",
	authz.OrganizationKey: "organization_id",
}

func keyField(key snapshot.Key, name string) ast.Value {
	switch name {
	case "id":
		return text(key.ID())
	case "type":
		return ast.InternedTerm(string(key.Type())).Value
	case "user_id", "workspace_id", "organization_id":
		if ownerField[key.Type()] == name {
			return text(key.OwnerID())
		}
	case "workflow_ids":
		if key.Narrowed() {
			return array(key.WorkflowIDs(), func(id string) ast.Value { return ast.String(id) })
		}
	case "grants":
		if key.HasGrants() {
			return array(key.Grants(), grantValue)
		}
	case "allowed_cidrs":
		if key.Restricted() {
			return array(key.AllowedCIDRs(), func(cidr string) ast.Value { return ast.String(cidr) })
		}
	case "expires_at":
		if at, ok := key.ExpiresAt(); ok {
			return ast.String(at.Format(time.RFC3339Nano))
		}
	}
	return nil
}

func array[T any](elements func(func(T) bool), value func(T) ast.Value) ast.Value {
	var terms []*ast.Term
	for element := range elements {
		terms = append(terms, ast.NewTerm(value(element)))
	}
	return ast.NewArray(terms...)
}

func grantValue(g authz.Grant) ast.Value {
	target := [2]*ast.Term{ast.InternedTerm("workspace_id"), ast.StringTerm(g.WorkspaceID)}
	if g.WorkflowID != "" {
		target = [2]*ast.Term{ast.InternedTerm("workflow_id"), ast.StringTerm(g.WorkflowID)}
	}
	return ast.NewObject(target, [2]*ast.Term{ast.InternedTerm("permission"), ast.NewTerm(permission(g.Permission))})
}

// readScope answers below scopes[id].
func (t *Transaction) readScope(id string, path storage.Path) ast.Value {
	key, ok := t.liveKey(id)
	if !ok {
		return nil
	}
	if len(path) == 2 {
		return scopeEntry(key, path[0], path[1])
	}
	return record(key, scopeFields, scopeField, path)
}

// scopeEntry looks one target up, without building the others.
func scopeEntry(key snapshot.Key, targets, id string) ast.Value {
	var granted authz.Permission
	switch targets {
	case "workspaces":
		granted, _ = key.GrantOnWorkspace(id)
	case "workflows":
		if key.Narrowed() && key.HasWorkflow(id) {
			return ast.Boolean(true)
		}
		granted, _ = key.GrantOnWorkflow(id)
	}
	if granted == authz.None {
		return nil
	}
	return permission(granted)
}

var scopeFields = fields("narrowed", "workspaces", "workflows")

func scopeField(key snapshot.Key, name string) ast.Value {
	switch name {
	case "narrowed":
		if key.Type() == authz.WorkspaceKey {
			return ast.Boolean(key.Narrowed())
		}
	case "workspaces":
		if key.HasGrants() {
			return grantsOn(key, func(g authz.Grant) string { return g.WorkspaceID })
		}
	case "workflows":
		if key.HasGrants() {
			return grantsOn(key, func(g authz.Grant) string { return g.WorkflowID })
		}
		if key.Narrowed() {
			workflows := ast.NewObject()
			for id := range key.WorkflowIDs() {
				workflows.Insert(ast.StringTerm(id), ast.InternedTerm(true))
			}
			return workflows
		}
	}
	return nil
}

// grantsOn are the targets of one kind, each with the highest permission that a grant on it gives.
func grantsOn(key snapshot.Key, target func(authz.Grant) string) ast.Value {
	highest := map[string]authz.Permission{}
	for g := range key.Grants() {
		if id := target(g); id != "" {
			highest[id] = max(highest[id], g.Permission)
		}
	}
	object := ast.NewObjectWithCapacity(len(highest))
	for id, p := range highest {
		object.Insert(ast.StringTerm(id), ast.NewTerm(permission(p)))
	}
	return object
}
