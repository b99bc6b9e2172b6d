package engine

import (
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// Watch is told how a decision is made, by whoever asks more of it than the decision. What it leaves nil is not asked for.
type Watch struct {
	// Tracer is told of each of OPA's events. To tell takes longer than to decide: a decision then has five time limits.
	Tracer topdown.QueryTracer
	// Metrics are told how long the policy took.
	Metrics metrics.Metrics
	// Answer is told what the policy's entrypoint says, once that has the shape of a decision. It may not keep it.
	Answer func(ast.Value) error
}

// Watched is the view, telling watch how it decides, by the same compiled question over the same data as without. Where the policy is not
// asked nothing is told. It serves one goroutine, and one decision.
func (v *View) Watched(watch *Watch) *View {
	other := *v
	other.watch = watch
	return &other
}

// isClose tells whether an evaluation must be made for the watch alone.
func (w *Watch) isClose() bool { return w != nil && (w.Tracer != nil || w.Metrics != nil) }

// reader tells the watch of an answer that read has taken.
func (w *Watch) reader(read func(*ast.Term) error) func(*ast.Term) error {
	if w.Answer == nil {
		return read
	}
	return func(term *ast.Term) error {
		if err := read(term); err != nil {
			return err
		}
		return w.Answer(term.Value)
	}
}

// evaluateWatched is evaluate, in an evaluation that serves nobody afterwards.
func (q *query) evaluateWatched(limit time.Duration, w world, input ast.Value, read func(*ast.Term) error) error {
	e := q.newEvaluation()
	if w.watch.Tracer != nil {
		e.query.WithQueryTracer(w.watch.Tracer)
		limit *= traceFactor
	}
	if w.watch.Metrics != nil {
		e.query.WithMetrics(w.watch.Metrics)
	}
	e.world.Begin(w.snapshot, w.now, w.live)
	e.world.Note(w.note)
	e.input.Value, e.read = input, w.watch.reader(read)
	e.limit.start(limit)
	err := e.run()
	e.limit.stop()
	return err
}
