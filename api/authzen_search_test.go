package api_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Keys are found by what the policy allows them, in the order of their ids; a key that is not live is not found, and finds nothing.
func TestSearchesOfKeys(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	asked := func(subject, action, resource, more string) string {
		parts := []string{`"subject": ` + subject}
		if action != "" {
			parts = append(parts, fmt.Sprintf(`"action": {"name": %q}`, action))
		}
		return body(append(parts, `"resource": `+resource+more)...)
	}
	key, workflow := `{"type": "api_key"}`, `{"type": "workflow"}`
	invoice, assay := `{"type": "workflow", "id": "invoice"}`, `{"type": "workflow", "id": "assay"}`
	for name, c := range map[string]struct{ path, body, want string }{
		"who executes":            {"subject", asked(key, "workflow.execute", invoice, ""), "api_key key_acme,api_key key_ada,api_key key_ben,api_key key_core,api_key key_narrow"},
		"from an address":         {"subject", asked(key, "workflow.execute", invoice, `, "context": {"client_ip": "203.0.113.7"}`), "api_key key_acme,api_key key_ada,api_key key_ben,api_key key_core,api_key key_narrow,api_key key_office"},
		"who deploys":             {"subject", asked(key, "workflow.deploy", invoice, ""), "api_key key_ada"},
		"who reads elsewhere":     {"subject", asked(key, "workflow.read", assay, ""), ""},
		"who reads nothing":       {"subject", asked(key, "workflow.read", `{"type": "workflow", "id": "☃"}`, ""), ""},
		"who reads a workspace":   {"subject", asked(key, "workspace.read", `{"type": "workspace", "id": "off"}`, ""), "api_key key_acme"},
		"no user":                 {"subject", asked(`{"type": "user"}`, "workflow.read", invoice, ""), ""},
		"no workspace":            {"subject", asked(`{"type": "workspace"}`, "workflow.read", invoice, ""), ""},
		"what it reads":           {"resource", asked(keySubject("key_acme"), "workflow.read", workflow, ""), "workflow draft,workflow etl,workflow invoice,workflow report"},
		"what it executes":        {"resource", asked(keySubject("key_acme"), "workflow.execute", workflow, ""), "workflow invoice"},
		"what a presented one":    {"resource", asked(presentedSubject(secretOf("narrow")), "workflow.read", workflow, ""), "workflow invoice"},
		"its workspaces":          {"resource", asked(keySubject("key_acme"), "workspace.read", `{"type": "workspace"}`, ""), "workspace core,workspace off"},
		"its servers":             {"resource", asked(keySubject("key_ben"), "mcp.call", `{"type": "mcp_server"}`, ""), "mcp_server office"},
		"what a dead one":         {"resource", asked(keySubject("key_revoked"), "workflow.read", workflow, ""), ""},
		"what a dead one shows":   {"resource", asked(presentedSubject(secretOf("revoked")), "workflow.read", workflow, ""), ""},
		"what an unknown one":     {"resource", asked(presentedSubject(secretOf("nobody")), "workflow.read", workflow, ""), ""},
		"what none":               {"resource", asked(keySubject("presented"), "workflow.read", workflow, ""), ""},
		"what it says of itself":  {"resource", asked(keySubject("key_core"), "workflow.execute", `{"type": "workflow", "properties": {"deployed": true}}`, ""), "workflow invoice,workflow report"},
		"what it may":             {"action", asked(keySubject("key_cleo"), "", invoice, ""), "logs.read,metrics.read,workflow.read"},
		"what a presented may":    {"action", asked(presentedSubject(secretOf("core")), "", `{"type": "mcp_server", "id": "office"}`, ""), "mcp.call,mcp.connect"},
		"what it may not":         {"action", asked(keySubject("key_cleo"), "", assay, ""), ""},
		"what a dead one may":     {"action", asked(keySubject("key_expired"), "", invoice, ""), ""},
		"what a user may":         {"action", asked(`{"type": "user", "id": "ada"}`, "", invoice, ""), ""},
		"types that nothing has":  {"resource", asked(keySubject("key_core"), "x", `{"type": "x"}`, ""), ""},
		"properties of a subject": {"subject", asked(`{"type": "api_key", "id": "presented", "properties": {"api_key": 5}}`, "workflow.deploy", invoice, ""), "api_key key_ada"},
	} {
		t.Run(name, func(t *testing.T) {
			a := g.in(t).zen("search/"+c.path, c.body).want(200)
			if got := strings.Join(a.results(), ","); got != c.want {
				t.Errorf("found %s, want %s", got, c.want)
			}
			if a.text("page", "next_token") != "" || a.text("page", "count") != fmt.Sprint(len(a.results())) || a.object()["context"] != nil || !strings.HasPrefix(a.Body.String(), `{"page":`) {
				t.Errorf("answered %s", a.Body)
			}
		})
	}
	if len(g.logged) > 0 {
		t.Errorf("%d candidates are logged", len(g.logged))
	}
	if text := g.ask("GET", "/metrics", "").Body.String(); strings.Contains(text, `door="authzen"`) {
		t.Error("candidates are counted as decisions")
	}
	if strings.Contains(g.log.String(), "sk-steelengine-") {
		t.Error("the server's log holds a secret")
	}
}

