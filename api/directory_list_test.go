package api_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/api"
)

// idsByPages reads a list to its end.
func (g *gate) idsByPages(path string, headers ...string) (ids []string) {
	g.t.Helper()
	for cursor := ""; ; {
		a := g.ask("GET", path+"limit=2&cursor="+cursor, "", headers...).want(200)
		for _, one := range dataOf(a) {
			ids = append(ids, fmt.Sprint(one["id"]))
		}
		if cursor = a.text("pagination", "cursor"); cursor == "" {
			return ids
		}
	}
}

// Each list has what its reader belongs to, in the order of names, page by page.
func TestListsOfTheDirectory(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	manage := g.token("manage")
	for _, c := range []struct{ actor, path, want string }{
		{"", "/v1/workspaces?", "core far off old"},
		{"ben", "/v1/workspaces?", "core off old"},
		{"dan", "/v1/workspaces?", "far off old"},
		{"root", "/v1/workspaces?organization_id=globex&", "far"},
		{"ada", "/v1/workspaces?organization_id=acme&", "core off old"},
		{"ada", "/v1/workspaces?organization_id=acme&q=O&", "core off old"},
		{"ada", "/v1/workspaces?q=COR&", "core"},
		{"", "/v1/organizations?", "acme globex"},
		{"ada", "/v1/organizations?", "acme"},
		{"ben", "/v1/organizations?", ""},
		{"ben", "/v1/resources?workspace_id=core&", "down office draft invoice report"},
		{"ben", "/v1/resources?workspace_id=core&type=workflow&q=R&", "draft report"},
		{"ada", "/v1/resources?organization_id=acme&type=workflow&", "draft dust etl invoice report"},
	} {
		headers := []string{asAdmin}
		if c.actor != "" {
			headers = []string{manage, "X-Steelgate-Actor: " + c.actor}
		}
		if got := strings.Join(g.idsByPages(c.path, headers...), " "); got != c.want {
			t.Errorf("%s for %q: %s, want %s", c.path, c.actor, got, c.want)
		}
	}
	ben := []string{manage, "X-Steelgate-Actor: ben"}
	want := `{"id":"core","name":"Core","organization_id":"acme","organization_name":"Acme","owner_id":"ada","owner_name":"Ada","personal_keys_enabled":true,"archived":false,"role":"write","may":["keys.list","keys.read","reaching_keys.list","contents.list"]}`
	one := g.ask("GET", "/v1/workspaces/core", "", ben...).want(200)
	if got := strings.TrimSpace(one.Body.String()); got != want {
		t.Errorf("Ben reads %s", got)
	}
	if got := g.ask("GET", "/v1/workspaces?q=core", "", ben...).want(200).Body.String(); !strings.Contains(got, "["+want+"]") {
		t.Errorf("Ben's list is %s", got)
	}
	ada := []string{manage, "X-Steelgate-Actor: ada"}
	if got := strings.TrimSpace(g.ask("GET", "/v1/organizations/acme", "", ada...).want(200).Body.String()); !strings.HasPrefix(got, `{"id":"acme","name":"Acme","role":"admin","may":["keys.list",`) {
		t.Errorf("Ada reads %s", got)
	}
	if got := strings.TrimSpace(g.ask("GET", "/v1/resources/workflow/draft", "", ben...).want(200).Body.String()); got != `{"type":"workflow","id":"draft","name":"","workspace_id":"core","properties":{"deployed":false}}` {
		t.Errorf("Ben reads %s", got)
	}
}

// Who has no standing is told the same of what stands and of what does not.
func TestListsOfTheDirectoryTellOutsidersNothing(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	manage := g.token("manage")
	for _, actor := range []string{"ben", "cleo"} {
		headers := []string{manage, "X-Steelgate-Actor: " + actor}
		for _, pair := range [][2]string{
			{"/v1/workspaces?organization_id=acme", "/v1/workspaces?organization_id=none"},
			{"/v1/resources?organization_id=acme", "/v1/resources?organization_id=none"},
			{"/v1/resources?workspace_id=far", "/v1/resources?workspace_id=none"},
			{"/v1/workspaces/far", "/v1/workspaces/none"},
			{"/v1/organizations/globex", "/v1/organizations/none"},
			{"/v1/resources/workflow/assay", "/v1/resources/workflow/none"},
		} {
			stands, none := g.ask("GET", pair[0], "", headers...), g.ask("GET", pair[1], "", headers...)
			stands.wantProblem(403, "forbidden")
			if stands.Body.String() != none.Body.String() {
				t.Errorf("%s and %s differ for %s: %s%s", pair[0], pair[1], actor, stands.Body, none.Body)
			}
		}
	}
	g.ask("GET", "/v1/workspaces", "", g.token("decide")).wantProblem(403, "insufficient_scope")
	g.ask("GET", "/v1/organizations", "", manage).wantProblem(401, "no_actor")
}

