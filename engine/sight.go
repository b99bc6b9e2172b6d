package engine

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// sightOf are the parts of input that the value of a rule can depend on: of each reference to input, in that rule and in all that it
// may ask for, the names that it begins with. A reference that stops short, or goes on by what is not known before, sees all that is
// there. What OPA's own graph of the rules can't tell apart it takes for asked.
func sightOf(compiler *ast.Compiler, rule string) (seen []ast.Ref) {
	asked := map[*ast.Rule]bool{}
	var ask func(*ast.Rule)
	ask = func(r *ast.Rule) {
		if asked[r] {
			return
		}
		asked[r] = true
		ast.WalkRefs(r, func(ref ast.Ref) bool {
			if ref[0].Equal(ast.InputRootDocument) {
				seen = append(seen, namesOf(ref))
			}
			return false
		})
		for other := range compiler.Graph.Dependencies(r) {
			ask(other.(*ast.Rule))
		}
		if r.Else != nil {
			ask(r.Else)
		}
	}
	for _, r := range rulesAt(compiler, ast.MustParseRef(rule)) {
		ask(r)
	}
	slices.SortFunc(seen, func(a, b ast.Ref) int { return a.Compare(b) })
	return slices.CompactFunc(seen, func(a, b ast.Ref) bool { return a.Equal(b) })
}

// rulesAt are the rules that the value of a reference may come of: those of its name, those below it, and those whose name their body makes.
func rulesAt(compiler *ast.Compiler, ref ast.Ref) []*ast.Rule {
	return compiler.GetRulesDynamicWithOpts(ref, ast.RulesOptions{IncludeHiddenModules: true})
}

// namesOf is a reference up to the first part that is no name.
func namesOf(ref ast.Ref) ast.Ref {
	for i, part := range ref[1:] {
		if _, ok := part.Value.(ast.String); !ok {
			return ref[:i+1]
		}
	}
	return ref
}

// Sees tells whether a decision of the policy can depend on a part of its input, such as context and time: whether a rule looks at
// it, at something in it, or at something that holds it. A part that no decision sees changes none.
func (p *Policy) Sees(path ...string) bool {
	asked := ast.InputRootRef.Copy()
	for _, name := range path {
		asked = asked.Append(ast.StringTerm(name))
	}
	return slices.ContainsFunc(p.sight(), func(seen ast.Ref) bool { return seen.HasPrefix(asked) || asked.HasPrefix(seen) })
}
