package cases

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/policy_test/model"
)

// world is a world as a file writes it, its entities by id, with the contract's defaults for what is left out. A null takes
// an entity of the file's world away.
type world struct {
	Users         map[string]*user              `json:"users"`
	Organizations map[string]*struct{}          `json:"organizations"`
	Workspaces    map[string]*workspace         `json:"workspaces"`
	Resources     map[string]map[string]*stored `json:"resources"`
	Keys          map[string]*key               `json:"keys"`
}

type user struct {
	Active *bool `json:"active"`
	// Organizations are the user's roles, by the organization.
	Organizations map[string]authz.OrganizationRole `json:"organizations"`
}

type workspace struct {
	Owner               string                      `json:"owner"`
	Organization        string                      `json:"organization"`
	PersonalKeysEnabled *bool                       `json:"personal_keys_enabled"`
	Archived            bool                        `json:"archived"`
	Members             map[string]authz.Permission `json:"members"`
}

type stored struct {
	Workspace  string         `json:"workspace"`
	Properties map[string]any `json:"properties"`
}

type key struct {
	Type         authz.KeyType `json:"type"`
	Name         string        `json:"name"`
	Owner        string        `json:"owner"`
	WorkflowIDs  []string      `json:"workflow_ids"`
	Grants       []authz.Grant `json:"grants"`
	AllowedCIDRs []string      `json:"allowed_cidrs"`
	ExpiresAt    *time.Time    `json:"expires_at"`
	Disabled     bool          `json:"disabled"`
	RevokedAt    *time.Time    `json:"revoked_at"`
}

func (entities world) addTo(w *model.World) error {
	for id, u := range entities.Users {
		if u == nil {
			delete(w.Users, id)
			continue
		}
		w.PutUser(authz.User{ID: id, Name: id, Active: trueUnless(u.Active)})
		for organization, role := range u.Organizations {
			w.PutOrganizationMember(authz.OrganizationMember{OrganizationID: organization, UserID: id, Role: role})
		}
	}
	for id := range entities.Organizations {
		w.PutOrganization(authz.Organization{ID: id, Name: id})
	}
	for id, ws := range entities.Workspaces {
		if ws == nil {
			delete(w.Workspaces, id)
			continue
		}
		ws.addTo(w, id)
	}
	for kind, some := range entities.Resources {
		for id, r := range some {
			if r == nil {
				delete(w.Resources, model.ResourceID{Type: kind, ID: id})
				continue
			}
			if err := r.addTo(w, kind, id); err != nil {
				return err
			}
		}
	}
	for id, k := range entities.Keys {
		if k == nil {
			return fmt.Errorf("key %s: revoke it, rather than take it away", id)
		}
		k.addTo(w, id)
	}
	return nil
}

func trueUnless(given *bool) bool { return given == nil || *given }

func (ws workspace) addTo(w *model.World, id string) {
	w.PutWorkspace(authz.Workspace{
		ID: id, Name: id, OwnerID: ws.Owner, OrganizationID: ws.Organization,
		PersonalKeysEnabled: trueUnless(ws.PersonalKeysEnabled), Archived: ws.Archived,
	})
	for userID, role := range ws.Members {
		w.PutWorkspaceMember(authz.WorkspaceMember{WorkspaceID: id, UserID: userID, Role: role})
	}
}

func (r stored) addTo(w *model.World, kind, id string) error {
	properties := map[string]any{}
	if kind == authz.WorkflowType || kind == authz.MCPServerType {
		properties["deployed"] = true
	}
	for name, value := range r.Properties {
		properties[name] = value
	}
	text, err := json.Marshal(properties)
	if err != nil {
		return err
	}
	w.PutResource(authz.Resource{Type: kind, ID: id, Name: id, WorkspaceID: r.Workspace, Properties: text})
	return nil
}

func (k key) addTo(w *model.World, id string) {
	w.PutKey(authz.APIKey{
		ID: id, Type: k.Type, Name: k.Name, OwnerID: k.Owner,
		WorkflowIDs: k.WorkflowIDs, Grants: k.Grants, AllowedCIDRs: k.AllowedCIDRs,
		ExpiresAt: k.ExpiresAt, Disabled: k.Disabled, RevokedAt: k.RevokedAt,
	})
}
