package policycheck

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/steelengine/steelgate/engine"
)

// checkReferences reads every reference to data in the compiled rules, in the order in which they are evaluated: none may
// ask for a whole collection, nor for what stands nowhere.
func checkReferences(compiler *ast.Compiler) engine.Diagnostics {
	r := references{compiler: compiler}
	for _, path := range slices.Sorted(maps.Keys(compiler.Modules)) {
		if path == worldPath {
			continue
		}
		for _, rule := range compiler.Modules[path].Rules {
			r.rule(path, rule)
		}
	}
	sortDiagnostics(r.found)
	return slices.Compact(r.found)
}

// references collects the faults. Its methods take the variables that have a value where they look.
type references struct {
	compiler *ast.Compiler
	path     string
	// place is the expression that is looked at, for references that the compiler made and that have no place.
	place *ast.Location
	found engine.Diagnostics
}

func (r *references) rule(path string, rule *ast.Rule) {
	r.path = path
	for ; rule != nil; rule = rule.Else {
		r.place = rule.Location
		bound := variablesOf(rule.Head.Args)
		r.body(rule.Body, bound)
		r.place = rule.Location
		bound.Update(variablesOf(rule.Body))
		// The head's own name is no reference that is read.
		for _, term := range rule.Head.Reference[1:] {
			r.visit(term, bound)
		}
		for _, term := range []*ast.Term{rule.Head.Key, rule.Head.Value} {
			if term != nil {
				r.visit(term, bound)
			}
		}
	}
}

// variablesOf are those that have a value once x was evaluated.
func variablesOf(x any) ast.VarSet {
	visitor := ast.NewVarVisitor().WithParams(ast.VarVisitorParams{SkipClosures: true, SkipRefCallHead: true})
	visitor.Walk(x)
	return visitor.Vars()
}

// body looks at each expression in turn. What one of them gives a value to, the next ones know.
func (r *references) body(body ast.Body, outer ast.VarSet) {
	bound := outer.Copy()
	for _, expr := range body {
		if expr.Location != nil {
			r.place = expr.Location
		}
		r.expression(expr, bound)
		if !expr.Negated {
			bound.Update(variablesOf(expr))
		}
	}
}

func (r *references) expression(expr *ast.Expr, bound ast.VarSet) {
	switch terms := expr.Terms.(type) {
	case []*ast.Term:
		// The first is the function's name.
		for _, term := range terms[1:] {
			r.visit(term, bound)
		}
	case *ast.SomeDecl:
	default:
		r.visit(terms, bound)
	}
	for _, with := range expr.With {
		r.replacement(with)
		r.visit(with.Value, bound)
	}
}

func (r *references) visit(x any, bound ast.VarSet) {
	ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case *ast.Every:
			r.visit(x.Domain, bound)
			inner := bound.Copy()
			for _, term := range []*ast.Term{x.Key, x.Value} {
				if term != nil {
					inner.Update(variablesOf(term))
				}
			}
			r.body(x.Body, inner)
			return true
		case *ast.Not:
			r.body(x.Body, bound)
			return true
		case *ast.ArrayComprehension:
			r.closure(bound, x.Body, x.Term)
			return true
		case *ast.SetComprehension:
			r.closure(bound, x.Body, x.Term)
			return true
		case *ast.ObjectComprehension:
			r.closure(bound, x.Body, x.Key, x.Value)
			return true
		case *ast.Term:
			if ref, ok := x.Value.(ast.Ref); ok {
				r.reference(ref, x.Location, bound)
			}
		}
		return false
	}).Walk(x)
}

func (r *references) closure(outer ast.VarSet, body ast.Body, terms ...*ast.Term) {
	r.body(body, outer)
	bound := outer.Copy()
	bound.Update(variablesOf(body))
	for _, term := range terms {
		r.visit(term, bound)
	}
}

