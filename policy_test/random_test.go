package policy_test_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/policy_test/model"
	"github.com/steelengine/steelgate/policy_test/stage"
)

// Rapid checks 100 times unless it is told otherwise: with these numbers a run asks 100,000 questions.
const (
	worldsPerCheck    = 10
	questionsPerWorld = 100
)

// TestRandomWorlds holds the engine to the model over worlds that nobody thought of.
func TestRandomWorlds(t *testing.T) {
	s, err := stage.New(shipped(t), noon)
	if err != nil {
		t.Fatal(err)
	}
	requests, worlds := 0, 0
	codes := map[authz.Code]int{}
	rapid.Check(t, func(r *rapid.T) {
		for range worldsPerCheck {
			w := drawWorld(r)
			if err := s.Build(w); err != nil {
				r.Fatal(err)
			}
			worlds++
			for range questionsPerWorld {
				q := drawQuestion(r, w)
				want := model.Decide(w, q, noon)
				got, err := s.Decide(q)
				if difference := model.Difference(want, got); err != nil || difference != "" {
					r.Fatalf("%+v: %v\n%s\nthe key is %+v", q, err, difference, w.Keys[q.KeyID])
				}
				requests++
				codes[want.Code]++
			}
		}
	})
	t.Logf("%d requests over %d worlds: %v", requests, worlds, codes)
	for _, code := range authz.Codes {
		if code != authz.PolicyError && code != authz.Stale && codes[code] == 0 {
			t.Errorf("no request was answered %s: the worlds are too tame", code)
		}
	}
}

// The ids of the things that may stand in a drawn world. They are few, so that what is drawn meets, and some are of two types.
var (
	userIDs         = []string{"u1", "u2", "u3"}
	organizationIDs = []string{"o1", "o2"}
	workspaceIDs    = []string{"w1", "w2", "f3"}
	workflowIDs     = []string{"f1", "f2", "f3", "f4"}
	serverIDs       = []string{"m1", "f1"}
	cidrs           = []string{"203.0.113.0/24", "203.0.113.9/32", "10.0.0.0/8", "2001:db8::/32", "0.0.0.0/0", "::/0"}
	clientIPs       = []string{"", "203.0.113.9", "203.0.113.10", "::ffff:203.0.113.9", "10.1.2.3", "2001:db8::9", "fe80::1%eth0", "10.1.2.3/8", "x", "1.2.3.4:80"}
	permissions     = []authz.Permission{authz.Read, authz.Write, authz.Admin}
)

// drawer draws pieces of a world.
type drawer struct {
	*rapid.T
	w *model.World
}

func pick[T any](r *rapid.T, from []T) T {
	return from[rapid.IntRange(0, len(from)-1).Draw(r, "which")]
}

// oneIn is true once in n times.
func oneIn(r *rapid.T, n int) bool { return rapid.IntRange(1, n).Draw(r, "one in") == n }

// drawWorld draws a world that keeps what the contract says of changes.
func drawWorld(r *rapid.T) *model.World {
	d := drawer{r, model.NewWorld()}
	for _, id := range userIDs {
		d.w.PutUser(authz.User{ID: id, Active: !oneIn(r, 6)})
	}
	for _, id := range organizationIDs {
		d.w.PutOrganization(authz.Organization{ID: id})
		for _, user := range userIDs {
			if oneIn(r, 3) {
				d.w.PutOrganizationMember(authz.OrganizationMember{OrganizationID: id, UserID: user, Role: pick(r, []authz.OrganizationRole{"member", "admin"})})
			}
		}
	}
	for _, id := range workspaceIDs {
		d.workspace(id)
	}
	for _, id := range workflowIDs {
		if !oneIn(r, 8) {
			workspaceID := pick(r, append([]string{""}, workspaceIDs...))
			d.w.PutResource(authz.Resource{Type: "workflow", ID: id, WorkspaceID: workspaceID, Properties: properties(!oneIn(r, 3), "")})
		}
	}
	for _, id := range serverIDs {
		d.server(id)
	}
	for i := range 12 {
		d.key(fmt.Sprintf("key_%d", i))
	}
	return d.w
}

func (d drawer) workspace(id string) {
	d.w.PutWorkspace(authz.Workspace{
		ID: id, OwnerID: pick(d.T, userIDs), OrganizationID: pick(d.T, append([]string{""}, organizationIDs...)),
		PersonalKeysEnabled: !oneIn(d.T, 4), Archived: oneIn(d.T, 5),
	})
	for _, user := range userIDs {
		if !oneIn(d.T, 3) {
			d.w.PutWorkspaceMember(authz.WorkspaceMember{WorkspaceID: id, UserID: user, Role: pick(d.T, permissions)})
		}
	}
}

