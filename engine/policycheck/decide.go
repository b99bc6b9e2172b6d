package policycheck

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/opastore"
)

// maxDecisionFaults is how many different ways of failing are told.
const maxDecisionFaults = 5

// slowDecision is how long one decision of a draft may take here: as long as a running server lets it.
const slowDecision = time.Second

// decisions are what a draft answered on a stage.
type decisions struct {
	stage stage
	// allowed is by world, asker (the keys come first) and request. An error is no allow.
	allowed [][][]bool
	faults  engine.Diagnostics
}

// asker is a subject with all that it asks, and how. The key is the one that it is, if it is one.
type asker struct {
	subject  authz.Entity
	key      authz.APIKey
	who      string
	requests []request
	ask      func(world, *engine.View, authz.Request) (authz.Decision, error)
}

// askers are the stage's keys, in their order, and then those that are no keys.
func (s stage) askers() (all []asker) {
	for _, record := range s.keys {
		all = append(all, asker{
			authz.Entity{Type: authz.APIKeySubject, ID: record.ID}, record, describeKey(record), s.requests,
			func(w world, view *engine.View, r authz.Request) (authz.Decision, error) {
				key, _ := w.snapshot.Key(record.ID)
				return view.Authorize(key, r)
			},
		})
	}
	for _, subject := range subjects {
		all = append(all, asker{
			subject, authz.APIKey{}, describeSubject(subject), s.others,
			func(_ world, view *engine.View, r authz.Request) (authz.Decision, error) {
				return view.AuthorizeSubject(subject, r)
			},
		})
	}
	return all
}

// decideAll asks the draft everything, several askers at once. The error is the context's.
func decideAll(ctx context.Context, policy *engine.Policy, s stage, compiler *ast.Compiler) (decisions, error) {
	askers := s.askers()
	d := decisions{stage: s, allowed: make([][][]bool, len(s.worlds))}
	for w := range s.worlds {
		d.allowed[w] = make([][]bool, len(askers))
	}
	found, failures := make([][]failure, len(askers)), make([]error, len(askers))
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	onEveryCore(len(askers), func(k int) {
		defer func() {
			if panicked := recover(); panicked != nil {
				failures[k] = fmt.Errorf("the check panicked: %v", panicked)
			}
		}()
		found[k], failures[k] = d.decideFor(ctx, policy, askers[k], k)
		if slices.ContainsFunc(found[k], func(f failure) bool { return engine.RanOut(f.err) }) {
			// Each further question could take as long.
			stop(errSlow)
		}
	})
	if err := errors.Join(failures...); err != nil && !errors.Is(context.Cause(ctx), errSlow) {
		return decisions{}, err
	}
	d.faults = d.describe(slices.Concat(found...), policy, askers, compiler)
	d.faults = append(d.faults, checkManagement(policy, compiler)...)
	return d, nil
}

// errSlow ends the questions where one took all the time that a decision may.
var errSlow = errors.New("a decision took too long")

// failure is a question that no decision could be made on, by the places of what it is about.
type failure struct {
	world, asker, request int
	err                   error
}

// decideFor asks all that one asker may ask, in every world, until too much has failed. What read nothing that another world has
// otherwise is answered there as well, for a policy that can't see what time it is there.
func (d decisions) decideFor(ctx context.Context, policy *engine.Policy, a asker, k int) (failed []failure, err error) {
	var read []opastore.Record
	views := make([]*engine.View, len(d.stage.worlds))
	for i, w := range d.stage.worlds {
		d.allowed[i][k] = make([]bool, len(a.requests))
		views[i] = engine.Hypothetical(policy, w.snapshot, w.at, slowDecision)
	}
	views[0] = views[0].Noting(func(r opastore.Record) { read = append(read, r) })
	seesTime := policy.Sees("context", "time")
	seen := map[string]bool{}
	for r, q := range a.requests {
		read = read[:0]
		for i, w := range d.stage.worlds {
			if err := ctx.Err(); err != nil {
				return failed, err
			}
			if i > 0 && (!seesTime || w.at.Equal(noon)) && !slices.ContainsFunc(read, w.hasOtherwise) {
				d.allowed[i][k][r] = d.allowed[0][k][r]
				continue
			}
			if !d.stage.asks(i, a, q) {
				continue
			}
			answer, err := a.ask(w, views[i], q.Request)
			if engine.RanOut(err) {
				// On a busy machine a moment's stillness passes for a slow rule: what is slow is so again.
				answer, err = a.ask(w, views[i], q.Request)
			}
			d.allowed[i][k][r] = err == nil && answer.Allow
			if err == nil || seen[reason(err)] {
				continue
			}
			seen[reason(err)] = true
			failed = append(failed, failure{i, k, r, err})
			if len(seen) == maxDecisionFaults || engine.RanOut(err) {
				return failed, nil
			}
		}
	}
	return failed, nil
}

