package model

import (
	"encoding/json"
	"net/netip"
	"slices"
	"time"

	"github.com/steelengine/steelgate/authz"
)

// MalformedKey is the KeyID of a question that presents something which is no API key. It is no id.
const MalformedKey = "(malformed)"

// Question is a request with the key that it presents.
type Question struct {
	// KeyID names a key of the world, which the question presents. "" presents none, MalformedKey what is no key, and any
	// other name a key that was never issued.
	KeyID string
	authz.Request
}

// requirement is a row of the table of actions in section 3.
type requirement struct {
	on       []string
	requires authz.Permission
}

var table = map[string]requirement{
	"workflow.read":    {[]string{"workflow"}, authz.Read},
	"workflow.execute": {[]string{"workflow"}, authz.Write},
	"workflow.update":  {[]string{"workflow"}, authz.Write},
	"workflow.deploy":  {[]string{"workflow"}, authz.Admin},
	"workflow.delete":  {[]string{"workflow"}, authz.Admin},
	"logs.read":        {[]string{"workflow", "workspace"}, authz.Read},
	"metrics.read":     {[]string{"workflow", "workspace"}, authz.Read},
	"mcp.connect":      {[]string{"mcp_server"}, authz.Read},
	"mcp.call":         {[]string{"mcp_server"}, authz.Write},
	"workspace.read":   {[]string{"workspace"}, authz.Read},
	"workspace.update": {[]string{"workspace"}, authz.Admin},
}

// Decide is the decision that the question must have in the world, without id, message and revisions. Where several grants
// give the same permission, which of them is told is not the contract's: it is the one on the workspace, else the one on
// the workflow with the least id.
func Decide(w *World, q Question, now time.Time) authz.Decision {
	key, code := w.authenticate(q.KeyID, now)
	d := authz.Decision{Code: code}
	if key.ID != "" {
		d.Key = &authz.KeyRef{ID: key.ID, Name: key.Name, Type: key.Type}
	}
	if code == "" {
		w.authorize(&d, key, q.Request)
	}
	d.Allow = d.Code == "allowed"
	switch d.Code {
	case "allowed":
		d.Status = 200
	case "key_missing", "key_malformed", "key_unknown", "key_revoked", "key_expired", "key_disabled", "owner_inactive":
		d.Status = 401
	default:
		d.Status = 403
	}
	return d
}

// authenticate is the row of status 401.
func (w *World) authenticate(keyID string, now time.Time) (authz.APIKey, authz.Code) {
	switch keyID {
	case "":
		return authz.APIKey{}, "key_missing"
	case MalformedKey:
		return authz.APIKey{}, "key_malformed"
	}
	key, isKnown := w.Keys[keyID]
	switch {
	case !isKnown:
		return authz.APIKey{}, "key_unknown"
	case key.RevokedAt != nil:
		return key, "key_revoked"
	case key.ExpiresAt != nil && !now.Before(*key.ExpiresAt):
		return key, "key_expired"
	case key.Disabled:
		return key, "key_disabled"
	case key.Type == authz.PersonalKey && !w.Users[key.OwnerID].Active:
		return key, "owner_inactive"
	}
	return key, ""
}

// authorize is the row of status 403, and what is told beside.
func (w *World) authorize(d *authz.Decision, key authz.APIKey, r authz.Request) {
	required, isAction := table[r.Action]
	if !isAction || !slices.Contains(required.on, r.Resource.Type) {
		d.Code = "unknown_action"
		return
	}
	workspace, ok := w.workspaceOf(r.Resource)
	if !ok {
		d.Code = "outside_scope"
		return
	}
	granted, grant := w.reach(key, workspace, r.Resource)
	if granted == authz.None {
		d.Code = "outside_scope"
		if key.Type == authz.PersonalKey {
			d.Code = "not_a_member"
		}
		return
	}
	d.Permission = &authz.PermissionCheck{Required: required.requires, Granted: granted}
	d.GrantedBy = grant
	isDeployed := w.properties(r.Resource).Deployed
	switch {
	case key.Type == authz.PersonalKey && !workspace.PersonalKeysEnabled:
		d.Code = "personal_keys_disabled"
	case workspace.Archived:
		d.Code = "workspace_archived"
	case key.AllowedCIDRs != nil && !isOnList(key.AllowedCIDRs, r.Context.ClientIP):
		d.Code = "ip_not_allowed"
	case granted < required.requires:
		d.Code = "insufficient_permission"
	case r.Action == "workflow.execute" && !isDeployed:
		d.Code = "workflow_not_deployed"
	case (r.Action == "mcp.connect" || r.Action == "mcp.call") && !isDeployed:
		d.Code = "mcp_server_not_deployed"
	default:
		d.Code = "allowed"
		d.BilledTo = &authz.Owner{Type: authz.UserOwner, ID: workspace.OwnerID}
		if key.Type == authz.PersonalKey {
			d.BilledTo.ID = key.OwnerID
		}
	}
}

