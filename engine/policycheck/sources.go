package policycheck

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/steelengine/steelgate/engine"
)

// maxNesting is how many comprehensions may stand in one another: the compiler's time doubles with each level, and 18 of
// them never end.
const maxNesting = 8

// baseDocuments are the names below data at which records stand, and how many names lead to one record.
var baseDocuments = map[string]int{
	"keys": 2, "scopes": 2, "users": 2, "organizations": 2, "workspaces": 2,
	"workspace_members": 3, "organization_members": 3, "resources": 3,
}

// checkSources holds what the files may say, whatever they mean: before they are compiled, for that alone may reach out or
// never end.
func checkSources(modules map[string]*ast.Module) (found engine.Diagnostics) {
	ofPolicy := map[string]bool{"data.steelgate.authz": true, "data.steelgate.management": true, "data.steelgate.site": true}
	for path, module := range modules {
		if !engine.IsTest(path) {
			ofPolicy[module.Package.Path.String()] = true
		}
	}
	for _, path := range slices.Sorted(maps.Keys(modules)) {
		module := modules[path]
		found = append(found, checkPackage(path, module.Package)...)
		found = append(found, checkEdge(path, module)...)
		found = append(found, checkAnnotations(path, module)...)
		found = append(found, checkNesting(path, module)...)
		if engine.IsTest(path) && ofPolicy[module.Package.Path.String()] {
			found = append(found, checkTestRules(path, module)...)
		}
	}
	return found
}

// at is a place in a file, of which the place itself may not know the name.
func at(path string, place *ast.Location) (string, int, int) {
	if place == nil {
		return path, 0, 0
	}
	return cmp.Or(path, place.File), place.Row, place.Col
}

// checkPackage refuses packages that stand where records do, or that OPA takes for its own.
func checkPackage(path string, p *ast.Package) engine.Diagnostics {
	if len(p.Path) < 2 {
		return nil
	}
	name, _ := p.Path[1].Value.(ast.String)
	file, row, col := at(path, p.Location)
	switch {
	case baseDocuments[string(name)] > 0:
		return engine.Diagnostics{fault(file, row, col, "shadowed_data",
			"the package would stand over data.%s, which are stored records: choose another name", string(name))}
	case name == "system":
		return engine.Diagnostics{fault(file, row, col, "reserved_package", "packages below system are OPA's own: choose another name")}
	case p.Path.HasPrefix(edgePackage):
		return engine.Diagnostics{fault(file, row, col, "reserved_package",
			"the package steelgate.edge is what a bundle of the policy puts before it: choose another name")}
	}
	return nil
}

// edgePackage is where the entrypoint of a bundle stands, which no draft may have.
var edgePackage = ast.MustParseRef("data.steelgate.edge")

// checkEdge refuses rules that would stand in the bundle's package by their own name.
func checkEdge(path string, module *ast.Module) (found engine.Diagnostics) {
	if !module.Package.Path.Equal(edgePackage[:2]) {
		return nil
	}
	for _, rule := range module.Rules {
		if name := rule.Head.Ref()[0].Value; name.Compare(ast.Var("edge")) == 0 || name.Compare(ast.String("edge")) == 0 {
			file, row, col := at(path, rule.Location)
			found = append(found, fault(file, row, col, "reserved_package",
				"the rule would stand in steelgate.edge, which is what a bundle of the policy puts before it: choose another name"))
		}
	}
	return found
}

// checkAnnotations refuses schemas of a draft's own: one may name an address to be fetched from, and would widen what the
// check holds rules to.
func checkAnnotations(path string, module *ast.Module) (found engine.Diagnostics) {
	for _, a := range module.Annotations {
		if len(a.Schemas) > 0 {
			file, row, col := at(path, a.Location)
			found = append(found, fault(file, row, col, "schemas",
				"METADATA may not hold schemas: input and data have theirs already, and rules are checked against those"))
		}
	}
	return found
}

// checkNesting finds the first comprehension of each rule that stands too deep in others.
func checkNesting(path string, module *ast.Module) (found engine.Diagnostics) {
	for _, rule := range module.Rules {
		if place := tooDeep(rule, 0); place != nil {
			file, row, col := at(path, place)
			found = append(found, fault(file, row, col, "nesting",
				"comprehensions stand more than %d deep in one another, and each level doubles the time that compiling takes: name the inner ones as rules of their own", maxNesting))
		}
	}
	return found
}

func tooDeep(x any, depth int) (place *ast.Location) {
	below := func(parts ...any) bool {
		for _, part := range parts {
			if place == nil {
				place = tooDeep(part, depth+1)
			}
		}
		return true
	}
	ast.NewGenericVisitor(func(x any) bool {
		term, isTerm := x.(*ast.Term)
		if place != nil || !isTerm {
			return place != nil
		}
		var parts []any
		switch c := term.Value.(type) {
		case *ast.ArrayComprehension:
			parts = []any{c.Term, c.Body}
		case *ast.SetComprehension:
			parts = []any{c.Term, c.Body}
		case *ast.ObjectComprehension:
			parts = []any{c.Key, c.Value, c.Body}
		default:
			return false
		}
		if depth == maxNesting {
			place = term.Location
			return true
		}
		return below(parts...)
	}).Walk(x)
	return place
}

// checkTestRules refuses rules, other than tests, that a file of tests adds to a package of the policy: they are not there
// when the policy decides, and tests that pass with them prove nothing.
func checkTestRules(path string, module *ast.Module) (found engine.Diagnostics) {
	for _, rule := range module.Rules {
		name := rule.Head.Ref()[0].Value.String()
		if strings.HasPrefix(name, "test_") || strings.HasPrefix(name, "todo_test_") {
			continue
		}
		file, row, col := at(path, rule.Location)
		found = append(found, fault(file, row, col, "test_rule",
			"a file of tests may add tests alone to the package %s, for what decides is without it: put %s into a package of its own, such as %s_test",
			module.Package.Path.String()[len("data."):], name, module.Package.Path.String()[len("data."):]))
	}
	return found
}
