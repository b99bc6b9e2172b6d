package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/steelengine/steelgate/api"
)

// question is a decision's body.
func question(key, action, resourceType, id, more string) string {
	if more != "" {
		more = ", " + more
	}
	return fmt.Sprintf(`{"api_key": %q, "action": %q, "resource": {"type": %q, "id": %q}%s}`, key, action, resourceType, id, more)
}

func (g *gate) decide(body string, headers ...string) answer {
	g.t.Helper()
	return g.ask("POST", "/v1/decisions", body, append(headers, asAdmin)...)
}

// The codes in their order, each with what the answer tells beside it.
func TestDecisionCodes(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	const execute = "workflow.execute workflow invoice"
	for _, c := range []struct {
		key, what, more string
		status          int
		code, tells     string
	}{
		{"", execute, "", 401, "key_missing", "{}"},
		{"sk-other-0123456789abcdef", execute, "", 401, "key_malformed", "{}"},
		{"sk-steelengine-short", execute, "", 401, "key_malformed", "{}"},
		{secretOf("nobody"), execute, "", 401, "key_unknown", "{}"},
		{secretOf("revoked"), execute, "", 401, "key_revoked", `{"key": {"id": "key_revoked", "name": "revoked", "type": "workspace"}}`},
		{secretOf("expired"), execute, "", 401, "key_expired", `{"key": {"id": "key_expired", "name": "expired", "type": "workspace"}}`},
		{secretOf("disabled"), execute, "", 401, "key_disabled", `{"key": {"id": "key_disabled", "name": "disabled", "type": "workspace"}}`},
		{secretOf("idle"), execute, "", 401, "owner_inactive", `{"key": {"id": "key_idle", "name": "idle", "type": "personal"}}`},
		{secretOf("core"), "workflow.fly workflow invoice", "", 403, "unknown_action", `{"key": {"id": "key_core", "name": "core", "type": "workspace"}}`},
		{secretOf("core"), "workflow.execute mcp_server office", "", 403, "unknown_action", `{"key": {"id": "key_core", "name": "core", "type": "workspace"}}`},
		{secretOf("core"), "workflow.execute workflow assay", "", 403, "outside_scope", `{"key": {"id": "key_core", "name": "core", "type": "workspace"}}`},
		{secretOf("core"), "workflow.execute workflow no/such", "", 403, "outside_scope", `{"key": {"id": "key_core", "name": "core", "type": "workspace"}}`},
		{secretOf("core"), "workflow.execute workflow ", "", 403, "outside_scope", `{"key": {"id": "key_core", "name": "core", "type": "workspace"}}`},
		{secretOf("narrow"), "workflow.execute workflow report", "", 403, "outside_scope", `{"key": {"id": "key_narrow", "name": "narrow", "type": "workspace"}}`},
		{secretOf("ben"), "workflow.execute workflow assay", "", 403, "not_a_member", `{"key": {"id": "key_ben", "name": "ben", "type": "personal"}}`},
		{secretOf("ben"), "workflow.execute workflow etl", "", 403, "personal_keys_disabled", `{"key": {"id": "key_ben", "name": "ben", "type": "personal"}, "permission": {"required": "write", "granted": "write"}}`},
		{secretOf("ben"), "workflow.execute workflow dust", "", 403, "workspace_archived", `{"key": {"id": "key_ben", "name": "ben", "type": "personal"}, "permission": {"required": "write", "granted": "write"}}`},
		{secretOf("office"), execute, "", 403, "ip_not_allowed", `{"key": {"id": "key_office", "name": "office", "type": "workspace"}, "permission": {"required": "write", "granted": "write"}}`},
		{secretOf("office"), execute, `"context": {"client_ip": "203.0.114.1"}`, 403, "ip_not_allowed", `{"key": {"id": "key_office", "name": "office", "type": "workspace"}, "permission": {"required": "write", "granted": "write"}}`},
		{secretOf("office"), execute, `"context": {"client_ip": "203.0.113.1/24"}`, 403, "ip_not_allowed", `{"key": {"id": "key_office", "name": "office", "type": "workspace"}, "permission": {"required": "write", "granted": "write"}}`},
		{secretOf("cleo"), execute, "", 403, "insufficient_permission", `{"key": {"id": "key_cleo", "name": "cleo", "type": "personal"}, "permission": {"required": "write", "granted": "read"}}`},
		{secretOf("core"), "workflow.execute workflow draft", "", 403, "workflow_not_deployed", `{"key": {"id": "key_core", "name": "core", "type": "workspace"}, "permission": {"required": "write", "granted": "write"}}`},
		{secretOf("core"), "workflow.execute workflow draft", `"context": {"client_ip": null}`, 403, "workflow_not_deployed", `{"key": {"id": "key_core", "name": "core", "type": "workspace"}, "permission": {"required": "write", "granted": "write"}}`},
		{secretOf("core"), "mcp.connect mcp_server down", "", 403, "mcp_server_not_deployed", `{"key": {"id": "key_core", "name": "core", "type": "workspace"}, "permission": {"required": "read", "granted": "write"}}`},
		{secretOf("core"), execute, "", 200, "allowed", `{"key": {"id": "key_core", "name": "core", "type": "workspace"}, "permission": {"required": "write", "granted": "write"}, "billed_to": {"type": "user", "id": "ada"}}`},
		{secretOf("ben"), execute, "", 200, "allowed", `{"key": {"id": "key_ben", "name": "ben", "type": "personal"}, "permission": {"required": "write", "granted": "write"}, "billed_to": {"type": "user", "id": "ben"}}`},
		{secretOf("acme"), execute, "", 200, "allowed", `{"key": {"id": "key_acme", "name": "CI", "type": "organization"}, "permission": {"required": "write", "granted": "write"},
			"granted_by": {"workflow_id": "invoice", "permission": "write"}, "billed_to": {"type": "user", "id": "ada"}}`},
		{secretOf("acme"), "workflow.read workflow etl", "", 200, "allowed", `{"key": {"id": "key_acme", "name": "CI", "type": "organization"}, "permission": {"required": "read", "granted": "read"},
			"granted_by": {"workspace_id": "off", "permission": "read"}, "billed_to": {"type": "user", "id": "dan"}}`},
		{secretOf("acme"), "workflow.execute workflow etl", "", 403, "insufficient_permission", `{"key": {"id": "key_acme", "name": "CI", "type": "organization"}, "permission": {"required": "write", "granted": "read"},
			"granted_by": {"workspace_id": "off", "permission": "read"}}`},
		{secretOf("office"), execute, `"context": {"client_ip": "::ffff:203.0.113.9", "time": "1999-01-01T00:00:00Z", "x": [1]}`, 200, "allowed", `{"key": {"id": "key_office", "name": "office", "type": "workspace"}, "permission": {"required": "write", "granted": "write"}, "billed_to": {"type": "user", "id": "ada"}}`},
		{secretOf("core"), "workflow.execute workflow draft", `"resource": {"type": "workflow", "id": "draft", "properties": {"deployed": true}}`, 0, "", ""},
	} {
		words := strings.SplitN(c.what, " ", 3)
		body := question(c.key, words[0], words[1], words[2], c.more)
		if c.status == 0 {
			// Properties that a caller sends do not replace the stored ones.
			body = fmt.Sprintf(`{"api_key": %q, "action": %q, %s}`, c.key, words[0], c.more)
			if got := g.decide(body).want(200).text("code"); got != "workflow_not_deployed" {
				t.Errorf("a caller's own properties count: %s", got)
			}
			continue
		}
		a := g.decide(body).want(200)
		got := a.object()
		if id, _ := got["decision_id"].(string); !strings.HasPrefix(id, "dec_") || got["message"] == "" {
			t.Errorf("%s: id and message are %v, %v", body, got["decision_id"], got["message"])
		}
		delete(got, "decision_id")
		delete(got, "message")
		var want map[string]any
		if err := json.Unmarshal([]byte(c.tells), &want); err != nil {
			t.Fatal(err)
		}
		maps.Copy(want, map[string]any{
			"allow": c.status == 200, "status": float64(c.status), "code": c.code, "policy_revision": 1.0, "data_revision": float64(g.revision()),
		})
		gotText, _ := json.Marshal(got)
		wantText, _ := json.Marshal(want)
		if string(gotText) != string(wantText) {
			t.Errorf("%s\n\tgot  %s\n\twant %s", body, gotText, wantText)
		}
		if a.Header().Get("Content-Type") != "application/json" || a.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("headers %v", a.Header())
		}
	}
}

