package api_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
)

const dataPath = "/v1/data/steelgate/authz/decision"

// data asks OPA's door.
func (g *gate) data(body string, headers ...string) answer {
	g.t.Helper()
	return g.admin("POST", dataPath, body, headers...)
}

// input is a question of a key that is named by its id.
func input(keyID, action, kind, id, more string) string {
	return fmt.Sprintf(`{"input": {"subject": {"type": "api_key", "id": %q}, "action": {"name": %q}, "resource": {"type": %q, "id": %q}%s}}`, keyID, action, kind, id, more)
}

// presented is one of a key that is presented by its secret.
func presented(secret, action, kind, id string) string {
	return fmt.Sprintf(`{"input": {"subject": {"type": "api_key", "id": "presented", "properties": {"api_key": %q}}, "action": {"name": %q}, "resource": {"type": %q, "id": %q}}}`, secret, action, kind, id)
}

// wantFault checks an error in OPA's shape.
func (a answer) wantFault(status int, code string) answer {
	a.t.Helper()
	a.want(status)
	if len(a.object()) != 2 || a.text("code") != code || a.text("message") == "" || a.Header().Get("Content-Type") != "application/json" {
		a.t.Errorf("answered %s %s, want the code %s and a message", a.Header().Get("Content-Type"), a.Body, code)
	}
	return a
}

func TestTheDataAPIAnswersWhatThePolicySays(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	for _, c := range []struct{ body, result string }{
		{input("key_acme", "workflow.execute", "workflow", "invoice", ""), `{"allow":true,"billed_to":{"id":"ada","type":"user"},"code":"allowed","granted_by":{"permission":"write","workflow_id":"invoice"},"message":"The key may do this.","permission":{"granted":"write","required":"write"}}`},
		{presented(secretOf("acme"), "workflow.execute", "workflow", "invoice"), `{"allow":true,"billed_to":{"id":"ada","type":"user"},"code":"allowed","granted_by":{"permission":"write","workflow_id":"invoice"},"message":"The key may do this.","permission":{"granted":"write","required":"write"}}`},
		{input("key_cleo", "workflow.execute", "workflow", "invoice", ""), `{"allow":false,"code":"insufficient_permission","message":"The key's permission is lower than the action requires.","permission":{"granted":"read","required":"write"}}`},
		{input("key_office", "workflow.read", "workflow", "invoice", `, "context": {"client_ip": "203.0.113.7"}`), `{"allow":true,"billed_to":{"id":"ada","type":"user"},"code":"allowed","message":"The key may do this.","permission":{"granted":"write","required":"read"}}`},
		{input("key_office", "workflow.read", "workflow", "invoice", `, "context": {"client_ip": "198.51.100.7"}`), `{"allow":false,"code":"ip_not_allowed","message":"The key may not be used from this address.","permission":{"granted":"write","required":"read"}}`},
		{input("key_core", "workflow.execute", "workflow", "draft", `, "unheard": 1`), `{"allow":false,"code":"workflow_not_deployed","message":"The workflow is not deployed.","permission":{"granted":"write","required":"write"}}`},
		{input("key_core", "no.such", "workflow", "invoice", ""), `{"allow":false,"code":"unknown_action","message":"The action does not exist, or not for this type of resource."}`},
		// Who is not live asks no policy.
		{input("key_revoked", "workflow.read", "workflow", "invoice", ""), `{"allow":false,"code":"key_revoked","message":"The API key was revoked."}`},
		{input("key_expired", "workflow.read", "workflow", "invoice", `, "context": {"time": "2029-01-01T00:00:00Z"}`), `{"allow":false,"code":"key_expired","message":"The API key has expired."}`},
		{input("key_disabled", "workflow.read", "workflow", "invoice", ""), `{"allow":false,"code":"key_disabled","message":"The API key is disabled."}`},
		{input("key_idle", "workflow.read", "workflow", "invoice", ""), `{"allow":false,"code":"owner_inactive","message":"The API key's user is not active."}`},
		{input("key_nobody", "workflow.read", "workflow", "invoice", ""), `{"allow":false,"code":"key_unknown","message":"No such API key exists."}`},
		{input("", "workflow.read", "workflow", "invoice", ""), `{"allow":false,"code":"key_unknown","message":"No such API key exists."}`},
		{presented(secretOf("nobody"), "workflow.read", "workflow", "invoice"), `{"allow":false,"code":"key_unknown","message":"No such API key exists."}`},
		{presented("sk-other", "workflow.read", "workflow", "invoice"), `{"allow":false,"code":"key_malformed","message":"What was presented does not look like an API key."}`},
		{presented("", "workflow.read", "workflow", "invoice"), `{"allow":false,"code":"key_missing","message":"No API key was presented."}`},
		{input("presented", "workflow.read", "workflow", "invoice", ""), `{"allow":false,"code":"key_missing","message":"No API key was presented."}`},
		// Nobody decides for others until the installation does.
		{`{"input": {"subject": {"type": "user", "id": "ada"}, "action": {"name": "read"}, "resource": {"type": "table", "id": "t"}}}`, `{"allow":false,"code":"outside_scope","message":"The scope does not cover the resource, or the resource does not exist."}`},
	} {
		a := g.data(c.body).want(200)
		if got := a.text("result"); got != c.result || len(a.object()) != 2 || a.text("decision_id") == "" {
			t.Errorf("%s\n%s\nwant\n%s", c.body, a.Body, c.result)
		}
	}
}

