package api_test

import (
	"fmt"
	"strings"
	"testing"
)

// Several questions are answered in their order, each with the defaults for what it leaves out, and one that can't be read is a deny.
func TestEvaluations(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	core, read := keySubject("key_core"), `{"name": "workflow.read"}`
	invoice, assay := `{"type": "workflow", "id": "invoice"}`, `{"type": "workflow", "id": "assay"}`
	office := keySubject("key_office")
	many := func(n int, item string) string {
		return fmt.Sprintf(`{"subject": %s, "action": %s, "evaluations": [%s]}`, core, read, strings.TrimSuffix(strings.Repeat(item+",", n), ","))
	}
	for name, c := range map[string]struct{ body, want string }{
		"defaults":                    {`{"subject": ` + core + `, "action": ` + read + `, "evaluations": [{"resource": ` + invoice + `}, {"resource": ` + assay + `}]}`, "allowed outside_scope"},
		"no defaults":                 {`{"evaluations": [{"subject": ` + core + `, "action": ` + read + `, "resource": ` + invoice + `}]}`, "allowed"},
		"all defaults":                {`{"subject": ` + core + `, "action": ` + read + `, "resource": ` + invoice + `, "evaluations": [{}, {"resource": ` + assay + `}]}`, "allowed outside_scope"},
		"null is as left out":         {`{"subject": ` + core + `, "action": ` + read + `, "resource": ` + invoice + `, "evaluations": [{"subject": null, "context": null}]}`, "allowed"},
		"an entity is replaced whole": {`{"subject": ` + core + `, "action": ` + read + `, "resource": ` + invoice + `, "evaluations": [{"resource": {"id": "report"}}, {"subject": {"id": "x"}}, {"action": {"properties": {}}}]}`, "invalid_request invalid_request invalid_request"},
		"a context is replaced whole": {`{"subject": ` + office + `, "action": ` + read + `, "resource": ` + invoice + `, "context": {"client_ip": "203.0.113.9"}, "evaluations": [{}, {"context": {"a": 1}}, {"context": {"client_ip": "203.0.113.1"}}]}`, "allowed ip_not_allowed allowed"},
		"what is missing":             {`{"subject": ` + core + `, "action": ` + read + `, "evaluations": [{}, {"resource": ` + invoice + `}, {"resource": {"type": "workflow"}}]}`, "invalid_request allowed invalid_request"},
		"of a wrong type":             {`{"subject": ` + core + `, "action": ` + read + `, "evaluations": [{"resource": 5}, {"resource": ` + invoice + `, "context": []}, {"resource": ` + invoice + `}]}`, "invalid_request invalid_request allowed"},
		"unknown fields":              {`{"subject": ` + core + `, "action": ` + read + `, "x": 1, "options": {"y": 2}, "evaluations": [{"resource": ` + invoice + `, "z": 3}]}`, "allowed"},
		"every one":                   {`{"subject": ` + core + `, "action": ` + read + `, "options": {"evaluations_semantic": "execute_all"}, "evaluations": [{"resource": ` + assay + `}, {"resource": ` + invoice + `}, {"resource": ` + assay + `}]}`, "outside_scope allowed outside_scope"},
		"up to a deny":                {`{"subject": ` + core + `, "action": ` + read + `, "options": {"evaluations_semantic": "deny_on_first_deny"}, "evaluations": [{"resource": ` + invoice + `}, {"resource": ` + assay + `}, {"resource": ` + invoice + `}]}`, "allowed outside_scope"},
		"up to what can't be read":    {`{"subject": ` + core + `, "action": ` + read + `, "options": {"evaluations_semantic": "deny_on_first_deny"}, "evaluations": [{"resource": ` + invoice + `}, {}, {"resource": ` + invoice + `}]}`, "allowed invalid_request"},
		"up to a permit":              {`{"subject": ` + core + `, "action": ` + read + `, "options": {"evaluations_semantic": "permit_on_first_permit"}, "evaluations": [{}, {"resource": ` + assay + `}, {"resource": ` + invoice + `}, {"resource": ` + assay + `}]}`, "invalid_request outside_scope allowed"},
		"no permit":                   {`{"subject": ` + core + `, "action": ` + read + `, "options": {"evaluations_semantic": "permit_on_first_permit"}, "evaluations": [{"resource": ` + assay + `}]}`, "outside_scope"},
		"a thousand":                  {many(1000, `{"resource": `+invoice+`}`), strings.TrimSpace(strings.Repeat("allowed ", 1000))},
	} {
		t.Run(name, func(t *testing.T) {
			a := g.in(t).zen("evaluations", c.body).want(200)
			if a.object()["decision"] != nil {
				t.Errorf("a decision stands beside: %s", a.Body)
			}
			list, _ := a.object()["evaluations"].([]any)
			var codes []string
			for i, one := range list {
				n := fmt.Sprint(i)
				code := a.text("evaluations", n, "context", "code")
				codes = append(codes, code)
				if is, ok := one.(map[string]any)["decision"].(bool); !ok || is != (code == "allowed") {
					t.Errorf("the decision of %s is %v", code, one)
				}
				if code == "invalid_request" && (a.text("evaluations", n, "context", "error", "status") != "400" || a.text("evaluations", n, "context", "decision_id") != "") {
					t.Errorf("what could not be read: %v", one)
				}
				if i > 20 {
					codes = strings.Fields(strings.Repeat("allowed ", len(list)))
					break
				}
			}
			if got := strings.Join(codes, " "); got != c.want {
				t.Errorf("answered %.300s, want %.300s", got, c.want)
			}
		})
	}
	for name, c := range map[string]struct{ body, says string }{
		"too many":            {many(1001, `{}`), "at most 1000"},
		"a list of what else": {`{"subject": ` + core + `, "evaluations": [{}, 5]}`, "evaluations[1]"},
		"no list":             {`{"subject": ` + core + `, "evaluations": {}}`, "evaluations"},
		"another semantic":    {`{"options": {"evaluations_semantic": "all"}, "evaluations": [{}]}`, "options.evaluations_semantic"},
		"a semantic's type":   {`{"options": {"evaluations_semantic": 1}, "evaluations": [{}]}`, "options.evaluations_semantic"},
		"options' type":       {`{"options": "execute_all", "evaluations": [{}]}`, "options"},
		"half a default":      {`{"subject": {"type": "api_key"}, "evaluations": [{}]}`, "subject.id"},
		"a default's type":    {`{"subject": "a", "evaluations": [{}]}`, "subject"},
		"a default context":   {`{"context": 1, "evaluations": [{}]}`, "context"},
		"none, and no one":    {`{"subject": ` + core + `, "evaluations": []}`, "action"},
	} {
		t.Run(name, func(t *testing.T) { g.in(t).zen("evaluations", c.body).wantText(400, c.says) })
	}
	for _, more := range []string{``, `, "evaluations": []`, `, "evaluations": null`} {
		a := g.zen("evaluations", `{"subject": `+core+`, "action": `+read+`, "resource": `+invoice+more+`}`).want(200)
		if a.text("decision") != "true" || a.object()["evaluations"] != nil {
			t.Errorf("as one: %s", a.Body)
		}
	}
}

// All questions of a call are decided on the same data and by the same policy.
func TestEvaluationsAreOfOneRevision(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.zen("evaluations", `{"subject": `+keySubject("key_core")+`, "action": {"name": "workflow.read"}, "evaluations": [{"resource": {"type": "workflow", "id": "invoice"}}, {"resource": {"type": "workflow", "id": "report"}}]}`).want(200)
	if len(g.logged) != 2 || g.logged[0].DataRevision != g.logged[1].DataRevision || g.logged[0].PolicyRevision != g.logged[1].PolicyRevision || !g.logged[0].Time.Equal(g.logged[1].Time) {
		t.Errorf("logged %+v", g.logged)
	}
}