func (r *references) fault(place *ast.Location, code, message string) {
	if place == nil || place.File == "" {
		place = r.place
	}
	path, row, col := at(r.path, place)
	r.found = append(r.found, fault(path, row, col, code, "%s", message))
}

func (r *references) reference(ref ast.Ref, place *ast.Location, bound ast.VarSet) {
	if !ref[0].Equal(ast.DefaultRootDocument) {
		return
	}
	if len(ref) == 1 {
		r.fault(place, "scan", "data is read whole: its cost grows with the number of keys. Name what is looked for, as in data.keys[input.subject.id]")
		return
	}
	name, ok := ref[1].Value.(ast.String)
	if !ok {
		r.fault(place, "scan", "which collection of data is read is known at run time alone, and may be all of them: name it")
		return
	}
	depth, isBase := baseDocuments[string(name)]
	if !isBase {
		if !r.stands(ref) {
			r.fault(place, "unknown_reference", fmt.Sprintf("nothing stands at %v: neither a rule of the policy nor a document of data", ref.GroundPrefix()))
		}
		return
	}
	for i := 2; i <= depth; i++ {
		if i < len(ref) && isKnown(ref[i], bound) {
			continue
		}
		r.fault(place, "scan", fmt.Sprintf(
			"%s is read whole: its cost grows with the number of %s that there are, and the engine refuses it when it decides. Look one up by its id, as in %s",
			plain(ref[:i]), strings.ReplaceAll(string(name), "_", " "), exampleOf(string(name))))
		return
	}
}

// plain is a reference as a person would write it: names that the compiler gave say nothing.
func plain(ref ast.Ref) string {
	text := "data"
	for _, element := range ref[1:] {
		if name, ok := element.Value.(ast.String); ok {
			text += "." + string(name)
		} else {
			text += "[…]"
		}
	}
	return text
}

// isKnown tells whether an element of a reference has one value where the reference is read.
func isKnown(element *ast.Term, bound ast.VarSet) bool {
	for variable := range variablesOf(element) {
		if !bound.Contains(variable) && !ast.RootDocumentNames.Contains(ast.NewTerm(variable)) {
			return false
		}
	}
	return true
}

func exampleOf(name string) string {
	switch name {
	case "keys", "scopes":
		return "data." + name + "[input.subject.id]"
	case "resources":
		return "data.resources[input.resource.type][input.resource.id]"
	case "workspace_members", "organization_members":
		return "data." + name + "[id][user_id]"
	}
	return "data." + name + "[id]"
}

// stands tells whether some rule, or a package that has rules, is at the reference, as far as its names are known. Below
// steelgate.site the installation writes what it likes: the shipped files ask for rules there that need not stand.
func (r *references) stands(ref ast.Ref) bool {
	if ref.HasPrefix(siteRef) {
		return true
	}
	node := r.compiler.RuleTree
	for i, element := range ref {
		if _, isName := element.Value.(ast.String); i > 0 && (!isName || len(node.Values) > 0 || hasOpenName(node)) {
			return true
		}
		if node = node.Child(element.Value); node == nil {
			return false
		}
	}
	return true
}

// hasOpenName tells whether a rule below has a variable as its name here.
func hasOpenName(node *ast.TreeNode) bool {
	for key := range node.Children {
		if _, ok := key.(ast.String); !ok {
			return true
		}
	}
	return false
}

var siteRef = ast.MustParseRef("data.steelgate.site")

// replacement refuses `with` on stored records: what would be decided rests on nothing that anybody stored.
func (r *references) replacement(with *ast.With) {
	ref, ok := with.Target.Value.(ast.Ref)
	if !ok || !ref[0].Equal(ast.DefaultRootDocument) {
		return
	}
	if len(ref) > 1 {
		if name, ok := ref[1].Value.(ast.String); ok && baseDocuments[string(name)] == 0 {
			return
		}
	}
	r.fault(with.Location, "replaced_data", fmt.Sprintf("`with %v` puts other records in the place of the stored ones: outside of tests that may not be", ref))
}
