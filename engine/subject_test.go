package engine_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/snapshot"
)

func subjectView(t *testing.T, rules string) *engine.View {
	t.Helper()
	policy, err := engine.Compile(map[string]string{"a.rego": "package steelgate.authz\n\n" + rules + "\n", "b.rego": "package steelgate.site\n\nactions contains name if some name in [\"b\", \"a\"]\n\nactions contains 7\n"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	return engine.Hypothetical(policy, snapshot.Empty(), time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC), time.Second)
}

// A subject that is no key is decided by the policy, which sees who it is and the time that the caller says; a key never is so.
func TestAuthorizeSubject(t *testing.T) {
	v := subjectView(t, `decision := {"allow": true, "code": "allowed"} if {
	input.subject == {"type": "user", "id": "ada", "properties": {"team": "red"}}
	input.action.name == "report.read"
	input.resource == {"type": "report", "id": "r"}
	input.context == {"time": "then", "client_ip": "203.0.113.9"}
}

else := {"allow": false, "code": "now"} if input.context.time == "2026-11-28T12:00:00Z"`)
	asked := authz.Request{
		Action: "report.read", Resource: authz.Entity{Type: "report", ID: "r"},
		Context: authz.Context{ClientIP: "203.0.113.9", Extra: authz.Object(`{"time":"then"}`)},
	}
	ada := authz.Entity{Type: "user", ID: "ada", Properties: authz.Object(`{"team":"red"}`)}
	if d, err := v.AuthorizeSubject(ada, asked); err != nil || !d.Allow || d.Key != nil {
		t.Errorf("%+v, %v", d, err)
	}
	if d, err := v.AuthorizeSubject(authz.Entity{Type: authz.APIKeySubject, ID: "ada"}, asked); err != nil || d.Allow || d.Code != authz.KeyUnknown {
		t.Errorf("of a key: %+v, %v", d, err)
	}
	if d, err := v.AuthorizeSubject(authz.Entity{Type: "user", ID: "ben"}, authz.Request{}); err != nil || d.Code != "now" {
		t.Errorf("at the engine's time: %+v, %v", d, err)
	}
	if d, err := v.AuthorizeSubject(authz.Entity{Type: "user", ID: "ben"}, asked); !errors.Is(err, engine.ErrPolicy) || d.Allow {
		t.Errorf("undefined: %+v, %v", d, err)
	}
	policy, err := engine.Compile(map[string]string{"a.rego": "package steelgate.authz\n\ndecision := 1\n", "b.rego": "package steelgate.site\n\nactions contains name if some name in [\"b\", \"a\"]\n\nactions contains 7\n"}, 1)
	if err != nil || !slices.Equal(policy.SiteActions(), []string{"a", "b"}) {
		t.Errorf("the installation's actions: %q, %v", policy.SiteActions(), err)
	}
	if got := v.RuleValue("data.steelgate.authz.decision", authz.Entity{Type: "user", ID: "ben"}, authz.Request{}); got == nil || v.RuleValue("data.none", ada, asked) != nil {
		t.Errorf("a rule's value: %v", got)
	}
}

// What a deny may hold is what a decision may refuse with.
func TestDenialFault(t *testing.T) {
	for text, fine := range map[string]bool{
		`{"code": "closed"}`: true, `{"code": "closed", "message": "Closed.", "more": 1}`: true,
		`"closed"`: false, `{}`: false, `{"code": 7}`: false, `{"code": ""}`: false, `{"code": "allowed"}`: false, `{"code": "key_revoked"}`: false,
		`{"code": "closed", "message": 7}`: false, `["code"]`: false,
	} {
		if err := engine.DenialFault(ast.MustParseTerm(text).Value); (err == nil) != fine {
			t.Errorf("%s: %v", text, err)
		}
	}
}