func (w *World) workspaceOf(resource authz.Entity) (authz.Workspace, bool) {
	id := resource.ID
	if resource.Type != "workspace" {
		id = w.Resources[ResourceID{resource.Type, resource.ID}].WorkspaceID
	}
	workspace, ok := w.Workspaces[id]
	return workspace, ok
}

type properties struct {
	Deployed    bool     `json:"deployed"`
	WorkflowIDs []string `json:"workflow_ids"`
}

func (w *World) properties(resource authz.Entity) (p properties) {
	_ = json.Unmarshal(w.Resources[ResourceID{resource.Type, resource.ID}].Properties, &p)
	return p
}

// reach is the table of section 2: the permission that the key has on a resource in a workspace, and for an organization
// key the grant that gives it.
func (w *World) reach(key authz.APIKey, workspace authz.Workspace, resource authz.Entity) (authz.Permission, *authz.Grant) {
	switch key.Type {
	case authz.PersonalKey:
		if workspace.OwnerID == key.OwnerID {
			return authz.Admin, nil
		}
		return w.WorkspaceMembers[Seat{workspace.ID, key.OwnerID}], nil
	case authz.WorkspaceKey:
		if workspace.ID != key.OwnerID {
			return authz.None, nil
		}
		if key.WorkflowIDs == nil {
			return authz.Write, nil
		}
		narrowed := make([]authz.Grant, len(key.WorkflowIDs))
		for i, id := range key.WorkflowIDs {
			narrowed[i] = authz.Grant{WorkflowID: id, Permission: authz.Write}
		}
		if covers := w.covering(narrowed, workspace, resource); len(covers) > 0 {
			return authz.Write, nil
		}
	case authz.OrganizationKey:
		if workspace.OrganizationID != key.OwnerID {
			return authz.None, nil
		}
		var highest authz.Grant
		for _, g := range w.covering(key.Grants, workspace, resource) {
			if g.Permission > highest.Permission {
				highest = g
			}
		}
		if highest.Permission != authz.None {
			return highest.Permission, &highest
		}
	}
	return authz.None, nil
}

// covering are the grants that cover the resource, those on the workspace first. An MCP server that grants on workflows
// cover stands for them: the lowest of the highest on each.
func (w *World) covering(grants []authz.Grant, workspace authz.Workspace, resource authz.Entity) (covering []authz.Grant) {
	for _, g := range grants {
		if g.WorkspaceID == workspace.ID {
			covering = append(covering, g)
		}
	}
	switch resource.Type {
	case "workflow":
		if g, ok := highestOn(grants, resource.ID); ok {
			covering = append(covering, g)
		}
	case "mcp_server":
		exposed := slices.Clone(w.properties(resource).WorkflowIDs)
		slices.Sort(exposed)
		var lowest authz.Grant
		for i, id := range exposed {
			g, ok := highestOn(grants, id)
			if !ok {
				return covering
			}
			if i == 0 || g.Permission < lowest.Permission {
				lowest = g
			}
		}
		if len(exposed) > 0 {
			covering = append(covering, lowest)
		}
	}
	return covering
}

// highestOn is the highest grant on a workflow itself.
func highestOn(grants []authz.Grant, workflowID string) (highest authz.Grant, ok bool) {
	for _, g := range grants {
		if g.WorkflowID == workflowID && g.Permission > highest.Permission {
			highest, ok = g, true
		}
	}
	return highest, ok
}

// isOnList tells whether an address is in one of the networks; an IPv4-mapped one counts as its IPv4 address.
func isOnList(networks []string, clientIP string) bool {
	address, err := netip.ParseAddr(clientIP)
	if err != nil || address.Zone() != "" {
		return false
	}
	return slices.ContainsFunc(networks, func(text string) bool {
		network, err := netip.ParsePrefix(text)
		return err == nil && network.Contains(address.Unmap())
	})
}
