package explain

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/steelengine/steelgate/engine"
)

// How much of an evaluation is told. A policy may loop over ten thousand elements: nobody reads that.
const (
	maxSteps = 500
	// maxAlike is how often one rule is told within one evaluation of the rule that asks for it.
	maxAlike = 20
	// maxFrames bounds what is remembered of evaluations inside of rules.
	maxFrames = 20_000
)

// trace evaluates the request once more, watched, and tells the steps. failed is what the decision failed with, or nil.
func (x *Explanation) trace(view *engine.View, q Question, failed error) error {
	r := &recorder{snapshot: view.Snapshot(), frames: map[uint64]link{}}
	key, _ := view.Snapshot().Key(q.Key.ID())
	traced, err := view.Trace(key, q.Request, r.event)
	x.Steps, x.Truncated = r.told(), r.truncated
	switch {
	case failed != nil:
		fault := engine.FaultOf(failed)
		x.Fault = &fault
	case err != nil:
		// To be watched took the evaluation past its limit: the decision stands, and the steps until then.
		x.Truncated = true
	case traced.Code != x.Decision.Code || traced.Allow != x.Decision.Allow:
		return fmt.Errorf("%w: watched, it decides %s and not %s", engine.ErrPolicy, traced.Code, x.Decision.Code)
	}
	return nil
}

// frame is one evaluation of a rule's body.
type frame struct {
	rule   *ast.Rule
	parent *frame
	depth  int
	// step is nil until the body is begun: a function whose arguments don't match has not been.
	step *Step
	// reached is the place in the body of the expression that failed.
	reached int
	// asked counts the evaluations of each rule that this one asked for, and has the last step that is told of it.
	asked map[*ast.Rule]*alike
	// silent tells that it is one of too many.
	silent bool
}

type alike struct {
	count int
	last  *Step
}

// link leads from one of OPA's queries to the frame that it is part of; within is a query inside of the body, as of a not.
type link struct {
	*frame
	within bool
}

func (r *recorder) event(e topdown.Event, sight *engine.Sight) {
	switch e.Op {
	case topdown.EnterOp:
		r.enter(e)
	case topdown.EvalOp:
		if at, ok := r.frames[e.QueryID]; ok && !at.within && at.frame != nil && at.step == nil && !at.silent {
			r.begin(at.frame)
		}
	case topdown.FailOp:
		at := r.frames[e.QueryID]
		if expr, ok := e.Node.(*ast.Expr); ok && at.frame != nil && !at.within && at.step != nil && !at.step.Fired {
			if at.step.Failed == nil || expr.Index > at.reached {
				at.reached = expr.Index
				at.step.Failed = r.failure(at.rule, expr, e, sight)
			}
		}
	case topdown.ExitOp:
		at := r.frames[e.QueryID]
		if rule, ok := e.Node.(*ast.Rule); ok && at.frame != nil && at.step != nil && !at.step.Fired {
			at.step.Fired, at.step.Failed = true, nil
			head := rule.Head.Value
			if head == nil {
				head = rule.Head.Key
			}
			if head != nil {
				at.step.Value, _ = r.render(e.Plug(head).Value, sight)
			}
		}
	}
}

func (r *recorder) enter(e topdown.Event) {
	if len(r.frames) >= maxFrames || len(r.steps) >= maxSteps {
		r.truncated = true
		return
	}
	parent := r.frames[e.ParentID].frame
	rule, ok := e.Node.(*ast.Rule)
	if !ok {
		r.frames[e.QueryID] = link{parent, true}
		return
	}
	f := &frame{rule: rule, parent: parent}
	if parent != nil {
		f.depth, f.silent = parent.depth+1, parent.silent
	}
	r.frames[e.QueryID] = link{frame: f}
}

// begin makes the step of a body that is begun.
func (r *recorder) begin(f *frame) {
	if f.parent != nil {
		if f.parent.asked == nil {
			f.parent.asked = map[*ast.Rule]*alike{}
		}
		seen := f.parent.asked[f.rule]
		if seen == nil {
			seen = &alike{}
			f.parent.asked[f.rule] = seen
		}
		if seen.count++; seen.count > maxAlike {
			f.silent, r.truncated = true, true
			seen.last.More++
			return
		}
		defer func() { seen.last = f.step }()
	}
	f.step = &Step{Rule: f.rule.Ref().GroundPrefix().String(), Place: placeOf(f.rule.Loc()), Depth: f.depth}
	r.steps = append(r.steps, f.step)
}

func (r *recorder) told() []Step {
	steps := make([]Step, len(r.steps))
	for i, step := range r.steps {
		steps[i] = *step
	}
	return steps
}

func placeOf(at *ast.Location) Place {
	if at == nil {
		return Place{}
	}
	return Place{at.File, at.Row, at.Col}
}
