package management_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/storage"
)

// observedActions are what can be done to a type of resource, the least first.
var observedActions = map[string][]string{
	"workspace":  {"workspace.read", "logs.read", "workspace.update"},
	"workflow":   {"workflow.read", "logs.read", "workflow.execute", "workflow.update", "workflow.deploy"},
	"mcp_server": {"mcp.connect", "mcp.call"},
}

// thing is a resource, or a workspace.
type thing struct{ workspaceID, resourceType, id string }

// observation is what every key may do to everything that stands, by deciding.
type observation struct {
	keys map[string]authz.Code
	// decisions are by key, thing and action.
	decisions map[string]map[thing]map[string]authz.Decision
}

// alive is the number of keys that work.
func (o observation) alive() (n int) {
	for _, code := range o.keys {
		if code == "" {
			n++
		}
	}
	return n
}

// observe asks the engine everything, once it has seen all that was changed. Keys with an allow-list are used from an
// address on it.
func (h *house) observe() observation {
	h.t.Helper()
	h.look()
	view, err := h.engine.View()
	if err != nil {
		h.t.Fatal(err)
	}
	var things []thing
	var keys []string
	if err := h.store.View(h.t.Context(), func(r storage.Reader) error {
		_ = r.EachWorkspace(func(w authz.Workspace) error {
			things = append(things, thing{w.ID, "workspace", w.ID})
			return nil
		})
		_ = r.EachResource(func(res authz.Resource) error {
			things = append(things, thing{res.WorkspaceID, res.Type, res.ID})
			return nil
		})
		return r.EachKey(func(k storage.Key) error { keys = append(keys, k.ID); return nil })
	}); err != nil {
		h.t.Fatal(err)
	}
	o := observation{map[string]authz.Code{}, map[string]map[thing]map[string]authz.Decision{}}
	for _, id := range keys {
		key, _ := view.Snapshot().Key(id)
		o.keys[id] = view.Snapshot().Liveness(key, h.now)
		o.decisions[id] = map[thing]map[string]authz.Decision{}
		if o.keys[id] != "" {
			continue
		}
		for _, about := range things {
			decisions := map[string]authz.Decision{}
			for _, action := range observedActions[about.resourceType] {
				decisions[action] = h.ask(view, id, action, about)
			}
			o.decisions[id][about] = decisions
		}
	}
	return o
}

