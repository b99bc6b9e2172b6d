package policycheck

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/steelengine/steelgate/engine"
)

// Stage is what the check is at, in words that follow "while it was".
type Stage string

// The stages, in their order.
const (
	Reading   Stage = "read"
	Compiling Stage = "compiled"
	Deciding  Stage = "asked for decisions, and tested"
	Hinting   Stage = "compared with how opa fmt writes it"
	// Formatting is no part of a check.
	Formatting Stage = "formatted"
)

// Limits of a verdict, for a draft may have ten thousand faults, and a test may print without end.
const (
	maxDiagnostics = 200
	maxOutput      = 4 << 10
)

// Check judges a draft: files by their paths, its tests among them. It changes nothing, and reaches nothing outside. A draft
// that is refused is a Verdict; the error is the context's.
//
// A hostile draft may take all of the time and memory that there is: whoever serves strangers asks a sandbox.Checker, which
// calls this in a process of its own.
func Check(ctx context.Context, files map[string]string) (Verdict, error) {
	return CheckStaged(ctx, files, func(Stage) {})
}

// CheckStaged is Check, and tells what it is at: what follows may be the last that is heard of it.
func CheckStaged(ctx context.Context, files map[string]string, tell func(Stage)) (v Verdict, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			v, err = Refused(fault("", 0, 0, "rego_error", "the check panicked: %v", panicked)), nil
		}
	}()
	j := judgement{Refused()}
	err = j.check(ctx, files, tell)
	j.close()
	return j.Verdict, err
}

// Refused is the verdict on a draft that these stand in the way of, and of which nothing else is known.
func Refused(found ...engine.Diagnostic) Verdict {
	return Verdict{
		Diagnostics: append(engine.Diagnostics{}, found...),
		Tests:       Tests{Results: []Result{}}, Uncovered: []Place{}, Invariants: []Invariant{},
	}
}

// judgement is a verdict in the making.
type judgement struct{ Verdict }

func (v *judgement) refuse(found ...engine.Diagnostic) {
	v.Diagnostics = append(v.Diagnostics, found...)
}

func (v *judgement) check(ctx context.Context, files map[string]string, tell func(Stage)) error {
	tell(Reading)
	if v.refuse(CheckBounds(files)...); v.isRefused() {
		return nil
	}
	modules, err := parse(files)
	if diagnostics, ok := errors.AsType[engine.Diagnostics](err); ok {
		v.refuse(diagnostics...)
		return nil
	}
	if err != nil {
		return err
	}
	if v.refuse(checkSources(modules)...); v.isRefused() {
		return nil
	}
	tell(Compiling)
	policy, compiler := v.compile(files, modules)
	if v.isRefused() {
		return ctx.Err()
	}
	tell(Deciding)
	tests := beside(func() tested { return test(ctx, modules) })
	formatting := beside(func() engine.Diagnostics { return formatHints(files) })
	mentions := policy.Mentions()
	stage := newStage(actionsOf(compiler), namedActions(policy), mentions)
	stage.repeated = repeatedActions(compiler, mentions)
	decided, err := decideAll(ctx, policy, stage, compiler)
	tested := tests()
	if err != nil {
		return err
	}
	v.refuse(decided.faults...)
	if !v.isRefused() {
		v.Invariants = decided.checkInvariants()
	}
	if diagnostics, ok := errors.AsType[engine.Diagnostics](tested.err); ok {
		v.refuse(diagnostics...)
		return nil
	}
	if tested.err != nil {
		return tested.err
	}
	report := tested.report
	v.Tests = Tests{Passed: report.Passed, Failed: report.Failed, Results: report.Results}
	v.Coverage, v.Uncovered = report.Coverage, report.Uncovered
	tell(Hinting)
	// An empty list, and not none, where nothing is found: it is told as it stands.
	for _, hints := range []engine.Diagnostics{formatting(), testHints(modules, report), misspeltActions(policy, mentions)} {
		v.Diagnostics = append(v.Diagnostics, hints...)
	}
	return nil
}

// beside does something while other things are done, and answers how to wait for what comes of it. A panic is the one's that waits.
func beside[T any](do func() T) (wait func() T) {
	var made T
	var panicked any
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { panicked = recover() }()
		made = do()
	}()
	return func() T {
		<-done
		if panicked != nil {
			panic(panicked)
		}
		return made
	}
}

type tested struct {
	report Report
	err    error
}

// test runs the tests. A panic there is theirs, and says nothing of the rest.
func test(ctx context.Context, modules map[string]*ast.Module) (t tested) {
	defer func() {
		if panicked := recover(); panicked != nil {
			t.err = engine.Diagnostics{fault("", 0, 0, "rego_error", "the tests panicked: %v", panicked)}
		}
	}()
	t.report, t.err = runTests(ctx, modules)
	return t
}

// compile compiles the draft as it would run, and beside the shapes of input and data.
func (v *judgement) compile(files map[string]string, modules map[string]*ast.Module) (*engine.Policy, *ast.Compiler) {
	policy, err := engine.Compile(files, 0, engine.Unguarded)
	if diagnostics, ok := errors.AsType[engine.Diagnostics](err); ok {
		v.refuse(diagnostics...)
		return nil, nil
	}
	compiler, found := compileTyped(modules)
	if len(found) == 0 {
		found = checkReferences(compiler)
	}
	v.refuse(found...)
	v.Diagnostics = append(v.Diagnostics, checkDeny(compiler)...)
	return policy, compiler
}

func (v *judgement) isRefused() bool {
	return slices.ContainsFunc(v.Diagnostics, func(d engine.Diagnostic) bool { return d.Severity == "error" })
}

// close bounds the verdict, puts what refuses first, and says whether anything stands in the way.
func (v *judgement) close() {
	slices.SortStableFunc(v.Diagnostics, func(a, b engine.Diagnostic) int { return severities[a.Severity] - severities[b.Severity] })
	v.Diagnostics = bounded(v.Diagnostics)
	for i, r := range v.Tests.Results {
		v.Tests.Results[i].Output, v.Tests.Results[i].Message = shorten(r.Output), shorten(r.Message)
	}
	v.OK = !v.isRefused() && v.Tests.Failed == 0 && !slices.ContainsFunc(v.Invariants, func(i Invariant) bool { return !i.Holds })
}

// bounded are as many diagnostics as are told, each as long as it may be.
func bounded(found engine.Diagnostics) engine.Diagnostics {
	if left := len(found) - maxDiagnostics; left > 0 {
		found = append(found[:maxDiagnostics], engine.Diagnostic{
			Severity: found[maxDiagnostics].Severity, Code: "more", Message: fmt.Sprintf("%d more are left out", left),
		})
	}
	for i := range found {
		found[i].Message = shorten(found[i].Message)
	}
	return found
}

var severities = map[string]int{"error": 0, "warning": 1, "hint": 2}

func shorten(text string) string {
	if len(text) <= maxOutput {
		return text
	}
	return strings.ToValidUTF8(text[:maxOutput], "") + "…"
}
