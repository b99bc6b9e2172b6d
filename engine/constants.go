package engine

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// constant is a rule that is a value and asks nothing, such as a table.
type constant struct {
	ref   ast.Ref
	value *ast.Term
}

// maxConstants leaves most of an evaluation's cache to what that evaluation finds.
const maxConstants = maxEntries / 2

// constantsOf are the policy's constants, in the order of their names, as far as they fit. An evaluation begins with their
// values known: OPA would find the same, each time anew.
func constantsOf(compiler *ast.Compiler) []constant {
	var found []constant
	for _, module := range compiler.Modules {
		for _, rule := range module.Rules {
			ref := rule.Ref().GroundPrefix()
			if isConstant(rule) && len(compiler.GetRules(ref)) == 1 && len(rulesAt(compiler, ref)) == 1 {
				found = append(found, constant{ref, rule.Head.Value})
			}
		}
	}
	slices.SortFunc(found, func(a, b constant) int { return a.ref.Compare(b.ref) })
	return found[:min(len(found), maxConstants)]
}

// isConstant tells rules that have a ground value, and a body that is no more than true.
func isConstant(rule *ast.Rule) bool {
	isTrue := len(rule.Body) == 1 && rule.Body[0].Equal(ast.NewExpr(ast.BooleanTerm(true)))
	return rule.Head.RuleKind() == ast.SingleValue && len(rule.Head.Args) == 0 && rule.Head.Value.IsGround() && ast.IsConstant(rule.Head.Value.Value) &&
		rule.Ref().IsGround() && isTrue && !rule.Default && rule.Else == nil
}
