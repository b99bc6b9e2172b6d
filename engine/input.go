package engine

import (
	"bytes"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/steelengine/steelgate/authz"
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

// inputOf is the document that a policy sees of a key's request. It is built as OPA's own values, for a detour over JSON
// would cost as much as the decision. Objects that can't be read are left out: a rule over them is undefined.
func inputOf(keyID string, r authz.Request, timeText string) ast.Value {
	resource := ast.NewObject(
		[2]*ast.Term{typeTerm, ast.StringTerm(r.Resource.Type)},
		[2]*ast.Term{idTerm, ast.StringTerm(r.Resource.ID)},
	)
	if properties := objectValue(r.Resource.Properties); properties != nil {
		resource.Insert(propertiesTerm, ast.NewTerm(properties))
	}
	return ast.NewObject(
		[2]*ast.Term{subjectTerm, ast.NewTerm(ast.NewObject(
			[2]*ast.Term{typeTerm, apiKeyTerm},
			[2]*ast.Term{idTerm, ast.StringTerm(keyID)},
		))},
		[2]*ast.Term{actionTerm, ast.NewTerm(ast.NewObject([2]*ast.Term{nameTerm, ast.StringTerm(r.Action)}))},
		[2]*ast.Term{resourceTerm, ast.NewTerm(resource)},
		[2]*ast.Term{contextTerm, ast.NewTerm(contextOf(r.Context, timeText))},
	)
}

// contextOf is what the caller added, overruled by the engine's own clock.
func contextOf(c authz.Context, timeText string) ast.Object {
	pairs := make([][2]*ast.Term, 0, 4)
	if extra := objectValue(c.Extra); extra != nil {
		extra.Foreach(func(name, value *ast.Term) {
			if !name.Equal(timeTerm) && !name.Equal(clientIPTerm) {
				pairs = append(pairs, [2]*ast.Term{name, value})
			}
		})
	}
	pairs = append(pairs, [2]*ast.Term{timeTerm, ast.StringTerm(timeText)})
	if c.ClientIP != "" {
		pairs = append(pairs, [2]*ast.Term{clientIPTerm, ast.StringTerm(c.ClientIP)})
	}
	return ast.NewObject(pairs...)
}

func objectValue(text authz.Object) ast.Object {
	if len(text) == 0 {
		return nil
	}
	value, err := ast.ValueFromReader(bytes.NewReader(text))
	if err != nil {
		return nil
	}
	object, _ := value.(ast.Object)
	return object
}
