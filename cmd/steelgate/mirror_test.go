package main

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/policy_test/model"
)

// mirror is the model's world with what the contract says of changes: which are refused, and what follows from the others.
// Each method answers whether the change is accepted. It is written from the contract, and shares nothing with what it mirrors.
type mirror struct {
	*model.World
	// replaced are the keys that have a successor.
	replaced map[string]bool
	now      func() time.Time
}

func newMirror() *mirror {
	return &mirror{World: model.NewWorld(), replaced: map[string]bool{}, now: time.Now}
}

func (m *mirror) hasEnded(k authz.APIKey) bool {
	return k.RevokedAt != nil || k.ExpiresAt != nil && !m.now().Before(*k.ExpiresAt)
}

// eachKey lets change edit every key that is not revoked. Lists are replaced, never written to.
func (m *mirror) eachKey(change func(*authz.APIKey)) {
	for id, k := range m.Keys {
		if k.RevokedAt == nil {
			change(&k)
			m.Keys[id] = k
		}
	}
}

func (m *mirror) revokeOwned(keyType authz.KeyType, owner string) {
	now := m.now()
	m.eachKey(func(k *authz.APIKey) {
		if k.Type == keyType && k.OwnerID == owner {
			k.RevokedAt = &now
		}
	})
}

func keep[T any](list []T, wanted func(T) bool) []T {
	if list == nil {
		return nil
	}
	kept := []T{}
	for _, element := range list {
		if wanted(element) {
			kept = append(kept, element)
		}
	}
	return kept
}

func (m *mirror) putUser(id string, active bool) bool {
	m.PutUser(authz.User{ID: id, Active: active})
	return true
}

func (m *mirror) deleteUser(id string) bool {
	if _, ok := m.Users[id]; !ok {
		return false
	}
	for _, ws := range m.Workspaces {
		if ws.OwnerID == id {
			return false
		}
	}
	m.revokeOwned(authz.PersonalKey, id)
	for seat := range m.WorkspaceMembers {
		if seat.UserID == id {
			delete(m.WorkspaceMembers, seat)
		}
	}
	delete(m.Users, id)
	return true
}

func (m *mirror) putOrganization(id string) bool {
	m.PutOrganization(authz.Organization{ID: id})
	return true
}

func (m *mirror) deleteOrganization(id string) bool {
	if _, ok := m.Organizations[id]; !ok {
		return false
	}
	m.revokeOwned(authz.OrganizationKey, id)
	for wsID, ws := range m.Workspaces {
		if ws.OrganizationID == id {
			ws.OrganizationID = ""
			m.Workspaces[wsID] = ws
		}
	}
	delete(m.Organizations, id)
	return true
}

// workflowsOf are the workflows of a workspace.
func (m *mirror) workflowsOf(workspace string) map[string]bool {
	ids := map[string]bool{}
	for id, r := range m.Resources {
		if id.Type == "workflow" && r.WorkspaceID == workspace {
			ids[id.ID] = true
		}
	}
	return ids
}

func (m *mirror) endGrants(workspace, organization string) {
	workflows := m.workflowsOf(workspace)
	m.eachKey(func(k *authz.APIKey) {
		if k.Type == authz.OrganizationKey && k.OwnerID == organization {
			k.Grants = keep(k.Grants, func(g authz.Grant) bool { return g.WorkspaceID != workspace && !workflows[g.WorkflowID] })
		}
	})
}

func (m *mirror) putWorkspace(ws authz.Workspace) bool {
	_, ownerStands := m.Users[ws.OwnerID]
	_, organizationStands := m.Organizations[ws.OrganizationID]
	if !ownerStands || ws.OrganizationID != "" && !organizationStands {
		return false
	}
	if before, ok := m.Workspaces[ws.ID]; ok && before.OrganizationID != ws.OrganizationID {
		m.endGrants(ws.ID, before.OrganizationID)
	}
	m.PutWorkspace(ws)
	return true
}

func (m *mirror) deleteWorkspace(id string) bool {
	ws, ok := m.Workspaces[id]
	if !ok {
		return false
	}
	m.revokeOwned(authz.WorkspaceKey, id)
	m.endGrants(id, ws.OrganizationID)
	for r := range m.Resources {
		if m.Resources[r].WorkspaceID == id {
			delete(m.Resources, r)
		}
	}
	for seat := range m.WorkspaceMembers {
		if seat.In == id {
			delete(m.WorkspaceMembers, seat)
		}
	}
	delete(m.Workspaces, id)
	return true
}

func (m *mirror) putMember(workspace, user string, role authz.Permission) bool {
	_, workspaceStands := m.Workspaces[workspace]
	_, userStands := m.Users[user]
	if !workspaceStands || !userStands {
		return false
	}
	m.PutWorkspaceMember(authz.WorkspaceMember{WorkspaceID: workspace, UserID: user, Role: role})
	return true
}

func (m *mirror) deleteMember(workspace, user string) bool {
	seat := model.Seat{In: workspace, UserID: user}
	_, ok := m.WorkspaceMembers[seat]
	delete(m.WorkspaceMembers, seat)
	return ok
}

// properties of a resource, as they are sent and stored.
type properties struct {
	Deployed    bool     `json:"deployed"`
	WorkflowIDs []string `json:"workflow_ids,omitempty"`
}

