package policycheck

import (
	"errors"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
)

// The rules of the installation's own that a decision takes over as they are.
const (
	siteDeny     = "data.steelgate.site.deny"
	siteDecision = "data.steelgate.site.decision"
)

// blame says why no decision could be made, and where: where a rule failed, or else the installation's own rule whose value is none that
// it may have, or else where the decision is made.
func blame(compiler *ast.Compiler, view *engine.View, subject authz.Entity, q request, err error) (*ast.Location, string) {
	if failed, ok := errors.AsType[*topdown.Error](err); ok && failed.Location != nil && failed.Location.File != "" && !isConnection(failed.Location) {
		return failed.Location, reason(err)
	}
	if engine.RanOut(err) {
		return entrypointOf(compiler), reason(err)
	}
	if subject.Type != authz.APIKeySubject {
		if value := view.RuleValue(siteDecision, subject, q.Request); value != nil {
			return placeOf(compiler, siteDecision, value), reason(err)
		}
		return entrypointOf(compiler), reason(err)
	}
	value := view.RuleValue(siteDeny, subject, q.Request)
	if value == nil {
		return entrypointOf(compiler), reason(err)
	}
	denials, ok := value.(ast.Set)
	if !ok {
		return placeOf(compiler, siteDeny, value), fmt.Sprintf("deny is of type %s, not a set of objects (%s)", ast.ValueName(value), reason(err))
	}
	for _, denial := range denials.Slice() {
		if fault := engine.DenialFault(denial.Value); fault != nil {
			return placeOf(compiler, siteDeny, denial.Value), fmt.Sprintf(`deny holds %.100s, which is no {"code": …, "message": …}: %v`, denial, fault)
		}
	}
	return entrypointOf(compiler), reason(err)
}

// isConnection tells whether a rule failed where the shipped files take the installation's over: what failed is what they took.
func isConnection(place *ast.Location) bool { return place.File == "authz/site.rego" }

// placeOf is where the rule stands whose value, or of a set whose member, was written out as just that; else where the first rule of the name
// stands.
func placeOf(compiler *ast.Compiler, name string, value ast.Value) (place *ast.Location) {
	for _, rule := range compiler.GetRulesExact(ast.MustParseRef(name)) {
		if place == nil {
			place = rule.Location
		}
		for r := rule; r != nil; r = r.Else {
			for _, written := range []*ast.Term{r.Head.Key, r.Head.Value} {
				if written != nil && ast.Compare(written.Value, value) == 0 {
					return r.Location
				}
			}
		}
	}
	return place
}

// entrypointOf is where the rule that decides stands first.
func entrypointOf(compiler *ast.Compiler) *ast.Location {
	return firstPlace(compiler, engine.Entrypoint)
}

// firstPlace is where a rule stands first; nil where it does not.
func firstPlace(compiler *ast.Compiler, name string) *ast.Location {
	for _, rule := range compiler.GetRulesExact(ast.MustParseRef(name)) {
		return rule.Location
	}
	return nil
}

// reason is why no decision could be made, without what every such error says.
func reason(err error) string {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		parts := several.Unwrap()
		return strings.TrimSpace(parts[len(parts)-1].Error())
	}
	return err.Error()
}
