package policycheck

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/opastore"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// The moments at which a draft is asked: a Wednesday's noon, and a Sunday's night.
var (
	noon  = time.Date(2030, 1, 30, 12, 0, 0, 0, time.UTC)
	night = time.Date(2030, 1, 27, 2, 30, 0, 0, time.UTC)
)

// clientIP is on the allow-list of those keys that have one.
const clientIP = "203.0.113.9"

// world is one that a draft decides in: a workspace ws in some state, beside ws_2, which stands in the organization org as a
// matter of course. Its keys and resources are the same in every state.
type world struct {
	name       string
	workspaces map[string]authz.Workspace
	snapshot   *snapshot.Snapshot
	at         time.Time
	// hasOtherwise tells of which records the first world has another state.
	hasOtherwise func(opastore.Record) bool
}

// theWorkspace and anyResource are what worlds differ in.
func theWorkspace(r opastore.Record) bool { return r == opastore.Record{Kind: "workspace", A: "ws"} }
func anyResource(r opastore.Record) bool  { return r.Kind == "resource" }

// stage is all that a draft is asked about, the plainest first.
type stage struct {
	worlds   []world
	keys     []authz.APIKey
	requests []request
	// others are what subjects ask that are no API keys.
	others []request
}

// request is what a key asks, with the workspace that it would reach; "" is none.
type request struct {
	authz.Request
	workspaceID string
}

// roles are those of each user in the workspace ws, beside its owner.
var roles = map[string]authz.Permission{"admin": authz.Admin, "writer": authz.Write, "reader": authz.Read}

// newStage makes the worlds for the actions, by name, each with the types that it may be done to; named are more that the
// installation's own rules know.
func newStage(actions map[string][]string, named []string) stage {
	s := stage{keys: stageKeys()}
	types := map[string]bool{"workflow": true, "mcp_server": true}
	for _, on := range actions {
		for _, t := range on {
			types[t] = true
		}
	}
	delete(types, "workspace")
	s.requests, s.others = stageRequests(actions), subjectRequests(actions, named)
	add := func(name string, deployed bool, at time.Time, change func(*authz.Workspace)) {
		ws := authz.Workspace{ID: "ws", Name: "ws", OwnerID: "owner", OrganizationID: "org", PersonalKeysEnabled: true}
		change(&ws)
		w := world{name: name, at: at, hasOtherwise: theWorkspace, workspaces: map[string]authz.Workspace{
			"ws":   ws,
			"ws_2": {ID: "ws_2", Name: "ws_2", OwnerID: "other_owner", OrganizationID: "org", PersonalKeysEnabled: true},
		}}
		if !deployed {
			w.hasOtherwise = anyResource
		}
		w.snapshot = w.build(s.keys, slices.Sorted(maps.Keys(types)), deployed)
		s.worlds = append(s.worlds, w)
	}
	add("ws stands in org", true, noon, func(*authz.Workspace) {})
	add("ws stands in org_2", true, noon, func(ws *authz.Workspace) { ws.OrganizationID = "org_2" })
	add("ws stands in no organization", true, noon, func(ws *authz.Workspace) { ws.OrganizationID = "" })
	add("ws is archived", true, noon, func(ws *authz.Workspace) { ws.Archived = true })
	add("ws accepts no personal keys", true, noon, func(ws *authz.Workspace) { ws.PersonalKeysEnabled = false })
	add("nothing is deployed", false, noon, func(*authz.Workspace) {})
	add("it is a Sunday's night", true, night, func(*authz.Workspace) {})
	return s
}

func (w world) build(keys []authz.APIKey, types []string, deployed bool) *snapshot.Snapshot {
	l := snapshot.NewLoad()
	for _, id := range []string{"owner", "admin", "writer", "reader", "stranger", "organization_admin", "other_owner", "inactive"} {
		l.PutUser(authz.User{ID: id, Name: id, Active: id != "inactive"})
	}
	for user, role := range roles {
		l.PutWorkspaceMember(authz.WorkspaceMember{WorkspaceID: "ws", UserID: user, Role: role})
	}
	l.PutWorkspaceMember(authz.WorkspaceMember{WorkspaceID: "ws", UserID: "inactive", Role: authz.Admin})
	for _, id := range []string{"org", "org_2"} {
		l.PutOrganization(authz.Organization{ID: id, Name: id})
		l.PutOrganizationMember(authz.OrganizationMember{OrganizationID: id, UserID: "organization_admin", Role: authz.OrganizationAdminRole})
	}
	for _, ws := range w.workspaces {
		l.PutWorkspace(ws)
	}
	for _, t := range types {
		for id, in := range map[string]string{"here": "ws", "beside": "ws", "elsewhere": "ws_2", "nowhere": ""} {
			properties := fmt.Sprintf(`{"deployed":%t}`, deployed)
			if t == "mcp_server" {
				exposed := map[string]string{"here": `"here"`, "beside": `"here","beside"`, "elsewhere": `"elsewhere"`}[id]
				properties = fmt.Sprintf(`{"deployed":%t,"workflow_ids":[%s]}`, deployed, exposed)
			}
			l.PutResource(authz.Resource{Type: t, ID: id, Name: id, WorkspaceID: in, Properties: authz.Object(properties)})
		}
	}
	for i, key := range keys {
		// No secret stands behind these: keys are asked about by their ids.
		l.PutKey(key, apikey.Digest{byte(i), byte(i >> 8), 1})
	}
	return l.Commit(1)
}

