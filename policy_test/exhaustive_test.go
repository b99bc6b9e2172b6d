package policy_test_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/policy_test/model"
	"github.com/steelengine/steelgate/policy_test/stage"
)

var noon = time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)

// TestExhaustive holds the engine to the model over every combination of what the contract's first three sections tell
// apart: each key type, shape of scope, permission, role, allow-list, action and type of resource, in each state of a
// workspace.
func TestExhaustive(t *testing.T) {
	worlds := smallWorlds()
	questions := smallQuestions(worlds[0])
	classes := make([]map[string]bool, len(worlds))
	var wait sync.WaitGroup
	turn := make(chan struct{}, 2)
	for i, w := range worlds {
		wait.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			classes[i] = askAll(t, w, questions)
		})
	}
	wait.Wait()
	distinct := map[string]bool{}
	for _, some := range classes {
		for class := range some {
			distinct[class] = true
		}
	}
	t.Logf("%d requests over %d worlds, %d distinct classes of decision", len(worlds)*len(questions), len(worlds), len(distinct))
	if len(distinct) < 100 {
		t.Errorf("only %d classes: the small world is too small to tell anything", len(distinct))
	}
}

func askAll(t *testing.T, w *model.World, questions []model.Question) map[string]bool {
	s, err := stage.New(shipped(t), noon)
	if err != nil {
		t.Error(err)
		return nil
	}
	if err := s.Load(w); err != nil {
		t.Error(err)
		return nil
	}
	classes := map[string]bool{}
	faults := 0
	for _, q := range questions {
		want := model.Decide(w, q, noon)
		got, err := s.Decide(q)
		difference := model.Difference(want, got)
		if err != nil || difference != "" || got.Message == "" {
			t.Errorf("%s asks %s on %s %s: %v\n%s\nthe key is %+v\nthe workspace %+v", q.KeyID, q.Action, q.Resource.Type, q.Resource.ID,
				err, difference, w.Keys[q.KeyID], w.Workspaces["ws"])
			if faults++; faults > 3 {
				return nil
			}
		}
		classes[classOf(want)] = true
	}
	return classes
}

// classOf is what tells decisions apart, whoever asked.
func classOf(d authz.Decision) string {
	class := string(d.Code)
	if d.Key != nil {
		class += fmt.Sprint(" ", d.Key.Type)
	}
	if d.Permission != nil {
		class += fmt.Sprint(" ", d.Permission.Required, " ", d.Permission.Granted)
	}
	if d.GrantedBy != nil {
		class += fmt.Sprint(" on a workflow: ", d.GrantedBy.WorkflowID != "")
	}
	return class
}

// smallWorlds are one world in each state of its workspace ws: its organization, its personal-key switch, whether it is
// archived, and whether what is in it is deployed.
func smallWorlds() (worlds []*model.World) {
	booleans := []bool{false, true}
	for _, organizationID := range []string{"", "org", "org_2"} {
		for _, personalKeys := range booleans {
			for _, archived := range booleans {
				for _, deployed := range booleans {
					worlds = append(worlds, smallWorld(authz.Workspace{
						ID: "ws", OwnerID: "owner", OrganizationID: organizationID,
						PersonalKeysEnabled: personalKeys, Archived: archived,
					}, deployed))
				}
			}
		}
	}
	return worlds
}

// addressOnList is where every question comes from.
const addressOnList = "203.0.113.9"

func smallWorld(workspace authz.Workspace, deployed bool) *model.World {
	w := model.NewWorld()
	for _, id := range []string{"owner", "admin", "write", "read", "nobody", "organization_admin", "gone_inactive"} {
		w.PutUser(authz.User{ID: id, Active: id != "gone_inactive"})
	}
	w.PutOrganization(authz.Organization{ID: "org"})
	w.PutOrganization(authz.Organization{ID: "org_2"})
	// A role in an organization never counts for a key.
	w.PutOrganizationMember(authz.OrganizationMember{OrganizationID: "org", UserID: "organization_admin", Role: authz.OrganizationAdminRole})
	w.PutOrganizationMember(authz.OrganizationMember{OrganizationID: "org", UserID: "nobody", Role: authz.OrganizationMemberRole})
	w.PutWorkspace(workspace)
	w.PutWorkspace(authz.Workspace{ID: "ws_2", OwnerID: "admin", OrganizationID: "org", PersonalKeysEnabled: true})
	for user, role := range map[string]authz.Permission{"admin": authz.Admin, "write": authz.Write, "read": authz.Read, "gone_inactive": authz.Admin} {
		w.PutWorkspaceMember(authz.WorkspaceMember{WorkspaceID: "ws", UserID: user, Role: role})
	}
	put := func(kind, id, workspaceID, properties string) {
		w.PutResource(authz.Resource{Type: kind, ID: id, WorkspaceID: workspaceID, Properties: authz.Object(properties)})
	}
	put("workflow", "wf", "ws", fmt.Sprintf(`{"deployed":%t}`, deployed))
	put("workflow", "wf_b", "ws", `{"deployed":true}`)
	put("workflow", "wf_2", "ws_2", `{"deployed":true}`)
	put("workflow", "wf_homeless", "", `{"deployed":true}`)
	put("mcp_server", "mcp", "ws", fmt.Sprintf(`{"deployed":%t,"workflow_ids":["wf","wf_b"]}`, deployed))
	put("mcp_server", "mcp_one", "ws", `{"deployed":true,"workflow_ids":["wf"]}`)
	put("mcp_server", "mcp_empty", "ws", `{"deployed":true,"workflow_ids":[]}`)
	// One id may name things of several types.
	put("mcp_server", "wf_b", "ws", `{"deployed":true,"workflow_ids":["wf"]}`)
	put("table", "table", "ws", `{}`)
	for _, key := range smallKeys() {
		w.PutKey(key)
	}
	return w
}

