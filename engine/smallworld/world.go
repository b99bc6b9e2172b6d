package smallworld

import (
	"fmt"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// State is what is told apart about the workspace that the questions are about.
type State struct {
	// Organization is the workspace's: org, which the organization keys belong to, org_2, or "".
	Organization string `json:"organization"`
	PersonalKeys bool   `json:"personal_keys_enabled"`
	Archived     bool   `json:"archived"`
	// Deployed is that of the workspace's workflow and MCP server.
	Deployed bool `json:"deployed"`
}

func (s State) String() string {
	text := "a workspace"
	if s.Organization == "" {
		text += " outside every organization"
	} else {
		text += " in " + s.Organization
	}
	text += choose(s.PersonalKeys, ", personal keys enabled", ", personal keys disabled")
	if s.Archived {
		text += ", archived"
	}
	return text + choose(s.Deployed, ", deployed", ", not deployed")
}

// World is a snapshot, and the state that it is in. Worlds differ in nothing else.
type World struct {
	Snapshot *snapshot.Snapshot
	State    State
	// Keys are the records of the keys that stand in it, the same in all worlds.
	Keys map[string]authz.APIKey
}

// states are all of them, the plainest first.
func states() []State {
	var all []State
	for _, archived := range []bool{false, true} {
		for _, deployed := range []bool{true, false} {
			for _, personalKeys := range []bool{true, false} {
				for _, organization := range []string{"org", "", "org_2"} {
					all = append(all, State{organization, personalKeys, archived, deployed})
				}
			}
		}
	}
	return all
}

// worlds are one in each state, with a resource here (id), one elsewhere (id_2) and one nowhere (id_nowhere) of each type.
func worlds(keys map[string]authz.APIKey, types []string) []World {
	all := make([]World, 0, 24)
	for _, state := range states() {
		all = append(all, World{world(state, keys, types), state, keys})
	}
	return all
}

// people are the users, with their role in the workspace, in each organization and on the platform.
var people = []struct {
	id             string
	role           authz.Permission
	inOrganization authz.OrganizationRole
	onPlatform     authz.PlatformRole
}{
	{id: "owner"},
	{id: "admin", role: authz.Admin},
	{id: "writer", role: authz.Write},
	{id: "reader", role: authz.Read},
	{id: "stranger"},
	{id: "organization_admin", inOrganization: authz.OrganizationAdminRole},
	{id: "organization_member", inOrganization: authz.OrganizationMemberRole},
	{id: "reading_organization_admin", role: authz.Read, inOrganization: authz.OrganizationAdminRole},
	{id: "platform_admin", onPlatform: authz.PlatformAdmin},
	{id: "reading_platform_admin", role: authz.Read, onPlatform: authz.PlatformAdmin},
	{id: "policy_admin", onPlatform: authz.PolicyAdmin},
}

func world(state State, keys map[string]authz.APIKey, types []string) *snapshot.Snapshot {
	l := snapshot.NewLoad()
	for _, organization := range []string{"org", "org_2"} {
		l.PutOrganization(authz.Organization{ID: organization, Name: organization})
		for _, p := range people {
			if p.inOrganization != "" {
				l.PutOrganizationMember(authz.OrganizationMember{OrganizationID: organization, UserID: p.id, Role: p.inOrganization})
			}
		}
	}
	l.PutUser(authz.User{ID: "other_owner", Name: "other_owner", Active: true})
	for _, p := range people {
		l.PutUser(authz.User{ID: p.id, Name: p.id, Active: true, PlatformRole: p.onPlatform})
		if p.role != authz.None {
			l.PutWorkspaceMember(authz.WorkspaceMember{WorkspaceID: "ws", UserID: p.id, Role: p.role})
		}
	}
	l.PutWorkspace(authz.Workspace{
		ID: "ws", Name: "ws", OwnerID: "owner", OrganizationID: state.Organization,
		PersonalKeysEnabled: state.PersonalKeys, Archived: state.Archived,
	})
	l.PutWorkspace(authz.Workspace{ID: "ws_2", Name: "ws_2", OwnerID: "other_owner", OrganizationID: "org", PersonalKeysEnabled: true})
	for _, t := range types {
		putResources(l, t, state.Deployed)
	}
	for _, key := range keys {
		l.PutKey(key, digestOf(key.ID))
	}
	return l.Commit(1)
}

func putResources(l *snapshot.Load, resourceType string, deployed bool) {
	put := func(id, workspaceID, properties string) {
		l.PutResource(authz.Resource{Type: resourceType, ID: id, Name: id, WorkspaceID: workspaceID, Properties: authz.Object(properties)})
	}
	id := idOf(resourceType)
	switch resourceType {
	case authz.WorkflowType:
		put(id, "ws", fmt.Sprintf(`{"deployed":%t}`, deployed))
		put("wf_b", "ws", `{"deployed":true}`)
		put(id+"_2", "ws_2", `{"deployed":true}`)
		put(id+"_nowhere", "", `{"deployed":true}`)
	case authz.MCPServerType:
		put(id, "ws", fmt.Sprintf(`{"deployed":%t,"workflow_ids":["wf","wf_b"]}`, deployed))
		put(id+"_empty", "ws", fmt.Sprintf(`{"deployed":%t,"workflow_ids":[]}`, deployed))
		put(id+"_2", "ws_2", `{"deployed":true,"workflow_ids":["wf_2"]}`)
		put(id+"_nowhere", "", `{"deployed":true,"workflow_ids":[]}`)
	default:
		put(id, "ws", `{}`)
		put(id+"_2", "ws_2", `{}`)
		put(id+"_nowhere", "", `{}`)
	}
}

// idOf is the id of the resource of a type that the workspace has.
func idOf(resourceType string) string {
	switch resourceType {
	case authz.WorkspaceType:
		return "ws"
	case authz.WorkflowType:
		return "wf"
	case authz.MCPServerType:
		return "mcp"
	}
	return resourceType + "_1"
}

// digestOf is one of each key's own: nobody presents these keys.
func digestOf(keyID string) (digest apikey.Digest) {
	copy(digest[:], keyID)
	return digest
}
