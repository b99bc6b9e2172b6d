package policycheck_test

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/invariants"
	"github.com/steelengine/steelgate/engine/policycheck"
	"github.com/steelengine/steelgate/policies"
	"github.com/steelengine/steelgate/policy_test"
)

// draft is the shipped policy, without its tests, with one file laid over it.
func draft(t testing.TB, path, source string) map[string]string {
	t.Helper()
	files, err := engine.ReadFiles(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	files = maps.Clone(files)
	files[path] = source
	return files
}

func check(t testing.TB, files map[string]string) policycheck.Verdict {
	t.Helper()
	v, err := policycheck.Check(context.Background(), files)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func refusals(v policycheck.Verdict) (found engine.Diagnostics) {
	for _, d := range v.Diagnostics {
		if d.Severity == "error" {
			found = append(found, d)
		}
	}
	return found
}

// What reads a whole collection is refused where it stands; what looks a record up passes.
func TestScans(t *testing.T) {
	for name, c := range map[string]struct {
		rules string
		// row and col are those of the first refusal; 0 is none.
		row, col int
	}{
		"an unbound name":                     {`deny contains {"code": "x"} if data.keys[_].type == "personal"`, 3, 32},
		"some in":                             {`deny contains {"code": "x"} if { some key in data.keys; key.type == "personal" }`, 3, 34},
		"in":                                  {`deny contains {"code": "x"} if input.context.x in data.users`, 3, 51},
		"every":                               {`deny contains {"code": "x"} if { every key in data.keys { key.type == "personal" } }`, 3, 47},
		"an aggregate":                        {`deny contains {"code": "x"} if count(data.users) > 3`, 3, 38},
		"the resources of a type":             {`deny contains {"code": "x"} if data.resources.workflow[_].id == "x"`, 3, 32},
		"the resources of any type":           {`deny contains {"code": "x"} if data.resources[_][input.resource.id]`, 3, 32},
		"the members of a workspace":          {`deny contains {"code": "x"} if count(data.workspace_members[input.resource.id]) > 3`, 3, 38},
		"a comprehension":                     {`deny contains {"code": "x"} if count({id | some id, _ in data.keys}) > 3`, 3, 44},
		"in a negation":                       {"deny contains {\"code\": \"x\"} if not _any\n\n_any if data.keys[_].type == \"personal\"", 5, 9},
		"in a function's body":                {"deny contains {\"code\": \"x\"} if _has(\"personal\")\n\n_has(type) if data.keys[_].type == type", 5, 15},
		"as a function's argument":            {"deny contains {\"code\": \"x\"} if _has(data.keys)\n\n_has(keys) if keys.x", 3, 37},
		"as a head's value":                   {"deny contains {\"code\": \"x\"} if _all.x\n\n_all := data.keys", 5, 9},
		"under another name":                  {"import data.keys as k\n\ndeny contains {\"code\": \"x\"} if k[_].type == \"personal\"", 5, 32},
		"a collection that the request names": {`deny contains {"code": "x"} if object.get({"a": data.workspaces}, input.resource.id, 1) == 2`, 3, 49},
		"a name that is known too late":       {"deny contains {\"code\": \"x\"} if {\n\tdata.keys[id].type == \"personal\"\n\tid = input.subject.id\n}", 4, 2},
		"in an else":                          {"deny contains {\"code\": \"x\"} if _f == 2\n\n_f := 1 if input.context.x\n\nelse := 2 if data.users[_].active", 7, 1},

		"a look-up":                           {`deny contains {"code": "x"} if data.keys[input.subject.id].type == "personal"`, 0, 0},
		"a look-up by what was looked up":     {`deny contains {"code": "x"} if data.users[data.keys[input.subject.id].user_id].active == false`, 0, 0},
		"a look-up by each of a key's grants": {`deny contains {"code": "x"} if { some grant in data.keys[input.subject.id].grants; data.workspaces[grant.workspace_id].archived }`, 0, 0},
		"a look-up by a function's argument":  {"deny contains {\"code\": \"x\"} if _is(input.subject.id)\n\n_is(id) if data.keys[id].type == \"personal\"", 0, 0},
		"a look-up in a comprehension":        {`deny contains {"code": "x"} if { id := input.resource.id; count([w | w := data.workspaces[id]]) == 1 }`, 0, 0},
		"a look-up in an every":               {`deny contains {"code": "x"} if { every id in ["a", "b"] { data.workspaces[id].archived } }`, 0, 0},
		"the roles of one member":             {`deny contains {"code": "x"} if data.workspace_members[input.resource.id].ada.role == "read"`, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			v := check(t, draft(t, "site/site.rego", "package steelgate.site\n\n"+c.rules+"\n"))
			found := refusals(v)
			if c.row == 0 {
				if len(found) > 0 {
					t.Errorf("refused: %v", found)
				}
				return
			}
			if len(found) == 0 || found[0].Code != "scan" || found[0].Path != "site/site.rego" || found[0].Row != c.row || found[0].Col != c.col || v.OK {
				t.Errorf("got %v, want a scan at %d:%d", found, c.row, c.col)
			}
		})
	}
}

// A field that no document has is found where it stands, in the words of what would be right.
func TestMisspeltFields(t *testing.T) {
	for rule, want := range map[string]string{
		`deny contains {"code": "x"} if input.resorce.id == "x"`:                                                 "resource",
		`deny contains {"code": "x"} if input.resource.identity == "x"`:                                          "properties",
		`deny contains {"code": "x"} if input.actor.id == "x"`:                                                   "subject",
		`deny contains {"code": "x"} if data.keys[input.subject.id].secret == "x"`:                               "allowed_cidrs",
		`deny contains {"code": "x"} if { some g in data.keys[input.subject.id].grants; g.permision == "x" }`:    "permission",
		`deny contains {"code": "x"} if data.workspaces[input.resource.id].owner == "x"`:                         "owner_id",
		`deny contains {"code": "x"} if data.users[input.subject.id].role == "x"`:                                "platform_role",
		`deny contains {"code": "x"} if data.organizations[input.subject.id].owner_id == "x"`:                    "name",
		`deny contains {"code": "x"} if data.workspace_members[input.resource.id].ada.permission == "x"`:         "role",
		`deny contains {"code": "x"} if data.resources[input.resource.type][input.resource.id].deployed == true`: "properties",
		`deny contains {"code": "x"} if data.scopes[input.subject.id].narrow == true`:                            "narrowed",
		`deny contains {"code": "x"} if data.workspces[input.resource.id].archived`:                              "nothing stands at data.workspces",
		`deny contains {"code": "x"} if not data.steelgate.authz.actons[input.action.name]`:                      "nothing stands at data.steelgate.authz.actons",
		`deny contains {"code": "x"} if input.context.anything.at.all == data.keys[input.subject.id].name`:       "type",
	} {
		v := check(t, draft(t, "site/site.rego", "package steelgate.site\n\n"+rule+"\n"))
		found := refusals(v)
		if len(found) == 0 || found[0].Path != "site/site.rego" || found[0].Row != 3 || !strings.Contains(found[0].Message, want) {
			t.Errorf("%s: got %v, want %q", rule, found, want)
		}
	}
	v := check(t, draft(t, "management/more.rego", "package steelgate.management\n\nstanding contains \"guest\" if input.resource.id == \"x\"\n"))
	if found := refusals(v); len(found) == 0 || !strings.Contains(found[0].Message, "operation") {
		t.Errorf("management: got %v", found)
	}
}

// What may be written is not refused: what callers add, what is stored with a resource, and what management is asked with.
func TestOpenFields(t *testing.T) {
	for path, source := range map[string]string{
		"site/site.rego":       "package steelgate.site\n\ndeny contains {\"code\": \"x\"} if {\n\tinput.context.a.b == 1\n\tinput.resource.properties.c == 2\n\tdata.resources[input.resource.type][input.resource.id].properties.d == 3\n}\n\ndecision := {\"allow\": false, \"code\": \"x\"} if input.subject.properties.e\n",
		"management/more.rego": "package steelgate.management\n\nstanding contains \"guest\" if input.owner.role == \"guest\"\n",
		"lib/times.rego":       "package lib.times\n\nis_noon if input.context.time == \"x\"\n\nis_ada if input.actor.id == \"ada\"\n",
	} {
		if found := refusals(check(t, draft(t, path, source))); len(found) > 0 {
			t.Errorf("%s: %v", path, found)
		}
	}
}

// Each edit breaks one invariant, and the witness tells how.
func TestInvariants(t *testing.T) {
	for name, c := range map[string]struct{ path, old, new, invariant, witness string }{
		"an organization key outside": {
			"authz/decision.rego", "\tworkspace.organization_id == key.organization_id\n", "", invariants.OrganizationKeyStays, "belongs to",
		},
		"a workspace key outside": {
			"authz/decision.rego", "\tworkspace.id == key.workspace_id\n", "", invariants.WorkspaceKeyStays, "another workspace",
		},
		"a personal key of a stranger": {
			"authz/personal.rego", "workspace.owner_id == user_id", "workspace.id != user_id", invariants.PersonalKeyIsMembers, "is no member of ws",
		},
		"a personal key of the platform's admin": {
			"authz/personal.rego", "else := data.workspace_members[workspace.id][user_id].role",
			"else := \"admin\" if data.users[user_id].platform_role == \"admin\"\n\nelse := data.workspace_members[workspace.id][user_id].role",
			invariants.PersonalKeyIsMembers, "is no member of ws",
		},
		"a personal key of who says so": {
			"authz/personal.rego", "else := data.workspace_members[workspace.id][user_id].role",
			"else := \"admin\" if input.context.emergency == \"now\"\n\nelse := data.workspace_members[workspace.id][user_id].role",
			invariants.PersonalKeyIsMembers, "is no member of ws",
		},
		"a personal key that ends some day": {
			"authz/personal.rego", "else := data.workspace_members[workspace.id][user_id].role",
			"else := \"admin\" if data.keys[input.subject.id].expires_at\n\nelse := data.workspace_members[workspace.id][user_id].role",
			invariants.PersonalKeyIsMembers, "is no member of ws",
		},
		"a personal key where a property says so": {
			"authz/personal.rego", "else := data.workspace_members[workspace.id][user_id].role",
			"else := \"admin\" if data.resources[input.resource.type][input.resource.id].properties.public == \"all\"\n\nelse := data.workspace_members[workspace.id][user_id].role",
			invariants.PersonalKeyIsMembers, "is no member of ws",
		},
		"a personal key where the caller says what the resource is": {
			"authz/personal.rego", "else := data.workspace_members[workspace.id][user_id].role",
			"else := \"admin\" if input.resource.properties.public == true\n\nelse := data.workspace_members[workspace.id][user_id].role",
			invariants.PersonalKeyIsMembers, "is no member of ws",
		},
		"a personal key until a year that is to come": {
			"authz/personal.rego", "else := data.workspace_members[workspace.id][user_id].role",
			"else := \"admin\" if time.date(time.parse_rfc3339_ns(input.context.time))[0] < 2100\n\nelse := data.workspace_members[workspace.id][user_id].role",
			invariants.PersonalKeyIsMembers, "is no member of ws",
		},
		"a grant that takes away": {
			"site/site.rego", "package steelgate.site\n",
			"package steelgate.site\n\ndeny contains {\"code\": \"x\"} if count(data.keys[input.subject.id].grants) > 1\n",
			policycheck.RemovalNeverAllows, "alone it may",
		},
	} {
		t.Run(name, func(t *testing.T) {
			files := draft(t, "site/site.rego", "package steelgate.site\n")
			files[c.path] = strings.Replace(files[c.path], c.old, c.new, 1)
			v := check(t, files)
			if found := refusals(v); len(found) > 0 {
				t.Fatalf("refused: %v", found)
			}
			if v.OK || !v.IsOnlyBrokenInvariants() || len(v.Invariants) != 5 {
				t.Errorf("OK %t, %d invariants", v.OK, len(v.Invariants))
			}
			for _, i := range v.Invariants {
				isBroken := i.Name == c.invariant
				if i.Holds == isBroken || strings.Contains(i.Witness, c.witness) != isBroken || i.Promise == "" {
					t.Errorf("%s holds: %t, %q", i.Name, i.Holds, i.Witness)
				}
			}
		})
	}
}

// A rule that fails on what only some keys have is found before such a key asks.
func TestARuleThatFailsOnFewKeys(t *testing.T) {
	v := check(t, draft(t, "site/site.rego", "package steelgate.site\n\ndeny contains {\"code\": \"x\"} if to_number(data.keys[input.subject.id].expires_at) > 0\n"))
	if found := refusals(v); len(found) != 1 || !strings.Contains(found[0].Message, "that ends some day") {
		t.Errorf("refused: %v", found)
	}
}

// What an admin may edit breaks nothing: a lower requirement, a new action on a new type, a denial by the hour.
func TestEditsThatBreakNothing(t *testing.T) {
	for name, c := range map[string]struct{ path, old, new string }{
		"a lower requirement": {"authz/actions.rego", `"workflow.execute": {"on": ["workflow"], "requires": "write"}`, `"workflow.execute": {"on": ["workflow"], "requires": "read"}`},
		"a new type":          {"authz/actions.rego", `"workspace.read"`, `"table.read": {"on": ["table"], "requires": "read"},` + "\n\t" + `"workspace.read"`},
		"business hours": {"site/site.rego", "package steelgate.site\n", `package steelgate.site

deny contains {"code": "closed", "message": "Closed."} if {
	[hour, _, _] := time.clock(time.parse_rfc3339_ns(input.context.time))
	not hour in {9, 10, 11, 12, 13}
}
`},
	} {
		files := draft(t, "x.rego", "package x\n")
		delete(files, "x.rego")
		files[c.path] = strings.Replace(files[c.path], c.old, c.new, 1)
		if v := check(t, files); !v.OK {
			t.Errorf("%s: %v, %v", name, refusals(v), v.Invariants)
		}
	}
}

func TestHints(t *testing.T) {
	v := check(t, draft(t, "site/site.rego", "package steelgate.site\n\n\ndeny   contains {\"code\": \"x\"} if input.context.x\n"))
	got := map[string]int{}
	for _, d := range v.Diagnostics {
		if d.Path == "site/site.rego" {
			got[d.Severity+" "+d.Code] = d.Row
		}
	}
	if !v.OK || got["hint format"] != 3 || got["hint untested"] != 4 {
		t.Errorf("OK %t, %v", v.OK, got)
	}
}

// A name that is nearly an action's is asked about: a rule that turns on it never holds. What is far from any is the installation's own affair.
func TestMisspeltActions(t *testing.T) {
	for rule, want := range map[string]string{
		`input.action.name == "workflow.execut"`:                                                 `no action is called "workflow.execut": is workflow.execute meant?`,
		`input.action.name in {"mcp.calls"}`:                                                     `no action is called "mcp.calls": is mcp.call meant?`,
		`input.action.name == "workflow.execute"`:                                                "",
		`input.context.host == "api.example"`:                                                    "",
		`input.action.name == "table.read"`:                                                      "",
		"input.action.name == \"tabel.read\"\n}\n\nactions contains \"table.read\" if {\n\ttrue": `no action is called "tabel.read": is table.read meant?`,
	} {
		v := check(t, draft(t, "site/site.rego", "package steelgate.site\n\ndeny contains {\"code\": \"x\", \"message\": \"X.\"} if {\n\t"+rule+"\n}\n"))
		said := ""
		for _, d := range v.Diagnostics {
			if d.Code == "unknown_action" {
				said = d.Message
				if d.Path != "site/site.rego" || d.Row != 4 || d.Severity != "hint" {
					t.Errorf("%s: %v", rule, d)
				}
			}
		}
		if said != want || !v.OK {
			t.Errorf("%s: %q, want %q; %v", rule, said, want, refusals(v))
		}
	}
}

// Whoever reads a verdict finds lists in it, also where there is nothing to tell.
func TestAVerdictThatSaysNothingHasItsLists(t *testing.T) {
	tests, err := engine.ReadFiles(policy_test.Files)
	if err != nil {
		t.Fatal(err)
	}
	files := draft(t, "site/site.rego", "package steelgate.site\n")
	maps.Copy(files, tests)
	text, err := json.Marshal(check(t, files))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte("null")) || !bytes.Contains(text, []byte(`"diagnostics":[]`)) {
		t.Errorf("the verdict is %s", text)
	}
}
