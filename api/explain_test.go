package api_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/authz"
)

func explaining(keyID, action, resourceType, id, more string) string {
	if more != "" {
		more = ", " + more
	}
	return fmt.Sprintf(`{"key_id": %q, "action": %q, "resource": {"type": %q, "id": %q}%s}`, keyID, action, resourceType, id, more)
}

// Every code has an explanation, whose first way out, made through the calls that people make, turns the decision into an allow; and
// which says so where there is none.
func TestEveryCodeIsExplained(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		key, what, context, code string
		way                      string
		method, path, body       string
	}{
		{"revoked", "workflow.execute workflow invoice", "", "key_revoked", "", "", "", ""},
		{"expired", "workflow.execute workflow invoice", "", "key_expired", "expiry", "PATCH", "/v1/keys/key_expired", `{"expires_at": "2030-02-01T12:00:00Z"}`},
		{"disabled", "workflow.execute workflow invoice", "", "key_disabled", "enable_key", "PATCH", "/v1/keys/key_disabled", `{"disabled": false}`},
		{"idle", "workflow.execute workflow invoice", "", "owner_inactive", "user_active", "PUT", "/v1/users/idle", `{"active": true}`},
		{"core", "workflow.fly workflow invoice", "", "unknown_action", "", "", "", ""},
		{"ben", "workspace.read workspace none", "", "outside_scope", "", "", "", ""},
		{"core", "workflow.execute workflow assay", "", "outside_scope", "", "", "", ""},
		{"narrow", "workflow.execute workflow report", "", "outside_scope", "scope", "PATCH", "/v1/keys/key_narrow", `{"workflow_ids": ["invoice", "report"]}`},
		{"acme", "workflow.execute workflow assay", "", "outside_scope", "grant", "PUT", "/v1/workspaces/far", `{"organization_id": "acme"}`},
		{"acme", "workflow.execute workflow etl", "", "insufficient_permission", "grant_permission", "PATCH", "/v1/keys/key_acme", `{"grants": [{"workspace_id": "off", "permission": "write"}]}`},
		{"ben", "workflow.execute workflow assay", "", "not_a_member", "member", "PUT", "/v1/workspaces/far/members/ben", `{"role": "write"}`},
		{"ben", "workflow.execute workflow etl", "", "personal_keys_disabled", "personal_keys", "PATCH", "/v1/workspaces/off", `{"personal_keys_enabled": true}`},
		{"ben", "workflow.execute workflow dust", "", "workspace_archived", "unarchived", "PUT", "/v1/workspaces/old", `{"archived": false}`},
		{"office", "workflow.execute workflow invoice", `"context": {"client_ip": "::ffff:198.51.100.7"}`, "ip_not_allowed", "allowed_cidr", "PATCH", "/v1/keys/key_office", `{"allowed_cidrs": ["203.0.113.0/24", "198.51.100.7/32"]}`},
		{"office", "workflow.execute workflow invoice", "", "ip_not_allowed", "allow_list_lifted", "PATCH", "/v1/keys/key_office", `{"allowed_cidrs": null}`},
		{"cleo", "workflow.execute workflow invoice", "", "insufficient_permission", "member", "PUT", "/v1/workspaces/core/members/cleo", `{"role": "write"}`},
		{"core", "workspace.update workspace core", "", "insufficient_permission", "", "", "", ""},
		{"core", "workflow.execute workflow draft", "", "workflow_not_deployed", "deployed", "PUT", "/v1/resources/workflow/draft", `{"properties": {"deployed": true}}`},
		{"core", "mcp.connect mcp_server down", "", "mcp_server_not_deployed", "deployed", "PUT", "/v1/resources/mcp_server/down", `{"properties": {"deployed": true}}`},
	} {
		g := newGate(t)
		words := strings.SplitN(c.what, " ", 3)
		a := g.admin("POST", "/v1/explain", explaining("key_"+c.key, words[0], words[1], words[2], c.context)).want(200)
		if got := a.text("decision", "code"); got != c.code || a.text("concealed") != "false" {
			t.Errorf("%s, %s: explains %s", c.key, c.what, a.Body)
		}
		if way := a.text("counterfactual", "ways", "0", "changes", "0", "change"); way != c.way {
			t.Errorf("%s, %s: the first way is %q: %s", c.key, c.what, way, a.Body)
		}
		if dead := authz.Code(c.code).Unauthenticated(); dead != (a.text("stopped", "words") != "") || dead == strings.Contains(a.Body.String(), `"rule"`) {
			t.Errorf("%s, %s: stopped by %s", c.key, c.what, a.Body)
		}
		if c.way == "" {
			if a.text("counterfactual", "nothing") == "" {
				t.Errorf("%s, %s: nothing is said of no way out: %s", c.key, c.what, a.Body)
			}
			continue
		}
		triesWays(t, g, a, "key_"+c.key, words, c.context)
		if second := a.text("counterfactual", "ways", "0", "changes", "1", "change"); second == "organization" {
			g.change(c.method, c.path, c.body)
			c.method, c.path, c.body = "PATCH", "/v1/keys/key_acme", `{"grants": [{"workflow_id": "assay", "permission": "write"}]}`
		}
		g.change(c.method, c.path, c.body)
		if got := g.decide(question(secretOf(c.key), words[0], words[1], words[2], c.context)).want(200).text("code"); got != "allowed" {
			t.Errorf("%s, %s: changed as proposed, and answered %s", c.key, c.what, got)
		}
	}
}

