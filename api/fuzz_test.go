package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzDecisionBody sends a body to both decision doors: never a server's fault, never an allow to who has no key.
func FuzzDecisionBody(f *testing.F) {
	for _, seed := range []string{
		question(secretOf("nobody"), "workflow.execute", "workflow", "invoice", `"context": {"client_ip": "::1", "time": "x"}, "min_revision": 1`),
		question("", "mcp.call", "mcp_server", "office", `"min_revision": 99999999999`),
		`{"decisions": [` + question("sk-steelengine-", "workspace.read", "workspace", "core", "") + `]}`,
		`{"action": "workflow.read", "resource": {"type": "workflow", "id": "invoice", "properties": {"deployed": true, "a": [1, {"b": "\u00e9"}]}}}`,
		`{"action": "a", "action": "b"}`, `{"api_key": null}`, `[]`, ``, "\xff", strings.Repeat("[", 50), `{"context": {"client_ip": 1e999}}`,
	} {
		f.Add(seed)
	}
	g := newGate(f)
	f.Fuzz(func(t *testing.T, body string) {
		g := g.in(t)
		// Whoever knows a secret of the world may be allowed.
		if strings.Contains(body, "secret-of-the-key") && !strings.Contains(body, secretOf("nobody")) || strings.Contains(body, `\u`) {
			return
		}
		for _, path := range []string{"/v1/decisions", "/v1/decisions/batch"} {
			a := g.ask("POST", path, body, asAdmin)
			if a.Code >= 500 && a.text("code") != "stale" {
				t.Errorf("%s answers %d %s", path, a.Code, a.Body)
			}
			if strings.Contains(a.Body.String(), `"allow":true`) {
				t.Errorf("%s allows %s", path, a.Body)
			}
			if !json.Valid(a.Body.Bytes()) {
				t.Errorf("%s answers no JSON: %q", path, a.Body)
			}
		}
	})
}

// FuzzEvaluationBody sends a body to the doors of AuthZEN: never a server's fault, never an allow to who has no key, and no secret
// comes back.
func FuzzEvaluationBody(f *testing.F) {
	for _, seed := range []string{
		zenQuestion(presentedSubject(secretOf("nobody")), "workflow.execute", "workflow", "invoice", `"context": {"client_ip": "::1", "time": "x"}`),
		zenQuestion(keySubject("key_revoked"), "mcp.call", "mcp_server", "office", `"x": [1, {"a": null}]`),
		`{"subject": {"type": "user", "id": "ada", "properties": {"a": 1e400}}, "evaluations": [{"action": {"name": "a", "properties": {}}, "resource": {"type": "b", "id": ""}}, {}, {"subject": 1}]}`,
		`{"options": {"evaluations_semantic": "permit_on_first_permit"}, "evaluations": [null, 1]}`, `{"evaluations": {}}`, `{"subject": null, "subject": null}`, `[]`, ``, "\xff", strings.Repeat("[", 50),
		`{"subject": {"type": "user", "id": "ada"}, "action": {"name": "a"}, "resource": {"type": "record"}, "page": {"limit": 1, "token": "AA"}}`,
	} {
		f.Add(seed)
	}
	g := newGate(f)
	f.Fuzz(func(t *testing.T, body string) {
		g := g.in(t)
		// Who names a live key of the world, or presents one, may be allowed.
		if strings.Contains(body, "secret-of-the-key") && !strings.Contains(body, secretOf("nobody")) || strings.Contains(body, `\u`) ||
			strings.Contains(strings.ReplaceAll(body, "key_revoked", ""), "key_") {
			return
		}
		for _, path := range zenPaths {
			a := g.zen(path, body)
			if a.Code >= 500 {
				t.Errorf("%s answers %d %s", path, a.Code, a.Body)
			}
			if strings.Contains(a.Body.String(), `"decision":true`) {
				t.Errorf("%s allows %s", path, a.Body)
			}
			if a.Code == http.StatusOK && !json.Valid(a.Body.Bytes()) || strings.Contains(a.Body.String(), "secret-of-the-key") {
				t.Errorf("%s answers %q", path, a.Body)
			}
		}
	})
}

// FuzzDataAPI sends a body and parameters to OPA's door: never a server's fault, never an allow to who is no live key, and an answer
// in OPA's shape whatever comes.
func FuzzDataAPI(f *testing.F) {
	for _, seed := range [][2]string{
		{input("key_revoked", "workflow.execute", "workflow", "invoice", `, "context": {"client_ip": "::1", "time": "x"}`), "pretty&metrics&provenance"},
		{presented(secretOf("nobody"), "mcp.call", "mcp_server", "office"), "explain=debug"},
		{`{"input": {"subject": {"type": "user", "id": "ada", "properties": {"a": [1, {"b": "\u00e9"}]}}, "action": {"name": "x", "properties": {}}, "resource": {"type": "t", "id": ""}}}`, "explain=full&pretty=true"},
		{`{"input": null}`, ""}, {`{"input": 1, "input": 2}`, "%zz"}, {`[]`, "explain=fails&explain=notes"}, {"", ";"}, {"\xff", "&&="}, {strings.Repeat("[", 50), "x"},
	} {
		f.Add(seed[0], seed[1])
	}
	g := newGate(f)
	f.Fuzz(func(t *testing.T, body, query string) {
		g := g.in(t)
		// Who names a live key may be allowed.
		for _, live := range []string{"key_ada", "key_ben", "key_cleo", "key_core", "key_narrow", "key_acme", "key_office", `\u`} {
			if strings.Contains(body, live) {
				return
			}
		}
		if strings.Contains(body, "secret-of-the-key") && !strings.Contains(body, secretOf("nobody")) {
			return
		}
		r := httptest.NewRequest("POST", dataPath, strings.NewReader(body))
		r.URL.RawQuery = query
		r.Header.Set("Authorization", "Bearer "+adminToken)
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		var answer struct {
			Code, Message string
			Result        *struct{ Allow *bool }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatalf("answered %d %q", w.Code, w.Body)
		}
		switch {
		case w.Code == http.StatusOK && (answer.Result == nil || answer.Result.Allow == nil || *answer.Result.Allow):
			t.Errorf("answered %s", w.Body)
		case w.Code >= 500 && answer.Code != "stale", w.Code != http.StatusOK && (answer.Code == "" || answer.Message == ""):
			t.Errorf("answered %d %s", w.Code, w.Body)
		}
	})
}