// The policy's own words go through, whoever asks; a key's time is the engine's, and another's is their own.
func TestTheDataAPIPassesTheInstallationsWordsOn(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.usePolicy("site/site.rego", `package steelgate.site

decision := {"allow": true, "code": "allowed", "time": input.context.time, "said": {"who": input.subject, "how": input.action, "what": input.resource}} if input.subject.type == "user"

deny contains {"code": "at", "message": input.context.time} if input.context.note == "when"`)
	body := `{"input": {"subject": {"type": "user", "id": "ada", "properties": {"a": 1}}, "action": {"name": "read", "properties": {"b": [2]}}, "resource": {"type": "table", "id": "t", "properties": {"c": null}}, "context": {"time": "2020-01-01T00:00:00Z"}, "secret": "x"}}`
	want := `{"allow":true,"code":"allowed","said":{"how":{"name":"read","properties":{"b":[2]}},"what":{"id":"t","properties":{"c":null},"type":"table"},"who":{"id":"ada","properties":{"a":1},"type":"user"}},"time":"2020-01-01T00:00:00Z"}`
	if got := g.data(body).want(200).text("result"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := g.data(input("key_core", "workflow.read", "workflow", "invoice", `, "context": {"time": "2020-01-01T00:00:00Z", "note": "when"}`)).text("result", "message"); got != noon.Format(time.RFC3339) {
		t.Errorf("a key's time is %s", got)
	}
}

func TestWhatTheDataAPIDoesNotTake(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	good := input("key_core", "workflow.read", "workflow", "invoice", "")
	for name, body := range map[string]string{
		"nothing": "", "no object": "[]", "no input": "{}", "null": `{"input": null}`, "a text": `{"input": "x"}`, "an empty input": `{"input": {}}`, "cut off": good[:40],
		"two values": good + good, "not UTF-8": strings.Replace(good, "invoice", "\xff", 1), "a name twice": `{"input": {}, ` + good[1:], "deep": `{"input": ` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`,
		"no subject": strings.Replace(good, `"subject"`, `"who"`, 1), "a subject without type": `{"input": {"subject": {"id": "ada"}, "action": {"name": "a"}, "resource": {"type": "t", "id": "i"}}}`,
		"a number for an id": strings.Replace(good, `"key_core"`, `1`, 1), "no action": strings.Replace(good, `"action"`, `"x"`, 1), "a text for an action": strings.Replace(good, `{"name": "workflow.read"}`, `"workflow.read"`, 1),
		"no resource": strings.Replace(good, `"resource"`, `"x"`, 1), "an array for a context": input("key_core", "workflow.read", "workflow", "invoice", `, "context": []`),
		"a number for an address": input("key_core", "workflow.read", "workflow", "invoice", `, "context": {"client_ip": 1}`), "a number that is too large": input("key_core", "workflow.read", "workflow", "invoice", `, "context": {"n": 1e999999999}`),
		"a number for a secret": `{"input": {"subject": {"type": "api_key", "id": "presented", "properties": {"api_key": 7}}, "action": {"name": "a"}, "resource": {"type": "t", "id": "i"}}}`,
	} {
		if a := g.data(body).wantFault(400, "invalid_parameter"); t.Failed() {
			t.Fatalf("%s: %s", name, a.Body)
		}
	}
	g.data(`{"input": "`+strings.Repeat("x", 1<<20)+`"}`).wantFault(413, "invalid_parameter")
	g.data(good, "Content-Encoding: br").wantFault(415, "invalid_parameter")
	g.data(good, "Content-Encoding: gzip").wantFault(400, "invalid_parameter")
	g.ask("POST", dataPath, good).wantFault(401, "unauthenticated")
	g.ask("POST", dataPath, good, g.token("bundle", "manage", "directory")).wantFault(403, "insufficient_scope")
	g.ask("POST", dataPath, good, g.token("decide")).want(200)
	for _, path := range []string{"/v1/data", "/v1/data/", "/v1/data/steelgate", "/v1/data/steelgate/authz", "/v1/data/steelgate/authz/decision/allow", "/v1/data/keys", "/v1/data/steelgate/edge/decision", "/v1/data/steelgate/management/allow"} {
		g.admin("POST", path, good).wantFault(404, "resource_not_found")
		g.admin("GET", path, "").wantFault(404, "resource_not_found")
	}
	g.admin("GET", dataPath, "").wantProblem(405, "method_not_allowed")
	g.admin("POST", "/v1/database", good).wantProblem(404, "not_found")
	if len(g.logged) != 1 {
		t.Errorf("%d decisions are logged of one that was made", len(g.logged))
	}
}

// Where no decision is made nothing reads as an allow.
func TestTheDataAPIMakesNoDecisionOfAFault(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	for _, decision := range []string{`true`, `{"allow": true}`, `{"allow": true, "code": "key_revoked"}`, `{"allow": "yes", "code": "allowed"}`} {
		policy, err := engine.Compile(map[string]string{"a.rego": "package steelgate.authz\n\ndecision := " + decision}, 1)
		if err != nil {
			t.Fatal(err)
		}
		g.engine.UsePolicy(policy)
		a := g.data(input("key_core", "workflow.read", "workflow", "invoice", "")).wantFault(500, "policy_error")
		if strings.Contains(a.Body.String(), "true") {
			t.Errorf("it reads as an allow: %s", a.Body)
		}
		if last := g.logged[len(g.logged)-1]; last.Code != authz.PolicyError || last.Allow {
			t.Errorf("logged as %+v", last)
		}
	}
	g.now = g.now.Add(time.Minute)
	g.data(input("key_core", "workflow.read", "workflow", "invoice", "")).wantFault(503, "stale")
}

func deflate(t testing.TB, text string) string {
	t.Helper()
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return zipped.String()
}

func TestTheDataAPITakesGzip(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	send := func(body, plain string) answer {
		r := httptest.NewRequest("POST", dataPath, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+adminToken)
		r.Header.Set("Content-Encoding", "gzip")
		return g.send(r, plain)
	}
	good := input("key_core", "workflow.read", "workflow", "invoice", "")
	zipped := deflate(t, good)
	if a := send(zipped, good).want(200); a.text("result", "allow") != "true" {
		t.Errorf("answered %s", a.Body)
	}
	send(zipped[:len(zipped)-4], good).wantFault(400, "invalid_parameter")
	send(zipped[:len(zipped)-12]+strings.Repeat("\x00", 12), good).wantFault(400, "invalid_parameter")
	// A bomb takes no more than the body of any call.
	send(deflate(t, strings.Repeat(" ", 200<<20)), good).wantFault(413, "invalid_parameter")
}

func TestTheDataAPITellsMoreWhereItIsAsked(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	body := input("key_cleo", "workflow.execute", "workflow", "invoice", "")
	ask := func(query string) answer { return g.admin("POST", dataPath+"?"+query, body).want(200) }

	for _, on := range []string{"pretty", "pretty=true", "pretty=TRUE", "pretty=false&pretty=true"} {
		if a := ask(on); !strings.Contains(a.Body.String(), "{\n  \"decision_id\"") {
			t.Errorf("%s: %s", on, a.Body)
		}
	}
	for _, off := range []string{"", "pretty=1", "pretty=false", "pretty&pretty=no", "explain", "explain=off", "explain=FULL", "metrics=no", "provenance=0", "instrument", "strict-builtin-errors"} {
		if a := ask(off); len(a.object()) != 2 || strings.Contains(a.Body.String(), "\n ") {
			t.Errorf("%s: %s", off, a.Body)
		}
	}
	metrics := ask("metrics").object()["metrics"].(map[string]any)
	for _, name := range []string{"timer_server_handler_ns", "timer_rego_input_parse_ns", "timer_rego_query_eval_ns", "counter_server_query_cache_hit"} {
		if value, ok := metrics[name].(float64); !ok || value <= 0 {
			t.Errorf("metrics: %s is missing in %v", name, metrics)
		}
	}
	if a := ask("provenance"); a.text("provenance", "version") != "1.22.2" || a.text("provenance", "bundles", "steelgate", "revision") != "1:"+g.ask("GET", "/readyz", "").text("data_revision") {
		t.Errorf("provenance: %s", a.Body)
	}

	var events []map[string]any
	counts := map[string]int{}
	for _, mode := range []string{"notes", "fails", "full", "debug"} {
		a := ask("explain=" + mode)
		text, _ := json.Marshal(a.object()["explanation"])
		if err := json.Unmarshal(text, &events); err != nil {
			t.Fatalf("%s: %v in %s", mode, err, a.Body)
		}
		counts[mode] = len(events)
		for _, event := range events {
			if event["op"] == nil || event["query_id"] == nil || event["locals"] == nil {
				t.Fatalf("%s: an event without its parts: %v", mode, event)
			}
		}
		lines, _ := json.Marshal(ask("pretty&explain=" + mode).object()["explanation"])
		var told []string
		if err := json.Unmarshal(lines, &told); err != nil {
			t.Errorf("%s, pretty: %v in %s", mode, err, lines)
		}
		if mode != "notes" && !strings.Contains(string(lines), "authz/decision.rego") {
			t.Errorf("the lines do not tell where: %s", lines)
		}
	}
	if counts["notes"] != 0 || counts["fails"] == 0 || counts["full"] <= counts["fails"]/10 || counts["debug"] <= counts["full"] {
		t.Errorf("events: %v", counts)
	}
	t.Logf("events: %v, %d bytes", counts, ask("explain=debug").Body.Len())
	// A decision that no policy was asked for has no event.
	body = input("key_revoked", "workflow.execute", "workflow", "invoice", "")
	if a := ask("explain=debug&metrics&provenance"); a.text("explanation") != "[]" || a.text("result", "code") != "key_revoked" {
		t.Errorf("answered %s", a.Body)
	}
}

// An explanation of a rule that goes through very much is cut off, and says so.
func TestAnExplanationHasAnEnd(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.usePolicy("site/site.rego", `package steelgate.site

deny contains {"code": "long"} if {
	some a in input.context.list
	some b in input.context.list
	a + b == -1
}`)
	list := strings.TrimSuffix(strings.Repeat("1,", 60), ",")
	a := g.admin("POST", dataPath+"?explain=notes&pretty", input("key_core", "workflow.read", "workflow", "invoice", `, "context": {"list": [`+list+`]}`)).want(200)
	if a.text("result", "allow") != "true" || !strings.Contains(a.text("explanation"), "events is left out") {
		t.Errorf("answered %s", a.Body)
	}
}

// What is decided here is logged and counted as what any door decides, and no secret goes any further.
func TestTheDataAPIIsADoorAsAny(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	a := g.data(presented(secretOf("acme"), "workflow.execute", "workflow", "invoice")).want(200)
	g.data(`{"input": {"subject": {"type": "user", "id": "ada"}, "action": {"name": "read"}, "resource": {"type": "table", "id": "t"}}}`).want(200)
	if len(g.logged) != 2 {
		t.Fatalf("%d decisions are logged", len(g.logged))
	}
	first, second := g.logged[0], g.logged[1]
	if first.Door != "opa" || first.ID != a.text("decision_id") || first.KeyID != "key_acme" || !first.Allow || first.WorkspaceID != "core" || first.GrantedBy == nil {
		t.Errorf("logged %+v", first)
	}
	if second.Door != "opa" || second.Subject.Type != "user" || second.Subject.ID != "ada" || second.Code != "outside_scope" || second.KeyID != "" {
		t.Errorf("logged %+v", second)
	}
	text, _ := json.Marshal(g.logged)
	metrics := g.ask("GET", "/metrics", "").Body.String()
	if !strings.Contains(metrics, `steelgate_decisions_total{code="allowed",door="opa"} 1`) {
		t.Error("the decision is not counted")
	}
	explained := g.admin("POST", dataPath+"?explain=debug&pretty", presented(secretOf("acme"), "workflow.execute", "workflow", "invoice"))
	for what, where := range map[string]string{"the decision log": string(text), "the log": g.log.String(), "the metrics": metrics, "the explanation": explained.Body.String()} {
		if strings.Contains(where, secretOf("acme")) || strings.Contains(where, "presented") {
			t.Errorf("%s has what was presented", what)
		}
	}
}
