package api_test

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/api"
)

// certificationPolicy are the installation's rules that the scenario of AuthZEN's certification needs.
//
//go:embed testdata/certification.rego
var certificationPolicy string

// newCertificationGate has the scenario's world: users and records, kept through the directory like any.
func newCertificationGate(t *testing.T) *gate {
	t.Helper()
	g := newGateWith(t, func(o *api.Options) { o.PublicURL = publicURL })
	for path, body := range map[string]string{
		"users/alice": `{"name": "Alice"}`, "users/bob": `{"name": "Bob", "platform_role": "admin"}`,
		"resources/record/record-1": `{"name": "1", "properties": {"status": "active"}}`,
		"resources/record/record-2": `{"name": "2", "properties": {"status": "archived"}}`,
	} {
		g.change("PUT", "/v1/"+path, body)
	}
	g.usePolicy("site/site.rego", certificationPolicy)
	return g
}

const (
	alice       = `"subject": {"type": "user", "id": "alice"}`
	bob         = `"subject": {"type": "user", "id": "bob"}`
	bobAsAdmin  = `"subject": {"type": "user", "id": "bob", "properties": {"role": "admin"}}`
	toRead      = `"action": {"name": "read"}`
	toWrite     = `"action": {"name": "write"}`
	first       = `"resource": {"type": "record", "id": "record-1"}`
	firstActive = `"resource": {"type": "record", "id": "record-1", "properties": {"status": "active"}}`
	second      = `"resource": {"type": "record", "id": "record-2"}`
	archived    = `"resource": {"type": "record", "id": "record-2", "properties": {"status": "archived"}}`
	moment      = `"context": {"time": "2025-06-27T18:03-07:00", "ip": "192.168.1.1"}`
)

func body(parts ...string) string { return "{" + strings.Join(parts, ", ") + "}" }

// TestCertifiedBasic is the level Basic, core and properties: the eight decisions, what is taken, and what is refused.
func TestCertifiedBasic(t *testing.T) {
	t.Parallel()
	g := newCertificationGate(t)
	softly := func(is bool) string {
		return fmt.Sprintf(`"action": {"name": "delete", "properties": {"soft": %t}}`, is)
	}
	for _, c := range []struct {
		body string
		want bool
	}{
		{body(alice, toRead, first), true}, {body(alice, toWrite, first), true}, {body(bob, toRead, first), true}, {body(bob, toWrite, first), false},
		{body(alice, toWrite, archived), false}, {body(bobAsAdmin, toWrite, archived), true},
		{body(alice, softly(true), first), true}, {body(alice, softly(false), first), false},
		{body(alice, toRead, first, moment), true},
		{`{"subject": {"type": "user", "id": "alice", "properties": {"department": "Sales", "role": "manager"}}, "action": {"name": "read", "properties": {"method": "GET"}}, "resource": {"type": "record", "id": "record-1", "properties": {"status": "active", "owner": "bob"}}}`, true},
		{body(alice, toRead, first, `"foo": "bar"`, `"futureField": {"nested": true}`), true},
	} {
		for range 3 {
			if a := g.zen("evaluation", c.body).want(200); a.text("decision") != fmt.Sprint(c.want) || a.Header().Get("Content-Type") != "application/json" {
				t.Errorf("%s: %s, want %t", c.body, a.Body, c.want)
			}
		}
	}
	for _, refused := range []string{
		body(toRead, first), body(alice, first), body(alice, toRead), body(`"subject": {"id": "alice"}`, toRead, first), body(`"subject": {"type": "user"}`, toRead, first),
		body(alice, `"action": {}`, first), body(alice, toRead, `"resource": {"id": "record-1"}`), body(alice, toRead, `"resource": {"type": "record"}`),
		body(`"subject": "alice"`, toRead, first), body(alice, `"action": {"name": 123}`, first), `{"subject": `, ``,
	} {
		g.zen("evaluation", refused).wantText(400)
	}
	g.admin("POST", "/access/v1/evaluation", body(alice, toRead, first), "Content-Type: text/plain").wantText(400)
	if a := g.zen("evaluation", body(alice, toRead, first), "X-Request-ID: 42"); a.Header().Get("X-Request-ID") != "42" {
		t.Errorf("the id that goes back is %q", a.Header().Get("X-Request-ID"))
	}
}

// TestCertifiedBatch is the level Batch, core and properties.
func TestCertifiedBatch(t *testing.T) {
	t.Parallel()
	g := newCertificationGate(t)
	all := func(items ...string) string { return `"evaluations": [` + strings.Join(items, ", ") + `]` }
	for _, c := range []struct {
		body string
		want []bool
	}{
		{body(alice, toRead, all(body(first), body(second))), []bool{true, true}},
		{body(bob, first, all(body(toRead), body(toWrite))), []bool{true, false}},
		{body(alice, toWrite, all(body(firstActive), body(archived))), []bool{true, false}},
		{body(toWrite, archived, all(body(alice), body(bobAsAdmin))), []bool{false, true}},
		{body(all(body(alice, toRead, first), body(bob, toWrite, first))), []bool{true, false}},
		{body(alice, toRead, `"context": {"time": "2025-06-27T18:03-07:00"}`, all(body(first), body(second, `"context": {"time": "2025-06-27T19:00-07:00", "source": "batch-override"}`))), []bool{true, true}},
		{body(alice, toWrite, firstActive, all(`{}`, body(archived))), []bool{true, false}},
		{body(alice, toRead, `"options": {"evaluations_semantic": "execute_all"}`, all(body(first), `{}`)), []bool{true, false}},
	} {
		a := g.zen("evaluations", c.body).want(200)
		var answered struct{ Evaluations []struct{ Decision *bool } }
		if err := json.Unmarshal(a.Body.Bytes(), &answered); err != nil || len(answered.Evaluations) != len(c.want) {
			t.Errorf("%s: %s", c.body, a.Body)
			continue
		}
		for i, one := range answered.Evaluations {
			if one.Decision == nil || *one.Decision != c.want[i] {
				t.Errorf("%s: %s, want %v", c.body, a.Body, c.want)
			}
		}
	}
	for _, more := range []string{`"x": 1`, `"evaluations": []`} {
		if a := g.zen("evaluations", body(alice, toRead, first, more)).want(200); a.text("decision") != "true" {
			t.Errorf("as one: %s", a.Body)
		}
	}
}

