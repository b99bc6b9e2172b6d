package policycheck

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/opastore"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// The moments at which a draft is asked: a Wednesday's noon and a Sunday's night, of this week: a rule that turns on the date is asked
// about as it would be in force.
var noon, night = momentsOf(time.Now())

func momentsOf(now time.Time) (noon, night time.Time) {
	sunday := now.UTC().Truncate(24*time.Hour).AddDate(0, 0, -int(now.UTC().Weekday()))
	return sunday.AddDate(0, 0, 3).Add(12 * time.Hour), sunday.Add(2*time.Hour + 30*time.Minute)
}

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
	// isOfOrganizations tells that the world is one for organization keys alone.
	isOfOrganizations bool
}

// theWorkspace, what is in it, anyResource and nothing are what worlds differ in, beside the time. No key ends between two of their moments.
func theWorkspace(r opastore.Record) bool { return r == opastore.Record{Kind: "workspace", A: "ws"} }
func inWorkspace(r opastore.Record) bool  { return r.Kind == "resource" && places[r.B] == "ws" }
func anyResource(r opastore.Record) bool  { return r.Kind == "resource" }
func nothing(opastore.Record) bool        { return false }

// places are the workspaces of the resources of each type, by their ids; "" is none.
var places = map[string]string{"here": "ws", "beside": "ws", "elsewhere": "ws_2", "nowhere": ""}

// stage is all that a draft is asked about, the plainest first.
type stage struct {
	worlds   []world
	keys     []authz.APIKey
	requests []request
	// others are what subjects ask that are no API keys.
	others []request
	// repeated are actions that are to the draft as one before them.
	repeated map[string]bool
}

// asks tells whether a question is asked anew in a world. In the first everything is. In the others it is not of keys that have several
// grants, nor of an action that is as another; and where ws stands in no organization, it is of organization keys alone. What is not
// asked counts as not allowed. What the invariants say holds at every decision: here those edits are to be found that break one, and
// those that leave no decision.
func (s stage) asks(world int, a asker, q request) bool {
	if world == 0 {
		return true
	}
	isOther := s.worlds[world].isOfOrganizations && a.key.Type != authz.OrganizationKey
	return len(a.key.Grants) < 2 && !s.repeated[q.Action] && !isOther
}

// request is what a key asks, with the workspace that it would reach; "" is none.
type request struct {
	authz.Request
	workspaceID string
}

// roles are those of each user in the workspace ws, beside its owner.
var roles = map[string]authz.Permission{"admin": authz.Admin, "writer": authz.Write, "reader": authz.Read}

// platformRoles are those of users who are no members of ws.
var platformRoles = map[string]authz.PlatformRole{"platform_admin": authz.PlatformAdmin, "policy_admin": authz.PolicyAdmin}