// A key may be presented, and is not repeated.
func TestExplainingAPresentedKey(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.unchanged(func() {
		for text, code := range map[string]string{
			secretOf("core"): "allowed", secretOf("nobody"): "key_unknown", "sk-other-0123456789abcdef": "key_malformed", "": "key_missing",
		} {
			a := g.admin("POST", "/v1/explain", question(text, "workflow.execute", "workflow", "invoice", "")).want(200)
			if a.text("decision", "code") != code || text != "" && strings.Contains(a.Body.String(), text) {
				t.Errorf("%s is explained as %s", code, a.Body)
			}
		}
		if a := g.admin("POST", "/v1/explain", question("", "workflow.execute", "workflow", "invoice", ""), "X-API-Key: "+secretOf("ben")).want(200); a.text("decision", "key", "id") != "key_ben" {
			t.Errorf("in the header: %s", a.Body)
		}
		// What looks like a secret is left out, wherever it is hidden.
		leak := `"context": {"note": "` + secretOf("ben") + `"}`
		g.usePolicy("site/site.rego", `package steelgate.site
deny contains {"code": "noted"} if count(input.context.note) < 3`)
		a := g.admin("POST", "/v1/explain", explaining("key_core", "workflow.execute", "workflow", "invoice", leak)).want(200)
		if strings.Contains(a.Body.String(), "secret-of-the-key") || !strings.Contains(a.Body.String(), "input.context.note") {
			t.Errorf("a secret in the context: %s", a.Body)
		}
	})
}

// triesWays asks again with the facts of each way out, which have to allow it.
func triesWays(t *testing.T, g *gate, a answer, keyID string, words []string, context string) {
	t.Helper()
	var explained struct {
		Counterfactual struct {
			Ways []struct {
				Facts json.RawMessage `json:"facts"`
			} `json:"ways"`
		} `json:"counterfactual"`
	}
	if err := json.Unmarshal(a.Body.Bytes(), &explained); err != nil {
		t.Fatal(err)
	}
	for _, way := range explained.Counterfactual.Ways {
		more := fmt.Sprintf(`"facts": %s`, way.Facts)
		if context != "" {
			more += ", " + context
		}
		if len(way.Facts) == 0 {
			t.Errorf("%s: a way without facts: %s", keyID, a.Body)
		} else if got := g.admin("POST", "/v1/explain", explaining(keyID, words[0], words[1], words[2], more)).want(200).text("decision", "code"); got != "allowed" {
			t.Errorf("%s, %v: with %s it is %s", keyID, words, way.Facts, got)
		}
	}
}

