package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"time"

	"github.com/steelengine/steelgate/authz"
)

// orNull is null for "", as JSON has it.
func orNull(id string) any {
	if id == "" {
		return nil
	}
	return id
}

// change makes one, and answers what it was, whether the model accepts it, and how it was answered.
func (d *driver) change() (what string, accepted bool, a reply) {
	do := func(method, path string, body any) reply {
		text := ""
		if body != nil {
			encoded, _ := json.Marshal(body)
			text = string(encoded)
		}
		what = method + " " + path + " " + text
		return d.send(method, path, text)
	}
	// put sends an entity by its own call, or as the only line of an import.
	put := func(kind, path string, names, fields map[string]any) reply {
		if d.oneIn(4) {
			line := maps.Clone(fields)
			maps.Copy(line, names)
			line["kind"] = kind
			return do("POST", "/v1/import", line)
		}
		return do("PUT", path, fields)
	}
	switch n := d.IntN(100); {
	case n < 8:
		id, active := pick(d, drawnUsers), !d.oneIn(8)
		a = put("user", "/v1/users/"+id, map[string]any{"id": id}, map[string]any{"active": active})
		return what, d.m.putUser(id, active), a
	case n < 11:
		id := pick(d, drawnUsers)
		a = do("DELETE", "/v1/users/"+id, nil)
		return what, d.m.deleteUser(id), a
	case n < 14:
		id := pick(d, drawnOrganizations)
		a = put("organization", "/v1/organizations/"+id, map[string]any{"id": id}, map[string]any{})
		return what, d.m.putOrganization(id), a
	case n < 15:
		id := pick(d, drawnOrganizations)
		a = do("DELETE", "/v1/organizations/"+id, nil)
		return what, d.m.deleteOrganization(id), a
	case n < 29:
		return d.changeWorkspace(do, put, &what)
	case n < 30:
		id := pick(d, drawnWorkspaces)
		a = do("DELETE", "/v1/workspaces/"+id, nil)
		return what, d.m.deleteWorkspace(id), a
	case n < 35:
		ws, user, role := pick(d, drawnWorkspaces), pick(d, drawnUsers), pick(d, drawnPermissions)
		a = put("workspace_member", "/v1/workspaces/"+ws+"/members/"+user, map[string]any{"workspace_id": ws, "user_id": user}, map[string]any{"role": role})
		return what, d.m.putMember(ws, user, role), a
	case n < 38:
		ws, user := pick(d, drawnWorkspaces), pick(d, drawnUsers)
		a = do("DELETE", "/v1/workspaces/"+ws+"/members/"+user, nil)
		return what, d.m.deleteMember(ws, user), a
	case n < 52:
		r := d.resource()
		a = put("resource", "/v1/resources/"+r.Type+"/"+r.ID, map[string]any{"type": r.Type, "id": r.ID}, map[string]any{"workspace_id": orNull(r.WorkspaceID), "properties": json.RawMessage(r.Properties)})
		return what, d.m.putResource(r), a
	case n < 56:
		r := d.resource()
		a = do("DELETE", "/v1/resources/"+r.Type+"/"+r.ID, nil)
		return what, d.m.deleteResource(r.Type, r.ID), a
	case n < 74:
		return d.createKey(do, &what)
	case n < 84:
		return d.updateKey(do, &what)
	case n < 92:
		id, overlap := d.key(), pick(d, []time.Duration{0, time.Hour, 7 * 24 * time.Hour})
		accepted = d.m.mayRotate(id)
		if a = do("POST", "/v1/keys/"+url.PathEscape(id)+"/rotate", map[string]any{"overlap_seconds": overlap / time.Second}); accepted && a.status < 300 {
			d.m.rotateKey(id, a.text("id"), overlap)
			d.secrets[a.text("id")] = a.text("secret")
		}
		return what, accepted, a
	default:
		id := d.key()
		a = do("POST", "/v1/keys/"+url.PathEscape(id)+"/revoke", nil)
		return what, d.m.revokeKey(id), a
	}
}

