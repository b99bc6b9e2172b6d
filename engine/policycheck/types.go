package policycheck

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/steelengine/steelgate/engine"
)

//go:embed world.rego
var worldSource string

// worldPath is where the rules of world.rego stand among a draft's modules: no draft has such a path.
const worldPath = "//world"

type object = map[string]any

// The input of a decision, and that of a question of management. An object without properties is open.
var (
	open = object{"type": "object"}
	text = object{"type": "string"}

	decisionInput = closed(object{
		"subject":  closed(object{"type": text, "id": text, "properties": open}),
		"action":   closed(object{"name": text, "properties": open}),
		"resource": closed(object{"type": text, "id": text, "properties": open}),
		"context":  open,
	})
	managementInput = closed(object{
		"operation": text,
		"actor":     closed(object{"id": text, "platform_role": text}),
		"owner":     closed(object{"type": text, "id": text, "role": text}),
	})
	// Rules of other packages may be asked by either.
	eitherInput = object{"anyOf": []any{decisionInput, managementInput}}
)

func closed(properties object) object {
	return object{"type": "object", "properties": properties, "additionalProperties": false}
}

// inputOf is the shape of input in a package.
func inputOf(p ast.Ref) any {
	name := p.String() + "."
	switch {
	case strings.HasPrefix(name, "data.steelgate.management."):
		return managementInput
	case strings.HasPrefix(name, "data.steelgate.authz."), strings.HasPrefix(name, "data.steelgate.site."):
		return decisionInput
	}
	return eitherInput
}

// compileTyped compiles the files that are no tests once more, beside what says of which shape input and data are.
func compileTyped(modules map[string]*ast.Module) (*ast.Compiler, engine.Diagnostics) {
	typed := map[string]*ast.Module{worldPath: worldModule()}
	annotated := map[string]bool{}
	for _, path := range slices.Sorted(maps.Keys(modules)) {
		if engine.IsTest(path) {
			continue
		}
		module := modules[path].Copy()
		module.Annotations = nil
		if name := module.Package.Path.String(); !annotated[name] {
			// One file of a package says it for all.
			annotated[name] = true
			input := inputOf(module.Package.Path)
			says := &ast.Annotations{
				Scope:    "package",
				Schemas:  []*ast.SchemaAnnotation{{Path: ast.InputRootRef, Definition: &input}},
				Location: module.Package.Location,
			}
			module.Annotations = []*ast.Annotations{says.Copy(module.Package)}
		}
		typed[path] = module
	}
	compiler := engine.NewCompiler().WithUseTypeCheckAnnotations(true)
	engine.Compiling(func() { compiler.Compile(typed) })
	return compiler, diagnoseTypes(compiler.Errors)
}

// worldModule is world.rego, put at data itself.
func worldModule() *ast.Module {
	module := ast.MustParseModuleWithOpts(worldSource, engine.ParserOptions())
	module.Package.Path = ast.Ref{ast.DefaultRootDocument}
	return module
}

// diagnoseTypes adds what would be right to what is wrong.
func diagnoseTypes(errs ast.Errors) engine.Diagnostics {
	found := engine.Diagnose("", errs)
	for i, err := range errs {
		detail, ok := err.Details.(*ast.RefErrInvalidDetail)
		if !ok || len(detail.OneOf) == 0 {
			continue
		}
		names := make([]string, len(detail.OneOf))
		for j, name := range detail.OneOf {
			names[j] = strings.Trim(name.String(), `"`)
		}
		slices.Sort(names)
		found[i].Message += fmt.Sprintf(": nothing has the name %v there, but %s", detail.Ref[detail.Pos], strings.Join(names, ", "))
	}
	return found
}