func (h *house) ask(view *engine.View, keyID, action string, about thing) authz.Decision {
	h.t.Helper()
	key, _ := view.Snapshot().Key(keyID)
	d, err := view.Authorize(key, authz.Request{
		Action: action, Resource: authz.Entity{Type: about.resourceType, ID: about.id}, Context: authz.Context{ClientIP: "203.0.113.9"},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return d
}

// losses are what went from one observation to the next, as told tells them: what was allowed and is not, and a permission
// that fell.
func losses(before, after observation) (lines []string) {
	for _, id := range slices.Sorted(maps.Keys(before.keys)) {
		was, is := before.keys[id], after.keys[id]
		switch {
		case was == authz.KeyRevoked, was == authz.KeyExpired:
			continue
		case is == authz.KeyRevoked:
			lines = append(lines, id+": revoked")
			continue
		case was == "" && is != "":
			lines = append(lines, id+": "+string(is))
			continue
		}
		things := slices.SortedFunc(maps.Keys(before.decisions[id]), func(a, b thing) int {
			rank := []string{"workspace", "workflow", "mcp_server"}
			return cmp.Or(cmp.Compare(a.workspaceID, b.workspaceID), cmp.Compare(slices.Index(rank, a.resourceType), slices.Index(rank, b.resourceType)), cmp.Compare(a.id, b.id))
		})
		for _, about := range things {
			if line := lossOn(about, before.decisions[id][about], after.on(id, about)); line != "" {
				lines = append(lines, id+": "+line)
			}
		}
	}
	return lines
}

// on is what a key may do to a thing, wherever that is now; nothing to what is gone.
func (o observation) on(keyID string, about thing) map[string]authz.Decision {
	for other, decisions := range o.decisions[keyID] {
		if other.resourceType == about.resourceType && other.id == about.id {
			return decisions
		}
	}
	gone := map[string]authz.Decision{}
	for _, action := range observedActions[about.resourceType] {
		gone[action] = authz.Decision{Code: authz.OutsideScope}
	}
	return gone
}

func lossOn(about thing, before, after map[string]authz.Decision) string {
	var held, left authz.Permission
	var code authz.Code
	for _, action := range observedActions[about.resourceType] {
		was, is := before[action], after[action]
		if !was.Allow {
			continue
		}
		held = max(held, was.Permission.Granted)
		if is.Allow {
			left = max(left, is.Permission.Granted)
		} else if code == "" {
			code = is.Code
		}
	}
	if code == "" && left < held {
		code = authz.InsufficientPermission
	}
	if code == "" {
		return ""
	}
	return fmt.Sprintf("%s %s: %s -> %s, %s", about.resourceType, about.id, held, left, code)
}

// TestDryRunForetells tries each of many random changes of a small world, makes it, and looks at what it did.
func TestDryRunForetells(t *testing.T) {
	t.Parallel()
	h := newHouseWithKeys(t)
	random := rand.New(rand.NewPCG(7, 11))
	standing := h.observe()
	counts := map[string]int{}
	for n := range 200 {
		if n%4 == 0 && standing.alive() < 10 {
			h.randomKey(random, n)
			standing = h.observe()
		}
		name, change := randomChange(t, random)
		report, tried := h.dryRun(platform, change)
		made := change(h.Service, platform)
		if fmt.Sprint(tried) != fmt.Sprint(made) {
			t.Fatalf("%d %s: tried %v, made %v", n, name, tried, made)
		}
		next := h.observe()
		if got, want := told(report), losses(standing, next); !slices.Equal(got, want) {
			t.Fatalf("%d %s: foretold\n\t%s\nobserved\n\t%s", n, name, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
		}
		standing = next
		verb := strings.Fields(name)[0]
		counts[verb]++
		if len(report.Keys) > 0 {
			counts[verb+" that takes something"]++
		}
	}
	t.Log(counts)
	for _, verb := range []string{"user", "no-user", "organization-gone", "workspace", "no-workspace", "member", "no-member", "workflow", "no-workflow", "server"} {
		if counts[verb+" that takes something"] == 0 {
			t.Errorf("no change was a %s that takes something: the changes are too tame", verb)
		}
	}
}

var (
	someUsers         = []string{"owner", "admin", "writer", "reader", "idle"}
	someOrganizations = []string{"org", "org_2"}
	someWorkspaces    = []string{"ws", "ws_b", "ws_2"}
	someWorkflows     = []string{"wf", "wf_other", "wf_b", "wf_2"}
	someServers       = []string{"mcp", "mcp_b"}
	someRoles         = []string{"read", "write", "admin"}
)

func oneOf(random *rand.Rand, list []string) string { return list[random.IntN(len(list))] }

// some is a part of a list, as JSON.
func some(random *rand.Rand, list []string) string {
	var part []string
	for _, text := range list {
		if random.IntN(2) == 0 {
			part = append(part, text)
		}
	}
	return strings.ReplaceAll(jsonOf(part), "null", "[]")
}

func randomChange(t testing.TB, random *rand.Rand) (name string, change attempt) {
	user, organization, workspace := oneOf(random, someUsers), oneOf(random, someOrganizations), oneOf(random, someWorkspaces)
	workflow, server, role := oneOf(random, someWorkflows), oneOf(random, someServers), oneOf(random, someRoles)
	place := fmt.Sprintf(`"workspace_id": %q`, workspace)
	switch random.IntN(20) {
	case 0:
		return "user " + user, putUser(t, user, fmt.Sprintf(`{"active": %t}`, random.IntN(4) > 0))
	case 1:
		return "no-user " + user, deleteUser(t, user)
	case 2:
		return "organization " + organization, putOrganization(t, organization, `{}`)
	case 3:
		if random.IntN(4) > 0 {
			return "organization-member", putOrganizationMember(t, organization, user, "member")
		}
		return "organization-gone " + organization, deleteOrganization(t, organization)
	case 4:
		return "organization-member gone", deleteOrganizationMember(t, organization, user)
	case 5, 6, 7:
		return "workspace " + workspace, putWorkspace(t, workspace, fmt.Sprintf(`{"owner_id": %q, "organization_id": %q, "personal_keys_enabled": %t, "archived": %t}`,
			user, organization, random.IntN(3) > 0, random.IntN(4) == 0))
	case 8:
		if random.IntN(3) > 0 {
			return "workspace " + workspace, patchWorkspace(t, workspace, `{"archived": false, "personal_keys_enabled": true}`)
		}
		return "no-workspace " + workspace, deleteWorkspace(t, workspace)
	case 9, 10, 11:
		return "member " + user + " of " + workspace, putWorkspaceMember(t, workspace, user, role)
	case 12:
		return "no-member " + user + " of " + workspace, deleteWorkspaceMember(t, workspace, user)
	case 13, 14:
		return "workflow " + workflow + " in " + workspace, putResource(t, "workflow", workflow, fmt.Sprintf(`{%s, "properties": {"deployed": %t}}`, place, random.IntN(3) > 0))
	case 15:
		return "workflow " + workflow + " in none", putResource(t, "workflow", workflow, `{"workspace_id": null}`)
	case 16:
		return "no-workflow " + workflow, deleteResource(t, "workflow", workflow)
	case 17, 18:
		exposed := "[]"
		if random.IntN(2) == 0 {
			exposed = fmt.Sprintf("[%q]", workflow)
		}
		return "server " + server + " of " + exposed, putResource(t, "mcp_server", server,
			fmt.Sprintf(`{%s, "properties": {"workflow_ids": %s, "deployed": %t}}`, place, exposed, random.IntN(3) > 0))
	default:
		return "no-server " + server, deleteResource(t, "mcp_server", server)
	}
}

// randomKey makes a key, where what it names stands.
func (h *house) randomKey(random *rand.Rand, n int) {
	h.t.Helper()
	id := fmt.Sprintf("key_%03d", n)
	line := fmt.Sprintf(`{"kind": "key", "id": %q, "name": %q, `, id, id)
	switch random.IntN(4) {
	case 0:
		line += fmt.Sprintf(`"type": "personal", "user_id": %q}`, oneOf(random, someUsers))
	case 1:
		line += fmt.Sprintf(`"type": "workspace", "workspace_id": %q}`, oneOf(random, someWorkspaces))
	case 2:
		line += fmt.Sprintf(`"type": "workspace", "workspace_id": %q, "workflow_ids": %s}`, oneOf(random, someWorkspaces), some(random, someWorkflows))
	case 3:
		var grants []string
		for range 1 + random.IntN(3) {
			target := fmt.Sprintf(`"workspace_id": %q`, oneOf(random, someWorkspaces))
			if random.IntN(2) == 0 {
				target = fmt.Sprintf(`"workflow_id": %q`, oneOf(random, someWorkflows))
			}
			grants = append(grants, fmt.Sprintf(`{%s, "permission": %q}`, target, oneOf(random, someRoles)))
		}
		line += fmt.Sprintf(`"type": "organization", "organization_id": %q, "grants": [%s]}`, oneOf(random, someOrganizations), strings.Join(grants, ", "))
	}
	if _, err := h.Import(h.t.Context(), platform, lines(line)); err != nil && codeOf(err) != "invalid_import" {
		h.t.Fatal(err)
	}
}
