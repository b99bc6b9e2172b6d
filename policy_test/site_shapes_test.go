package policy_test_test

import (
	"errors"
	"testing"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/policy_test/model"
	"github.com/steelengine/steelgate/policy_test/stage"
)

// A deny of whatever shape denies, or no decision is made, or the policy does not compile: it never allows.
func TestADenyOfNoShapeNeverAllows(t *testing.T) {
	w := model.NewWorld()
	w.PutUser(authz.User{ID: "ada", Active: true})
	w.PutWorkspace(authz.Workspace{ID: "core", OwnerID: "ada", PersonalKeysEnabled: true})
	w.PutResource(authz.Resource{Type: "workflow", ID: "invoice", WorkspaceID: "core", Properties: authz.Object(`{"deployed":true}`)})
	w.PutKey(authz.APIKey{ID: "key_1", Type: authz.WorkspaceKey, OwnerID: "core"})
	q := model.Question{KeyID: "key_1", Request: authz.Request{Action: "workflow.execute", Resource: authz.Entity{Type: "workflow", ID: "invoice"}}}

	for name, c := range map[string]struct {
		rules string
		code  authz.Code
	}{
		"a set":                        {`deny contains {"code": "closed", "message": "Closed."}`, "closed"},
		"without a message":            {`deny contains {"code": "closed"}`, "closed"},
		"of several the first by code": {"deny contains {\"code\": \"b\", \"a\": 1}\ndeny contains {\"code\": \"a\"}", "a"},
		"one that does not apply":      {`deny contains {"code": "closed"} if input.resource.id == "report"`, authz.Allowed},
		"an array":                     {`deny := [{"code": "closed", "message": "Closed."}]`, "closed"},
		"a partial object":             {`deny["x"] := {"code": "closed"} if true`, "closed"},
		"true":                         {`deny := true`, authz.PolicyError},
		"false":                        {`deny := false`, authz.PolicyError},
		"a condition":                  {`deny if input.resource.id == "invoice"`, authz.PolicyError},
		"a default":                    {"default deny := false\ndeny if input.resource.id == \"report\"", authz.PolicyError},
		"a text":                       {`deny := "closed"`, authz.PolicyError},
		"a number":                     {`deny := 7`, authz.PolicyError},
		"null":                         {`deny := null`, authz.PolicyError},
		"an empty object":              {`deny := {}`, authz.PolicyError},
		"an object":                    {`deny := {"code": "closed", "message": "Closed."}`, authz.PolicyError},
		"texts":                        {`deny contains "closed"`, authz.PolicyError},
		"an empty code":                {`deny contains {"code": ""}`, authz.PolicyError},
		"a number as code":             {`deny contains {"code": 7}`, authz.PolicyError},
		"a number as message":          {`deny contains {"code": "closed", "message": 7}`, authz.PolicyError},
		"the code allowed":             {`deny contains {"code": "allowed"}`, authz.PolicyError},
		"a code of authentication":     {`deny contains {"code": "key_revoked"}`, authz.PolicyError},
		"a failing builtin":            {`deny contains {"code": "closed"} if to_number(input.resource.id) == 1`, authz.PolicyError},
		"what can't be known before":   {`deny := input.context`, authz.PolicyError},
		"a function":                   {`deny(x) := x`, ""},
		"in conflict":                  {"deny := 1 if input.resource.id\ndeny := 2 if input.resource.id", authz.PolicyError},
	} {
		t.Run(name, func(t *testing.T) {
			files := shipped(t)
			files["site/site.rego"] = "package steelgate.site\n\n" + c.rules + "\n"
			s, err := stage.New(files, noon)
			if _, ok := errors.AsType[engine.Diagnostics](err); ok && c.code == "" {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Build(w); err != nil {
				t.Fatal(err)
			}
			d, err := s.Decide(q)
			if d.Code != c.code || d.Allow != (c.code == authz.Allowed) || (err != nil) != (c.code == authz.PolicyError) {
				t.Errorf("got %s, allow %t, %v; want %q", d.Code, d.Allow, err, c.code)
			}
		})
	}
}