// manyKeys gives the workspace core more keys, and is the subject search that finds them.
func manyKeys(g *gate, n int) string {
	g.t.Helper()
	var lines strings.Builder
	for i := range n {
		fmt.Fprintf(&lines, `{"kind": "key", "id": "key_x%04d", "type": "workspace", "workspace_id": "core", "name": "x%d", "secret": "sk-steelengine-secret-of-many-keys-%d"}`+"\n", i, i, i)
	}
	g.change("POST", "/v1/import", lines.String())
	return `"subject": {"type": "api_key"}, "action": {"name": "workflow.update"}, "resource": {"type": "workflow", "id": "invoice"}`
}

// Pages go on where the one before ended, with the limit that was given or none; nothing else may change.
func TestPagesOfASearch(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	asked := manyKeys(g, 25)
	ask := func(page string) answer {
		t.Helper()
		return g.zen("search/subject", body(asked, `"page": `+page))
	}
	all := ask(`{}`).want(200).results()
	if len(all) != 30 || !slices.IsSorted(all) {
		t.Fatalf("found %q", all)
	}
	for _, limit := range []int{1, 7, 29, 30, 31, 1000, 5000} {
		for _, again := range []string{"", fmt.Sprintf(`, "limit": %d`, limit)} {
			var found []string
			a := ask(fmt.Sprintf(`{"limit": %d}`, limit))
			for {
				page := a.want(200).results()
				if len(page) > limit {
					t.Fatalf("a page of %d, and the limit is %d", len(page), limit)
				}
				found = append(found, page...)
				token := a.text("page", "next_token")
				if token == "" || len(found) > len(all) {
					break
				}
				a = ask(fmt.Sprintf(`{"token": %q%s}`, token, again))
			}
			if !slices.Equal(found, all) {
				t.Errorf("in pages of %d: %q", limit, found)
			}
		}
	}
	if a := ask(`{"limit": 0}`).want(200); len(a.results()) != 0 || a.text("page", "next_token") == "" {
		t.Errorf("of no length: %s", a.Body)
	}
	token := ask(`{"limit": 2}`).text("page", "next_token")
	if again := ask(fmt.Sprintf(`{"token": %q}`, token)); again.results()[0] != all[2] {
		t.Errorf("the second page is %s", again.Body)
	}
	for name, page := range map[string]string{
		"another limit": fmt.Sprintf(`{"token": %q, "limit": 3}`, token), "a bad token": `{"token": "x"}`, "a number": `{"token": 5}`, "a negative limit": `{"limit": -1}`,
		"a fraction": `{"limit": 1.5}`, "a text": `{"limit": "2"}`, "no page": `[]`, "a long token": fmt.Sprintf(`{"token": %q}`, strings.Repeat("A", 5000)),
	} {
		t.Run(name, func(t *testing.T) {
			g.in(t).zen("search/subject", body(asked, `"page": `+page)).wantText(400, "page")
		})
	}
	unlimited := g.zen("search/subject", body(asked, `"page": {"limit": 2}`)).text("page", "next_token")
	for name, other := range map[string]string{
		"another action":      strings.Replace(asked, "workflow.update", "workflow.read", 1),
		"another resource":    strings.Replace(asked, "invoice", "report", 1),
		"a context":           asked + `, "context": {"client_ip": "203.0.113.9"}`,
		"another's own words": strings.Replace(asked, `"id": "invoice"`, `"id": "invoice", "properties": {"a": 1}`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			g.in(t).zen("search/subject", body(other, fmt.Sprintf(`"page": {"token": %q}`, unlimited))).wantText(400, "page.token")
		})
	}
	g.zen("search/resource", `{"subject": {"type": "api_key", "id": "key_acme"}, "action": {"name": "workflow.update"}, "resource": {"type": "workflow"}, "page": {"token": "`+unlimited+`"}}`).wantText(400, "page.token")
	// How the request is laid out, and what is not looked at, changes nothing.
	laidOut := `"resource":{"id":"invoice","type":"workflow"}, "x": 1, "action": {"name": "workflow.update"}, "subject": {"id": "y", "type": "api_key"}`
	g.zen("search/subject", body(laidOut, fmt.Sprintf(`"page": {"token": %q}`, unlimited))).want(200)
	// A key may be presented in one page and named in the next; no token holds a secret.
	by := func(subject, page string) answer {
		return g.zen("search/resource", `{"subject": `+subject+`, "action": {"name": "workflow.read"}, "resource": {"type": "workflow"}, "page": `+page+`}`).want(200)
	}
	first := by(presentedSubject(secretOf("acme")), `{"limit": 1}`)
	second := by(keySubject("key_acme"), fmt.Sprintf(`{"token": %q}`, first.text("page", "next_token")))
	if first.results()[0] != "workflow draft" || second.results()[0] != "workflow etl" {
		t.Errorf("%s, then %s", first.Body, second.Body)
	}
}