func TestFacts(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.unchanged(func() {
		for _, c := range []struct{ key, what, facts, more, code string }{
			{"ben", "workflow.execute workflow assay", `{"kind": "workspace_member", "workspace_id": "far", "user_id": "ben", "role": "write"}`, "", "allowed"},
			{"ben", "workflow.execute workflow invoice", `{"kind": "workspace_member", "workspace_id": "core", "user_id": "ben", "deleted": true}`, "", "not_a_member"},
			{"ben", "workflow.execute workflow invoice", `{"kind": "user", "id": "ben", "active": false}`, "", "owner_inactive"},
			{"ben", "workflow.execute workflow invoice", `{"kind": "resource", "type": "workflow", "id": "invoice", "deleted": true}`, "", "outside_scope"},
			{"ben", "workflow.execute workflow new", `{"kind": "workspace", "id": "w", "owner_id": "ben"}, {"kind": "resource", "type": "workflow", "id": "new", "workspace_id": "w"}`, "", "allowed"},
			{"acme", "workflow.execute workflow etl", `{"kind": "key", "id": "key_acme", "grants": [{"workspace_id": "off", "permission": "admin"}]}`, "", "allowed"},
			{"acme", "workflow.execute workflow invoice", `{"kind": "workspace", "id": "core", "organization_id": null}`, "", "outside_scope"},
			{"acme", "workflow.execute workflow invoice", `{"kind": "organization", "id": "acme", "deleted": true}`, "", "owner_inactive"},
			{"revoked", "workflow.execute workflow invoice", `{"kind": "key", "id": "key_revoked", "revoked_at": null, "disabled": false}`, "", "key_revoked"},
			{"assumed", "workflow.execute workflow invoice", `{"kind": "key", "id": "key_assumed", "type": "workspace", "workspace_id": "core", "name": "a"}`, "", "allowed"},
			{"expired", "workflow.execute workflow invoice", "", `"time": "2030-01-31T11:59:59Z"`, "allowed"},
			{"core", "workflow.execute workflow invoice", `{"kind": "organization_member", "organization_id": "acme", "user_id": "ada", "deleted": true}`, "", "allowed"},
		} {
			words := strings.SplitN(c.what, " ", 3)
			more := `"facts": [` + c.facts + `]`
			if c.more != "" {
				more += ", " + c.more
			}
			a := g.admin("POST", "/v1/explain", explaining("key_"+c.key, words[0], words[1], words[2], more))
			if a.Code != 200 || a.text("decision", "code") != c.code {
				t.Errorf("%s, %s with %s: %d %s", c.key, c.what, more, a.Code, a.Body)
			}
		}
	})
}

