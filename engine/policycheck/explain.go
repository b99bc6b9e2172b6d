package policycheck

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// explain runs the tests that failed once more, traced, for a trace of all of them would take more memory than the tests.
// It answers by a test's name the expression that was not true.
func explain(ctx context.Context, compiler *ast.Compiler, attempts []attempt) (map[string]string, error) {
	var failed []string
	for _, a := range attempts {
		if !a.passed && a.err == nil && !a.isSkipped() {
			failed = append(failed, regexp.QuoteMeta(a.name))
		}
	}
	if len(failed) == 0 {
		return nil, nil
	}
	again, err := run(ctx, newRunner(compiler).EnableTracing(true).Filter("^("+strings.Join(failed, "|")+")$"))
	if err != nil {
		return nil, err
	}
	explanations := make(map[string]string, len(again))
	for _, r := range again {
		switch {
		case len(r.SubResults) > 0:
			explanations[nameOf(r)] = fmt.Sprintf("%s:%d: not true for the case %s",
				r.Location.File, r.Location.Row, strings.Join(failedCases(r.SubResults), ", "))
		default:
			explanations[nameOf(r)] = failedExpression(r)
		}
	}
	return explanations, nil
}

// failedCases are the names of the cases of a test_x[name] that are not true.
func failedCases(cases tester.SubResultMap) []string {
	var failed []string
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		if cases[name].Fail {
			failed = append(failed, fmt.Sprintf("%q", name))
		}
	}
	return failed
}

// failedExpression finds the last expression of the test's own body that was not true.
func failedExpression(r *tester.Result) string {
	bodies := map[uint64]bool{}
	failed := ""
	for _, event := range r.Trace {
		switch {
		case event.Op == topdown.EnterOp:
			rule, ok := event.Node.(*ast.Rule)
			if ok && rule.Location.File == r.Location.File && rule.Location.Row == r.Location.Row {
				bodies[event.QueryID] = true
			}
		case event.Op == topdown.FailOp && bodies[event.QueryID] && event.Location != nil:
			text, _, _ := strings.Cut(string(event.Location.Text), "\n")
			failed = fmt.Sprintf("%s:%d: not true: %s", event.Location.File, event.Location.Row, text)
		}
	}
	return failed
}
