package explain

import (
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// maxValues is how many values are told of one expression.
const maxValues = 12

// recorder condenses OPA's events to steps.
type recorder struct {
	snapshot  *snapshot.Snapshot
	frames    map[uint64]link
	steps     []*Step
	truncated bool
}

// failure tells an expression as it is written. The compiler makes several of one: all up to the one that failed have values.
func (r *recorder) failure(rule *ast.Rule, failed *ast.Expr, e topdown.Event, sight *engine.Sight) *Failure {
	written := failed.Location
	for _, other := range rule.Body {
		if contains(other.Location, written) {
			written = other.Location
		}
	}
	f := &Failure{Place: placeOf(written), Text: shorten(string(written.Text)), Values: []Value{}}
	v := valuesReader{recorder: r, failure: f, rule: rule, event: e, sight: sight, told: map[string]bool{}}
	for _, part := range rule.Body {
		if part.Index <= failed.Index && contains(written, part.Location) {
			v.expression(part)
		}
	}
	return f
}

// contains tells whether a text has another inside it, or is the same.
func contains(outer, inner *ast.Location) bool {
	return outer != nil && inner != nil && outer.File == inner.File && outer.Offset <= inner.Offset &&
		outer.Offset+len(outer.Text) >= inner.Offset+len(inner.Text)
}

// valuesReader collects what the parts of one expression had led to.
type valuesReader struct {
	*recorder
	failure *Failure
	rule    *ast.Rule
	event   topdown.Event
	sight   *engine.Sight
	told    map[string]bool
}

func (v *valuesReader) expression(e *ast.Expr) {
	switch terms := e.Terms.(type) {
	case *ast.Term:
		v.term(terms)
	case []*ast.Term:
		// The first is the function.
		for _, term := range terms[1:] {
			v.term(term)
		}
	case *ast.Every:
		v.term(terms.Domain)
	}
}

// term tells of a term and what it holds. The variables inside of a comprehension are gone by now.
func (v *valuesReader) term(t *ast.Term) {
	switch value := t.Value.(type) {
	case ast.Var:
		if name, ok := v.sight.Name(value); ok {
			if plugged := v.event.Plug(t); plugged.IsGround() {
				v.tell(name, plugged.Value)
			}
		}
	case ast.Ref:
		v.reference(value)
	case ast.Call:
		for _, argument := range value[1:] {
			v.term(argument)
		}
	case *ast.Array:
		value.Foreach(v.term)
	case ast.Object:
		value.Foreach(func(name, element *ast.Term) {
			v.term(name)
			v.term(element)
		})
	case ast.Set:
		value.Foreach(v.term)
	}
}

// reference tells what a reference had led to, as far as it was ground.
func (v *valuesReader) reference(ref ast.Ref) {
	written := ast.Ref{ref[0]}
	plugged := ast.Ref{v.event.Plug(ref[0])}
	for _, term := range ref[1:] {
		ground := v.event.Plug(term)
		if !ground.IsGround() {
			break
		}
		shown := ground
		if variable, ok := term.Value.(ast.Var); ok {
			if name, known := v.sight.Name(variable); known {
				shown = ast.VarTerm(name)
			}
			v.term(term)
		}
		written, plugged = append(written, shown), append(plugged, ground)
	}
	head, isVariable := ref[0].Value.(ast.Var)
	if !isVariable {
		return
	}
	if head.Equal(ast.DefaultRootDocument.Value) || head.Equal(ast.InputRootDocument.Value) {
		if len(plugged) > 1 {
			value, known := v.sight.Value(plugged)
			if known {
				v.tell(v.asWritten(written), value)
			}
		}
		return
	}
	name, known := v.sight.Name(head)
	if !known || !plugged[0].IsGround() {
		return
	}
	written[0] = ast.VarTerm(name)
	value, err := plugged[0].Value.Find(plugged[1:])
	if err != nil {
		value = nil
	}
	v.tell(written.String(), value)
}

// asWritten leaves a rule's own package out of a name, as its author does.
func (v *valuesReader) asWritten(ref ast.Ref) string {
	if v.rule.Module == nil {
		return ref.String()
	}
	own := v.rule.Module.Package.Path
	if len(ref) <= len(own) || !ref.HasPrefix(own) {
		return ref.String()
	}
	name, ok := ref[len(own)].Value.(ast.String)
	if !ok {
		return ref.String()
	}
	return append(ast.Ref{ast.VarTerm(string(name))}, ref[len(own)+1:]...).String()
}

// tell adds a value under its name, once; nil is undefined.
func (v *valuesReader) tell(name string, value ast.Value) {
	if v.told[name] || len(v.told) >= maxValues {
		return
	}
	v.told[name] = true
	told := Value{Name: shorten(v.clean(name, v.sight)), Undefined: value == nil}
	if value != nil {
		told.Value, told.Cut = v.render(value, v.sight)
	}
	v.failure.Values = append(v.failure.Values, told)
}
