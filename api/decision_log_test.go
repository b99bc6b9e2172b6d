package api_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage/sqlite"
)

// takeLogged answers what was recorded since it was asked before.
func (g *gate) takeLogged() (made []authz.LoggedDecision) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	made, g.logged = g.logged, nil
	return made
}

// newLoggedGate has a decision log that can be read.
func newLoggedGate(t *testing.T) (g *gate, keep func()) {
	t.Helper()
	g = newGate(t)
	log, err := sqlite.OpenDecisions(t.Context(), filepath.Join(t.TempDir(), "decisions.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	g.mount(log)
	return g, func() {
		t.Helper()
		if err := log.Append(t.Context(), g.takeLogged()); err != nil {
			t.Fatal(err)
		}
	}
}

// Every door records each decision once, whichever it is, as it was answered.
func TestEveryDecisionIsRecordedOnce(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	forward := func(key, method, uri string) answer {
		return g.ask("GET", "/v1/forward-auth", "", "X-API-Key: "+key, "X-Forwarded-Method: "+method, "X-Forwarded-Uri: "+uri, "X-Forwarded-For: 203.0.113.9")
	}
	ask := func(key, what, id string) answer {
		return g.decide(question(key, what, "workflow", id, `"context": {"client_ip": "203.0.113.9", "x": 1}`))
	}
	const execute = "POST /api/workflows/{workflow}/execute"
	for _, c := range []struct {
		name string
		do   func() answer
		// want is door, key, owner, action, resource, route, workspace, organization, code, allow.
		want string
	}{
		{"allowed", func() answer { return ask(secretOf("ben"), "workflow.execute", "invoice") }, "decisions key_ben user/ben workflow.execute workflow/invoice  core acme allowed true"},
		{"elsewhere", func() answer { return ask(secretOf("ben"), "workflow.execute", "assay") }, "decisions key_ben user/ben workflow.execute workflow/assay  far globex not_a_member false"},
		{"nowhere", func() answer { return ask(secretOf("acme"), "workflow.execute", "none") }, "decisions key_acme organization/acme workflow.execute workflow/none    outside_scope false"},
		{"revoked", func() answer { return ask(secretOf("revoked"), "workflow.execute", "invoice") }, "decisions key_revoked workspace/core workflow.execute workflow/invoice  core acme key_revoked false"},
		{"unknown", func() answer { return ask(secretOf("nobody"), "workflow.execute", "invoice") }, "decisions  / workflow.execute workflow/invoice  core acme key_unknown false"},
		{"a workspace", func() answer {
			return g.decide(question(secretOf("core"), "logs.read", "workspace", "core", ""))
		}, "decisions key_core workspace/core logs.read workspace/core  core acme allowed true"},
		{"forward-auth", func() answer {
			return forward(secretOf("ben"), "POST", "/api/workflows/invoice/execute?x="+secretOf("ben"))
		}, "forward-auth key_ben user/ben workflow.execute workflow/invoice " + execute + " core acme allowed true"},
		{"forward-auth, denied", func() answer { return forward(secretOf("cleo"), "POST", "/api/workflows/invoice/execute") }, "forward-auth key_cleo user/cleo workflow.execute workflow/invoice " + execute + " core acme insufficient_permission false"},
		{"forward-auth, unknown", func() answer { return forward(secretOf("nobody"), "POST", "/api/workflows/invoice/execute") }, "forward-auth  /  /    key_unknown false"},
		{"forward-auth, no route", func() answer { return forward(secretOf("ben"), "POST", "/elsewhere") }, "forward-auth key_ben user/ben  /    no_route false"},
		{"forward-auth, a stranger", func() answer { return g.askFrom("203.0.113.1:1", "GET", "/v1/forward-auth", "") }, "forward-auth  /  /    untrusted_proxy false"},
	} {
		a := c.do()
		made := g.takeLogged()
		if len(made) != 1 {
			t.Errorf("%s: %d records", c.name, len(made))
			continue
		}
		d := made[0]
		got := fmt.Sprintf("%s %s %s/%s %s %s/%s %s %s %s %s %t", d.Door, d.KeyID, d.KeyOwner.Type, d.KeyOwner.ID, d.Request.Action, d.Request.Resource.Type, d.Request.Resource.ID,
			d.Route, d.WorkspaceID, d.OrganizationID, d.Code, d.Allow)
		if got != c.want {
			t.Errorf("%s: got  %s\nwant %s", c.name, got, c.want)
		}
		id := a.Header().Get("X-Steelgate-Decision-Id")
		if id == "" {
			if id = a.text("decision_id"); id == "" {
				id = a.text("error", "decision_id")
			}
		}
		if d.ID != id || !d.Time.Equal(noon) {
			t.Errorf("%s: recorded %s at %v, answered %s", c.name, d.ID, d.Time, id)
		}
		if d.Code != "untrusted_proxy" && (d.PolicyRevision == 0 || d.DataRevision != g.revision() || d.Took <= 0) {
			t.Errorf("%s: got %+v", c.name, d)
		}
	}
}

// A batch is as many records as it has answers; where the policy fails is one too.
func TestABatchAndAFailureAreRecorded(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	one := question(secretOf("ben"), "workflow.execute", "workflow", "invoice", "")
	a := g.ask("POST", "/v1/decisions/batch", `{"decisions": [`+one+`,`+one+`,`+question("", "a", "t", "i", "")+`]}`, asAdmin)
	made := g.takeLogged()
	if len(made) != 3 {
		t.Fatalf("%d records", len(made))
	}
	for i, d := range made {
		if d.Door != "decisions/batch" || d.ID != a.text("decisions", fmt.Sprint(i), "decision_id") || string(d.Code) != a.text("decisions", fmt.Sprint(i), "code") {
			t.Errorf("the %dth: %+v", i, d)
		}
	}
	g.usePolicy("authz/decision.rego", "package steelgate.authz\ndecision := 7")
	g.decide(one).wantProblem(500, "policy_error")
	g.ask("GET", "/v1/forward-auth", "", "X-API-Key: "+secretOf("ben"), "X-Forwarded-Method: POST", "X-Forwarded-Uri: /api/workflows/invoice/execute").want(403)
	for i, d := range g.takeLogged() {
		if d.Code != authz.PolicyError || d.Allow || d.KeyID != "key_ben" {
			t.Errorf("the %dth: %+v", i, d)
		}
	}
	// What was not decided is not recorded.
	g.decide(`{"action": 1}`).want(422)
	g.decide(question(secretOf("ben"), "a", "t", "i", `"min_revision": 1000`)).want(503)
	if made := g.takeLogged(); len(made) != 0 {
		t.Errorf("got %+v", made)
	}
}

func TestTheDecisionLogIsRead(t *testing.T) {
	t.Parallel()
	g, keep := newLoggedGate(t)
	for range 3 {
		g.decide(question(secretOf("ben"), "workflow.execute", "workflow", "invoice", ""))
		g.decide(question(secretOf("cleo"), "workflow.execute", "workflow", "invoice", `"context": {"client_ip": "203.0.113.9", "note": "n"}`))
		g.decide(question(secretOf("nobody"), "workflow.read", "workflow", "report", ""))
	}
	keep()
	for query, want := range map[string]int{
		"": 9, "key_id=key_ben": 3, "owner_type=user&owner_id=cleo": 3, "resource_type=workflow&resource_id=report": 3, "resource_type=mcp_server": 0, "action=workflow.read": 3,
		"code=key_unknown": 3, "allow=true": 3, "allow=false": 6, "workspace_id=core": 9, "organization_id=acme": 9, "organization_id=globex": 0,
		"from=2030-01-31T12:00:00Z": 9, "until=2030-01-31T12:00:00Z": 0, "key_id=key_cleo&allow=true": 0,
	} {
		cursor, seen := "", map[string]bool{}
		for {
			a := g.admin("GET", "/v1/decision-log?limit=2&"+query+"&cursor="+url.QueryEscape(cursor), "").want(200)
			for i := range 2 {
				if id := a.text("data", fmt.Sprint(i), "decision_id"); id != "" {
					if seen[id] {
						t.Errorf("%s: %s twice", query, id)
					}
					seen[id] = true
					if alone := g.admin("GET", "/v1/decision-log/"+id, "").want(200); alone.text("code") != a.text("data", fmt.Sprint(i), "code") {
						t.Errorf("%s alone: %s", id, alone.Body)
					}
				}
			}
			if cursor = a.text("pagination", "cursor"); cursor == "" {
				break
			}
			// What is added meanwhile is on no later page.
			g.now = g.now.Add(1)
			g.decide(question("", "x", "workflow", "x", ""))
			keep()
		}
		if isOpen := query == "" || query == "allow=false" || strings.HasPrefix(query, "from="); len(seen) < want || !isOpen && len(seen) != want {
			t.Errorf("%s: %d, want %d", query, len(seen), want)
		}
	}
	g.admin("GET", "/v1/decision-log/dec_none", "").wantProblem(404, "not_found")
}

func TestTheDecisionLogIsNarrowedByWhatItKnows(t *testing.T) {
	t.Parallel()
	g, _ := newLoggedGate(t)
	for query, fields := range map[string][]string{
		"key=x": {"key"}, "owner_type=user": {"owner_id"}, "owner_type=robot&owner_id=x": {"owner_type"}, "resource_id=x": {"resource_type"}, "allow=yes": {"allow"},
		"from=now": {"from"}, "until=1": {"until"}, "cursor=x": {"cursor"}, "limit=0": {"limit"},
	} {
		g.admin("GET", "/v1/decision-log?"+query, "").wantProblem(422, "invalid_field", fields...)
	}
}

// What is counted is what was decided, over time and by key.
func TestTheDecisionLogIsCounted(t *testing.T) {
	t.Parallel()
	g, keep := newLoggedGate(t)
	ask := func(key string) {
		g.decide(question(secretOf(key), "workflow.execute", "workflow", "invoice", ""))
	}
	ask("ben")
	ask("ben")
	ask("cleo")
	g.now = noon.Add(time.Hour)
	g.step()
	ask("ben")
	ask("nobody")
	keep()
	a := g.admin("GET", "/v1/decision-log/summary?from=2030-01-31T12:00:00Z&until=2030-01-31T14:30:00Z&step=3600&by=key", "").want(200)
	var got any
	if err := json.Unmarshal(a.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	took, _ := got.(map[string]any)["took_us"].(map[string]any)
	if p50, p99 := took["p50"].(float64), took["p99"].(float64); p50 <= 0 || p99 < p50 {
		t.Errorf("took %v", took)
	}
	delete(got.(map[string]any), "took_us")
	var want any
	if err := json.Unmarshal([]byte(`{"from": "2030-01-31T12:00:00Z", "until": "2030-01-31T14:30:00Z", "step_seconds": 3600, "complete": true, "since": null,
		"total": {"allowed": 3, "denied": 2}, "codes": {"allowed": 3, "insufficient_permission": 1, "key_unknown": 1},
		"buckets": [
			{"at": "2030-01-31T12:00:00Z", "allowed": 2, "denied": 1, "codes": {"allowed": 2, "insufficient_permission": 1}},
			{"at": "2030-01-31T13:00:00Z", "allowed": 1, "denied": 1, "codes": {"allowed": 1, "key_unknown": 1}},
			{"at": "2030-01-31T14:00:00Z", "allowed": 0, "denied": 0, "codes": {}}],
		"keys": {
			"key_ben": {"allowed": 3, "denied": 0, "last_at": "2030-01-31T13:00:00Z", "buckets": [
				{"at": "2030-01-31T12:00:00Z", "allowed": 2, "denied": 0}, {"at": "2030-01-31T13:00:00Z", "allowed": 1, "denied": 0}, {"at": "2030-01-31T14:00:00Z", "allowed": 0, "denied": 0}]},
			"key_cleo": {"allowed": 0, "denied": 1, "last_at": "2030-01-31T12:00:00Z", "buckets": [
				{"at": "2030-01-31T12:00:00Z", "allowed": 0, "denied": 1}, {"at": "2030-01-31T13:00:00Z", "allowed": 0, "denied": 0}, {"at": "2030-01-31T14:00:00Z", "allowed": 0, "denied": 0}]}}}`), &want); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	// A holder counts their own; what no decision took is null.
	manage := g.token("manage")
	for query, want := range map[string]string{"": "3", "code=insufficient_permission": "0", "key_id=key_cleo": "0"} {
		own := g.ask("GET", "/v1/decision-log/summary?until=2030-01-31T14:30:00Z&"+query, "", manage, "X-Steelgate-Actor: ben").want(200)
		if own.text("total", "allowed") != want || own.text("total", "denied") != "0" || (own.text("took_us", "p50") == "") != (want == "0") || strings.Contains(own.Body.String(), `"keys"`) {
			t.Errorf("%s: Ben counts %s", query, own.Body)
		}
	}
	g.ask("GET", "/v1/decision-log/summary?workspace_id=core", "", manage, "X-Steelgate-Actor: ben").wantProblem(403, "forbidden")
	g.ask("GET", "/v1/decision-log/summary?workspace_id=none", "", manage, "X-Steelgate-Actor: ben").wantProblem(403, "forbidden")
}

func TestTheDecisionLogIsCountedByWhatItKnows(t *testing.T) {
	t.Parallel()
	g, _ := newLoggedGate(t)
	for query, field := range map[string]string{
		"limit=1": "limit", "cursor=x": "cursor", "step=59": "step", "step=86401": "step", "step=1h": "step", "by=code": "by", "allow=yes": "allow", "from=now": "from",
		"from=2030-01-31T12:00:00Z": "from", "from=2020-01-01T00:00:00Z&step=3600": "step", "until=0000-01-01T00:00:00Z": "from",
	} {
		g.admin("GET", "/v1/decision-log/summary?"+query, "").wantProblem(422, "invalid_field", field)
	}
}

func TestAServerThatKeepsNoDecisionsSaysSo(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.admin("GET", "/v1/decision-log", "").wantProblem(404, "no_decision_log")
	g.admin("GET", "/v1/decision-log/dec_x", "").wantProblem(404, "no_decision_log")
	g.admin("GET", "/v1/decision-log/summary", "").wantProblem(404, "no_decision_log")
}