// newStage makes the worlds for the actions, by name, each with the types that it may be done to; named are more that the
// installation's own rules know, and mentions are what the rules turn on.
func newStage(actions map[string][]string, named []string, mentions []engine.Mention) stage {
	s := stage{keys: stageKeys()}
	types := map[string]bool{"workflow": true, "mcp_server": true}
	for _, on := range actions {
		for _, t := range on {
			types[t] = true
		}
	}
	delete(types, "workspace")
	s.requests, s.others = stageRequests(actions), subjectRequests(actions, named)
	objects := probes(mentions, actions)
	s.requests = append(s.requests, probing(objects, s.requests)...)
	s.others = append(s.others, probing(objects, s.others)...)
	add := func(name string, properties map[string]any, at time.Time, change func(*authz.Workspace)) {
		ws := authz.Workspace{ID: "ws", Name: "ws", OwnerID: "owner", OrganizationID: "org", PersonalKeysEnabled: true}
		change(&ws)
		w := world{name: name, at: at, hasOtherwise: theWorkspace, workspaces: map[string]authz.Workspace{
			"ws":   ws,
			"ws_2": {ID: "ws_2", Name: "ws_2", OwnerID: "other_owner", OrganizationID: "org", PersonalKeysEnabled: true},
		}}
		switch {
		case !at.Equal(noon):
			w.hasOtherwise = nothing
		case properties["deployed"] == false:
			w.hasOtherwise = inWorkspace
		case len(properties) != 1 || properties["deployed"] != true:
			w.hasOtherwise = anyResource
		}
		w.snapshot = w.build(s.keys, slices.Sorted(maps.Keys(types)), properties)
		s.worlds = append(s.worlds, w)
	}
	deployed := map[string]any{"deployed": true}
	add("ws stands in org", deployed, noon, func(*authz.Workspace) {})
	add("ws stands in org_2", deployed, noon, func(ws *authz.Workspace) { ws.OrganizationID = "org_2" })
	add("ws stands in no organization", deployed, noon, func(ws *authz.Workspace) { ws.OrganizationID = "" })
	s.worlds[len(s.worlds)-1].isOfOrganizations = true
	add("ws is archived", deployed, noon, func(ws *authz.Workspace) { ws.Archived = true })
	add("ws accepts no personal keys", deployed, noon, func(ws *authz.Workspace) { ws.PersonalKeysEnabled = false })
	add("nothing is deployed in ws", map[string]any{"deployed": false}, noon, func(*authz.Workspace) {})
	add("it is a Sunday's night", deployed, night, func(*authz.Workspace) {})
	for _, object := range objects {
		object = maps.Clone(object)
		object["deployed"] = true
		add(fmt.Sprintf("resources have the properties %v", object), object, noon, func(*authz.Workspace) {})
	}
	return s
}

func (w world) build(keys []authz.APIKey, types []string, said map[string]any) *snapshot.Snapshot {
	l := snapshot.NewLoad()
	for _, id := range []string{"owner", "admin", "writer", "reader", "stranger", "organization_admin", "other_owner", "inactive", "platform_admin", "policy_admin"} {
		l.PutUser(authz.User{ID: id, Name: id, Active: id != "inactive", PlatformRole: platformRoles[id]})
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
		for id, in := range places {
			properties := maps.Clone(said)
			if in != "ws" && said["deployed"] == false {
				properties["deployed"] = true
			}
			if t == "mcp_server" {
				properties["workflow_ids"] = map[string][]string{"here": {"here"}, "beside": {"here", "beside"}, "elsewhere": {"elsewhere"}, "nowhere": {}}[id]
			}
			l.PutResource(authz.Resource{Type: t, ID: id, Name: id, WorkspaceID: in, Properties: objectOf(properties)})
		}
	}
	for i, key := range keys {
		// No secret stands behind these: keys are asked about by their ids.
		l.PutKey(key, apikey.Digest{byte(i), byte(i >> 8), 1})
	}
	return l.Commit(1)
}

// someDay is when those keys end that do not live for ever: such as may do little, so that what they may do more is seen.
var (
	someDay = noon.AddDate(1, 0, 0)
	endOf   = map[string]*time.Time{"writer": &someDay, "stranger": &someDay}
)

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
	add(authz.APIKey{Type: authz.WorkspaceKey, OwnerID: "ws", AllowedCIDRs: []string{"203.0.113.0/24"}, ExpiresAt: &someDay})
	for _, user := range []string{"owner", "admin", "writer", "reader", "stranger", "organization_admin", "platform_admin", "policy_admin"} {
		add(authz.APIKey{Type: authz.PersonalKey, OwnerID: user, ExpiresAt: endOf[user]})
	}
	for _, grants := range stageGrants() {
		key := authz.APIKey{Type: authz.OrganizationKey, OwnerID: "org", Grants: grants}
		if len(grants) == 0 {
			key.ExpiresAt = &someDay
		}
		add(key)
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
		{on("ws_2", "", authz.Admin), on("ws", "", authz.Read)}, {on("ws", "", authz.Read), on("", "beside", authz.Write)},
		{on("", "here", authz.Write), on("", "beside", authz.Write)},
	} {
		scopes = append(scopes, pair[:])
	}
	scopes = append(scopes, []authz.Grant{on("ws", "", authz.Read), on("", "here", authz.Write), on("", "beside", authz.Write)})
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
