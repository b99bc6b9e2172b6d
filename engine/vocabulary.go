package engine

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
)

// ActionsRule is the table of actions, siteActionsRule the installation's names beside it, and operationsRule the table of management.
const (
	ActionsRule     = "data.steelgate.authz.actions"
	siteActionsRule = "data.steelgate.site.actions"
	operationsRule  = "data.steelgate.management.operations"
)

var managementPackage = ast.MustParseRef("data.steelgate.management")

// Action is a row of the policy's table: the types of resource that the action may be done to, in order, and the least permission that it
// requires there, as the policy names it.
type Action struct {
	On       []string `json:"on"`
	Requires string   `json:"requires"`
}

// Vocabulary are the actions that a policy knows by name.
type Vocabulary struct {
	// Actions is the table of what API keys may be asked about, as far as it can be read.
	Actions map[string]Action `json:"actions"`
	// SiteActions are the names that the installation adds for other subjects, in order.
	SiteActions []string `json:"site_actions"`
}

// Vocabulary is the one of the policy in force. The error is ErrStale where no policy is loaded, or else ErrPolicy.
func (e *Engine) Vocabulary() (v Vocabulary, err error) {
	policy := e.policy.Load()
	if policy == nil {
		return v, stale("no policy is loaded yet")
	}
	return policy.knownVocabulary()
}

// knownVocabulary is worked out once. The error is ErrPolicy.
func (p *Policy) knownVocabulary() (v Vocabulary, err error) {
	if known := p.vocabulary.Load(); known != nil {
		return *known, nil
	}
	v = Vocabulary{Actions: map[string]Action{}, SiteActions: []string{}}
	table, err := p.valueOf(ActionsRule)
	if err != nil {
		return Vocabulary{}, policyError(err)
	}
	rows, _ := table.(map[string]any)
	for name, row := range rows {
		columns, _ := row.(map[string]any)
		if requires, ok := columns["requires"].(string); ok {
			v.Actions[name] = Action{textsOf(columns["on"]), requires}
		}
	}
	site, err := p.siteActions()
	if err != nil {
		return Vocabulary{}, policyError(err)
	}
	v.SiteActions = append(v.SiteActions, site...)
	p.vocabulary.Store(&v)
	return v, nil
}

// siteActions are the names of the set that the installation adds, in order.
func (p *Policy) siteActions() (names []string, err error) {
	err = p.ask(siteActionsRule, func(term *ast.Term) error {
		if set, ok := term.Value.(ast.Set); ok {
			list, err := ast.JSON(set)
			names = textsOf(list)
			return err
		}
		return nil
	})
	return names, err
}

// textsOf are the texts in a list or a set, in order.
func textsOf(value any) []string {
	list, _ := value.([]any)
	texts := []string{}
	for _, one := range list {
		if text, ok := one.(string); ok {
			texts = append(texts, text)
		}
	}
	slices.Sort(texts)
	return texts
}

// valueOf is what a rule says that asks for nothing; nil where it says nothing, or does not stand.
func (p *Policy) valueOf(rule string) (value any, err error) {
	err = p.ask(rule, func(term *ast.Term) (err error) {
		value, err = ast.JSON(term.Value)
		return err
	})
	return value, err
}

// ask reads what a rule says that asks for nothing. Where it says nothing, or does not stand, there is nothing to read.
func (p *Policy) ask(rule string, read func(*ast.Term) error) error {
	// A table may be several rules, each of which says a row.
	if len(rulesAt(p.entrypoint.rules, ast.MustParseRef(rule))) == 0 {
		return nil
	}
	q, err := prepareQuery(p.entrypoint.rules, rule)
	if err != nil {
		return err
	}
	err = q.evaluate(time.Second, noWorld, ast.NewObject(), read)
	if errors.Is(err, errUndefined) {
		return nil
	}
	return err
}

// Actions are the types that the policy's table says each action may be done to, as far as the table can be read. It is
// worked out anew for each call.
func (p *Policy) Actions() map[string][]string {
	actions := map[string][]string{}
	table, err := p.valueOf(ActionsRule)
	if err != nil {
		return actions
	}
	rows, _ := table.(map[string]any)
	for action, row := range rows {
		columns, _ := row.(map[string]any)
		actions[action] = textsOf(columns["on"])
	}
	return actions
}

// actionPattern is what names of actions look like: words with a dot between them.
var actionPattern = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$`)

// MentionedActions are the texts in the policy's rules that look like an action's name, in order: what a rule asks for that
// the table does not have.
func (p *Policy) MentionedActions() []string {
	found := map[string]bool{}
	for _, module := range p.entrypoint.rules.Modules {
		if module.Package.Path.HasPrefix(managementPackage) {
			continue // What is managed there are operations.
		}
		ast.WalkTerms(module, func(term *ast.Term) bool {
			if text, ok := term.Value.(ast.String); ok && actionPattern.MatchString(string(text)) {
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

// Operations are the operations of management that the policy's table names, in order, as far as the table can be read.
func (p *Policy) Operations() []string {
	table, err := p.valueOf(operationsRule)
	if err != nil {
		return nil
	}
	found := map[string]bool{}
	owners, _ := table.(map[string]any)
	for _, operations := range owners {
		named, _ := operations.(map[string]any)
		for name := range named {
			found[name] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}