func TestRefusedExplanations(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	with := func(facts string) string {
		return explaining("key_core", "workflow.execute", "workflow", "invoice", `"facts": `+facts)
	}
	g.unchanged(func() {
		for body, fields := range map[string][]string{
			`{}`:                        {"action", "resource"},
			`{"key": "x"}`:              {"key"},
			with(`{}`):                  {"facts"},
			with(`[1]`):                 {"facts[0]"},
			with(`[null]`):              {"facts[0]"},
			with(`[{}]`):                {"facts[0].kind"},
			with(`[{"kind": "token"}]`): {"facts[0].kind"},
			with(`[{"kind": "user"}]`):  {"facts[0].id"},
			with(`[{"kind": "user", "id": "a"}, {"kind": "user", "id": "b c"}]`):                                               {"facts[1].id"},
			with(`[{"kind": "user", "id": "a", "nome": "x"}]`):                                                                 {"facts[0].nome"},
			with(`[{"kind": "user", "id": "a", "active": "yes"}]`):                                                             {"facts[0].active"},
			with(`[{"kind": "user", "id": "a", "deleted": null}]`):                                                             {"facts[0].deleted"},
			with(`[{"kind": "user", "id": "a", "deleted": true, "name": "x"}]`):                                                {"facts[0].name"},
			with(`[{"kind": "workspace", "id": "new"}]`):                                                                       {"facts[0].owner_id"},
			with(`[{"kind": "workspace_member", "workspace_id": "core", "user_id": "dan"}]`):                                   {"facts[0].role"},
			with(`[{"kind": "workspace_member", "workspace_id": "core", "user_id": "dan", "role": "write", "deleted": true}]`): {"facts[0].role"},
			with(`[{"kind": "resource", "type": "user", "id": "x"}]`):                                                          {"facts[0].type"},
			with(`[{"kind": "resource", "type": "workflow", "id": "x", "name": "x", "deleted": true}]`):                        {"facts[0].deleted"},
			with(`[{"kind": "key", "id": "key_core", "secret": "sk-steelengine-0123456789abcdef"}]`):                           {"facts[0].secret"},
			with(`[{"kind": "key", "id": "key_core", "type": "personal", "user_id": "ada"}]`):                                  {"facts[0].type"},
			with(`[{"kind": "key", "id": "key_core", "allowed_cidrs": ["x"]}]`):                                                {"facts[0].allowed_cidrs[0]"},
			with(`[` + strings.Repeat(`{"kind": "user", "id": "a"},`, 100) + `{"kind": "user", "id": "a"}]`):                   {"facts"},
			explaining("key_core", "a", "b", "c", `"time": "soon"`):                                                            {"time"},
			explaining("key_core", "a", "b", "c", `"time": "9999-12-31T23:59:59Z"`):                                            {"time"},
			explaining("key_core", "a", "b", "c", `"api_key": "`+secretOf("core")+`"`):                                         {"key_id"},
		} {
			g.admin("POST", "/v1/explain", body).wantProblem(422, "invalid_field", fields...)
		}
		g.admin("POST", "/v1/explain", with(`[{"kind": "user", "id": "a", "id": "b"}]`)).wantProblem(400, "malformed")
		g.admin("POST", "/v1/explain", explaining("key_none", "a", "b", "c", "")).wantProblem(404, "not_found")
		g.admin("POST", "/v1/explain", explaining("key_core", "a", "b", "c", fmt.Sprintf(`"min_revision": %d`, g.revision()+1))).wantProblem(503, "stale")
		g.admin("GET", "/v1/decision-log/dec_x/explanation", "").wantProblem(404, "no_decision_log")
		g.ask("POST", "/v1/explain", with(`[]`)).wantProblem(401, "unauthenticated")
	})
}

// Each may have explained what is theirs, and learns nothing of what is not.
func TestWhoMayHaveWhatExplained(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.change("PUT", "/v1/users/judge", `{"platform_role": "policy_admin"}`)
	manage := g.token("manage")
	ask := func(user, body string) answer {
		g.t.Helper()
		return g.ask("POST", "/v1/explain", body, manage, "X-Steelgate-Actor: "+user)
	}
	for _, c := range []struct{ user, key, what, want string }{
		{"judge", "ben", "workflow assay", "not_a_member"}, {"root", "acme", "workflow assay", "outside_scope"},
		{"ben", "ben", "workflow invoice", "allowed"}, {"ben", "ben", "workflow assay", "concealed outside_scope"}, {"ben", "ben", "workflow none", "concealed outside_scope"},
		{"ada", "core", "workflow invoice", "allowed"}, {"ada", "core", "workflow assay", "concealed outside_scope"}, {"ada", "acme", "workflow etl", "insufficient_permission"},
		{"ada", "acme", "workflow assay", "concealed outside_scope"}, {"ada", "ben", "workflow invoice", "404"}, {"ben", "core", "workflow invoice", "404"},
		{"ben", "acme", "workflow invoice", "404"}, {"dan", "none", "workflow etl", "404"}, {"ben", "ada", "workflow invoice", "404"},
	} {
		kind, id, _ := strings.Cut(c.what, " ")
		a := ask(c.user, explaining("key_"+c.key, "workflow.execute", kind, id, ""))
		got := a.text("decision", "code")
		if isAll := c.user == "judge" || c.user == "root"; !isAll && strings.Contains(a.Body.String(), `"facts"`) {
			t.Errorf("%s, who may assume nothing, is told facts: %s", c.user, a.Body)
		}
		if a.text("concealed") == "true" {
			got = "concealed " + got
		}
		if a.Code != 200 {
			got = fmt.Sprint(a.Code)
		}
		if got != c.want {
			t.Errorf("%s asks of %s on %s: %s", c.user, c.key, c.what, a.Body)
		}
	}
	// Of what is concealed nothing tells whether it is there.
	there, nowhere := ask("ben", explaining("key_ben", "workflow.execute", "workflow", "assay", "")), ask("ben", explaining("key_ben", "workflow.execute", "workflow", "none", ""))
	strip := func(a answer) string {
		return strings.Replace(a.Body.String(), a.text("decision", "decision_id"), "", 1)
	}
	if strip(there) != strip(nowhere) {
		t.Errorf("what is somebody else's reads\n%s\nand what does not exist\n%s", there.Body, nowhere.Body)
	}
	// Nor may facts be assumed that would tell.
	ask("ben", explaining("key_ben", "workflow.execute", "workflow", "assay", `"facts": [{"kind": "workspace_member", "workspace_id": "far", "user_id": "ben", "role": "read"}]`)).wantProblem(403, "forbidden")
	ask("judge", explaining("key_ben", "workflow.execute", "workflow", "assay", `"facts": [{"kind": "user", "id": "x"}]`)).want(200)
	ask("ben", question(secretOf("core"), "workflow.execute", "workflow", "invoice", "")).wantProblem(404, "not_found")
	ask("ben", question(secretOf("nobody"), "workflow.execute", "workflow", "invoice", "")).wantProblem(404, "not_found")
	ask("nobody", explaining("key_ben", "workflow.execute", "workflow", "assay", "")).wantProblem(401, "no_actor")
	g.ask("POST", "/v1/explain", explaining("key_ben", "workflow.execute", "workflow", "assay", ""), g.token("decide")).wantProblem(403, "insufficient_scope")
}