func TestRefusedDecisions(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	const workflow = `"resource": {"type": "workflow", "id": "invoice"}`
	for body, fields := range map[string][]string{
		`{}`:                                 {"action", "resource"},
		`{"action": "a"}`:                    {"resource"},
		`{` + workflow + `}`:                 {"action"},
		`{"action": null, "resource": null}`: {"action", "resource"},
		`{"action": "", ` + workflow + `}`:   {"action"},
		`{"action": "a", "resource": {}}`:    {"resource.type", "resource.id"},
		`{"action": "a", "resource": {"type": "", "id": null}}`:                                      {"resource.type", "resource.id"},
		`{"action": 1, ` + workflow + `}`:                                                            {"action"},
		`{"action": "a", "resource": "workflow"}`:                                                    {"resource"},
		`{"action": "a", "resource": {"type": "workflow", "id": 5}}`:                                 {"resource.id"},
		`{"action": "a", "resource": {"type": "workflow", "id": "x", "name": "y"}}`:                  {"resource.name"},
		`{"action": "a", "resource": {"type": "workflow", "id": "x", "properties": []}}`:             {"resource.properties"},
		`{"action": "a", "resource": {"type": "workflow", "id": "x", "properties": "x"}}`:            {"resource.properties"},
		`{"action": "a", ` + workflow + `, "context": {"a": [1e50000]}}`:                             {"context"},
		`{"action": "a", "resource": {"type": "workflow", "id": "x", "properties": {"a": 1e50000}}}`: {"resource.properties"},
		`{"action": "a", ` + workflow + `, "context": []}`:                                           {"context"},
		`{"action": "a", ` + workflow + `, "context": {"client_ip": 1}}`:                             {"context.client_ip"},
		`{"action": "a", ` + workflow + `, "context": {"client_ip": {}}}`:                            {"context.client_ip"},
		`{"action": "a", ` + workflow + `, "min_revision": -1}`:                                      {"min_revision"},
		`{"action": "a", ` + workflow + `, "min_revision": 1.5}`:                                     {"min_revision"},
		`{"action": "a", ` + workflow + `, "min_revision": "1"}`:                                     {"min_revision"},
		`{"action": "a", ` + workflow + `, "min_revision": 18446744073709551616}`:                    {"min_revision"},
		`{"action": "a", ` + workflow + `, "api_key": 1}`:                                            {"api_key"},
		`{"action": "a", ` + workflow + `, "apikey": "x"}`:                                           {"apikey"},
		`{"action": "a", ` + workflow + `, "Action": "x"}`:                                           {"Action"},
	} {
		g.decide(body).wantProblem(422, "invalid_field", fields...)
	}
	g.decide(`[]`).wantProblem(422, "invalid_field")
}