// A token of which anything was changed is refused.
func TestATokenThatWasTamperedWith(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	asked := manyKeys(g, 5)
	token := g.zen("search/subject", body(asked, `"page": {"limit": 2}`)).text("page", "next_token")
	for i := range token {
		for _, c := range "Aa1_" {
			other := token[:i] + string(c) + token[i+1:]
			if other != token {
				g.zen("search/subject", body(asked, fmt.Sprintf(`"page": {"token": %q}`, other))).wantText(400, "page.token")
			}
		}
		g.zen("search/subject", body(asked, fmt.Sprintf(`"page": {"token": %q}`, token[:max(i, 1)]))).wantText(400, "page.token")
	}
	g.zen("search/subject", body(asked, fmt.Sprintf(`"page": {"token": %q}`, token+"A"))).wantText(400, "page.token")
	g.zen("search/subject", body(asked, `"page": {"token": ""}`)).want(200)
}

// Whom the policy fails to decide about is not found, and the answer says how many; where it fails about all, the search fails.
func TestASearchThatIsUndecided(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.usePolicy("site/site.rego", "package steelgate.site\n\ndeny contains {\"code\": 7} if input.subject.id == \"key_ben\"\n\ndecision := {\"allow\": to_number(input.subject.id) > 0, \"code\": \"no\"}\n")
	a := g.zen("search/subject", body(`"subject": {"type": "api_key"}, "action": {"name": "workflow.execute"}, "resource": {"type": "workflow", "id": "invoice"}`)).want(200)
	if a.text("context", "undecided") != "1" || slices.Contains(a.results(), "api_key key_ben") || !slices.Contains(a.results(), "api_key key_ada") {
		t.Errorf("answered %s", a.Body)
	}
	g.zen("search/subject", body(`"subject": {"type": "user"}`, toRead, first)).wantText(500, "policy")
	g.zen("search/action", body(`"subject": {"type": "user", "id": "x"}`, first)).wantText(500, "policy")
	newColdGate(t).zen("search/action", body(`"subject": {"type": "user", "id": "x"}`, first)).wantText(503, "fresh")
}

// FuzzPageToken sends tokens: each is refused, or leads to a page of the search that was asked for.
func FuzzPageToken(f *testing.F) {
	g := newGate(f)
	asked := manyKeys(g, 5)
	all := g.zen("search/subject", body(asked)).results()
	for _, token := range []string{"", "A", "AQ", strings.Repeat("A", 40), g.zen("search/subject", body(asked, `"page": {"limit": 2}`)).text("page", "next_token"), "\x00", "é=="} {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		text, err := json.Marshal(token)
		if err != nil {
			return
		}
		a := g.in(t).zen("search/subject", body(asked, `"page": {"token": `+string(text)+`}`))
		if a.Code == 400 {
			return
		}
		for _, one := range a.want(200).results() {
			if !slices.Contains(all, one) {
				t.Errorf("found %s", one)
			}
		}
	})
}
