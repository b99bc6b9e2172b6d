package api_test

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// A key's record as it is read: every field of the contract, and no other.
var recordFields = []string{
	"allowed_cidrs", "created_at", "created_by", "disabled", "expires_at", "grants", "hint", "id", "last_used_at", "name", "replaced_by",
	"revoked_at", "revoked_by", "type", "workflow_ids",
}

func TestKeyRecords(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	made := g.change("POST", "/v1/keys", `{"type": "organization", "organization_id": "acme", "name": "Partner", "expires_at": "2031-01-31T13:00:00+01:00",
		"allowed_cidrs": ["10.0.0.0/8"], "grants": [{"workspace_id": "core", "permission": "read"}, {"workflow_id": "invoice", "permission": "write"}]}`)
	secret := made.text("secret")
	if made.Code != 201 || made.Header().Get("Cache-Control") != "no-store" || made.Header().Get("Steelgate-Revision") == "" || made.Header().Get("Location") != "/v1/keys/"+made.text("id") {
		t.Errorf("answered %d with %v", made.Code, made.Header())
	}
	if got := g.decide(question(secret, "workflow.execute", "workflow", "invoice", `"context": {"client_ip": "10.9.9.9"}`)).text("code"); got != "allowed" {
		t.Errorf("the new key: %s", got)
	}
	want := map[string]any{
		"id": made.text("id"), "type": "organization", "name": "Partner", "organization_id": "acme", "workflow_ids": nil,
		"grants": []any{map[string]any{"workspace_id": "core", "permission": "read"}, map[string]any{"workflow_id": "invoice", "permission": "write"}},
		"hint":   "sk-steelengine-…" + secret[len(secret)-4:], "created_by": "admin-token", "created_at": "2030-01-31T12:00:00Z", "expires_at": "2031-01-31T12:00:00Z",
		"disabled": false, "allowed_cidrs": []any{"10.0.0.0/8"}, "last_used_at": nil, "revoked_at": nil, "revoked_by": nil, "replaced_by": nil,
	}
	withSecret := maps.Clone(want)
	withSecret["secret"] = secret
	for name, c := range map[string]struct{ got, want map[string]any }{
		"created":  {made.object(), withSecret},
		"read":     {g.admin("GET", "/v1/keys/"+made.text("id"), "").want(200).object(), want},
		"patched":  {g.admin("PATCH", "/v1/keys/"+made.text("id"), `{"name": "Partner"}`).want(200).object(), want},
		"listed":   {firstOf(g.admin("GET", "/v1/keys?owner_type=organization&owner_id=acme&q=PARTNER", "").want(200)), want},
		"reaching": {lastOf(g.admin("GET", "/v1/workspaces/core/reaching-keys", "").want(200), made.text("id")), with(want, "permission", "write")},
	} {
		gotText, _ := json.Marshal(c.got)
		wantText, _ := json.Marshal(c.want)
		if string(gotText) != string(wantText) {
			t.Errorf("%s:\n\tgot  %s\n\twant %s", name, gotText, wantText)
		}
	}
	for id, owner := range map[string]string{"key_ben": "user_id", "key_core": "workspace_id", "key_acme": "organization_id"} {
		fields := slices.Sorted(maps.Keys(g.admin("GET", "/v1/keys/"+id, "").object()))
		if !slices.Equal(fields, slices.Sorted(slices.Values(append(slices.Clone(recordFields), owner)))) {
			t.Errorf("%s has %q", id, fields)
		}
	}
	revoked := g.admin("POST", "/v1/keys/"+made.text("id")+"/revoke", "").want(200)
	if revoked.text("revoked_at") != "2030-01-31T12:00:00Z" || revoked.text("revoked_by") != "admin-token" || revoked.text("secret") != "" {
		t.Errorf("revoked: %s", revoked.Body)
	}
	again := g.admin("POST", "/v1/keys/"+made.text("id")+"/revoke", "").want(200)
	if again.Body.String() != revoked.Body.String() {
		t.Errorf("revoked again: %s", again.Body)
	}
}

func with(object map[string]any, name string, value any) map[string]any {
	object = maps.Clone(object)
	object[name] = value
	return object
}