// server draws an MCP server that exposes workflows of its own workspace.
func (d drawer) server(id string) {
	workspaceID := pick(d.T, workspaceIDs)
	exposed := ""
	for _, workflow := range workflowIDs {
		if d.w.Resources[model.ResourceID{Type: "workflow", ID: workflow}].WorkspaceID == workspaceID && !oneIn(d.T, 3) {
			if exposed != "" {
				exposed += ","
			}
			exposed += fmt.Sprintf("%q", workflow)
		}
	}
	d.w.PutResource(authz.Resource{Type: "mcp_server", ID: id, WorkspaceID: workspaceID, Properties: properties(!oneIn(d.T, 4), exposed)})
}

func properties(deployed bool, exposed string) authz.Object {
	if exposed == "" {
		return authz.Object(fmt.Sprintf(`{"deployed":%t}`, deployed))
	}
	return authz.Object(fmt.Sprintf(`{"deployed":%t,"workflow_ids":[%s]}`, deployed, exposed))
}

func (d drawer) key(id string) {
	key := authz.APIKey{ID: id, Name: "Key " + id, Type: pick(d.T, []authz.KeyType{authz.PersonalKey, authz.WorkspaceKey, authz.OrganizationKey, authz.OrganizationKey})}
	switch key.Type {
	case authz.PersonalKey:
		key.OwnerID = pick(d.T, userIDs)
	case authz.WorkspaceKey:
		key.OwnerID = pick(d.T, workspaceIDs)
		if oneIn(d.T, 2) {
			key.WorkflowIDs = rapid.SliceOfN(rapid.SampledFrom(workflowIDs), 0, 4).Draw(d.T, "workflow_ids")
			if key.WorkflowIDs == nil {
				key.WorkflowIDs = []string{}
			}
		}
	case authz.OrganizationKey:
		key.OwnerID = pick(d.T, organizationIDs)
		key.Grants = []authz.Grant{}
		for range rapid.IntRange(0, 6).Draw(d.T, "grants") {
			g := authz.Grant{Permission: pick(d.T, permissions)}
			if oneIn(d.T, 3) {
				g.WorkspaceID = pick(d.T, workspaceIDs)
			} else {
				g.WorkflowID = pick(d.T, workflowIDs)
			}
			key.Grants = append(key.Grants, g)
		}
	}
	if oneIn(d.T, 4) {
		key.AllowedCIDRs = rapid.SliceOfN(rapid.SampledFrom(cidrs), 1, 3).Draw(d.T, "allowed_cidrs")
	}
	if oneIn(d.T, 6) {
		at := noon.Add(pick(d.T, []time.Duration{-time.Hour, -time.Microsecond, 0, time.Microsecond, time.Hour}))
		key.ExpiresAt = &at
	}
	if oneIn(d.T, 15) {
		at := noon.Add(-time.Minute)
		key.RevokedAt = &at
	}
	key.Disabled = oneIn(d.T, 15)
	d.w.PutKey(key)
}

// requestable is what may be asked about, with the actions worth asking: those of its type, one of another, none at all.
var requestable = []struct {
	kind    string
	ids     []string
	actions []string
}{
	{"workflow", append([]string{"f9"}, workflowIDs...), []string{"workflow.read", "workflow.execute", "workflow.update", "workflow.deploy", "workflow.delete", "logs.read", "metrics.read", "mcp.call"}},
	{"mcp_server", append([]string{"m9"}, serverIDs...), []string{"mcp.connect", "mcp.call", "mcp.connect", "mcp.call", "workflow.read"}},
	{"workspace", append([]string{"w9"}, workspaceIDs...), []string{"workspace.read", "workspace.update", "logs.read", "metrics.read", "no.such"}},
	{"table", []string{"f1", "w1"}, []string{"workflow.read", "workspace.read", ""}},
}