func (d *driver) changeWorkspace(do func(string, string, any) reply, put func(string, string, map[string]any, map[string]any) reply, what *string) (string, bool, reply) {
	ws, stands := d.m.Workspaces[pick(d, drawnWorkspaces)]
	if !stands || d.oneIn(2) {
		ws = authz.Workspace{
			ID: pick(d, drawnWorkspaces), OwnerID: pick(d, drawnUsers), OrganizationID: pick(d, []string{"", "o1", "o1", "o2"}),
			PersonalKeysEnabled: !d.oneIn(5), Archived: d.oneIn(15),
		}
		a := put("workspace", "/v1/workspaces/"+ws.ID, map[string]any{"id": ws.ID}, map[string]any{
			"owner_id": ws.OwnerID, "organization_id": orNull(ws.OrganizationID), "personal_keys_enabled": ws.PersonalKeysEnabled, "archived": ws.Archived,
		})
		return *what, d.m.putWorkspace(ws), a
	}
	var a reply
	switch path := "/v1/workspaces/" + ws.ID; d.IntN(6) {
	case 0:
		ws.PersonalKeysEnabled = !ws.PersonalKeysEnabled
		a = do("PATCH", path, map[string]any{"personal_keys_enabled": ws.PersonalKeysEnabled})
	case 1:
		ws.Archived = d.oneIn(4)
		a = do("PATCH", path, map[string]any{"archived": ws.Archived})
	case 2:
		ws.OwnerID = pick(d, drawnUsers)
		a = do("PATCH", path, map[string]any{"owner_id": ws.OwnerID})
	default:
		ws.OrganizationID = pick(d, []string{"", "o1", "o1", "o2"})
		a = do("PATCH", path, map[string]any{"organization_id": orNull(ws.OrganizationID)})
	}
	return *what, d.m.putWorkspace(ws), a
}

func (d *driver) resource() authz.Resource {
	r := authz.Resource{Type: "workflow", ID: pick(d, drawnWorkflows), WorkspaceID: pick(d, append([]string{""}, append(drawnWorkspaces, drawnWorkspaces...)...))}
	p := properties{Deployed: !d.oneIn(5)}
	if d.oneIn(3) {
		r.Type, r.ID = "mcp_server", pick(d, drawnServers)
		p.WorkflowIDs = d.some(drawnWorkflows)
		if !d.oneIn(4) {
			here := d.m.workflowsOf(r.WorkspaceID)
			p.WorkflowIDs = keep(p.WorkflowIDs, func(id string) bool { return here[id] && r.WorkspaceID != "" })
		}
	}
	r.Properties = p.object()
	return r
}

// scope draws what a key is narrowed to, or its grants: mostly such as are accepted.
func (d *driver) scope(k *authz.APIKey) {
	switch k.Type {
	case authz.WorkspaceKey:
		if k.WorkflowIDs = nil; d.oneIn(2) {
			k.WorkflowIDs = d.some(drawnWorkflows)
			if !d.oneIn(5) {
				here := d.m.workflowsOf(k.OwnerID)
				k.WorkflowIDs = keep(k.WorkflowIDs, func(id string) bool { return here[id] })
			}
		}
	case authz.OrganizationKey:
		k.Grants = []authz.Grant{}
		for range 1 + d.IntN(4) {
			g := authz.Grant{Permission: pick(d, drawnPermissions)}
			if d.oneIn(2) {
				g.WorkspaceID = pick(d, drawnWorkspaces)
			} else {
				g.WorkflowID = pick(d, drawnWorkflows)
			}
			if d.oneIn(8) || d.m.scopeFits(authz.APIKey{Type: k.Type, OwnerID: k.OwnerID, Grants: []authz.Grant{g}}) {
				k.Grants = append(k.Grants, g)
			}
		}
	}
}

