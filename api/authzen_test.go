package api_test

import (
	"fmt"
	"strings"
	"testing"
)

const asJSON = "Content-Type: application/json"

// zenPaths are the doors that take a body.
var zenPaths = []string{"evaluation", "evaluations", "search/subject", "search/resource", "search/action"}

// zen asks a door of AuthZEN as the platform.
func (g *gate) zen(path, body string, headers ...string) answer {
	g.t.Helper()
	return g.admin("POST", "/access/v1/"+path, body, append(headers, asJSON)...)
}

// wantText checks a refusal as the standard has it: a text, which says what is wrong.
func (a answer) wantText(status int, says ...string) {
	a.t.Helper()
	text := a.Body.String()
	if a.Code != status || a.Header().Get("Content-Type") != "text/plain; charset=utf-8" || a.Header().Get("Cache-Control") != "no-store" {
		a.t.Errorf("answered %d %v %q, want %d", a.Code, a.Header(), text, status)
	}
	for _, part := range says {
		if !strings.Contains(text, part) {
			a.t.Errorf("%q does not say %q", text, part)
		}
	}
	if strings.Contains(text, "sk-steelengine-") {
		a.t.Errorf("%q holds a secret", text)
	}
}

func keySubject(id string) string { return fmt.Sprintf(`{"type": "api_key", "id": %q}`, id) }

func presentedSubject(secret string) string {
	return fmt.Sprintf(`{"type": "api_key", "id": "presented", "properties": {"api_key": %q}}`, secret)
}

// zenQuestion is a body; more stands beside.
func zenQuestion(subject, action, kind, id, more string) string {
	if more != "" {
		more = ", " + more
	}
	return fmt.Sprintf(`{"subject": %s, "action": {"name": %q}, "resource": {"type": %q, "id": %q}%s}`, subject, action, kind, id, more)
}

