package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/steelengine/steelgate/engine/opastore"
	"github.com/steelengine/steelgate/engine/snapshot"
)

var (
	errUndefined = errors.New("the rule is undefined for this question")
	errSeveral   = errors.New("the rule has several values")
)

// query asks for the value of one rule, compiled once.
type query struct {
	rules    *ast.Compiler
	body     ast.Body
	compiler ast.QueryCompiler
	variable ast.Var
	// constants are the rules that have one value whatever the question.
	constants []constant
	// idle are evaluations that came to a good end, to be used again.
	idle sync.Pool
}

// world is what a query sees beside its input: a snapshot, at a moment. A key of the snapshot that is known to be live then
// is not looked at once more.
type world struct {
	snapshot *snapshot.Snapshot
	now      time.Time
	live     snapshot.Key
	// note, unless nil, is told of each record that is read.
	note func(opastore.Record)
	// watch, unless nil, is told of the evaluation.
	watch *Watch
}

// noWorld is one without any record, for rules that decide on their input alone.
var noWorld = world{snapshot: snapshot.Empty()}

// evaluation is all that one run of a query needs, in one piece. It serves one run at a time.
type evaluation struct {
	query    *topdown.Query
	variable ast.Var
	world    opastore.Transaction
	input    ast.Term
	cache    virtualCache
	limit    timeLimit
	read     func(*ast.Term) error
	answers  int
	answer   func(topdown.QueryResult) error
}

func (q *query) newEvaluation() *evaluation {
	e := &evaluation{variable: q.variable}
	e.answer = e.onAnswer
	for _, c := range q.constants {
		e.cache.Put(c.ref, c.value)
	}
	e.cache.keep()
	e.query = topdown.NewQuery(q.body).
		WithQueryCompiler(q.compiler).
		WithCompiler(q.rules).
		WithStore(opastore.Store{}).
		WithTransaction(&e.world).
		WithBaseCache(&e.world).
		WithVirtualCache(&e.cache).
		WithInput(&e.input).
		WithMetrics(metrics.NoOp()).
		WithStrictBuiltinErrors(true).
		WithCancel(&e.limit)
	return e
}

// evaluate hands the one value of the rule to read, which may not keep it. Undefined, several values, a builtin's error, a
// panic and a run past the limit are errors.
func (q *query) evaluate(limit time.Duration, w world, input ast.Value, read func(*ast.Term) error) error {
	if w.watch.isClose() {
		return q.evaluateWatched(limit, w, input, read)
	}
	e, _ := q.idle.Get().(*evaluation)
	if e == nil {
		e = q.newEvaluation()
	}
	if w.watch != nil {
		read = w.watch.reader(read)
	}
	e.world.Begin(w.snapshot, w.now, w.live)
	e.world.Note(w.note)
	e.input.Value, e.read = input, read
	e.limit.start(limit)
	err := e.run()
	if e.limit.stop() && err == nil {
		// What failed may have been left in any state, and whose time ran out may still be told so.
		e.forget()
		q.idle.Put(e)
	}
	return err
}

func (e *evaluation) run() (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("the evaluation panicked: %v", fault)
		}
	}()
	err = e.query.Iter(context.Background(), e.answer)
	switch {
	case topdown.IsCancel(err), e.limit.Cancelled():
		return ErrTimeLimit
	case err != nil:
		return err
	case e.answers == 0:
		return errUndefined
	}
	return nil
}

func (e *evaluation) onAnswer(result topdown.QueryResult) error {
	if e.answers++; e.answers > 1 {
		return errSeveral
	}
	return e.read(result[e.variable])
}

// forget lets go of all that the run saw.
func (e *evaluation) forget() {
	e.world.Begin(noWorld.snapshot, noWorld.now, noWorld.live)
	e.input.Value, e.read, e.answers = nil, nil, 0
	e.cache.clear()
}
