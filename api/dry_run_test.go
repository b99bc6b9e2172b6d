package api_test

import (
	"strings"
	"testing"
)

// A change that is only tried answers what keys would lose, in one shape whichever change it is, and changes nothing.
func TestDryRun(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	for _, c := range []struct{ method, path, body, want string }{
		{"PUT", "/v1/users/new", `{}`, `{"dry_run":true,"revision":REVISION,"keys":[],"truncated":false}`},
		{"DELETE", "/v1/users/ben", "", `{"dry_run":true,"revision":REVISION,"keys":[` +
			`{"id":"key_ben","name":"ben","type":"personal","user_id":"ben","loses":[{"what":"key","because":"revoked"}]}],"truncated":false}`},
		{"PUT", "/v1/users/ben", `{"active": false}`, `{"dry_run":true,"revision":REVISION,"keys":[` +
			`{"id":"key_ben","name":"ben","type":"personal","user_id":"ben","loses":[{"what":"key","because":"owner_inactive"}]}],"truncated":false}`},
		{"DELETE", "/v1/organizations/acme", "", `{"dry_run":true,"revision":REVISION,"keys":[` +
			`{"id":"key_acme","name":"CI","type":"organization","organization_id":"acme","loses":[{"what":"key","because":"revoked"}]}],"truncated":false}`},
		{"PUT", "/v1/organizations/acme", `{"name": "A"}`, `{"dry_run":true,"revision":REVISION,"keys":[],"truncated":false}`},
		{"PUT", "/v1/organizations/acme/members/ada", `{"role": "member"}`, `{"dry_run":true,"revision":REVISION,"keys":[],"truncated":false}`},
		{"DELETE", "/v1/organizations/acme/members/ada", "", `{"dry_run":true,"revision":REVISION,"keys":[],"truncated":false}`},
		{"PUT", "/v1/workspaces/off", `{"organization_id": null}`, `{"dry_run":true,"revision":REVISION,"keys":[` +
			`{"id":"key_acme","name":"CI","type":"organization","organization_id":"acme","loses":[` +
			`{"what":"workspace","id":"off","workspace_id":"off","before":"read","after":null,"code":"outside_scope"},` +
			`{"what":"workflow","id":"etl","workspace_id":"off","before":"read","after":null,"code":"outside_scope"}]}],"truncated":false}`},
		{"PATCH", "/v1/workspaces/far", `{"personal_keys_enabled": false}`, `{"dry_run":true,"revision":REVISION,"keys":[],"truncated":false}`},
		{"DELETE", "/v1/workspaces/far", "", `{"dry_run":true,"revision":REVISION,"keys":[],"truncated":false}`},
		{"PUT", "/v1/workspaces/core/members/ben", `{"role": "read"}`, `{"dry_run":true,"revision":REVISION,"keys":[` +
			`{"id":"key_ben","name":"ben","type":"personal","user_id":"ben","loses":[` +
			`{"what":"workspace","id":"core","workspace_id":"core","before":"write","after":"read","code":"insufficient_permission"},` +
			`{"what":"workflow","id":"draft","workspace_id":"core","before":"write","after":"read","code":"insufficient_permission"},` +
			`{"what":"workflow","id":"invoice","workspace_id":"core","before":"write","after":"read","code":"insufficient_permission"},` +
			`{"what":"workflow","id":"report","workspace_id":"core","before":"write","after":"read","code":"insufficient_permission"},` +
			`{"what":"mcp_server","id":"office","workspace_id":"core","before":"write","after":"read","code":"insufficient_permission"}]}],"truncated":false}`},
		{"DELETE", "/v1/workspaces/off/members/ben", "", `{"dry_run":true,"revision":REVISION,"keys":[],"truncated":false}`},
		{"DELETE", "/v1/resources/workflow/etl", "", `{"dry_run":true,"revision":REVISION,"keys":[` +
			`{"id":"key_acme","name":"CI","type":"organization","organization_id":"acme","loses":[` +
			`{"what":"workflow","id":"etl","workspace_id":"off","before":"read","after":null,"code":"outside_scope"}]}],"truncated":false}`},
		{"PUT", "/v1/resources/workflow/assay", `{"name": "A"}`, `{"dry_run":true,"revision":REVISION,"keys":[],"truncated":false}`},
	} {
		g.unchanged(func() {
			a := g.admin(c.method, c.path+"?dry_run=true", c.body).want(200)
			want := strings.Replace(c.want, "REVISION", a.text("revision"), 1)
			if got := strings.TrimSpace(a.Body.String()); got != want {
				t.Errorf("%s %s:\n\t%s\nwant\n\t%s", c.method, c.path, got, want)
			}
			if a.Header().Get("Steelgate-Revision") != "" {
				t.Errorf("%s %s: answers as a change does: %v", c.method, c.path, a.Header())
			}
		})
	}
	if a := g.admin("PUT", "/v1/users/ben?dry_run=false", `{"name": "B"}`).want(200); a.Header().Get("Steelgate-Revision") == "" || a.text("name") != "B" {
		t.Errorf("not tried, and not made: %s", a.Body)
	}
}