func dataOf(a answer) []map[string]any {
	a.t.Helper()
	var page struct {
		Data []map[string]any
	}
	if err := json.Unmarshal(a.Body.Bytes(), &page); err != nil {
		a.t.Fatal(err)
	}
	return page.Data
}

func firstOf(a answer) map[string]any {
	a.t.Helper()
	data := dataOf(a)
	if len(data) != 1 {
		a.t.Fatalf("%d entries: %s", len(data), a.Body)
	}
	return data[0]
}

func lastOf(a answer, id string) map[string]any {
	a.t.Helper()
	for _, entry := range dataOf(a) {
		if entry["id"] == id {
			return entry
		}
	}
	a.t.Fatalf("no %s: %s", id, a.Body)
	return nil
}

func idsOf(a answer) []string {
	a.t.Helper()
	ids := []string{}
	for _, entry := range dataOf(a) {
		ids = append(ids, entry["id"].(string))
	}
	slices.Sort(ids)
	return ids
}

// A rotation's secret is shown once, and its predecessor says who came after it.
func TestRotation(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	made := g.change("POST", "/v1/keys/key_core/rotate", `{"overlap_seconds": 604800}`)
	if made.Code != 201 || made.Header().Get("Cache-Control") != "no-store" || !strings.HasPrefix(made.text("secret"), "sk-steelengine-") || made.text("name") != "core" {
		t.Errorf("answered %d %s", made.Code, made.Body)
	}
	old := g.admin("GET", "/v1/keys/key_core", "")
	if old.text("replaced_by") != made.text("id") || old.text("expires_at") != "2030-02-07T12:00:00Z" {
		t.Errorf("the old key: %s", old.Body)
	}
	for _, secret := range []string{secretOf("core"), made.text("secret")} {
		if got := g.decide(question(secret, "workflow.execute", "workflow", "invoice", "")).text("code"); got != "allowed" {
			t.Errorf("during the overlap: %s", got)
		}
	}
	made = g.change("POST", "/v1/keys/key_narrow/rotate", "")
	if got := g.decide(question(secretOf("narrow"), "workflow.execute", "workflow", "invoice", "")).text("code"); got != "key_expired" {
		t.Errorf("without an overlap: %s", got)
	}
	if got := g.decide(question(made.text("secret"), "workflow.execute", "workflow", "report", "")).text("code"); got != "outside_scope" {
		t.Errorf("the successor of a narrowed key: %s", got)
	}
}

