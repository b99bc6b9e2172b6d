package policycheck

import (
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/steelengine/steelgate/engine"
)

// Hints are what a person may want to mend, and what stands in nobody's way.

// formatHints tell of files that are not as opa fmt writes them.
func formatHints(files map[string]string) (found engine.Diagnostics) {
	for _, path := range slices.Sorted(maps.Keys(files)) {
		formatted, err := formatted(path, files[path])
		if err == nil && formatted != files[path] {
			row := firstDifference(formatted, files[path])
			found = append(found, hint(path, row, 1, "format", "the file is not as opa fmt writes it, from this line on"))
		}
	}
	return found
}

// testHints tell of rules that no test evaluates to their end.
func testHints(modules map[string]*ast.Module, report Report) (found engine.Diagnostics) {
	uncovered := map[Place]bool{}
	for _, place := range report.Uncovered {
		uncovered[place] = true
	}
	for _, path := range slices.Sorted(maps.Keys(modules)) {
		if engine.IsTest(path) {
			continue
		}
		for _, rule := range modules[path].Rules {
			if at := rule.Location; at != nil && uncovered[Place{path, at.Row}] {
				found = append(found, hint(path, at.Row, at.Col, "untested", "no test evaluates the rule "+rule.Head.Ref().String()+" to its end"))
			}
		}
	}
	return found
}

func hint(path string, row, col int, code, message string) engine.Diagnostic {
	return engine.Diagnostic{Path: path, Row: row, Col: col, Severity: "hint", Code: code, Message: message}
}

func firstDifference(a, b string) int {
	row := 1
	for i := 0; i < len(a) && i < len(b) && a[i] == b[i]; i++ {
		if a[i] == '\n' {
			row++
		}
	}
	return row
}