// A workspace's admin may try the switch, as they may turn it. Somebody else's key has no name for them.
func TestDryRunOfTheSwitch(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	manage := g.token("manage")
	const off = `{"personal_keys_enabled": false}`
	g.unchanged(func() {
		a := g.ask("PATCH", "/v1/workspaces/core?dry_run=true", off, manage, "X-Steelgate-Actor: ada").want(200)
		if a.text("keys", "0", "name") != "ada" || a.text("keys", "1", "id") != "key_ben" || a.text("keys", "1", "user_id") != "ben" || !strings.Contains(a.Body.String(), `"name":null`) ||
			a.text("keys", "1", "loses", "0", "code") != "personal_keys_disabled" || a.text("keys", "2", "id") != "key_cleo" || a.text("keys", "3", "id") != "" {
			t.Errorf("answered %s", a.Body)
		}
		g.ask("PATCH", "/v1/workspaces/core?dry_run=true", off, manage, "X-Steelgate-Actor: ben").wantProblem(403, "forbidden")
		g.ask("PATCH", "/v1/workspaces/core?dry_run=true", `{"archived": true}`, manage, "X-Steelgate-Actor: ada").wantProblem(403, "forbidden")
		g.ask("PATCH", "/v1/workspaces/core?dry_run=true", off, manage).wantProblem(401, "no_actor")
		g.ask("PATCH", "/v1/workspaces/core?dry_run=true", off).wantProblem(401, "unauthenticated")
	})
}

// What would be refused is refused, and a slip in asking does not make the change.
func TestDryRunRefused(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.unchanged(func() {
		g.admin("DELETE", "/v1/users/nobody?dry_run=true", "").wantProblem(404, "not_found")
		g.admin("DELETE", "/v1/users/ada?dry_run=true", "").wantProblem(409, "owns_workspaces")
		g.admin("PUT", "/v1/workspaces/core?dry_run=true", `{"owner_id": "nobody"}`).wantProblem(422, "invalid_field", "owner_id")
		g.admin("PUT", "/v1/workspaces/core?dry_run=true", `{"owner": "ben"}`).wantProblem(422, "invalid_field", "owner")
		g.admin("PUT", "/v1/workspaces/core?dry_run=true", `{`).wantProblem(400, "malformed")

		for query, fields := range map[string][]string{
			"dry_run": {"dry_run"}, "dry_run=": {"dry_run"}, "dry_run=1": {"dry_run"}, "dry_run=True": {"dry_run"}, "dry_run=true&dry_run=false": {"dry_run"},
			"dryrun=true": {"dryrun"}, "dry-run=true&x=1": {"dry-run", "x"}, "DRY_RUN=true": {"DRY_RUN"},
		} {
			g.admin("DELETE", "/v1/users/ben?"+query, "").wantProblem(422, "invalid_field", fields...)
			g.admin("PATCH", "/v1/workspaces/core?"+query, `{"archived": true}`).wantProblem(422, "invalid_field", fields...)
		}
		for _, query := range []string{"dry_run=true;", "dry_run=%zz", "%=&dry_run=true"} {
			g.admin("DELETE", "/v1/users/ben?"+query, "").wantProblem(422, "invalid_field", "query")
			g.admin("POST", "/v1/keys/key_ben/revoke?"+query, "").wantProblem(422, "invalid_field", "query")
		}
		for _, call := range [][3]string{
			{"POST", "/v1/keys", `{"type": "personal", "user_id": "ben", "name": "n"}`}, {"PATCH", "/v1/keys/key_ben", `{"disabled": true}`},
			{"POST", "/v1/keys/key_ben/revoke", ""}, {"POST", "/v1/keys/key_ben/rotate", ""}, {"POST", "/v1/import", `{"kind": "user", "id": "x"}`},
			{"POST", "/v1/tokens", `{"name": "n", "scopes": ["decide"]}`}, {"DELETE", "/v1/tokens/tok_x", ""},
		} {
			g.admin(call[0], call[1]+"?dry_run=true", call[2]).wantProblem(422, "invalid_field", "dry_run")
		}
	})
	g.change("PUT", "/v1/users/ben?dry_run=false", `{"name": "B"}`)
	g.admin("PUT", "/v1/users/ben", `{"name": "C"}`).want(200)
	g.admin("PUT", "/v1/users/ben?dry_run=true", `{"name": "D"}`).wantProblem(503, "stale")
}