func TestListKeys(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	for query, want := range map[string][]string{
		"owner_type=workspace&owner_id=core&status=revoked":  {"key_revoked"},
		"owner_type=workspace&owner_id=core&status=expired":  {"key_expired"},
		"owner_type=workspace&owner_id=core&status=disabled": {"key_disabled"},
		"owner_type=workspace&owner_id=core&status=replaced": {},
		"owner_type=user&owner_id=ben":                       {"key_ben"},
		"owner_type=organization&owner_id=acme":              {"key_acme"},
		"owner_type=organization&owner_id=ci":                {},
		"owner_type=user&owner_id=core":                      {},
		"owner_type=user&owner_id=no%20id":                   {},
		"owner_type=user&owner_id=%00":                       {},
		"q=CI":                                               {"key_acme"},
		"q=key_B":                                            {"key_ben"},
		"q=-acme":                                            {},
		"q=acme":                                             {"key_acme"},
		"q=%25":                                              {},
		"q=_core":                                            {"key_core"},
		"q=%5C":                                              {},
		"q=!":                                                {},
		"q=%27%20OR%201%3D1--":                               {},
		"expires_before=2030-01-31T12:00:00.000001Z":         {"key_expired"},
		"expires_before=2030-01-31T12:00:00Z":                {},
		"expires_before=2040-01-01T00:00:00Z&status=active":                     {},
		"unused_since=2030-01-31T12:00:00Z":                                     {},
		"unused_since=2030-01-31T12:00:00.000001Z&q=key_b":                      {"key_ben"},
		"unused_since=2040-01-01T00:00:00Z&expires_before=2040-01-01T00:00:00Z": {"key_expired"},
	} {
		if got := idsOf(g.admin("GET", "/v1/keys?"+query, "").want(200)); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	// A successor's id is random, and may be found by nearly any text.
	g.change("POST", "/v1/keys/key_office/rotate", `{"overlap_seconds": 60}`)
	if got := idsOf(g.admin("GET", "/v1/keys?owner_type=workspace&owner_id=core&status=replaced", "").want(200)); !slices.Equal(got, []string{"key_office"}) {
		t.Errorf("replaced: %q", got)
	}
	for query, fields := range map[string][]string{
		"owner_type=robot&owner_id=x": {"owner_type"},
		"owner_type=user":             {"owner_id"},
		"owner_id=ben":                {"owner_id"},
		"status=dead":                 {"status"},
		"limit=0":                     {"limit"},
		"limit=-1":                    {"limit"},
		"limit=x":                     {"limit"},
		"limit=99999999999999999999":  {"limit"},
		"cursor=x":                    {"cursor"},
		"cursor=!!":                   {"cursor"},
		"cursor=AAAAAAAAAAA":          {"cursor"},
		"status=dead&limit=x":         {"status", "limit"},
		"expires_before=soon":         {"expires_before"},
		"unused_since=2030-01-31":     {"unused_since"},
	} {
		g.admin("GET", "/v1/keys?"+query, "").wantProblem(422, "invalid_field", fields...)
	}
}

// Following the cursors shows every key once.
func TestPages(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	all := idsOf(g.admin("GET", "/v1/keys?limit=1000", "").want(200))
	if len(all) != 11 {
		t.Fatalf("%d keys", len(all))
	}
	for _, limit := range []string{"1", "3", "10", "11", "5000"} {
		var got []string
		query := url.Values{"limit": {limit}}
		for {
			a := g.admin("GET", "/v1/keys?"+query.Encode(), "").want(200)
			got = append(got, idsOf(a)...)
			cursor, more := a.text("pagination", "cursor"), a.text("pagination", "has_more")
			if (cursor == "") != (more == "false") {
				t.Fatalf("cursor %q, has_more %s", cursor, more)
			}
			if cursor == "" {
				break
			}
			query.Set("cursor", cursor)
		}
		if slices.Sort(got); !slices.Equal(got, all) {
			t.Errorf("by %s: %q", limit, got)
		}
	}
	empty := g.admin("GET", "/v1/keys?owner_type=user&owner_id=dan", "").want(200)
	if strings.TrimSpace(empty.Body.String()) != `{"data":[],"pagination":{"cursor":null,"has_more":false}}` {
		t.Errorf("an empty page is %s", empty.Body)
	}
}

func TestTokenRecords(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	if a := g.admin("GET", "/v1/tokens", ""); strings.TrimSpace(a.Body.String()) != `{"data":[],"pagination":{"cursor":null,"has_more":false}}` {
		t.Errorf("none: %s", a.Body)
	}
	made := g.change("POST", "/v1/tokens", `{"name": "gateway", "scopes": ["decide", "bundle"], "expires_at": "2031-01-01T00:00:00Z"}`)
	secret := made.text("secret")
	want := `"name":"gateway","scopes":["decide","bundle"],"created_by":"admin-token","created_at":"2030-01-31T12:00:00Z","expires_at":"2031-01-01T00:00:00Z"`
	if made.Code != 201 || !strings.Contains(made.Body.String(), want) || !strings.HasPrefix(secret, "sgt_") || len(secret) != 4+49 || made.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("answered %d %s", made.Code, made.Body)
	}
	list := g.admin("GET", "/v1/tokens", "").want(200)
	if !strings.Contains(list.Body.String(), want) || strings.Contains(list.Body.String(), secret) {
		t.Errorf("listed: %s", list.Body)
	}
	gone := g.admin("DELETE", "/v1/tokens/"+made.text("id"), "").want(204)
	if gone.Body.Len() > 0 || gone.Header().Get("Steelgate-Revision") == "" {
		t.Errorf("deleted with %q, %v", gone.Body, gone.Header())
	}
}
