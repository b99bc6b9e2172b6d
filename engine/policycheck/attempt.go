package policycheck

import (
	"bytes"
	"context"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// attempt is a test that was run once. OPA's runner has a test's cases traced with every variable's value, which takes as long
// again as the test does: a test that is plainly true needs none of that, and of any other OPA's runner says what is the matter.
type attempt struct {
	rule   *ast.Rule
	name   string
	passed bool
	// err is what ended the test: its time, or a builtin that failed.
	err    error
	output []byte
	took   time.Duration
}

// attemptAll runs the tests of a compiler that OPA's runner has prepared, on every core, and notes what they cover.
func attemptAll(ctx context.Context, compiler *ast.Compiler, store storage.Store, coverage *cover.Cover) ([]attempt, error) {
	txn, err := store.NewTransaction(ctx)
	if err != nil {
		return nil, err
	}
	defer store.Abort(ctx, txn)
	tests := testsOf(compiler)
	onEveryCore(len(tests), func(i int) {
		if ctx.Err() == nil {
			tests[i].run(ctx, compiler, store, txn, coverage)
		}
	})
	return tests, ctx.Err()
}

// onEveryCore does a number of things, as many at once as there are cores.
func onEveryCore(count int, do func(int)) {
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), count) {
		workers.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range count {
		next <- i
	}
	close(next)
	workers.Wait()
}

// testsOf are the rules that OPA's runner takes for tests, those that are to be skipped among them.
func testsOf(compiler *ast.Compiler) (tests []attempt) {
	for _, module := range compiler.Modules {
		for _, rule := range module.Rules {
			if ref, ok := testRef(rule); ok {
				tests = append(tests, attempt{rule: rule, name: module.Package.Path.Extend(ref).String()})
			}
		}
	}
	return tests
}

// testRef is a test's name in its package, without the names of its cases.
func testRef(rule *ast.Rule) (ast.Ref, bool) {
	ref := rule.Head.Ref().GroundPrefix()
	for i, term := range ref {
		name := ""
		switch v := term.Value.(type) {
		case ast.Var:
			name = string(v)
		case ast.String:
			name = string(v)
		}
		if strings.HasPrefix(name, tester.TestPrefix) || strings.HasPrefix(name, tester.SkipTestPrefix) {
			return ref[:i+1], true
		}
	}
	return nil, false
}

func (a *attempt) isSkipped() bool {
	return strings.Contains(a.name, "."+tester.SkipTestPrefix) || strings.Contains(a.name, `["`+tester.SkipTestPrefix)
}

func (a *attempt) run(ctx context.Context, compiler *ast.Compiler, store storage.Store, txn storage.Transaction, coverage *cover.Cover) {
	if a.isSkipped() {
		return
	}
	const variable = ast.Var("result")
	ref, _ := testRef(a.rule)
	asked := compiler.QueryCompiler()
	question, err := asked.Compile(ast.NewBody(ast.Equality.Expr(ast.NewTerm(a.rule.Module.Package.Path.Extend(ref)), ast.NewTerm(variable))))
	if err != nil {
		a.err = err
		return
	}
	printed := new(bytes.Buffer)
	var failed []topdown.Error
	var value *ast.Term
	cancel := topdown.NewCancel()
	defer context.AfterFunc(ctx, cancel.Cancel)()
	defer time.AfterFunc(testTimeLimit, cancel.Cancel).Stop()
	seen := &coverTracer{coverage: coverage, seen: map[*ast.Location]bool{}}
	begin := time.Now()
	a.err = topdown.NewQuery(question).WithQueryCompiler(asked).WithCompiler(compiler).WithStore(store).WithTransaction(txn).
		WithCancel(cancel).WithPrintHook(topdown.NewPrintHook(printed)).WithBuiltinErrorList(&failed).WithQueryTracer(seen).
		Iter(ctx, func(r topdown.QueryResult) error { value = r[variable]; return nil })
	a.took, a.output = time.Since(begin), printed.Bytes()
	if a.err == nil && len(failed) > 0 {
		a.err = &failed[0]
	}
	a.passed = a.err == nil && value != nil && isTrue(value) && hasAll(value, seen.cases)
}

// isTrue tells whether a test's value is true, or holds nothing but cases that are.
func isTrue(value *ast.Term) bool {
	switch v := value.Value.(type) {
	case ast.Boolean:
		return bool(v)
	case ast.Object:
		return !v.Until(func(_, of *ast.Term) bool { return !isTrue(of) })
	}
	return false
}

// hasAll tells whether each case that was begun has a value: one that is not true has none.
func hasAll(value *ast.Term, cases []*ast.Array) bool {
	for _, names := range cases {
		at := value
		for i := range names.Len() {
			of, ok := at.Value.(ast.Object)
			if !ok {
				return false
			}
			if at = of.Get(names.Elem(i)); at == nil {
				return false
			}
		}
	}
	return true
}

// coverTracer tells a coverage of each place once, and notes the cases that a test begins. It asks for no variable's value.
type coverTracer struct {
	coverage *cover.Cover
	seen     map[*ast.Location]bool
	cases    []*ast.Array
}

// Enabled implements topdown.QueryTracer.
func (*coverTracer) Enabled() bool { return true }

// Config implements topdown.QueryTracer.
func (*coverTracer) Config() topdown.TraceConfig { return topdown.TraceConfig{PlugLocalVars: false} }

// TraceEvent implements topdown.QueryTracer.
func (t *coverTracer) TraceEvent(e topdown.Event) {
	switch e.Op {
	case topdown.TestCaseOp:
		if call, ok := e.Node.(*ast.Expr); ok {
			if names, ok := call.Operand(0).Value.(*ast.Array); ok {
				t.cases = append(t.cases, names)
			}
		}
	case topdown.EvalOp, topdown.ExitOp:
		at := e.Location
		if rule, ok := e.Node.(*ast.Rule); ok {
			at = rule.Head.Location
		}
		if !t.seen[at] {
			t.seen[at] = true
			t.coverage.TraceEvent(e)
		}
	}
}
