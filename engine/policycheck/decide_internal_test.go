package policycheck

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/policies"
)

// What is answered in another world because nothing that was read differs there is what the policy answers when it is asked.
func TestWhatIsNotAskedAgainWouldBeAnsweredAlike(t *testing.T) {
	shipped, err := engine.ReadFiles(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	const head = "package steelgate.authz\n\ndefault decision := {\"allow\": false, \"code\": \"no\"}\n\ndecision := {\"allow\": true, \"code\": \"allowed\"} if "
	for name, files := range map[string]map[string]string{
		"shipped":                   shipped,
		"what is archived":          {"a.rego": head + "data.workspaces.ws.archived\n"},
		"what is not deployed":      {"a.rego": head + "not data.resources.workflow.beside.properties.deployed\n"},
		"what is at night":          {"a.rego": head + "{\n\tis_string(input.context.time)\n\ttime.clock(time.parse_rfc3339_ns(input.context.time))[0] < 6\n}\n"},
		"what a resource's home is": {"a.rego": head + "data.workspaces[data.resources[input.resource.type][input.resource.id].workspace_id].organization_id == \"org_2\"\n"},
	} {
		t.Run(name, func(t *testing.T) {
			policy, err := engine.Compile(files, 1, engine.Unguarded)
			if err != nil {
				t.Fatal(err)
			}
			s := newStage(map[string][]string{"workflow.execute": {"workflow"}, "mcp.call": {"mcp_server"}, "workspace.read": {"workspace"}}, nil, policy.Mentions())
			d, err := decideAll(context.Background(), policy, s, ast.MustCompileModules(files))
			if err != nil || slices.ContainsFunc(d.faults, func(f engine.Diagnostic) bool { return f.Severity == "error" }) {
				t.Fatal(err, d.faults)
			}
			allowed := 0
			for i, w := range s.worlds {
				view := engine.Hypothetical(policy, w.snapshot, w.at, time.Minute)
				for k, a := range s.askers() {
					for r, q := range a.requests {
						if !s.asks(i, a, q) {
							continue
						}
						if answer, err := a.ask(w, view, q.Request); err != nil || answer.Allow != d.allowed[i][k][r] {
							t.Fatalf("%s may %s, where %s: %t, %v; the check says %t", a.who, describeRequest(q), w.name, answer.Allow, err, d.allowed[i][k][r])
						} else if answer.Allow {
							allowed++
						}
					}
				}
			}
			if allowed == 0 {
				t.Error("nothing was allowed")
			}
		})
	}
}

// Actions that a rule names, or whose rows differ, are none of those that are taken for one before them.
func TestActionsThatAreAsOneBeforeThem(t *testing.T) {
	shipped, err := engine.ReadFiles(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ site, want string }{
		"shipped": {"", "metrics.read workflow.deploy"},
		"named":   {"\ndeny contains {\"code\": \"x\", \"message\": \"X.\"} if input.action.name == \"metrics.read\"\n", "workflow.deploy"},
	} {
		files := maps.Clone(shipped)
		files["site/site.rego"] = "package steelgate.site\n" + c.site
		policy, err := engine.Compile(files, 1)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(slices.Sorted(maps.Keys(repeatedActions(ast.MustCompileModules(files), policy.Mentions()))), " ")
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
