package engine

import (
	"hash/maphash"
	"sync/atomic"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/opastore"
)

// The names in input, in AuthZEN's shape, made once.
var (
	subjectTerm    = ast.StringTerm("subject")
	actionTerm     = ast.StringTerm("action")
	resourceTerm   = ast.StringTerm("resource")
	contextTerm    = ast.StringTerm("context")
	typeTerm       = ast.StringTerm("type")
	idTerm         = ast.StringTerm("id")
	nameTerm       = ast.StringTerm("name")
	propertiesTerm = ast.StringTerm("properties")
	timeTerm       = ast.StringTerm("time")
	clientIPTerm   = ast.StringTerm("client_ip")
	apiKeyTerm     = ast.StringTerm(authz.APIKeySubject)
)

// inputOf is the document that a policy sees of a key's request; now is the context of the moment. It is built as OPA's own
// values, for a detour over JSON would cost as much as the decision, and of parts that stand already where they can.
// The error is opastore.ErrUnreadable.
func inputOf(keyID string, r authz.Request, now *ast.Term) (ast.Value, error) {
	// One allocation for the terms that are new.
	terms := &[5]ast.Term{{Value: ast.String(keyID)}, {Value: ast.String(r.Resource.ID)}}
	terms[2].Value = ast.NewObject([2]*ast.Term{typeTerm, apiKeyTerm}, [2]*ast.Term{idTerm, &terms[0]})
	resource := ast.NewObject([2]*ast.Term{typeTerm, resourceTypes.of(r.Resource.Type)}, [2]*ast.Term{idTerm, &terms[1]})
	properties, err := opastore.Object(r.Resource.Properties)
	if err != nil {
		return nil, err
	}
	if properties != nil {
		resource.Insert(propertiesTerm, ast.NewTerm(properties))
	}
	terms[3].Value = resource
	if r.Context.ClientIP != "" || len(r.Context.Extra) > 0 {
		if terms[4].Value, err = contextOf(r.Context, now); err != nil {
			return nil, err
		}
		now = &terms[4]
	}
	action := actions.of(r.Action)
	if r.ActionProperties != nil {
		parameters, err := opastore.Object(r.ActionProperties)
		if err != nil {
			return nil, err
		}
		action = ast.ObjectTerm([2]*ast.Term{nameTerm, ast.StringTerm(r.Action)}, [2]*ast.Term{propertiesTerm, ast.NewTerm(parameters)})
	}
	return ast.NewObject(
		[2]*ast.Term{subjectTerm, &terms[2]},
		[2]*ast.Term{actionTerm, action},
		[2]*ast.Term{resourceTerm, &terms[3]},
		[2]*ast.Term{contextTerm, now},
	), nil
}

// contexts makes the context of a request that says nothing of its own: the time, in whole seconds. All views of one
// second share it.
type contexts struct{ last atomic.Pointer[contextAt] }

type contextAt struct {
	second int64
	term   *ast.Term
}

func (c *contexts) of(now time.Time) *ast.Term {
	if last := c.last.Load(); last != nil && last.second == now.Unix() {
		return last.term
	}
	text := now.UTC().Format(time.RFC3339)
	made := &contextAt{now.Unix(), ast.ObjectTerm([2]*ast.Term{timeTerm, ast.StringTerm(text)})}
	c.last.Store(made)
	return made.term
}

// contextOf is what the caller added, overruled by the engine's own clock.
func contextOf(c authz.Context, now *ast.Term) (ast.Value, error) {
	pairs := make([][2]*ast.Term, 0, 4)
	extra, err := opastore.Object(c.Extra)
	if err != nil {
		return nil, err
	}
	if extra != nil {
		extra.Foreach(func(name, value *ast.Term) {
			if !name.Equal(timeTerm) && !name.Equal(clientIPTerm) {
				pairs = append(pairs, [2]*ast.Term{name, value})
			}
		})
	}
	pairs = append(pairs, [2]*ast.Term{timeTerm, now.Get(timeTerm)})
	if c.ClientIP != "" {
		pairs = append(pairs, [2]*ast.Term{clientIPTerm, ast.StringTerm(c.ClientIP)})
	}
	return ast.NewObject(pairs...), nil
}

// shared are terms that are made of one text each, for texts that come again and again. It forgets one for another where
// they fall together, so that no flood of texts makes it grow. What it hands out nobody may change.
type shared struct {
	make  func(text string) *ast.Term
	terms [128]atomic.Pointer[sharedTerm]
}

type sharedTerm struct {
	text string
	term *ast.Term
}

var (
	resourceTypes = shared{make: ast.StringTerm}
	actions       = shared{make: func(text string) *ast.Term { return ast.ObjectTerm([2]*ast.Term{nameTerm, ast.StringTerm(text)}) }}
	sharedSeed    = maphash.MakeSeed()
)

func (s *shared) of(text string) *ast.Term {
	place := &s.terms[maphash.String(sharedSeed, text)%uint64(len(s.terms))]
	if known := place.Load(); known != nil && known.text == text {
		return known.term
	}
	made := &sharedTerm{text, s.make(text)}
	place.Store(made)
	return made.term
}