// A key is authenticated before it is asked about, be it named or presented; and decided on as by every other door.
func TestEvaluation(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	for name, c := range map[string]struct {
		body     string
		decision bool
		code     string
	}{
		"a live key":               {zenQuestion(keySubject("key_acme"), "workflow.execute", "workflow", "invoice", ""), true, "allowed"},
		"presented":                {zenQuestion(presentedSubject(secretOf("acme")), "workflow.execute", "workflow", "invoice", ""), true, "allowed"},
		"beyond its scope":         {zenQuestion(keySubject("key_acme"), "workflow.execute", "workflow", "assay", ""), false, "outside_scope"},
		"an unknown action":        {zenQuestion(keySubject("key_acme"), "workflow.burn", "workflow", "invoice", ""), false, "unknown_action"},
		"a revoked key":            {zenQuestion(keySubject("key_revoked"), "workflow.read", "workflow", "invoice", ""), false, "key_revoked"},
		"an expired key":           {zenQuestion(keySubject("key_expired"), "workflow.read", "workflow", "invoice", ""), false, "key_expired"},
		"a disabled key":           {zenQuestion(keySubject("key_disabled"), "workflow.read", "workflow", "invoice", ""), false, "key_disabled"},
		"an inactive owner's":      {zenQuestion(keySubject("key_idle"), "workflow.read", "workflow", "invoice", ""), false, "owner_inactive"},
		"an unknown key":           {zenQuestion(keySubject("key_none"), "workflow.read", "workflow", "invoice", ""), false, "key_unknown"},
		"what is no id":            {zenQuestion(keySubject("key ☃"), "workflow.read", "workflow", "invoice", ""), false, "key_unknown"},
		"presented and revoked":    {zenQuestion(presentedSubject(secretOf("revoked")), "workflow.read", "workflow", "invoice", ""), false, "key_revoked"},
		"presented and unknown":    {zenQuestion(presentedSubject(secretOf("nobody")), "workflow.read", "workflow", "invoice", ""), false, "key_unknown"},
		"presented and malformed":  {zenQuestion(presentedSubject("x"), "workflow.read", "workflow", "invoice", ""), false, "key_malformed"},
		"presented and empty":      {zenQuestion(presentedSubject(""), "workflow.read", "workflow", "invoice", ""), false, "key_missing"},
		"presented, and not there": {zenQuestion(keySubject("presented"), "workflow.read", "workflow", "invoice", ""), false, "key_missing"},
		"presented as null":        {zenQuestion(`{"type": "api_key", "id": "presented", "properties": {"api_key": null}}`, "workflow.read", "workflow", "invoice", ""), false, "key_missing"},
		"named, with a secret":     {zenQuestion(`{"type": "api_key", "id": "key_none", "properties": {"api_key": "`+secretOf("acme")+`"}}`, "workflow.read", "workflow", "invoice", ""), false, "key_unknown"},
		"from an allowed address":  {zenQuestion(keySubject("key_office"), "workflow.read", "workflow", "invoice", `"context": {"client_ip": "203.0.113.9"}`), true, "allowed"},
		"from another address":     {zenQuestion(keySubject("key_office"), "workflow.read", "workflow", "invoice", `"context": {"client_ip": "198.51.100.1"}`), false, "ip_not_allowed"},
		"what a caller says":       {`{"subject": {"type": "api_key", "id": "key_core"}, "action": {"name": "workflow.execute"}, "resource": {"type": "workflow", "id": "draft", "properties": {"deployed": true}}}`, false, "workflow_not_deployed"},
		"unknown fields":           {zenQuestion(`{"type": "api_key", "id": "key_core", "x": 1}`, "workflow.read", "workflow", "invoice", `"foo": {"a": [1]}, "Context": 5`), true, "allowed"},
		"nulls":                    {zenQuestion(`{"type": "api_key", "id": "key_core", "properties": null}`, "workflow.read", "workflow", "invoice", `"context": null`), true, "allowed"},
		"a user":                   {zenQuestion(`{"type": "user", "id": "ada"}`, "workflow.read", "workflow", "invoice", ""), false, "outside_scope"},
		"another writing of key":   {zenQuestion(`{"type": "API_KEY", "id": "key_core"}`, "workflow.read", "workflow", "invoice", ""), false, "outside_scope"},
	} {
		t.Run(name, func(t *testing.T) {
			a := g.in(t).zen("evaluation", c.body).want(200)
			if a.text("decision") != fmt.Sprint(c.decision) || a.text("context", "code") != c.code || a.text("context", "message") == "" && c.code != "outside_scope" || a.text("context", "decision_id") == "" {
				t.Errorf("answered %s, want %t %s", a.Body, c.decision, c.code)
			}
			if (a.text("context", "billed_to") != "") != c.decision {
				t.Errorf("billed: %s", a.Body)
			}
		})
	}
	a := g.zen("evaluation", zenQuestion(keySubject("key_acme"), "workflow.execute", "workflow", "invoice", ""))
	if a.text("context", "permission") != `{"granted":"write","required":"write"}` || a.text("context", "billed_to", "id") != "ada" {
		t.Errorf("why: %s", a.Body)
	}
}

