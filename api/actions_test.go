package api_test

import (
	"strings"
	"testing"
)

// Every actor reads which actions the policy in force knows, and nobody else does.
func TestActionsAreListed(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	manage := g.token("manage")
	for _, who := range [][]string{{asAdmin}, {manage, "X-Steelgate-Actor: dan"}, {manage, "X-Steelgate-Actor: root"}} {
		a := g.ask("GET", "/v1/actions", "", who...).want(200)
		if a.text("actions", "workflow.execute") != `{"on":["workflow"],"requires":"write"}` || a.text("actions", "logs.read", "on") != `["workflow","workspace"]` || a.text("site_actions") != "[]" {
			t.Errorf("%v reads %s", who, a.Body)
		}
	}
	g.ask("GET", "/v1/actions", "").wantProblem(401, "unauthenticated")
	g.ask("GET", "/v1/actions", "", manage, "X-Steelgate-Actor: idle").wantProblem(401, "no_actor")
	g.ask("GET", "/v1/actions", "", g.token("decide")).wantProblem(403, "insufficient_scope")
	g.admin("GET", "/v1/actions?x=1", "").wantProblem(422, "invalid_field", "x")
	g.usePolicy("site/site.rego", "package steelgate.site\n\nactions contains \"invoice.pay\"")
	if a := g.admin("GET", "/v1/actions", "").want(200); a.text("site_actions") != `["invoice.pay"]` {
		t.Errorf("of the site: %s", a.Body)
	}
	g.usePolicy("site/site.rego", "package steelgate.site\n\nactions := to_number(\"x\")")
	g.admin("GET", "/v1/actions", "").wantProblem(500, "policy_error")
}

// Who may not read policies has none formatted, whatever they send.
func TestWhoHasADraftFormatted(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	manage := g.token("manage")
	g.ask("POST", "/v1/policy/format", `{"files": {"a.rego": "package a"}}`, manage, "X-Steelgate-Actor: ada").wantProblem(403, "forbidden")
	for body, field := range map[string]string{`{}`: "files", `{"files": null}`: "files", `{"files": {}, "message": "m"}`: "message"} {
		g.admin("POST", "/v1/policy/format", body).wantProblem(422, "invalid_field", field)
	}
	g.admin("POST", "/v1/policy/format", `{"files": {"a.rego": "`+strings.Repeat("#", 1<<20)+`"}}`).wantProblem(413, "too_large")
}