// results are what a search found, by id or name.
func (a answer) results() (found []string) {
	a.t.Helper()
	var answered struct {
		Results *[]map[string]string
	}
	if err := json.Unmarshal(a.Body.Bytes(), &answered); err != nil || answered.Results == nil {
		a.t.Fatalf("no results: %s, %v", a.Body, err)
	}
	for _, one := range *answered.Results {
		switch {
		case len(one) == 2 && one["type"] != "":
			found = append(found, one["type"]+" "+one["id"])
		case len(one) == 1 && one["name"] != "":
			found = append(found, one["name"])
		default:
			a.t.Errorf("found %v", one)
		}
	}
	return found
}

// TestCertifiedSearch is the level Search, core and properties.
func TestCertifiedSearch(t *testing.T) {
	t.Parallel()
	g := newCertificationGate(t)
	users, records := `"subject": {"type": "user"}`, `"resource": {"type": "record"}`
	for _, c := range []struct{ path, body, want string }{
		{"subject", body(users, toRead, first), "user alice,user bob"},
		{"subject", body(users, toRead, first, moment), "user alice,user bob"},
		{"subject", body(alice, toRead, first), "user alice,user bob"},
		{"subject", body(users, toWrite, archived), "user bob"},
		{"resource", body(alice, toRead, records), "record record-1,record record-2"},
		{"resource", body(alice, toRead, records, moment), "record record-1,record record-2"},
		{"resource", body(alice, toRead, first), "record record-1,record record-2"},
		{"resource", body(bobAsAdmin, toWrite, records), "record record-2"},
		{"action", body(alice, first), "read,write"},
		{"action", body(alice, first, moment), "read,write"},
		{"action", body(alice, first, `"action": 5`), "read,write"},
		{"action", body(bobAsAdmin, archived), "read,write"},
		{"action", body(`"subject": {"type": "user", "id": "nonexistent-user"}`, first), ""},
		{"subject", body(users, toRead, `"resource": {"type": "record", "id": "nonexistent"}`), ""},
		{"resource", body(`"subject": {"type": "user", "id": "nonexistent-user"}`, toRead, records), ""},
		{"subject", body(`"subject": {"type": "spaceship"}`, toRead, first), ""},
		{"resource", body(alice, toRead, `"resource": {"type": "spaceship"}`), ""},
		{"action", body(alice, `"resource": {"type": "spaceship", "id": "x"}`), ""},
	} {
		// The world has users beside the scenario's.
		a := g.zen("search/"+c.path, c.body).want(200)
		found := slices.DeleteFunc(a.results(), func(one string) bool {
			return c.path == "subject" && !slices.Contains([]string{"user alice", "user bob"}, one)
		})
		if got := strings.Join(found, ","); got != c.want || a.text("page", "next_token") != "" {
			t.Errorf("%s %s: %s, want %s", c.path, c.body, a.Body, c.want)
		}
	}
	asked := []string{users, toRead, first}
	a := g.zen("search/subject", body(append(asked, `"page": {"limit": 1}`)...)).want(200)
	pages := 0
	for ; a.text("page", "next_token") != ""; pages++ {
		a = g.zen("search/subject", body(append(asked, fmt.Sprintf(`"page": {"token": %q}`, a.text("page", "next_token")))...)).want(200)
		if token, ok := a.object()["page"].(map[string]any)["next_token"].(string); !ok || pages > 20 {
			t.Fatalf("page %d: %q, %s", pages, token, a.Body)
		}
	}
	if pages < 2 {
		t.Errorf("there were %d pages more", pages)
	}
	for path, refused := range map[string][]string{
		"subject":  {body(users, first), body(users, toRead, records), body(`"subject": {}`, toRead, first)},
		"resource": {body(toRead, records), body(users, toRead, records), body(alice, toRead, `"resource": {}`)},
		"action":   {body(alice), body(users, first), body(alice, records)},
	} {
		for _, text := range refused {
			g.zen("search/"+path, text).wantText(400)
		}
	}
}

// TestCertifiedDiscovery is the level Discovery.
func TestCertifiedDiscovery(t *testing.T) {
	t.Parallel()
	a := newCertificationGate(t).ask("GET", "/.well-known/authzen-configuration", "").want(200)
	if a.Header().Get("Content-Type") != "application/json" || a.text("policy_decision_point") != publicURL {
		t.Errorf("answered %v %s", a.Header(), a.Body)
	}
	for field, value := range a.object() {
		if text, ok := value.(string); !ok || !strings.HasPrefix(text, "https://") {
			t.Errorf("%s is %v", field, value)
		}
	}
	fields := []string{"access_evaluation_endpoint", "access_evaluations_endpoint", "search_subject_endpoint", "search_resource_endpoint", "search_action_endpoint"}
	if slices.ContainsFunc(fields, func(field string) bool { return a.text(field) == "" }) {
		t.Errorf("something is missing: %s", a.Body)
	}
}