// What can't be read is a 400 that says what is wrong and repeats no secret.
func TestEvaluationsThatCantBeRead(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	key := keySubject("key_core")
	fine := zenQuestion(key, "workflow.read", "workflow", "invoice", "")
	secret := presentedSubject(secretOf("core"))
	for name, c := range map[string]struct{ body, says string }{
		"nothing":              {``, "not valid JSON"},
		"no JSON":              {`{"subject": ` + secret, "not valid JSON"},
		"an array":             {`[]`, "must be a JSON object"},
		"no subject":           {`{"action": {"name": "a"}, "resource": {"type": "a", "id": "b"}}`, "subject"},
		"no action":            {`{"subject": ` + secret + `, "resource": {"type": "a", "id": "b"}}`, "action"},
		"no resource":          {`{"subject": ` + secret + `, "action": {"name": "a"}}`, "resource"},
		"a subject's type":     {`{"subject": {"id": "a"}, "action": {"name": "a"}, "resource": {"type": "a", "id": "b"}}`, "subject.type"},
		"a subject's id":       {`{"subject": {"type": "a"}, "action": {"name": "a"}, "resource": {"type": "a", "id": "b"}}`, "subject.id"},
		"an action's name":     {`{"subject": ` + key + `, "action": {}, "resource": {"type": "a", "id": "b"}}`, "action.name"},
		"a resource's type":    {`{"subject": ` + key + `, "action": {"name": "a"}, "resource": {"id": "b"}}`, "resource.type"},
		"a resource's id":      {`{"subject": ` + key + `, "action": {"name": "a"}, "resource": {"type": "b", "id": null}}`, "resource.id"},
		"a text for a subject": {`{"subject": "alice", "action": {"name": "a"}, "resource": {"type": "a", "id": "b"}}`, "subject"},
		"a number for a name":  {`{"subject": ` + secret + `, "action": {"name": 123}, "resource": {"type": "a", "id": "b"}}`, "action.name"},
		"a secret as a number": {zenQuestion(`{"type": "api_key", "id": "presented", "properties": {"api_key": 5}}`, "a", "a", "b", ""), "subject.properties.api_key"},
		"properties":           {zenQuestion(`{"type": "user", "id": "a", "properties": []}`, "a", "a", "b", ""), "subject.properties"},
		"an action's own":      {`{"subject": ` + key + `, "action": {"name": "a", "properties": 1}, "resource": {"type": "a", "id": "b"}}`, "action.properties"},
		"a context":            {zenQuestion(key, "a", "a", "b", `"context": "x"`), "context"},
		"an address":           {zenQuestion(key, "a", "a", "b", `"context": {"client_ip": 5}`), "context.client_ip"},
		"a number too large":   {zenQuestion(key, "a", "a", "b", `"context": {"n": 1e999999999}`), "context"},
		"a doubled name":       {zenQuestion(key, "a", "a", "b", `"x": {"a": 1, "a": 2}`), "twice"},
		"a doubled subject":    {zenQuestion(secret, "a", "a", "b", `"subject": `+secret), "twice"},
		"too deep":             {zenQuestion(key, "a", "a", "b", `"x": `+strings.Repeat("[", 40)+strings.Repeat("]", 40)), "deep"},
		"invalid UTF-8":        {zenQuestion(key, "a", "a", "b", "\"x\": \"\xff\""), "UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"evaluation", "evaluations"} {
				g.in(t).zen(path, c.body).wantText(400, c.says)
			}
		})
	}
	for _, kind := range []string{"", "Content-Type: text/plain", "Content-Type: application/x-www-form-urlencoded", "Content-Type: application/jsonp", "Content-Type: /"} {
		g.admin("POST", "/access/v1/evaluation", fine, kind).wantText(400, "application/json")
	}
	g.admin("POST", "/access/v1/evaluation", fine, "Content-Type: Application/JSON; charset=utf-8").want(200)
	g.zen("evaluation", `{"x": "`+strings.Repeat("a", 1<<20)+`"}`).wantText(413, "1048576")
	if len(g.logged) != 1 {
		t.Errorf("%d decisions are logged of what could not be read", len(g.logged)-1)
	}
	if strings.Contains(g.log.String(), "sk-steelengine-") {
		t.Error("the server's log holds a secret")
	}
}

// Who may ask is whoever has a token of scope decide; a request's id goes back whatever the answer.
func TestWhoMayAskAuthZEN(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	fine := zenQuestion(keySubject("key_core"), "workflow.read", "workflow", "invoice", "")
	for _, path := range zenPaths {
		path = "/access/v1/" + path
		g.ask("POST", path, fine, asJSON, g.token("decide")).want(200)
		g.ask("POST", path, fine, asJSON).wantText(401, "token")
		g.ask("POST", path, fine, asJSON, "Authorization: Bearer "+secretOf("core")).wantText(401, "token")
		g.ask("POST", path, fine, asJSON, g.token("manage")).wantText(403, "decide")
		for _, headers := range [][]string{{asAdmin, asJSON}, {asJSON}, {asAdmin}} {
			a := g.ask("POST", path, fine, append(headers, "X-Request-ID: bfe9eb29 ☃")...)
			if got := a.Header().Values("X-Request-ID"); len(got) != 1 || got[0] != "bfe9eb29 ☃" {
				t.Errorf("%d answers the id %q", a.Code, got)
			}
		}
		if a := g.zen(path[len("/access/v1/"):], fine); len(a.Header().Values("X-Request-ID")) > 0 {
			t.Error("an id comes back that was not sent")
		}
	}
	g.admin("GET", "/access/v1/evaluation", "").wantProblem(405, "method_not_allowed")
}