func scopeFields(k authz.APIKey, body map[string]any) {
	switch k.Type {
	case authz.WorkspaceKey:
		body["workflow_ids"] = k.WorkflowIDs
	case authz.OrganizationKey:
		body["grants"] = k.Grants
	}
}

var ownerFields = map[authz.KeyType]string{authz.PersonalKey: "user_id", authz.WorkspaceKey: "workspace_id", authz.OrganizationKey: "organization_id"}

func (d *driver) createKey(do func(string, string, any) reply, what *string) (string, bool, reply) {
	k := authz.APIKey{Type: pick(d, []authz.KeyType{authz.PersonalKey, authz.WorkspaceKey, authz.OrganizationKey}), Disabled: d.oneIn(30)}
	switch k.Type {
	case authz.PersonalKey:
		k.OwnerID = pick(d, drawnUsers)
	case authz.WorkspaceKey:
		k.OwnerID = pick(d, drawnWorkspaces)
	default:
		k.OwnerID = pick(d, drawnOrganizations)
	}
	if k.Name = "again"; !d.oneIn(6) {
		d.names++
		k.Name = fmt.Sprintf("n%d", d.names)
	}
	if d.oneIn(6) {
		k.AllowedCIDRs = d.some(drawnNetworks)
	}
	d.expiry(&k)
	d.scope(&k)
	body := map[string]any{"type": k.Type, ownerFields[k.Type]: k.OwnerID, "name": k.Name, "disabled": k.Disabled, "expires_at": k.ExpiresAt, "allowed_cidrs": k.AllowedCIDRs}
	scopeFields(k, body)
	accepted := d.m.mayCreate(k)
	a := do("POST", "/v1/keys", body)
	if accepted && a.status < 300 {
		k.ID = a.text("id")
		d.m.PutKey(k)
		d.secrets[k.ID] = a.text("secret")
	}
	return *what, accepted, a
}

// expiry draws an end that is long past or far ahead, mostly none.
func (d *driver) expiry(k *authz.APIKey) {
	k.ExpiresAt = nil
	if d.oneIn(8) {
		at := pick(d, []time.Time{time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)})
		k.ExpiresAt = &at
	}
}

func (d *driver) updateKey(do func(string, string, any) reply, what *string) (string, bool, reply) {
	id := d.key()
	before, stands := d.m.Keys[id]
	k := before
	body := map[string]any{}
	scopeGiven := false
	switch d.IntN(5) {
	case 0:
		k.Disabled = d.oneIn(5)
		body["disabled"] = k.Disabled
	case 1:
		d.expiry(&k)
		body["expires_at"] = k.ExpiresAt
	case 2:
		if k.AllowedCIDRs = nil; d.oneIn(2) {
			k.AllowedCIDRs = d.some(drawnNetworks)
		}
		body["allowed_cidrs"] = k.AllowedCIDRs
	case 3:
		k.Name = pick(d, []string{"again", "n1", "n2"})
		body["name"] = k.Name
	default:
		if k.Type == authz.PersonalKey {
			body["disabled"] = k.Disabled
			break
		}
		d.scope(&k)
		scopeFields(k, body)
		scopeGiven = true
	}
	extended := d.m.replaced[id] && before.ExpiresAt != nil && (k.ExpiresAt == nil || k.ExpiresAt.After(*before.ExpiresAt))
	accepted := stands && before.RevokedAt == nil && !extended && (!scopeGiven || d.m.scopeFits(k)) &&
		(k.AllowedCIDRs == nil || len(k.AllowedCIDRs) > 0) && (d.m.replaced[id] || !d.m.nameIsTaken(k))
	a := do("PATCH", "/v1/keys/"+url.PathEscape(id), body)
	if accepted && a.status < 300 {
		d.m.PutKey(k)
	}
	return *what, accepted, a
}