// FuzzForwardAuthHeaders sends headers: the answer is 401 or 403 to an unknown key, and never allows a live one what its
// scope does not cover.
func FuzzForwardAuthHeaders(f *testing.F) {
	for _, seed := range [][4]string{
		{"POST", "/api/workflows/invoice/execute", "203.0.113.9, 10.0.0.1", secretOf("nobody")},
		{"GET", "/api/workflows/invoice/../report", "", "Bearer x"}, {"", "", "", ""}, {"GET", "//", "unknown", "sk-steelengine-"},
		{"PATCH", "/api/workflows/%2e%2e", "[::1]:80", "\x00"}, {"GET", "/api/workflows/report?x=%zz", "::ffff:1.2.3.4,,", strings.Repeat("a", 300)},
		{"GET\r\n", "/api/workspaces/core/logs#", "1.2.3.4%eth0", "sk-steelengine-0123456789abcdef, x"}, {"*", "*", "*", "*"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	g := newGate(f)
	f.Fuzz(func(t *testing.T, method, uri, forwardedFor, key string) {
		g := g.in(t)
		if strings.Contains(key, "secret-of-the-key") && key != secretOf("nobody") {
			return
		}
		for _, names := range [][2]string{{"X-Forwarded-Method", "X-Forwarded-Uri"}, {"X-Original-Method", "X-Original-Uri"}} {
			header := http.Header{names[0]: {method}, names[1]: {uri}, "X-Forwarded-For": {forwardedFor}, "X-Api-Key": {key}, "Authorization": {"Bearer " + key}}
			if got := g.fuzzForward(header); got != http.StatusUnauthorized {
				t.Errorf("an unknown key gets %d", got)
			}
			// A key that is narrowed to one workflow never reaches another path than that workflow's.
			header["X-Api-Key"], header["Authorization"] = []string{secretOf("narrow")}, nil
			got := g.fuzzForward(header)
			path, _, _ := strings.Cut(uri, "?")
			allowed := path == "/api/workflows/invoice" || path == "/api/workflows/invoice/execute" || path == "/api/workflows/invoice/logs" || path == "/api/workflows/invoice/metrics"
			if got != http.StatusForbidden && !(got == http.StatusOK && allowed) {
				t.Errorf("%q %q gets %d", method, uri, got)
			}
		}
	})
}

func (g *gate) fuzzForward(header http.Header) int {
	r := httptest.NewRequest("GET", "/v1/forward-auth", nil)
	r.RemoteAddr, r.Header = "10.1.2.3:4567", header
	return g.send(r, "").Code
}

// FuzzImportLine sends lines: never a server's fault, and what is refused changes nothing. What is applied leaves no import
// under way, and quotes no secret.
func FuzzImportLine(f *testing.F) {
	for _, line := range strings.Split(strings.TrimSpace(world), "\n") {
		f.Add(line)
	}
	for _, seed := range []string{
		"", "\n\n", "{}", "[]", `{"kind": "key"}`, `{"kind": "user", "id": "a"}` + "\n" + `{"kind": "user", "id": "a"}`, "\xff", `{"kind": "resource", "type": "workspace", "id": "x"}`,
		`{"kind": "key", "id": "key_f", "type": "workspace", "workspace_id": "core", "name": "f", "created_by": "\u0000", "created_at": "9999-12-31T23:59:59-23:00"}`,
	} {
		f.Add(seed)
	}
	g := newGate(f)
	f.Fuzz(func(t *testing.T, body string) {
		g := g.in(t)
		before := g.revision()
		a := g.admin("POST", "/v1/import", body)
		if a.Code >= 500 {
			t.Fatalf("answered %d %s", a.Code, a.Body)
		}
		if a.Code != http.StatusOK && g.revision() != before {
			t.Errorf("refused with %s, and the data went from %d to %d", a.Body, before, g.revision())
		}
		if strings.Contains(a.Body.String(), "secret-of-the-key") {
			t.Errorf("the answer quotes a secret: %s", a.Body)
		}
		if _, _, err := g.store.Imports().Applying(t.Context()); err == nil {
			t.Fatal("an import is left under way")
		}
		g.step()
		if a := g.decide(question("sk-steelengine-0123456789abcdef", "workspace.read", "workspace", "core", "")); a.Code != 200 || a.text("code") != "key_unknown" && !strings.Contains(body, "sk-steelengine-0123456789abcdef") {
			t.Errorf("an unknown key: %s", a.Body)
		}
	})
}
