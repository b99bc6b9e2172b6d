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
)

var (
	errUndefined = errors.New("the entrypoint is undefined for this request")
	errTimeLimit = errors.New("the evaluation ran past its time limit")
)

// ask evaluates the policy's entrypoint for an input over the view's world.
func (v *View) ask(input ast.Value) (a answer, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("the evaluation panicked: %v", fault)
		}
	}()
	cancel := topdown.NewCancel()
	limit := time.AfterFunc(v.engine.options.TimeLimit, cancel.Cancel)
	defer limit.Stop()

	decided := false
	err = topdown.NewQuery(v.policy.entrypoint.body).
		WithQueryCompiler(v.policy.entrypoint.compiler).
		WithCompiler(v.policy.compiler).
		WithStore(opastore.Store{}).
		WithTransaction(opastore.NewTransaction(v.snapshot, v.now)).
		WithInput(ast.NewTerm(input)).
		WithTime(v.now).
		WithMetrics(metrics.NoOp()).
		WithStrictBuiltinErrors(true).
		WithCancel(cancel).
		Iter(context.Background(), func(result topdown.QueryResult) error {
			if decided {
				return errors.New("the entrypoint has several values")
			}
			decided = true
			a, err = readAnswer(result[v.policy.entrypoint.variable])
			return err
		})
	switch {
	case topdown.IsCancel(err):
		return answer{}, errTimeLimit
	case err != nil:
		return answer{}, err
	case !decided:
		return answer{}, errUndefined
	}
	return a, nil
}