func TestExplainingALoggedDecision(t *testing.T) {
	t.Parallel()
	g, keep := newLoggedGate(t)
	execute := authz.Request{Action: "workflow.execute", Resource: authz.Entity{Type: "workflow", ID: "invoice"}}
	ben := authz.Owner{Type: authz.UserOwner, ID: "ben"}
	made := g.decide(question(secretOf("ben"), "workflow.execute", "workflow", "invoice", "")).want(200).text("decision_id")
	g.logged = append(g.logged,
		authz.LoggedDecision{ID: "dec_cut", Time: noon, Door: "decisions", KeyID: "key_ben", KeyType: authz.PersonalKey, KeyOwner: ben, Request: execute, Cut: true, Code: authz.OutsideScope},
		authz.LoggedDecision{ID: "dec_lost", Time: noon, Door: "forward-auth", KeyID: "key_ben", KeyType: authz.PersonalKey, KeyOwner: ben, Code: "no_route"},
		authz.LoggedDecision{ID: "dec_none", Time: noon, Door: "decisions", Request: execute, Code: authz.KeyUnknown},
		authz.LoggedDecision{ID: "dec_other", Time: noon, Door: "decisions", Request: execute, Code: authz.OutsideScope},
	)
	keep()
	manage := g.token("manage")
	ask := func(user, id string) answer {
		g.t.Helper()
		return g.ask("GET", "/v1/decision-log/"+id+"/explanation", "", manage, "X-Steelgate-Actor: "+user)
	}
	if a := ask("ben", made).want(200); a.text("same") != "true" || a.text("decision", "code") != "allowed" || a.text("logged", "decision_id") != made || a.text("concealed") != "false" {
		t.Errorf("unchanged: %s", a.Body)
	}
	g.change("PUT", "/v1/workspaces/core/members/ben", `{"role": "read"}`)
	a := ask("ben", made).want(200)
	if a.text("same") != "false" || a.text("decision", "code") != "insufficient_permission" || a.text("logged", "code") != "allowed" || a.text("counterfactual", "ways", "0", "changes", "0", "change") != "member" {
		t.Errorf("lowered since: %s", a.Body)
	}
	// Who keeps the workspace sees the decision, and what they can do; the key is not theirs.
	a = ask("ada", made).want(200)
	if a.text("concealed") != "true" || a.text("decision", "key", "name") != "" || strings.Contains(a.Body.String(), `"value"`) || !strings.Contains(a.Body.String(), `"row"`) || a.text("counterfactual", "ways", "0", "changes", "0", "change") != "member" {
		t.Errorf("a workspace's admin: %s", a.Body)
	}
	ask("cleo", made).wantProblem(404, "not_found")
	ask("ben", "dec_unknown").wantProblem(404, "not_found")
	ask("ben", "dec_none").wantProblem(404, "not_found")
	ask("ben", "dec_cut").wantProblem(409, "not_replayable")
	ask("ben", "dec_lost").wantProblem(409, "not_replayable")
	ask("root", "dec_other").wantProblem(409, "not_replayable")
	if a := ask("root", "dec_none").want(200); a.text("same") != "true" || a.text("stopped", "code") != "key_unknown" {
		t.Errorf("of no key: %s", a.Body)
	}
}