// stageKeys are the keys of every world. Of an organization key with several grants, those with one grant less stand too.
func stageKeys() (keys []authz.APIKey) {
	add := func(key authz.APIKey) {
		key.ID = fmt.Sprintf("key_%d", len(keys))
		key.Name = key.ID
		keys = append(keys, key)
	}
	for _, workflows := range [][]string{nil, {"here"}, {"here", "beside"}, {"elsewhere"}, {}} {
		add(authz.APIKey{Type: authz.WorkspaceKey, OwnerID: "ws", WorkflowIDs: workflows})
	}
	add(authz.APIKey{Type: authz.WorkspaceKey, OwnerID: "ws", AllowedCIDRs: []string{"203.0.113.0/24"}})
	for _, user := range []string{"owner", "admin", "writer", "reader", "stranger", "organization_admin"} {
		add(authz.APIKey{Type: authz.PersonalKey, OwnerID: user})
	}
	for _, grants := range stageGrants() {
		add(authz.APIKey{Type: authz.OrganizationKey, OwnerID: "org", Grants: grants})
	}
	all := []authz.Grant{{WorkspaceID: "ws", Permission: authz.Admin}}
	ended := noon.AddDate(-1, 0, 0)
	add(authz.APIKey{Type: authz.OrganizationKey, OwnerID: "org", Grants: all, RevokedAt: &ended})
	add(authz.APIKey{Type: authz.OrganizationKey, OwnerID: "org", Grants: all, ExpiresAt: &ended})
	add(authz.APIKey{Type: authz.WorkspaceKey, OwnerID: "ws", Disabled: true})
	add(authz.APIKey{Type: authz.PersonalKey, OwnerID: "inactive"})
	return keys
}

// stageGrants are the grants of the organization keys, each after all that have one grant less.
func stageGrants() (scopes [][]authz.Grant) {
	on := func(workspaceID, workflowID string, p authz.Permission) authz.Grant {
		return authz.Grant{WorkspaceID: workspaceID, WorkflowID: workflowID, Permission: p}
	}
	singles := []authz.Grant{on("ws_2", "", authz.Admin), on("", "beside", authz.Write), on("", "elsewhere", authz.Admin)}
	for _, p := range []authz.Permission{authz.Read, authz.Write, authz.Admin} {
		singles = append(singles, on("ws", "", p), on("", "here", p))
	}
	scopes = append(scopes, []authz.Grant{})
	for _, grant := range singles {
		scopes = append(scopes, []authz.Grant{grant})
	}
	for _, pair := range [][2]authz.Grant{
		{on("ws", "", authz.Read), on("", "here", authz.Write)}, {on("ws", "", authz.Write), on("", "here", authz.Read)},
		{on("ws", "", authz.Admin), on("", "here", authz.Admin)}, {on("", "here", authz.Read), on("", "beside", authz.Write)},
		{on("ws_2", "", authz.Admin), on("ws", "", authz.Read)},
	} {
		scopes = append(scopes, pair[:])
	}
	return scopes
}

// stageRequests are each action on each resource of the types that it may be done to, and some that are odd.
func stageRequests(actions map[string][]string) (requests []request) {
	add := func(action, resourceType, id, workspaceID string) {
		requests = append(requests, request{authz.Request{
			Action: action, Resource: authz.Entity{Type: resourceType, ID: id}, Context: authz.Context{ClientIP: clientIP},
		}, workspaceID})
	}
	for _, action := range slices.Sorted(maps.Keys(actions)) {
		for _, t := range actions[action] {
			if t == "workspace" {
				add(action, t, "ws", "ws")
				add(action, t, "ws_2", "ws_2")
				continue
			}
			add(action, t, "here", "ws")
			add(action, t, "elsewhere", "ws_2")
		}
	}
	add("mcp.call", "mcp_server", "beside", "ws")
	add("workflow.read", "workflow", "nowhere", "")
	add("workflow.read", "workflow", "gone", "")
	add("workspace.read", "workspace", "gone", "")
	add("workflow.read", "workspace", "ws", "ws")
	add("no.such_action", "workflow", "here", "ws")
	add("workflow.read", "no_such_type", "here", "")
	add("", "", "", "")
	bare := request{authz.Request{Action: "workflow.execute", Resource: authz.Entity{Type: "workflow", ID: "here"}}, "ws"}
	requests = append(requests, bare)
	bare.Resource.Properties = authz.Object(`{"deployed":true,"workspace_id":"ws","x":[1,{"y":null}]}`)
	bare.Context = authz.Context{ClientIP: "not an address", Extra: authz.Object(`{"time":7,"x":{"y":[]}}`)}
	return append(requests, bare)
}