func TestQuestionsThatListsOfTheDirectoryRefuse(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	pack := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	for path, fields := range map[string][]string{
		"/v1/workspaces?limit=0":                             {"limit"},
		"/v1/workspaces?owner=x&q=":                          {"owner"},
		"/v1/workspaces?cursor=x":                            {"cursor"},
		"/v1/workspaces?cursor=" + pack("\n\nx"):             {"cursor"},
		"/v1/workspaces?cursor=" + pack("\nid\n\xff"):        {"cursor"},
		"/v1/workspaces?cursor=" + pack("a b\nid\nname"):     {"cursor"},
		"/v1/organizations?organization_id=x":                {"organization_id"},
		"/v1/resources":                                      {"workspace_id"},
		"/v1/resources?workspace_id=core&organization_id=o":  {"workspace_id"},
		"/v1/resources?workspace_id=core&limit=x&cursor=%00": {"limit", "cursor"},
	} {
		g.admin("GET", path, "").wantProblem(422, "invalid_field", fields...)
	}
}

// The session tells a page from where its reader comes, what they may do, and where the product is.
func TestSessionTellsWhatAPageNeeds(t *testing.T) {
	t.Parallel()
	g := newDemoWith(t, func(o *api.Options) { o.ProductURL = "https://api.example/v2" })
	for user, want := range map[string]string{
		"ada":  `[]`,
		"root": `["policies.read","policies.write","decision_log.read","replicas.read","directory.read","directory.write","import","audit.read"]`,
	} {
		a := g.signedIn(user).ask("GET", "/v1/session", "").want(200)
		if a.text("may") != want || a.text("address") != "127.0.0.1" || a.text("product_url") != "https://api.example/v2" {
			t.Errorf("%s: %s", user, a.Body)
		}
	}
	g = newDemo(t)
	a := g.signedIn("ada").ask("GET", "/v1/session", "").want(200)
	if value, stands := a.object()["product_url"]; value != nil || !stands {
		t.Errorf("without a product's URL: %s", a.Body)
	}
}

// What one may do with one's own stands beside who one is, by the policy in force and from the first answer on.
func TestSessionTellsWhatOneMayDoWithOnesOwn(t *testing.T) {
	t.Parallel()
	g := newDemo(t)
	mine := func(a answer) string {
		t.Helper()
		var said struct {
			User struct {
				ID  string   `json:"id"`
				May []string `json:"may"`
			} `json:"user"`
		}
		if err := json.Unmarshal(a.Body.Bytes(), &said); err != nil || said.User.ID != "ben" {
			t.Fatalf("%v: %s", err, a.Body)
		}
		return strings.Join(said.User.May, " ")
	}
	ben := g.browser()
	all := "keys.list keys.read keys.create keys.update keys.revoke keys.rotate sessions.list sessions.end audit.read decision_log.read"
	if got := mine(ben.signIn("ben")); got != all {
		t.Errorf("as shipped: %s", got)
	}
	g.usePolicy("management/allow.rego", `package steelgate.management
allow if {
	operations[input.owner.type][input.operation] in standing
	not input.operation in {"keys.create", "keys.rotate"}
}`)
	if got := mine(ben.ask("GET", "/v1/session", "").want(200)); got != "keys.list keys.read keys.update keys.revoke sessions.list sessions.end audit.read decision_log.read" {
		t.Errorf("by an edit: %s", got)
	}
	ben.ask("POST", "/v1/keys", `{"type": "personal", "name": "mine"}`).wantProblem(403, "forbidden")
}