// The key comes in the body or in the header; two that differ and two headers are refused.
func TestWhereTheKeyStands(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	const execute = `"action": "workflow.execute", "resource": {"type": "workflow", "id": "invoice"}`
	header := "X-API-Key: " + secretOf("core")
	for body, want := range map[string]string{
		`{` + execute + `}`:                                        "allowed",
		`{"api_key": null, ` + execute + `}`:                       "allowed",
		`{"api_key": "", ` + execute + `}`:                         "allowed",
		`{"api_key": "` + secretOf("core") + `", ` + execute + `}`: "allowed",
	} {
		if got := g.decide(body, header).want(200).text("code"); got != want {
			t.Errorf("%s with a header: %s", body, got)
		}
	}
	body := `{"api_key": "` + secretOf("core") + `", ` + execute + `}`
	g.decide(body, "X-API-Key: "+secretOf("ben")).wantProblem(400, "two_keys")
	g.decide(`{`+execute+`}`, header, header).wantProblem(400, "doubled_header")
	g.decide(body, header, "X-API-Key: "+secretOf("ben")).wantProblem(400, "doubled_header")
	if got := g.decide(`{`+execute+`}`, "X-API-Key: "+secretOf("core")+", "+secretOf("core")).want(200).text("code"); got != "key_malformed" {
		t.Errorf("a list of keys in one header: %s", got)
	}
	// The service token is no API key, and the bearer of a key is no service.
	if got := g.decide(`{` + execute + `}`).want(200).text("code"); got != "key_missing" {
		t.Errorf("without a key: %s", got)
	}
	g.ask("POST", "/v1/decisions", body, "Authorization: Bearer "+secretOf("core")).wantProblem(401, "unauthenticated")
}