// smallKeys are one key for each type, owner, shape of scope and permission. Every fourth, which is some of each, stands
// with an allow-list that its client is on, and with one that it is not on, too.
func smallKeys() (keys []authz.APIKey) {
	shapes := personalKeys()
	shapes = append(shapes, workspaceKeys()...)
	shapes = append(shapes, organizationKeys()...)
	for i, shape := range shapes {
		lists := [][]string{nil, {"198.51.100.0/24", "203.0.113.0/24"}, {"198.51.100.0/24"}}
		if i%4 != 0 {
			lists = lists[:1]
		}
		for j, list := range lists {
			shape.ID, shape.Name, shape.AllowedCIDRs = fmt.Sprintf("key_%d_%d", i, j), fmt.Sprintf("Key %d", i), list
			keys = append(keys, shape)
		}
	}
	return keys
}

func personalKeys() (keys []authz.APIKey) {
	for _, user := range []string{"owner", "admin", "write", "read", "nobody", "organization_admin", "gone_inactive"} {
		keys = append(keys, authz.APIKey{Type: authz.PersonalKey, OwnerID: user})
	}
	return keys
}

func workspaceKeys() (keys []authz.APIKey) {
	for _, workflows := range [][]string{nil, {}, {"wf"}, {"wf_b"}, {"wf", "wf_b"}, {"wf_b", "wf_2"}} {
		keys = append(keys, authz.APIKey{Type: authz.WorkspaceKey, OwnerID: "ws", WorkflowIDs: workflows})
	}
	return append(keys, authz.APIKey{Type: authz.WorkspaceKey, OwnerID: "ws_2"})
}

func organizationKeys() (keys []authz.APIKey) {
	permissions := []authz.Permission{authz.Read, authz.Write, authz.Admin}
	on := func(workspaceID, workflowID string, p authz.Permission) authz.Grant {
		return authz.Grant{WorkspaceID: workspaceID, WorkflowID: workflowID, Permission: p}
	}
	scopes := [][]authz.Grant{{}, {on("ws_2", "", authz.Admin)}, {on("", "wf_2", authz.Admin)}, {on("", "wf_homeless", authz.Admin)}}
	for _, p := range permissions {
		scopes = append(scopes, []authz.Grant{on("ws", "", p)}, []authz.Grant{on("", "wf", p)}, []authz.Grant{on("", "wf_b", p)})
		for _, q := range permissions {
			scopes = append(scopes,
				[]authz.Grant{on("ws", "", p), on("", "wf", q)},
				[]authz.Grant{on("", "wf", p), on("", "wf_b", q)},
				[]authz.Grant{on("ws_2", "", p), on("", "wf", q)},
			)
			if p != q {
				scopes = append(scopes, []authz.Grant{on("ws", "", p), on("ws", "", q)}, []authz.Grant{on("", "wf", p), on("", "wf", q)})
			}
		}
	}
	for _, grants := range scopes {
		keys = append(keys, authz.APIKey{Type: authz.OrganizationKey, OwnerID: "org", Grants: grants})
	}
	return append(keys, authz.APIKey{Type: authz.OrganizationKey, OwnerID: "org_2", Grants: []authz.Grant{on("ws", "", authz.Admin), on("", "wf_b", authz.Read)}})
}

// smallQuestions asks every key for every action on every resource of a type that has it, and for one of a type that has
// it not.
func smallQuestions(w *model.World) (questions []model.Question) {
	resources := map[string][]string{
		"workflow":   {"wf", "wf_b", "wf_2", "wf_homeless", "wf_gone"},
		"mcp_server": {"mcp", "mcp_one", "mcp_empty", "wf_b"},
		"workspace":  {"ws", "ws_2", "ws_gone"},
	}
	actions := map[string][]string{
		"workflow":   {"workflow.read", "workflow.execute", "workflow.update", "workflow.deploy", "workflow.delete", "logs.read", "metrics.read"},
		"mcp_server": {"mcp.connect", "mcp.call"},
		"workspace":  {"workspace.read", "workspace.update", "logs.read", "metrics.read"},
	}
	var requests []authz.Request
	add := func(action, kind, id string) {
		requests = append(requests, authz.Request{
			Action: action, Resource: authz.Entity{Type: kind, ID: id}, Context: authz.Context{ClientIP: addressOnList},
		})
	}
	for kind, ids := range resources {
		for _, action := range actions[kind] {
			for _, id := range ids {
				add(action, kind, id)
			}
		}
	}
	add("workflow.read", "workspace", "ws")
	add("mcp.call", "workflow", "wf")
	add("logs.read", "mcp_server", "mcp")
	add("workflow.read", "table", "table")
	add("table.read", "table", "table")
	for id := range w.Keys {
		for _, r := range requests {
			questions = append(questions, model.Question{KeyID: id, Request: r})
		}
	}
	slices.SortStableFunc(questions, func(a, b model.Question) int {
		if a.KeyID < b.KeyID {
			return -1
		}
		return 1
	})
	return questions
}
