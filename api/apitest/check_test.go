package apitest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/api/apitest"
)

// failures counts what a check finds, and has the rest of a testing.TB.
type failures struct {
	testing.TB
	found int
}

func (*failures) Helper()                 {}
func (f *failures) Errorf(string, ...any) { f.found++ }

const (
	token    = `{"id": "tok_1", "name": "n", "scopes": ["decide"], "created_by": "x", "created_at": "2030-01-31T12:00:00Z", "expires_at": null, "last_used_at": null}`
	key      = `{"id": "k", "type": "workspace", "name": "n", "workspace_id": "w", "workflow_ids": null, "grants": null, "hint": "", "created_by": "x", "created_at": "2030-01-31T12:00:00Z", "expires_at": null, "disabled": false, "allowed_cidrs": null, "last_used_at": null, "revoked_at": null, "revoked_by": null, "replaced_by": null}`
	notFound = `{"type": "urn:steelgate:problem:not_found", "title": "Not found", "status": 404, "detail": "d", "code": "not_found"}`
	decision = `{"decision_id": "dec_0123456789abcdef0123456789abcdef", "allow": false, "status": 403, "code": "outside_scope", "message": "m", "policy_revision": 1, "data_revision": 2}`
	question = `{"action": "a", "resource": {"type": "t", "id": "i"}}`
)

// A check finds what differs from the document, wherever that stands.
func TestCheckFindsWhatDiffers(t *testing.T) {
	for name, c := range map[string]struct {
		call, sent string
		status     int
		header     http.Header
		body       string
		isFault    bool
	}{
		"a record":                  {"GET /v1/keys/k", "", 200, nil, key, false},
		"another field":             {"GET /v1/keys/k", "", 200, nil, strings.Replace(key, `"id"`, `"digest": "x", "id"`, 1), true},
		"a field is missing":        {"GET /v1/keys/k", "", 200, nil, strings.Replace(key, `"grants": null, `, "", 1), true},
		"null for a value":          {"GET /v1/keys/k", "", 200, nil, strings.Replace(key, `"disabled": false`, `"disabled": null`, 1), true},
		"no time":                   {"GET /v1/keys/k", "", 200, nil, strings.Replace(key, `2030-01-31T12:00:00Z`, `yesterday`, 1), true},
		"a list":                    {"GET /v1/tokens", "", 200, nil, `{"data": [` + token + `], "pagination": {"cursor": null, "has_more": false}}`, false},
		"another field in a list":   {"GET /v1/tokens", "", 200, nil, `{"data": [` + strings.Replace(token, `"id"`, `"x": 1, "id"`, 1) + `], "pagination": {"cursor": null, "has_more": false}}`, true},
		"another status":            {"GET /v1/keys/k", "", 202, nil, key, true},
		"another header":            {"GET /v1/keys/k", "", 200, http.Header{"X-Debug": {"1"}}, key, true},
		"a header is missing":       {"GET /v1/keys/k", "", 200, http.Header{"Cache-Control": nil}, key, true},
		"another type":              {"GET /v1/keys/k", "", 200, http.Header{"Content-Type": {"text/html"}}, key, true},
		"a body where there's none": {"DELETE /v1/tokens/t", "", 204, http.Header{"Steelgate-Revision": {"1"}}, "x", true},
		"a header that is no count": {"DELETE /v1/tokens/t", "", 204, http.Header{"Steelgate-Revision": {"new"}}, "", true},
		"a problem":                 {"GET /v1/keys/k", "", 404, nil, notFound, false},
		"a code of another call":    {"GET /v1/keys/k", "", 404, nil, strings.Replace(notFound, `"not_found"`, `"gone"`, 1), true},
		"no such call":              {"GET /v1/nothing", "", 404, nil, notFound, false},
		"a call that is not there":  {"GET /v1/nothing", "", 200, nil, key, true},
		"a decision":                {"POST /v1/decisions", question, 200, nil, decision, false},
		"billed though denied":      {"POST /v1/decisions", question, 200, nil, strings.Replace(decision, `"status"`, `"billed_to": {"type": "user", "id": "u"}, "status"`, 1), true},
		"allowed with another code": {"POST /v1/decisions", question, 200, nil, strings.Replace(decision, `false`, `true`, 1), true},
		"taken with another field":  {"POST /v1/decisions", strings.Replace(question, `{`, `{"x": 1, `, 1), 200, nil, decision, true},
		"taken without a field":     {"POST /v1/decisions", `{"action": "a"}`, 200, nil, decision, true},
		"taken without a token":     {"POST /v1/decisions", question, 200, http.Header{"Authorization": nil}, decision, true},
		"refused as it should be":   {"POST /v1/decisions", `{"x": `, 422, nil, `{"type": "urn:steelgate:problem:invalid_field", "title": "t", "status": 422, "detail": "d", "code": "invalid_field"}`, false},
		"a line of another kind":    {"POST /v1/import", `{"kind": "god", "id": "x"}`, 200, http.Header{"Steelgate-Revision": {"1"}}, `{"lines": 1, "revision": 1}`, true},
		"lines":                     {"POST /v1/import", "{\"kind\": \"user\", \"id\": \"x\"}\n\n{\"kind\": \"key\", \"id\": \"k\"}", 200, http.Header{"Steelgate-Revision": {"1"}}, `{"lines": 2, "revision": 1}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			method, path, _ := strings.Cut(c.call, " ")
			r := httptest.NewRequest(method, path, strings.NewReader(c.sent))
			r.Header.Set("Authorization", "Bearer x")
			header := http.Header{"Content-Type": {"application/json"}, "Cache-Control": {"no-store"}}
			if c.status >= 400 {
				header.Set("Content-Type", "application/problem+json")
			}
			for name, values := range c.header {
				header[name] = values
				if name == "Authorization" {
					r.Header.Del(name)
					header.Del(name)
				}
			}
			f := &failures{TB: t}
			apitest.Check(f, apitest.Exchange{Request: r, Sent: []byte(c.sent), Status: c.status, Header: header, Body: []byte(c.body)})
			if (f.found > 0) != c.isFault {
				t.Errorf("%d faults were found", f.found)
			}
		})
	}
}

// A client's transport checks, and hands the answer on as it came.
func TestTransportChecks(t *testing.T) {
	body := key
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Steelgate-Revision", "7")
		_, _ = io.WriteString(w, strings.Replace(body, `"n"`, `"`+string(text[len(`{"name": "`):len(text)-2])+`"`, 1))
	}))
	defer server.Close()
	for change, faults := range map[string]int{`{"name": "a"}`: 0, `{"game": "a"}`: 1} {
		f := &failures{TB: t}
		client := http.Client{Transport: apitest.Transport(f, nil)}
		r, err := http.NewRequest("PATCH", server.URL+"/v1/keys/k", strings.NewReader(change))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer x")
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || !strings.Contains(string(text), `"name": "a"`) {
			t.Errorf("handed on: %q %v", text, err)
		}
		if f.found != faults {
			t.Errorf("%s: %d faults were found", change, f.found)
		}
	}
}
