package policy_test_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/explain"
	"github.com/steelengine/steelgate/policy_test/model"
	"github.com/steelengine/steelgate/policy_test/stage"
)

// questionsExplained is how many are explained of each world: an explanation asks many decisions. A run explains some 10,000.
const questionsExplained = 100

// kindsInOrder is the promised order of what is proposed.
var kindsInOrder = []explain.Kind{
	explain.EnableKey, explain.ExtendKey, explain.RaiseGrant, explain.AddGrant, explain.WidenScope, explain.AllowAddress, explain.LiftScope,
	explain.LiftAllowList, explain.PersonalKeys, explain.Member, explain.ActivateUser, explain.Deploy, explain.Unarchive, explain.MoveWorkspace, explain.Wait,
}

// Of random requests in random worlds: an explanation tells the decision that is made, and its trace says so too; every way out of
// a deny, followed, ends in an allow; ways stand in their order, and no lower permission would do.
func TestExplanationsOfRandomWorlds(t *testing.T) {
	s, err := stage.New(shipped(t), noon)
	if err != nil {
		t.Fatal(err)
	}
	explained, denies, tried := 0, 0, map[explain.Kind]int{}
	pairs, hopeless := 0, map[authz.Code]int{}
	rapid.Check(t, func(r *rapid.T) {
		w := drawWorld(r)
		if err := s.Build(w); err != nil {
			r.Fatal(err)
		}
		var denied []explanationOf
		for range questionsExplained {
			q := drawQuestion(r, w)
			if w.Keys[q.KeyID].ID == "" {
				continue
			}
			want := model.Decide(w, q, noon)
			x := explainOn(r, s, q)
			explained++
			if difference := model.Difference(want, x.Decision); difference != "" {
				r.Fatalf("%+v is explained as another decision\n%s", q, difference)
			}
			if last := decisive(x.Steps); !want.Code.Unauthenticated() && !strings.Contains(last, `"code":"`+string(want.Code)+`"`) {
				r.Fatalf("%+v: the trace ends in %s, and the decision is %s:\n%+v", q, last, want.Code, x.Steps)
			}
			if x.Truncated || want.Allow != (x.Counterfactual == nil) || want.Code.Unauthenticated() != (x.Stopped != nil) {
				r.Fatalf("%+v: %+v", q, x)
			}
			if !want.Allow {
				denied = append(denied, explanationOf{q, x})
			}
		}
		for _, d := range denied {
			denies++
			for _, way := range d.Counterfactual.Ways {
				if len(way.Changes) == 2 {
					pairs++
				}
				for _, c := range way.Changes {
					tried[c.Kind]++
				}
				follow(r, s, w, d.Question, way)
			}
			if len(d.Counterfactual.Ways) == 0 {
				hopeless[d.Decision.Code]++
			}
			inOrder(r, d.Counterfactual.Ways)
		}
	})
	t.Logf("%d explanations, %d of denies; %d pairs; changes %v; no way out of %v", explained, denies, pairs, tried, hopeless)
	for _, kind := range kindsInOrder[:len(kindsInOrder)-1] {
		if tried[kind] == 0 {
			t.Errorf("no way was %s: the worlds are too tame", kind)
		}
	}
}

type explanationOf struct {
	model.Question
	explain.Explanation
}

func explainOn(r *rapid.T, s *stage.Stage, q model.Question) explain.Explanation {
	view, err := s.Engine().View()
	if err != nil {
		r.Fatal(err)
	}
	key, _ := view.Snapshot().Key(q.KeyID)
	x, err := explain.Explain(r.Context(), view, explain.Question{Key: key, Request: q.Request})
	if err != nil {
		r.Fatal(err)
	}
	return x
}

// decisive is the value of the rule that decides.
func decisive(steps []explain.Step) string {
	for _, step := range steps {
		if step.Rule == "data.steelgate.authz.decision" && step.Fired {
			return string(step.Value)
		}
	}
	return ""
}

