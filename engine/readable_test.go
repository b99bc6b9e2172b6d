package engine_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// What no policy can read ends the decision: were it left out, so would be what a rule denies by it.
func TestWhatCanNotBeReadAllowsNothing(t *testing.T) {
	const rules = `package steelgate.authz

decision := {"allow": false, "code": "blocked"} if "blocked" in {input.context.a, input.resource.properties.a, data.resources.workflow[input.resource.id].properties.a}

else := {"allow": true, "code": "allowed"} if data.resources.workflow[input.resource.id].id`
	policy, err := engine.Compile(map[string]string{"a.rego": rules}, 1)
	if err != nil {
		t.Fatal(err)
	}
	plain := authz.Object(`{"a":"x"}`)
	for _, number := range []string{"1e50000", "-1E1000000", "1e+999999999"} {
		large := authz.Object(`{"a":"blocked","deep":[{"n":` + number + `}]}`)
		if engine.CanRead(large) {
			t.Errorf("%.20s passes for readable", number)
		}
		for name, c := range map[string]struct{ context, properties, stored authz.Object }{
			"context": {large, plain, plain}, "properties": {plain, large, plain}, "stored": {plain, plain, large},
		} {
			edit := snapshot.Empty().Edit()
			edit.PutWorkspace(authz.Workspace{ID: "w", OwnerID: "u"})
			edit.PutResource(authz.Resource{Type: "workflow", ID: "f", WorkspaceID: "w", Properties: c.stored})
			edit.PutKey(authz.APIKey{ID: "k", Type: authz.WorkspaceKey, OwnerID: "w"}, apikey.Digest{1})
			world := edit.Commit(1)
			key, _ := world.Key("k")
			d, err := engine.Hypothetical(policy, world, time.Unix(0, 0), time.Minute).Authorize(key, authz.Request{
				Resource: authz.Entity{Type: "workflow", ID: "f", Properties: c.properties}, Context: authz.Context{Extra: c.context},
			})
			if d.Allow || d.Code != authz.PolicyError || !errors.Is(err, engine.ErrPolicy) {
				t.Errorf("%s, %.20s: %+v, %v", name, number, d, err)
			}
		}
	}
	for _, fine := range []string{`{}`, `{"n":1e300,"id":"3e9","hex":"0e1f"}`, `{"n":` + strings.Repeat("9", 300) + `}`} {
		if !engine.CanRead(authz.Object(fine)) {
			t.Errorf("%.40s passes for unreadable", fine)
		}
	}
}

// A policy's own words are short, and name what may be named: they are logged with every decision.
func TestWhatAPolicySaysIsBounded(t *testing.T) {
	for _, decision := range []string{
		`{"allow": false, "code": "` + strings.Repeat("c", 65) + `"}`,
		`{"allow": true, "code": "allowed", "billed_to": {"type": "user", "id": "` + strings.Repeat("u", 300) + `"}}`,
		`{"allow": true, "code": "allowed", "billed_to": {"type": "user", "id": "a b"}}`,
		`{"allow": true, "code": "allowed", "billed_to": {"type": "user", "id": "u"}, "granted_by": {"workspace_id": "a b", "permission": "read"}}`,
	} {
		v := subjectView(t, "decision := "+decision)
		if d, err := v.AuthorizeSubject(authz.Entity{Type: "user", ID: "u"}, authz.Request{}); d.Allow || !errors.Is(err, engine.ErrPolicy) {
			t.Errorf("%.80s: %+v, %v", decision, d, err)
		}
	}
}