func drawQuestion(r *rapid.T, w *model.World) model.Question {
	target := requestable[min(rapid.IntRange(0, 9).Draw(r, "what")/4, 3)]
	if oneIn(r, 3) {
		target = requestable[1]
	}
	q := model.Question{
		KeyID: fmt.Sprintf("key_%d", rapid.IntRange(0, len(w.Keys)-1).Draw(r, "key")),
		Request: authz.Request{
			Action: pick(r, target.actions), Resource: authz.Entity{Type: target.kind, ID: pick(r, target.ids)},
			Context: authz.Context{ClientIP: pick(r, clientIPs)},
		},
	}
	if oneIn(r, 40) {
		q.KeyID = pick(r, []string{"", model.MalformedKey, "key_never_issued"})
	}
	if oneIn(r, 10) {
		q.Resource.Properties = authz.Object(`{"deployed":true,"workspace_id":"w1","workflow_ids":["f1"]}`)
	}
	return q
}

// Taking something away never gives: removing a grant or a membership, lowering a role, ending a key. And saying a grant
// twice, or in another order, changes nothing that a caller sees.
func TestTakingAwayNeverGives(t *testing.T) {
	s, err := stage.New(shipped(t), noon)
	if err != nil {
		t.Fatal(err)
	}
	changes := map[string]int{}
	rapid.Check(t, func(r *rapid.T) {
		w := drawWorld(r)
		var questions []model.Question
		for range 40 {
			questions = append(questions, drawQuestion(r, w))
		}
		before := decideAll(r, s, w, questions)
		for range 4 {
			changed := w.Clone()
			what := takeAway(r, changed)
			changes[what]++
			for i, after := range decideAll(r, s, changed, questions) {
				if after.Allow && !before[i].Allow {
					r.Fatalf("%s turned %s into an allow: %+v", what, before[i].Code, questions[i])
				}
				if key := changed.Keys[questions[i].KeyID]; key.RevokedAt != nil && after.Code != authz.KeyRevoked {
					r.Fatalf("a revoked key is answered %s", after.Code)
				}
			}
		}
		changed := w.Clone()
		for id, key := range changed.Keys {
			key.Grants = append(slices.Clone(key.Grants), key.Grants...)
			slices.Reverse(key.Grants)
			if key.WorkflowIDs != nil {
				key.WorkflowIDs = append(slices.Clone(key.WorkflowIDs), key.WorkflowIDs...)
			}
			changed.Keys[id] = key
		}
		for i, after := range decideAll(r, s, changed, questions) {
			if difference := model.Difference(before[i], after); difference != "" {
				r.Fatalf("a scope said twice is another scope: %+v\n%s", questions[i], difference)
			}
		}
	})
	t.Logf("changes: %v", changes)
}

func decideAll(r *rapid.T, s *stage.Stage, w *model.World, questions []model.Question) []authz.Decision {
	if err := s.Build(w); err != nil {
		r.Fatal(err)
	}
	decisions := make([]authz.Decision, len(questions))
	for i, q := range questions {
		var err error
		if decisions[i], err = s.Decide(q); err != nil {
			r.Fatal(err)
		}
	}
	return decisions
}

// takeAway changes the world in one way that can only take away, and says which.
func takeAway(r *rapid.T, w *model.World) string {
	id := fmt.Sprintf("key_%d", rapid.IntRange(0, len(w.Keys)-1).Draw(r, "key"))
	key := w.Keys[id]
	seat := model.Seat{In: pick(r, workspaceIDs), UserID: pick(r, userIDs)}
	role, isMember := w.WorkspaceMembers[seat]
	switch rapid.IntRange(0, 7).Draw(r, "change") {
	case 0, 1:
		if len(key.Grants) == 0 {
			return "nothing"
		}
		i := rapid.IntRange(0, len(key.Grants)-1).Draw(r, "grant")
		key.Grants = slices.Delete(slices.Clone(key.Grants), i, i+1)
		w.Keys[id] = key
		return "removing a grant"
	case 2:
		delete(w.WorkspaceMembers, seat)
		return "removing a member"
	case 3:
		if isMember && role > authz.Read {
			w.WorkspaceMembers[seat] = role - 1
		}
		return "lowering a role"
	case 4:
		at := noon.Add(-time.Second)
		key.RevokedAt = &at
		w.Keys[id] = key
		return "revoking a key"
	case 5:
		user := w.Users[seat.UserID]
		user.Active = false
		w.Users[user.ID] = user
		return "deactivating a user"
	case 6:
		workspace := w.Workspaces[seat.In]
		workspace.OrganizationID = ""
		w.Workspaces[workspace.ID] = workspace
		return "leaving an organization"
	default:
		if key.Type == authz.WorkspaceKey {
			key.WorkflowIDs = []string{}
			w.Keys[id] = key
		}
		return "narrowing a key to nothing"
	}
}