// describe tells of each way of failing once, of keys and of others apart, where the world is plainest.
func (d decisions) describe(failed []failure, policy *engine.Policy, askers []asker, compiler *ast.Compiler) (faults engine.Diagnostics) {
	slices.SortFunc(failed, func(a, b failure) int {
		return cmp.Or(a.world-b.world, a.asker-b.asker, a.request-b.request)
	})
	seen := map[string]bool{}
	for _, f := range failed {
		w, a := d.stage.worlds[f.world], askers[f.asker]
		kind := fmt.Sprint(a.subject.Type == authz.APIKeySubject, reason(f.err))
		if seen[kind] || len(seen) == maxDecisionFaults {
			continue
		}
		seen[kind] = true
		place, why := blame(compiler, engine.Hypothetical(policy, w.snapshot, w.at, slowDecision), a.subject, a.requests[f.request], f.err)
		path, row, col := at("", place)
		faults = append(faults, fault(path, row, col, "decision", "no decision could be made: %s. It was asked whether %s may %s, where %s",
			why, a.who, describeRequest(a.requests[f.request]), w.name))
	}
	return faults
}

// checkDeny warns of a deny of the installation's that is not what the shipped files ask for.
func checkDeny(compiler *ast.Compiler) engine.Diagnostics {
	for _, rule := range compiler.GetRulesExact(ast.MustParseRef(siteDeny)) {
		if rule.Head.RuleKind() != ast.MultiValue || len(rule.Head.Args) > 0 {
			path, row, col := at("", rule.Location)
			return engine.Diagnostics{{
				Path: path, Row: row, Col: col, Severity: "warning", Code: "deny_shape",
				Message: `deny is no set, so that it denies everything or leaves no decision: write deny contains {"code": …, "message": …} if …`,
			}}
		}
	}
	return nil
}

// repeatedActions are those whose row in the draft's table is that of an action before them, in the order of the names, and that no rule
// names: a rule that makes no more of a name than to look the row up takes the one for the other.
func repeatedActions(compiler *ast.Compiler, mentions []engine.Mention) map[string]bool {
	repeated, rows := map[string]bool{}, map[string]bool{}
	for _, rule := range compiler.GetRulesExact(ast.MustParseRef(engine.ActionsRule)) {
		table, ok := rule.Head.Value.Value.(ast.Object)
		if !ok {
			continue
		}
		// Objects are in the order of their keys.
		table.Foreach(func(name, row *ast.Term) {
			text, ok := name.Value.(ast.String)
			isNamed := slices.ContainsFunc(mentions, func(m engine.Mention) bool { return m.Text == string(text) })
			switch {
			case !ok || isNamed:
			case rows[row.String()]:
				repeated[string(text)] = true
			default:
				rows[row.String()] = true
			}
		})
	}
	return repeated
}

// maxActions is how many of a draft's actions it is asked about.
const maxActions = 60

// actionsOf are the draft's actions with the types that they may be done to, where they are one plain object, and
// beside them those that every installation has.
func actionsOf(compiler *ast.Compiler) map[string][]string {
	actions := map[string][]string{
		"workflow.read": {"workflow"}, "workflow.execute": {"workflow"}, "workflow.deploy": {"workflow"},
		"logs.read": {"workflow", "workspace"}, "mcp.connect": {"mcp_server"}, "mcp.call": {"mcp_server"},
		"workspace.read": {"workspace"}, "workspace.update": {"workspace"},
	}
	for _, rule := range compiler.GetRulesExact(ast.MustParseRef(engine.ActionsRule)) {
		table, err := ast.JSON(rule.Head.Value.Value)
		if err != nil {
			continue
		}
		named, _ := table.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(named)) {
			action, _ := named[name].(map[string]any)
			on, _ := action["on"].([]any)
			for _, t := range on {
				if t, ok := t.(string); ok && len(actions) < maxActions && !slices.Contains(actions[name], t) {
					actions[name] = append(actions[name], t)
				}
			}
		}
	}
	return actions
}

func describeKey(k authz.APIKey) string {
	text := describeLasting(k)
	if k.ExpiresAt != nil && k.ExpiresAt.After(noon) {
		return text + " that ends some day"
	}
	return text
}

func describeLasting(k authz.APIKey) string {
	switch k.Type {
	case authz.PersonalKey:
		role := "who is no member of ws"
		if p, ok := roles[k.OwnerID]; ok {
			role = "who has the role " + p.String() + " in ws"
		} else if k.OwnerID == "owner" {
			role = "who owns ws"
		}
		return fmt.Sprintf("a personal key of %s, %s,", k.OwnerID, role)
	case authz.WorkspaceKey:
		if k.WorkflowIDs != nil {
			return fmt.Sprintf("a key of the workspace %s, narrowed to the workflows %v,", k.OwnerID, k.WorkflowIDs)
		}
		return "a key of the workspace " + k.OwnerID
	}
	return fmt.Sprintf("a key of the organization %s with %s", k.OwnerID, describeGrants(k.Grants))
}

func describeGrants(grants []authz.Grant) string {
	if len(grants) == 0 {
		return "no grants"
	}
	text := ""
	for i, g := range grants {
		if i > 0 {
			text += " and "
		}
		if g.WorkspaceID != "" {
			text += fmt.Sprintf("%s on the workspace %s", g.Permission, g.WorkspaceID)
		} else {
			text += fmt.Sprintf("%s on the workflow %s", g.Permission, g.WorkflowID)
		}
	}
	return text
}

func describeRequest(q request) string {
	text := fmt.Sprintf("%s the %s %s", q.Action, q.Resource.Type, q.Resource.ID)
	if q.workspaceID != "" && q.Resource.Type != "workspace" {
		text += " of the workspace " + q.workspaceID
	}
	return text
}
