package policycheck

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// maxDecisionFaults is how many different ways of failing are told.
const maxDecisionFaults = 5

// slowDecision is how long one decision of a draft may take here: as long as a running server lets it.
const slowDecision = time.Second

// decisions are what a draft answered on a stage.
type decisions struct {
	stage stage
	// allowed is by world, key and request. An error is no allow.
	allowed [][][]bool
	faults  engine.Diagnostics
}

// decideAll asks the draft everything. The error is the context's.
func decideAll(ctx context.Context, policy *engine.Policy, s stage, entrypoint *ast.Location) (decisions, error) {
	keyring, err := apikey.NewKeyring()
	if err != nil {
		return decisions{}, err
	}
	d := decisions{stage: s}
	seen := map[string]bool{}
	for _, w := range s.worlds {
		e := engine.New(engine.Options{Keyring: keyring, Clock: func() time.Time { return w.at }, TimeLimit: slowDecision})
		e.UsePolicy(policy)
		e.UseSnapshot(w.snapshot, w.at)
		view, err := e.View()
		if err != nil {
			return decisions{}, err
		}
		ofWorld := make([][]bool, len(s.keys))
		for k, record := range s.keys {
			if err := ctx.Err(); err != nil {
				return decisions{}, err
			}
			key, _ := w.snapshot.Key(record.ID)
			ofWorld[k] = make([]bool, len(s.requests))
			for r, q := range s.requests {
				answer, err := view.Authorize(key, q.Request)
				ofWorld[k][r] = err == nil && answer.Allow
				if err == nil || seen[reason(err)] {
					continue
				}
				seen[reason(err)] = true
				path, row, col := at("", placeOf(err, entrypoint))
				d.faults = append(d.faults, fault(path, row, col, "decision",
					"no decision could be made: %s. It was asked whether %s may %s, where %s", reason(err), describeKey(record), describeRequest(q), w.name))
				if len(seen) == maxDecisionFaults || errors.Is(err, engine.ErrTimeLimit) {
					return d, nil
				}
			}
		}
		d.allowed = append(d.allowed, ofWorld)
	}
	d.faults = append(d.faults, checkManagement(policy, keyring)...)
	return d, nil
}

// placeOf is where a rule failed, or else where the decision is made.
func placeOf(err error, entrypoint *ast.Location) *ast.Location {
	if failed, ok := errors.AsType[*topdown.Error](err); ok && failed.Location != nil && failed.Location.File != "" {
		return failed.Location
	}
	return entrypoint
}

// reason is why no decision could be made, without what every such error says.
func reason(err error) string {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		parts := several.Unwrap()
		return parts[len(parts)-1].Error()
	}
	return err.Error()
}

// checkManagement asks the rule of management of each kind of actor: what it answers must be a boolean, if anything.
func checkManagement(policy *engine.Policy, keyring *apikey.Keyring) engine.Diagnostics {
	e := engine.New(engine.Options{Keyring: keyring, TimeLimit: slowDecision})
	e.UsePolicy(policy)
	for _, owner := range []object{
		{"type": "user", "id": "ada"}, {"type": "workspace", "id": "ws"}, {"type": "workspace", "id": "ws", "role": "admin"},
		{"type": "organization", "id": "org", "role": "member"}, {"type": "platform", "id": ""},
	} {
		for _, operation := range []string{"keys.create", "keys.read", "policies.write", "no.such_operation"} {
			for _, actor := range []object{{"id": "ada"}, {"id": "ben", "platform_role": "admin"}} {
				_, err := e.Permits(object{"operation": operation, "actor": actor, "owner": owner})
				if err != nil {
					return engine.Diagnostics{fault("", 0, 0, "management",
						"%s fails for the operation %s on a %s: %s", engine.ManagementRule, operation, owner["type"], reason(err))}
				}
			}
		}
	}
	return nil
}

// entrypointOf is where the rule that decides stands first.
func entrypointOf(compiler *ast.Compiler) *ast.Location {
	for _, rule := range compiler.GetRulesExact(ast.MustParseRef(engine.Entrypoint)) {
		return rule.Location
	}
	return nil
}

// checkDeny warns of a deny of the installation's that is not what the shipped files ask for.
func checkDeny(compiler *ast.Compiler) engine.Diagnostics {
	for _, rule := range compiler.GetRulesExact(ast.MustParseRef("data.steelgate.site.deny")) {
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
	for _, rule := range compiler.GetRulesExact(ast.MustParseRef("data.steelgate.authz.actions")) {
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

// memberOf tells whether the user has a part in the workspace of a world: as its owner, or as a member.
func (w world) memberOf(s *snapshot.Snapshot, workspaceID, userID string) bool {
	if w.workspaces[workspaceID].OwnerID == userID {
		return true
	}
	_, isMember := s.WorkspaceMember(workspaceID, userID)
	return isMember
}