// What the policy fails of is told to its admins.
func TestExplainingAPolicyThatFails(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.usePolicy("site/site.rego", "package steelgate.site\n\ndeny contains {\"code\": \"x\"} if 1 / count(input.resource.none) > 0\n\ndeny contains {\"code\": \"y\"} if 1 / count([]) > 0")
	body := explaining("key_ben", "workflow.execute", "workflow", "invoice", "")
	a := g.admin("POST", "/v1/explain", body).want(200)
	if a.text("decision", "code") != "policy_error" || a.text("fault", "path") != "site/site.rego" || a.text("fault", "row") != "5" || a.text("counterfactual") != "" {
		t.Errorf("answered %s", a.Body)
	}
	g.ask("POST", "/v1/explain", body, g.token("manage"), "X-Steelgate-Actor: ben").wantProblem(500, "policy_error")
}

// A policy that fails of what is somebody else's reads to an outsider as what does not exist, and no 500 tells that it is there.
func TestAPolicysFaultTellsNoOutsiderWhatIsThere(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.usePolicy("authz/decision.rego", `package steelgate.authz

decision := {"allow": true, "code": "allowed"} if {
	data.resources[input.resource.type][input.resource.id].properties.deployed
	1 / count([]) > 0
}

else := {"allow": false, "code": "outside_scope", "message": "Not here."}
`)
	manage := g.token("manage")
	ask := func(user, id string) answer {
		g.t.Helper()
		return g.ask("POST", "/v1/explain", explaining("key_ben", "workflow.execute", "workflow", id, ""), manage, "X-Steelgate-Actor: "+user)
	}
	there, nowhere := ask("ben", "assay").want(200), ask("ben", "none").want(200)
	if there.text("concealed") != "true" || there.text("decision", "code") != "outside_scope" || there.text("decision", "allow") != "false" || there.text("decision", "status") != "403" {
		t.Errorf("what is somebody else's: %s", there.Body)
	}
	strip := func(a answer) string {
		return strings.Replace(a.Body.String(), a.text("decision", "decision_id"), "", 1)
	}
	if strip(there) != strip(nowhere) {
		t.Errorf("what is somebody else's reads\n%s\nand what does not exist\n%s", there.Body, nowhere.Body)
	}
	ask("ben", "invoice").wantProblem(500, "policy_error")
	if a := ask("root", "assay").want(200); a.text("decision", "code") != "policy_error" || a.text("fault", "row") != "5" {
		t.Errorf("to an admin: %s", a.Body)
	}
}

// FuzzFacts sends facts: never a server's fault, nothing changes, no dead key is allowed.
func FuzzFacts(f *testing.F) {
	for _, line := range strings.Split(strings.TrimSpace(world), "\n") {
		f.Add(line)
	}
	for _, seed := range []string{``, `{}`, `null`, `{"kind": "user", "id": "ben", "deleted": true}`, `{"kind": "key", "id": "key_revoked", "revoked_at": null}`, `{"kind": "resource", "type": "workflow", "id": "invoice", "properties": {"deployed": {"a": 1e999}}}`} {
		f.Add(seed)
	}
	g := newGate(f)
	f.Fuzz(func(t *testing.T, facts string) {
		g := g.in(t)
		g.unchanged(func() {
			a := g.admin("POST", "/v1/explain", explaining("key_revoked", "workflow.execute", "workflow", "invoice", `"facts": [`+facts+`]`))
			if a.Code >= 500 || strings.Contains(a.Body.String(), `"allow":true`) || !json.Valid(a.Body.Bytes()) {
				t.Errorf("answered %d %s", a.Code, a.Body)
			}
		})
	})
}
