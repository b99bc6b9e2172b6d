package engine

import (
	"regexp"
	"slices"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
)

// actionsRule is the table of actions.
const actionsRule = "data.steelgate.authz.actions"

var managementPackage = ast.MustParseRef("data.steelgate.management")

// Actions are the types that the policy's table says each action may be done to, as far as the table can be read. It is
// worked out anew for each call.
func (p *Policy) Actions() map[string][]string {
	actions := map[string][]string{}
	q, err := prepare(p.entrypoint.rules, actionsRule)
	if err != nil || q == nil {
		return actions
	}
	var table map[string]any
	err = q.evaluate(time.Second, noWorld, ast.Null{}, func(term *ast.Term) error {
		value, err := ast.JSON(term.Value)
		table, _ = value.(map[string]any)
		return err
	})
	if err != nil {
		return actions
	}
	for action, row := range table {
		columns, _ := row.(map[string]any)
		on, _ := columns["on"].([]any)
		actions[action] = nil
		for _, t := range on {
			if resourceType, ok := t.(string); ok {
				actions[action] = append(actions[action], resourceType)
			}
		}
		slices.Sort(actions[action])
	}
	return actions
}

// actionName is what names of actions look like: words with a dot between them.
var actionName = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$`)

// MentionedActions are the texts in the policy's rules that look like an action's name, in order: what a rule asks for that
// the table does not have.
func (p *Policy) MentionedActions() []string {
	found := map[string]bool{}
	for _, module := range p.entrypoint.rules.Modules {
		if module.Package.Path.HasPrefix(managementPackage) {
			continue // What is managed there are operations.
		}
		ast.WalkTerms(module, func(term *ast.Term) bool {
			if text, ok := term.Value.(ast.String); ok && actionName.MatchString(string(text)) {
				found[string(text)] = true
			}
			return false
		})
	}
	names := make([]string, 0, len(found))
	for name := range found {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