func (p properties) object() authz.Object {
	text, _ := json.Marshal(p)
	return text
}

func propertiesOf(r authz.Resource) (p properties) {
	_ = json.Unmarshal(r.Properties, &p)
	return p
}

// workflowGone is what follows for everything that named a workflow which left its workspace, or the world: stayingIn is
// the organization whose keys keep their grants.
func (m *mirror) workflowGone(id, workspace, stayingIn string) {
	m.eachKey(func(k *authz.APIKey) {
		k.WorkflowIDs = keep(k.WorkflowIDs, func(w string) bool { return w != id })
		if k.OwnerID != stayingIn || k.Type != authz.OrganizationKey {
			k.Grants = keep(k.Grants, func(g authz.Grant) bool { return g.WorkflowID != id })
		}
	})
	for name, r := range m.Resources {
		if name.Type == "mcp_server" && r.WorkspaceID == workspace {
			p := propertiesOf(r)
			p.WorkflowIDs = keep(p.WorkflowIDs, func(w string) bool { return w != id })
			r.Properties = p.object()
			m.Resources[name] = r
		}
	}
}

func (m *mirror) putResource(r authz.Resource) bool {
	if _, ok := m.Workspaces[r.WorkspaceID]; !ok && r.WorkspaceID != "" {
		return false
	}
	if r.Type == "mcp_server" {
		for _, id := range propertiesOf(r).WorkflowIDs {
			workflow, ok := m.Resources[model.ResourceID{Type: "workflow", ID: id}]
			if !ok || workflow.WorkspaceID == "" || workflow.WorkspaceID != r.WorkspaceID {
				return false
			}
		}
	}
	before, stood := m.Resources[model.ResourceID{Type: r.Type, ID: r.ID}]
	if stood && r.Type == "workflow" && before.WorkspaceID != r.WorkspaceID {
		m.workflowGone(r.ID, before.WorkspaceID, m.Workspaces[r.WorkspaceID].OrganizationID)
	}
	m.PutResource(r)
	return true
}

func (m *mirror) deleteResource(resourceType, id string) bool {
	name := model.ResourceID{Type: resourceType, ID: id}
	r, ok := m.Resources[name]
	if !ok {
		return false
	}
	delete(m.Resources, name)
	if resourceType == "workflow" {
		m.workflowGone(id, r.WorkspaceID, "")
	}
	return true
}

// scopeFits tells whether all that a key's scope names stands where it must, and there is something in it.
func (m *mirror) scopeFits(k authz.APIKey) bool {
	if k.WorkflowIDs != nil && (len(k.WorkflowIDs) == 0 || k.Type != authz.WorkspaceKey) || k.Grants != nil && k.Type != authz.OrganizationKey {
		return false
	}
	for _, id := range k.WorkflowIDs {
		if r, ok := m.Resources[model.ResourceID{Type: "workflow", ID: id}]; !ok || r.WorkspaceID != k.OwnerID {
			return false
		}
	}
	if k.Type == authz.OrganizationKey && len(k.Grants) == 0 {
		return false
	}
	for _, g := range k.Grants {
		workspace := g.WorkspaceID
		if g.WorkflowID != "" {
			workspace = m.Resources[model.ResourceID{Type: "workflow", ID: g.WorkflowID}].WorkspaceID
		}
		if ws, ok := m.Workspaces[workspace]; !ok || ws.OrganizationID != k.OwnerID {
			return false
		}
	}
	return true
}

func (m *mirror) nameIsTaken(k authz.APIKey) bool {
	for id, other := range m.Keys {
		if id != k.ID && other.Type == k.Type && other.OwnerID == k.OwnerID && other.Name == k.Name && other.RevokedAt == nil && !m.replaced[id] {
			return true
		}
	}
	return false
}

// mayCreate tells whether a key is accepted; which id it gets, the service says.
func (m *mirror) mayCreate(k authz.APIKey) bool {
	stands := false
	switch k.Type {
	case authz.PersonalKey:
		_, stands = m.Users[k.OwnerID]
	case authz.WorkspaceKey:
		_, stands = m.Workspaces[k.OwnerID]
	case authz.OrganizationKey:
		_, stands = m.Organizations[k.OwnerID]
	}
	return stands && m.scopeFits(k) && !m.nameIsTaken(k) && (k.AllowedCIDRs == nil || len(k.AllowedCIDRs) > 0)
}

func (m *mirror) revokeKey(id string) bool {
	k, ok := m.Keys[id]
	if ok && k.RevokedAt == nil {
		now := m.now()
		k.RevokedAt = &now
		m.Keys[id] = k
	}
	return ok
}

// mayRotate tells whether a key may have a successor now.
func (m *mirror) mayRotate(id string) bool {
	k, ok := m.Keys[id]
	return ok && !m.hasEnded(k) && !m.replaced[id]
}

func (m *mirror) rotateKey(id, successor string, overlap time.Duration) {
	old := m.Keys[id]
	next := old
	next.ID, next.WorkflowIDs, next.Grants = successor, slices.Clone(old.WorkflowIDs), slices.Clone(old.Grants)
	if end := m.now().Add(overlap); old.ExpiresAt == nil || end.Before(*old.ExpiresAt) {
		old.ExpiresAt = &end
	}
	m.Keys[id], m.Keys[successor] = old, next
	m.replaced[id] = true
}
