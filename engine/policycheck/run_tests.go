package policycheck

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"

	"github.com/steelengine/steelgate/engine"
)

// testTimeLimit ends one test.
const testTimeLimit = 5 * time.Second

// Report is what a policy's tests say.
type Report struct {
	Passed  int      `json:"passed"`
	Failed  int      `json:"failed"`
	Results []Result `json:"results"`
	// Coverage is the share of the lines that hold rules, tests left out, that some test evaluates, in percent.
	Coverage float64 `json:"coverage"`
	// Uncovered are the places of the others.
	Uncovered []Place `json:"uncovered"`
}

// Result is one test's. A test whose name begins with todo_ is skipped: it neither passed nor failed.
type Result struct {
	Path string `json:"path"`
	// Name is the test's in its package: data.steelgate.authz.test_x.
	Name string `json:"name"`
	Row  int    `json:"row"`
	Pass bool   `json:"pass"`
	Skip bool   `json:"skip,omitempty"`
	// Message says why the test did not pass: the expression that failed and its place, or the error.
	Message string `json:"message,omitempty"`
	// Output is what the test printed.
	Output     string  `json:"output,omitempty"`
	DurationMS float64 `json:"duration_ms"`
}

// Place is a line of a file.
type Place struct {
	Path string `json:"path"`
	Row  int    `json:"row"`
}

func (p Place) String() string { return fmt.Sprintf("%s:%d", p.Path, p.Row) }

// RunTests runs the tests among the files (*_test.rego) over the others. There is no world: data is what a test says with
// `with`. The error is engine.Diagnostics where the files do not compile, or the context's where that ended.
func RunTests(ctx context.Context, files map[string]string) (Report, error) {
	modules, err := parse(files)
	if err != nil {
		return Report{}, err
	}
	return runTests(ctx, modules)
}

// runTests is RunTests of files that are read. Compilers copy what they are given.
func runTests(ctx context.Context, modules map[string]*ast.Module) (Report, error) {
	compiler := engine.NewCompiler().WithEnablePrintStatements(true)
	// OPA's runner compiles tests in a way of its own: it is asked to, and to run none.
	var err error
	engine.Compiling(func() { _, err = run(ctx, newRunner(compiler).SetModules(modules).Filter("^$")) })
	if err != nil {
		return Report{}, err
	}
	coverage := cover.New()
	attempts, err := attemptAll(ctx, compiler, inmem.New(), coverage)
	if err != nil {
		return Report{}, err
	}
	explanations, err := explain(ctx, compiler, attempts)
	if err != nil {
		return Report{}, err
	}
	report := Report{Results: []Result{}, Uncovered: []Place{}}
	for _, a := range attempts {
		report.add(a, explanations[a.name])
	}
	slices.SortFunc(report.Results, func(a, b Result) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Row, b.Row), cmp.Compare(a.Name, b.Name))
	})
	report.cover(coverage, modules)
	return report, nil
}

func parse(files map[string]string) (map[string]*ast.Module, error) {
	modules := make(map[string]*ast.Module, len(files))
	var diagnostics engine.Diagnostics
	for path, source := range files {
		module, err := ast.ParseModuleWithOpts(path, source, engine.ParserOptions())
		if err != nil {
			diagnostics = append(diagnostics, engine.Diagnose(path, err)...)
			continue
		}
		modules[path] = module
	}
	if len(diagnostics) > 0 {
		sortDiagnostics(diagnostics)
		return nil, diagnostics
	}
	return modules, nil
}

func sortDiagnostics(diagnostics engine.Diagnostics) {
	slices.SortFunc(diagnostics, func(a, b engine.Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Row, b.Row), cmp.Compare(a.Col, b.Col))
	})
}

func newRunner(compiler *ast.Compiler) *tester.Runner {
	return tester.NewRunner().
		SetCompiler(compiler).
		SetStore(inmem.New()).
		SetTimeout(testTimeLimit).
		RaiseBuiltinErrors(true).
		CapturePrintOutput(true)
}

// run compiles the runner's modules, if it has any, and runs the tests.
func run(ctx context.Context, runner *tester.Runner) ([]*tester.Result, error) {
	store := inmem.New()
	txn, err := store.NewTransaction(ctx)
	if err != nil {
		return nil, err
	}
	defer store.Abort(ctx, txn)
	found, err := runner.SetStore(store).RunTests(ctx, txn)
	if err != nil {
		if _, ok := errors.AsType[ast.Errors](err); ok {
			diagnostics := engine.Diagnose("", err)
			sortDiagnostics(diagnostics)
			return nil, diagnostics
		}
		return nil, err
	}
	var results []*tester.Result
	for r := range found {
		results = append(results, r)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return results, nil
}

// nameOf is a test's full name.
func nameOf(r *tester.Result) string { return r.Package + "." + r.Name }

func (report *Report) add(a attempt, explanation string) {
	at := a.rule.Loc()
	result := Result{
		Path: at.File, Name: a.name, Row: at.Row, Pass: a.passed, Skip: a.isSkipped(), Output: string(a.output),
		DurationMS: float64(a.took.Microseconds()) / 1000,
	}
	switch {
	case result.Skip:
	case a.passed:
		report.Passed++
	default:
		report.Failed++
		if a.err != nil {
			explanation = a.err.Error()
		}
		result.Message = cmp.Or(explanation, fmt.Sprintf("%s:%d: the test is not true", result.Path, result.Row))
	}
	report.Results = append(report.Results, result)
}

// cover counts lines as OPA does, of the files that hold no tests.
func (report *Report) cover(coverage *cover.Cover, modules map[string]*ast.Module) {
	covered, uncovered := 0, 0
	for path, file := range coverage.Report(modules).Files {
		if engine.IsTest(path) {
			continue
		}
		covered += file.CoveredLines
		uncovered += file.NotCoveredLines
		for _, lines := range file.NotCovered {
			for row := lines.Start.Row; row <= lines.End.Row; row++ {
				report.Uncovered = append(report.Uncovered, Place{path, row})
			}
		}
	}
	slices.SortFunc(report.Uncovered, func(a, b Place) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), cmp.Compare(a.Row, b.Row))
	})
	report.Uncovered = slices.Compact(report.Uncovered)
	report.Coverage = 100
	if total := covered + uncovered; total > 0 {
		report.Coverage = 100 * float64(covered) / float64(total)
	}
}