func TestMinRevision(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	seen := g.revision()
	ask := func(revision uint64) answer {
		return g.decide(question(secretOf("core"), "workflow.read", "workflow", "invoice", fmt.Sprintf(`"min_revision": %d`, revision)))
	}
	for _, reached := range []uint64{0, 1, seen} {
		if got := ask(reached).want(200).text("code"); got != "allowed" {
			t.Errorf("at %d: %s", reached, got)
		}
	}
	stale := ask(seen + 1)
	stale.wantProblem(503, "stale")
	if stale.Header().Get("Retry-After") == "" {
		t.Error("nothing says when to try again")
	}
	revoked := g.admin("POST", "/v1/keys/key_core/revoke", "").want(200)
	revision := revoked.Header().Get("Steelgate-Revision")
	if revision != fmt.Sprint(seen+1) {
		t.Errorf("the change answers the revision %s", revision)
	}
	ask(seen+1).wantProblem(503, "stale")
	g.step()
	if a := ask(seen + 1).want(200); a.text("code") != "key_revoked" || a.text("data_revision") != revision {
		t.Errorf("after the change: %s", a.Body)
	}
}

// A question that waits is answered as soon as its revision is there.
func TestMinRevisionIsWaitedFor(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	next := g.revision() + 1
	done := make(chan string)
	woken := make(chan struct{}, 1)
	g.engine.OnBehind(func() { woken <- struct{}{} })
	go func() {
		<-woken
		g.admin("POST", "/v1/keys/key_core/revoke", "")
		g.step()
		close(done)
	}()
	// The engine waits for 20 ms; however slow this machine is, a second question then finds the revision there.
	body := question(secretOf("core"), "workflow.read", "workflow", "invoice", fmt.Sprintf(`"min_revision": %d`, next))
	first := g.decide(body)
	<-done
	if first.Code == 503 {
		first = g.decide(body)
	}
	if got := first.want(200).text("code"); got != "key_revoked" {
		t.Errorf("got %s", got)
	}
}

func TestBatch(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	batch := func(items ...string) answer {
		return g.ask("POST", "/v1/decisions/batch", `{"decisions": [`+strings.Join(items, ",")+`]}`, asAdmin)
	}
	items := []string{
		question(secretOf("core"), "workflow.execute", "workflow", "invoice", ""),
		question(secretOf("revoked"), "workflow.execute", "workflow", "invoice", ""),
		question("", "workflow.execute", "workflow", "invoice", ""),
		question(secretOf("ben"), "workflow.deploy", "workflow", "invoice", ""),
	}
	want := []string{"allowed", "key_revoked", "key_missing", "insufficient_permission"}
	for _, n := range []int{1, 4, 1000} {
		var sent []string
		for i := range n {
			sent = append(sent, items[i%len(items)])
		}
		a := batch(sent...).want(200)
		decisions, _ := a.object()["decisions"].([]any)
		if len(decisions) != n {
			t.Fatalf("%d answers to %d questions", len(decisions), n)
		}
		for i, d := range decisions {
			d := d.(map[string]any)
			if d["code"] != want[i%len(want)] || d["data_revision"] != float64(g.revision()) || d["policy_revision"] != 1.0 || d["allow"] != (i%len(want) == 0) {
				t.Fatalf("%d: %v", i, d)
			}
		}
	}
	for _, body := range []string{`{"decisions": []}`, `{"decisions": null}`, `{}`, `{"decisions": [` + strings.Repeat(items[2]+",", 1000) + items[2] + `]}`} {
		g.ask("POST", "/v1/decisions/batch", body, asAdmin).wantProblem(422, "invalid_field", "decisions")
	}
	batch(items[0], `{"action": "a"}`, `{}`).wantProblem(422, "invalid_field", "decisions[1].resource", "decisions[2].action", "decisions[2].resource")
	batch(items[0], `null`).wantProblem(422, "invalid_field", "decisions[1].action", "decisions[1].resource")
	batch(items[0], `{"action": 5}`).wantProblem(422, "invalid_field", "decisions[1].action")
	g.ask("POST", "/v1/decisions/batch", `[]`, asAdmin).wantProblem(422, "invalid_field")

	next := g.revision() + 1
	batch(items[0], question(secretOf("core"), "workflow.execute", "workflow", "invoice", fmt.Sprintf(`"min_revision": %d`, next))).wantProblem(503, "stale")
	// One key for all may come in the header.
	a := g.ask("POST", "/v1/decisions/batch", `{"decisions": [`+question("", "workflow.read", "workflow", "invoice", "")+`,`+question("", "workflow.read", "workflow", "assay", "")+`]}`,
		asAdmin, "X-API-Key: "+secretOf("core")).want(200)
	if a.text("decisions", "0", "code") != "allowed" || a.text("decisions", "1", "code") != "outside_scope" {
		t.Errorf("with a header: %s", a.Body)
	}
}

