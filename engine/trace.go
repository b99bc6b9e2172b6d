package engine

import (
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/opastore"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// traceFactor is how many time limits a traced evaluation may take: to be told of each step costs several times the steps.
const traceFactor = 5

// Trace authorizes a live key as Authorize does, by the same compiled question over the same data, and tells watch of each of
// OPA's events on the way. It is for explanations: it takes up to five time limits. The error is ErrPolicy, and what was told
// until then stands.
func (v *View) Trace(key snapshot.Key, request authz.Request, watch func(topdown.Event, *Sight)) (authz.Decision, error) {
	e := v.policy.entrypoint.newEvaluation()
	sight := &Sight{evaluation: e, rules: v.policy.entrypoint.rules, users: map[string]bool{}}
	e.query.WithBaseCache(watchedWorld{&e.world, sight}).WithQueryTracer(tracer{sight, watch})

	input, err := inputOf(key.ID(), request, v.context)
	if err != nil {
		return v.decision(key, authz.PolicyError), policyError(err)
	}
	var answer answer
	e.world.Begin(v.snapshot, v.now, key)
	e.input.Value, e.read = input, answer.read
	e.limit.start(traceFactor * v.engine.options.TimeLimit)
	err = e.run()
	e.limit.stop()
	if err != nil {
		return v.decision(key, authz.PolicyError), policyError(err)
	}
	return v.guarded(key, request.Resource, answer)
}

// Sight is what an evaluation sees at one of its events. It is good only while watch runs.
type Sight struct {
	evaluation *evaluation
	rules      *ast.Compiler
	users      map[string]bool
}

// Name is what the policy's author called a variable, if it is not one that the compiler made.
func (s *Sight) Name(v ast.Var) (string, bool) {
	if name, ok := s.rules.RewrittenVars[v]; ok {
		return string(name), true
	}
	return string(v), !v.IsGenerated() && !v.IsWildcard()
}

// UsersRead are the ids of the users whose records were read so far.
func (s *Sight) UsersRead() map[string]bool { return s.users }

// Value is what a ground reference into input, data or a rule leads to; nil with known is undefined. A rule is known once it was
// evaluated.
func (s *Sight) Value(ref ast.Ref) (value ast.Value, known bool) {
	if ref.HasPrefix(ast.InputRootRef) {
		return find(s.evaluation.input.Value, ref[1:]), true
	}
	for n := len(ref); n > 1; n-- {
		if found, undefined := s.evaluation.cache.Get(ref[:n]); found != nil || undefined {
			if undefined {
				return nil, true
			}
			return find(found.Value, ref[n:]), true
		}
	}
	if isRule := len(s.rules.GetRulesDynamicWithOpts(ref, ast.RulesOptions{})) > 0; isRule {
		return nil, false
	}
	return s.evaluation.world.Get(ref), true
}

func find(value ast.Value, path ast.Ref) ast.Value {
	if value == nil {
		return nil
	}
	found, err := value.Find(path)
	if err != nil {
		return nil
	}
	return found
}

// watchedWorld notes whose records are read, so that no explanation repeats what a user is called.
type watchedWorld struct {
	*opastore.Transaction
	sight *Sight
}

// Get implements topdown.BaseCache.
func (w watchedWorld) Get(ref ast.Ref) ast.Value {
	if len(ref) > 2 && ref[1].Equal(usersTerm) {
		if id, ok := ref[2].Value.(ast.String); ok {
			w.sight.users[string(id)] = true
		}
	}
	return w.Transaction.Get(ref)
}

var usersTerm = ast.StringTerm("users")

type tracer struct {
	sight *Sight
	watch func(topdown.Event, *Sight)
}

// Enabled implements topdown.QueryTracer.
func (tracer) Enabled() bool { return true }

// Config implements topdown.QueryTracer: a variable's value is looked up where it is wanted.
func (tracer) Config() topdown.TraceConfig { return topdown.TraceConfig{} }

// TraceEvent implements topdown.QueryTracer.
func (t tracer) TraceEvent(e topdown.Event) { t.watch(e, t.sight) }

// Fault is what a policy failed of, and where: row and column count from 1, and the path is "" where that is not known.
type Fault struct {
	Path     string
	Row, Col int
	Message  string
}

// FaultOf reads what an ErrPolicy says.
func FaultOf(err error) Fault {
	fault := Fault{Message: err.Error()}
	for err != nil {
		switch e := err.(type) {
		case *topdown.Error:
			fault.Message = e.Message
			if e.Location != nil {
				fault.Path, fault.Row, fault.Col = e.Location.File, e.Location.Row, e.Location.Col
			}
			return fault
		case *storage.Error:
			fault.Message = e.Message
			return fault
		case interface{ Unwrap() []error }:
			parts := e.Unwrap()
			err = parts[len(parts)-1]
		case interface{ Unwrap() error }:
			err = e.Unwrap()
		default:
			fault.Message = err.Error()
			return fault
		}
	}
	return fault
}