// An evaluation is a decision like any other: it is logged and counted, with who asked. A secret is in neither.
func TestEvaluationsAreLogged(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.usePolicy("site/site.rego", `package steelgate.site

decision := {"allow": true, "code": "allowed"} if {
	input.subject == {"type": "user", "id": "ada", "properties": {"team": "red"}}
	input.action == {"name": "pay", "properties": {"sum": 5}}
	input.context.time == "then"
}

deny contains {"code": "seen"} if input.subject.properties

deny contains {"code": "odd"} if {
	input.action.name == "workflow.read"
	input.action.properties.odd
}
`)
	g.zen("evaluation", zenQuestion(presentedSubject(secretOf("core")), "workflow.read", "workflow", "invoice", "")).want(200)
	g.zen("evaluations", `{"subject": {"type": "user", "id": "ada", "properties": {"team": "red"}}, "action": {"name": "pay", "properties": {"sum": 5}},
		"context": {"time": "then"}, "evaluations": [{"resource": {"type": "bill", "id": "b"}}, {"resource": {"type": "workflow", "id": "invoice"}, "subject": `+keySubject("key_core")+`}, {"subject": {}}]}`).want(200)
	a := g.zen("evaluation", `{"subject": {"type": "api_key", "id": "key_core"}, "action": {"name": "workflow.read", "properties": {"odd": true}}, "resource": {"type": "workflow", "id": "invoice"}}`)
	if a.text("context", "code") != "odd" {
		t.Errorf("what a caller says of an action: %s", a.Body)
	}
	if len(g.logged) != 4 {
		t.Fatalf("%d decisions are logged", len(g.logged))
	}
	key, user, other := g.logged[0], g.logged[1], g.logged[2]
	if key.Door != "authzen" || key.KeyID != "key_core" || !key.Allow || key.Subject.Type != "" || key.WorkspaceID != "core" {
		t.Errorf("of a key: %+v", key)
	}
	if !user.Allow || user.KeyID != "" || user.Subject.Type != "user" || user.Subject.ID != "ada" || string(user.Subject.Properties) != `{"team": "red"}` || string(user.Request.ActionProperties) != `{"sum": 5}` {
		t.Errorf("of a user: %+v", user)
	}
	if other.Code != "unknown_action" || other.Subject.Type != "" {
		t.Errorf("of another: %+v", other)
	}
	for _, logged := range g.logged {
		if text := fmt.Sprintf("%+v", logged); strings.Contains(text, "sk-steelengine-") {
			t.Errorf("a secret is logged: %s", text)
		}
	}
	metrics := g.ask("GET", "/metrics", "").Body.String()
	for _, line := range []string{`steelgate_decisions_total{code="allowed",door="authzen"} 2`, `steelgate_decisions_total{code="unknown_action",door="authzen"} 1`} {
		if !strings.Contains(metrics, line) {
			t.Errorf("the metrics lack %s", line)
		}
	}
}

// Where no decision can be made there is none: never an allow.
func TestNoEvaluation(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	key, user := keySubject("key_core"), `{"type": "user", "id": "ada"}`
	broken := "package steelgate.site\n\ndecision := {\"allow\": true, \"code\": \"allowed\"} if input.resource.id != \"odd\"\n\ndecision := {\"allow\": true, \"code\": \"no\"} if input.resource.id == \"odd\"\n\ndeny contains {\"code\": 7} if input.resource.id == \"report\"\n"
	g.usePolicy("site/site.rego", broken)
	g.zen("evaluation", zenQuestion(user, "read", "record", "odd", "")).wantText(500, "policy")
	g.zen("evaluation", zenQuestion(key, "workflow.read", "workflow", "report", "")).wantText(500, "policy")
	a := g.zen("evaluations", `{"subject": `+user+`, "action": {"name": "read"}, "evaluations": [{"resource": {"type": "record", "id": "odd"}}, {"resource": {"type": "record", "id": "even"}}]}`).want(200)
	if a.text("evaluations", "0", "decision") != "false" || a.text("evaluations", "0", "context", "code") != "policy_error" || a.text("evaluations", "1", "decision") != "true" {
		t.Errorf("answered %s", a.Body)
	}
	a = g.zen("evaluations", `{"subject": `+user+`, "action": {"name": "read"}, "options": {"evaluations_semantic": "deny_on_first_deny"}, "evaluations": [{"resource": {"type": "record", "id": "odd"}}, {"resource": {"type": "record", "id": "even"}}]}`).want(200)
	if a.text("evaluations", "1") != "" {
		t.Errorf("after a failure: %s", a.Body)
	}
	// The operator's own token is known without any data.
	cold := newColdGate(t)
	for _, path := range []string{"evaluation", "evaluations"} {
		cold.zen(path, zenQuestion(key, "workflow.read", "workflow", "invoice", "")).wantText(503, "fresh")
	}
}
