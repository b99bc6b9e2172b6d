package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/steelengine/steelgate/engine/opastore"
	"github.com/steelengine/steelgate/engine/snapshot"
)

var (
	errUndefined = errors.New("the rule is undefined for this question")
	errTimeLimit = errors.New("the evaluation ran past its time limit")
	errSeveral   = errors.New("the rule has several values")
)

// query asks for the value of one rule, compiled once.
type query struct {
	rules    *ast.Compiler
	body     ast.Body
	compiler ast.QueryCompiler
	variable ast.Var
}

// world is what a query sees beside its input: a snapshot, at a moment.
type world struct {
	snapshot *snapshot.Snapshot
	now      time.Time
}

// noWorld is one without any record, for rules that decide on their input alone.
var noWorld = world{snapshot: snapshot.Empty()}

// evaluate hands the one value of the rule to read. Undefined, several values, a builtin's error, a panic and a run past
// the limit are errors.
func (q query) evaluate(limit time.Duration, w world, input ast.Value, read func(*ast.Term) error) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("the evaluation panicked: %v", fault)
		}
	}()
	cancel := topdown.NewCancel()
	timer := time.AfterFunc(limit, cancel.Cancel)
	defer timer.Stop()

	answers := 0
	err = topdown.NewQuery(q.body).
		WithQueryCompiler(q.compiler).
		WithCompiler(q.rules).
		WithStore(opastore.Store{}).
		WithTransaction(opastore.NewTransaction(w.snapshot, w.now)).
		WithInput(ast.NewTerm(input)).
		WithMetrics(metrics.NoOp()).
		WithStrictBuiltinErrors(true).
		WithCancel(cancel).
		Iter(context.Background(), func(result topdown.QueryResult) error {
			if answers++; answers > 1 {
				return errSeveral
			}
			return read(result[q.variable])
		})
	switch {
	case topdown.IsCancel(err):
		return errTimeLimit
	case err != nil:
		return err
	case answers == 0:
		return errUndefined
	}
	return nil
}