// follow makes the changes, asks again, and asks with each permission one lower, which must not do.
func follow(r *rapid.T, s *stage.Stage, w *model.World, q model.Question, way explain.Way) {
	decide := func(changes []explain.Change) authz.Decision {
		changed := w.Clone()
		for _, c := range changes {
			makeChange(r, changed, q.KeyID, c)
		}
		return model.Decide(changed, q, noon)
	}
	if got := decide(way.Changes); !got.Allow {
		r.Fatalf("%+v\nis to be allowed by %+v\nand is answered %s", q, way.Changes, got.Code)
	}
	if len(way.Changes) != 1 {
		for _, c := range way.Changes {
			if got := decide([]explain.Change{c}); got.Allow {
				r.Fatalf("%+v: of two changes one does by itself: %+v", q, c)
			}
		}
		return
	}
	if lower := way.Changes[0]; lower.Permission > authz.Read {
		lower.Permission--
		if got := decide([]explain.Change{lower}); got.Allow {
			r.Fatalf("%+v: %s would do, and %+v is proposed", q, lower.Permission, way.Changes[0])
		}
	}
}

// makeChange does to the world what a change says, read from its data alone.
func makeChange(r *rapid.T, w *model.World, keyID string, c explain.Change) {
	key := w.Keys[keyID]
	switch c.Kind {
	case explain.EnableKey:
		key.Disabled = false
	case explain.ExtendKey:
		key.ExpiresAt = c.ExpiresAt
	case explain.RaiseGrant, explain.AddGrant:
		key.Grants = append(slices.Clone(key.Grants), authz.Grant{WorkspaceID: c.WorkspaceID, WorkflowID: c.WorkflowID, Permission: c.Permission})
	case explain.WidenScope:
		key.WorkflowIDs = append(slices.Clone(key.WorkflowIDs), c.WorkflowID)
	case explain.AllowAddress:
		key.AllowedCIDRs = append(slices.Clone(key.AllowedCIDRs), c.CIDR)
	case explain.LiftScope:
		key.WorkflowIDs = nil
	case explain.LiftAllowList:
		key.AllowedCIDRs = nil
	case explain.PersonalKeys, explain.Unarchive, explain.MoveWorkspace:
		workspace := w.Workspaces[c.WorkspaceID]
		switch c.Kind {
		case explain.PersonalKeys:
			workspace.PersonalKeysEnabled = true
		case explain.Unarchive:
			workspace.Archived = false
		default:
			workspace.OrganizationID = c.OrganizationID
		}
		w.Workspaces[c.WorkspaceID] = workspace
	case explain.Member:
		w.WorkspaceMembers[model.Seat{In: c.WorkspaceID, UserID: c.UserID}] = c.Permission
	case explain.ActivateUser:
		user := w.Users[c.UserID]
		user.Active = true
		w.Users[c.UserID] = user
	case explain.Deploy:
		id := model.ResourceID{Type: "workflow", ID: c.WorkflowID}
		if c.MCPServerID != "" {
			id = model.ResourceID{Type: "mcp_server", ID: c.MCPServerID}
		}
		resource := w.Resources[id]
		resource.Properties = authz.Object(strings.Replace(string(resource.Properties), `"deployed":false`, `"deployed":true`, 1))
		w.Resources[id] = resource
	default:
		r.Fatalf("nobody knows how to make %+v", c)
	}
	w.Keys[keyID] = key
}

// inOrder holds ways to the order of their kinds; a pair to that of its greater change.
func inOrder(r *rapid.T, ways []explain.Way) {
	last := -1
	for _, way := range ways {
		place := slices.Index(kindsInOrder, way.Changes[len(way.Changes)-1].Kind)
		if place < last || len(way.Changes) != len(ways[0].Changes) {
			r.Fatalf("out of order: %+v", ways)
		}
		last = place
	}
}