// No decision is never an allow: 500 where the policy fails, 503 where the data can't be vouched for.
func TestNoDecision(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	body := question(secretOf("core"), "workflow.execute", "workflow", "invoice", "")
	g.usePolicy("site/site.rego", "package steelgate.site\ndeny contains {\"code\": 1}")
	g.decide(body).wantProblem(500, "policy_error")
	if !strings.Contains(g.log.String(), "policy") {
		t.Errorf("the log says nothing of it: %s", g.log)
	}
	a := g.ask("POST", "/v1/decisions/batch", `{"decisions": [`+body+`,`+question("", "a", "b", "c", "")+`]}`, asAdmin)
	if a.Code == 200 && (a.text("decisions", "0", "allow") != "false" || a.text("decisions", "0", "code") != "policy_error" || a.text("decisions", "1", "code") != "key_missing") {
		t.Errorf("a batch: %s", a.Body)
	}
	g.usePolicy("", "")
	g.decide(body).want(200)
	g.now = g.now.Add(10*time.Second + 1)
	g.decide(body).wantProblem(503, "stale")
	g.ask("POST", "/v1/decisions/batch", `{"decisions": [`+body+`]}`, asAdmin).wantProblem(503, "stale")
	g.step()
	g.decide(body).want(200)

	cold := newColdGate(t)
	cold.decide(body).wantProblem(503, "stale")
}

// The codes that the doors count are known ones: a hostile policy makes no label of each.
func TestSiteDenialIsAnswered(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.usePolicy("site/site.rego", "package steelgate.site\ndeny contains {\"code\": \"closed\", \"message\": \"We are closed.\"}")
	a := g.decide(question(secretOf("core"), "workflow.execute", "workflow", "invoice", "")).want(200)
	if a.text("code") != "closed" || a.text("message") != "We are closed." || a.text("allow") != "false" || a.text("status") != "403" || a.text("billed_to") != "" {
		t.Errorf("got %s", a.Body)
	}
	metrics := g.ask("GET", "/metrics", "").Body.String()
	if strings.Contains(metrics, "closed") || !strings.Contains(metrics, `code="other"`) {
		t.Error("a policy's own code is a label")
	}
}

// Questions that take too long together have no answer, and none is decided that nobody waits for.
func TestManyQuestionsEnd(t *testing.T) {
	defer api.BatchTime(0)()
	g := newGate(t)
	const question = `"action": {"name": "workflow.read"}, "resource": {"type": "workflow", "id": "invoice"}`
	g.admin("POST", "/v1/decisions/batch", `{"decisions": [{"action": "workflow.read", "resource": {"type": "workflow", "id": "invoice"}}]}`).wantProblem(500, "policy_error")
	g.zen("evaluations", `{"subject": {"type": "api_key", "id": "key_core"}, `+question+`, "evaluations": [{}]}`).wantText(500)
	if len(g.logged) != 0 {
		t.Errorf("decided all the same: %+v", g.logged)
	}
}
