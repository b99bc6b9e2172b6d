package engine

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/opastore"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// AuthorizeSubject asks the policy what a subject may do that is no API key: whoever asks vouches for who that is. Of an API key it
// answers that there is none such, for a key is authenticated first. An error is ErrPolicy; a deny is a decision.
func (v *View) AuthorizeSubject(subject authz.Entity, request authz.Request) (authz.Decision, error) {
	if subject.Type == authz.APIKeySubject {
		return v.Refuse(snapshot.Key{}, authz.KeyUnknown), nil
	}
	var answer answer
	input, err := v.inputOfSubject(subject, request)
	if err == nil {
		err = v.policy.entrypoint.evaluate(v.engine.options.TimeLimit, v.world(), input, answer.read)
	}
	if err != nil {
		return v.decision(snapshot.Key{}, authz.PolicyError), policyError(err)
	}
	return v.answered(snapshot.Key{}, answer), nil
}

func (v *View) world() world {
	return world{snapshot: v.snapshot, now: v.now, note: v.note, watch: v.watch}
}

// inputOfSubject is the document that a policy sees of a question about any subject. The caller's time stands where it is no
// key's.
func (v *View) inputOfSubject(subject authz.Entity, r authz.Request) (ast.Value, error) {
	who := ast.NewObject([2]*ast.Term{typeTerm, ast.StringTerm(subject.Type)}, [2]*ast.Term{idTerm, ast.StringTerm(subject.ID)})
	properties, err := opastore.Object(subject.Properties)
	if err != nil {
		return nil, err
	}
	if properties != nil {
		who.Insert(propertiesTerm, ast.NewTerm(properties))
	}
	extra, err := opastore.Object(r.Context.Extra)
	if err != nil {
		return nil, err
	}
	now := v.context
	if extra != nil && extra.Get(timeTerm) != nil && subject.Type != authz.APIKeySubject {
		now = ast.ObjectTerm([2]*ast.Term{timeTerm, extra.Get(timeTerm)})
	}
	input, err := inputOf("", r, now)
	if err != nil {
		return nil, err
	}
	asked := ast.NewObject([2]*ast.Term{subjectTerm, ast.NewTerm(who)})
	input.(ast.Object).Foreach(func(name, part *ast.Term) {
		if !name.Equal(subjectTerm) {
			asked.Insert(name, part)
		}
	})
	return asked, nil
}

// RuleValue is what a rule of the policy says to a question, for whoever looks for the cause of a fault. It is nil where no such rule
// stands, and where the rule is undefined, fails or has several values. The rule is compiled anew for each call.
func (v *View) RuleValue(rule string, subject authz.Entity, request authz.Request) (value ast.Value) {
	q, err := prepare(v.policy.entrypoint.rules, rule)
	if err != nil || q == nil {
		return nil
	}
	input, err := v.inputOfSubject(subject, request)
	if err != nil {
		return nil
	}
	err = q.evaluate(v.engine.options.TimeLimit, v.world(), input, func(term *ast.Term) error {
		value = term.Value
		return nil
	})
	if err != nil {
		return nil
	}
	return value
}

// DenialFault says why what an installation's deny holds is no denial; nil is that it is one.
func DenialFault(denial ast.Value) error {
	fields, ok := denial.(ast.Object)
	if !ok {
		return fmt.Errorf("it is of type %s, not an object", ast.ValueName(denial))
	}
	refusal := ast.NewObject([2]*ast.Term{ast.StringTerm("allow"), ast.BooleanTerm(false)})
	for _, name := range []string{"code", "message"} {
		if term := fields.Get(ast.StringTerm(name)); term != nil {
			refusal.Insert(ast.StringTerm(name), term)
		}
	}
	var a answer
	return a.read(ast.NewTerm(refusal))
}

// SiteActions are the actions that the installation names beside the table's, in order: as far as they can be read without a
// question.
func (p *Policy) SiteActions() []string {
	names, err := p.siteActions()
	if err != nil {
		return nil
	}
	return names
}
