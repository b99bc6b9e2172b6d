package policy_test_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/policycheck"
	"github.com/steelengine/steelgate/policy_test/cases"
	"github.com/steelengine/steelgate/policy_test/stage"
)

// mutation is one fault that somebody might make in a shipped policy.
type mutation struct{ path, old, new string }

var mutations = []mutation{
	{"authz/actions.rego", `"workflow.deploy": {"on": ["workflow"], "requires": "admin"}`, `"workflow.deploy": {"on": ["workflow"], "requires": "write"}`},
	{"authz/actions.rego", `"workflow.execute": {"on": ["workflow"], "requires": "write"}`, `"workflow.execute": {"on": ["workflow"], "requires": "read"}`},
	{"authz/actions.rego", `"logs.read": {"on": ["workflow", "workspace"]`, `"logs.read": {"on": ["workflow"]`},
	{"authz/actions.rego", `"workspace.update": {"on": ["workspace"], "requires": "admin"}`, `"workspace.update": {"on": ["workspace"], "requires": "write"}`},
	{"authz/actions.rego", "\tinput.resource.type in action.on\n", ""},
	{"authz/permissions.rego", `"write": {"write", "admin"}`, `"write": {"read", "write", "admin"}`},
	{"authz/permissions.rego", `"read": {"read", "write", "admin"}`, `"read": {"read", "write"}`},
	{"authz/permissions.rego", `_rank := {"read": 1, "write": 2, "admin": 3}`, `_rank := {"read": 3, "write": 2, "admin": 1}`},
	{"authz/decision.rego", "\tdata.keys[input.subject.id].type == \"personal\"\n", ""},
	{"authz/decision.rego", "\t_workspace\n", ""},
	{"authz/decision.rego", `"granted": reach.granted`, `"granted": required`},
	{"authz/decision.rego", "\treach.told,\n", ""},
	{"authz/decision.rego", "else := data.steelgate.site.decision if {\n\tnot input.subject.type == \"api_key\"\n}\n\n", ""},
	{"authz/verdict.rego", "\tnot reach.workspace.personal_keys_enabled == true\n", "\treach.workspace.personal_keys_enabled == true\n"},
	{"authz/verdict.rego", "\tnot reach.workspace.personal_keys_enabled == true\n", "\treach.workspace.personal_keys_enabled == false\n"},
	{"authz/verdict.rego", "\treach.key_type == \"personal\"\n", ""},
	{"authz/verdict.rego", "\tnot reach.workspace.archived == false\n", "\tfalse\n"},
	{"authz/verdict.rego", "\tnot reach.workspace.archived == false\n", "\treach.workspace.archived == true\n"},
	{"authz/verdict.rego", "\tnot _is_client_in(networks)\n", "\tnetworks == []\n"},
	{"authz/verdict.rego", "not _is_enough(reach.granted, required)", "not _is_enough(reach.granted, \"read\")\n\trequired"},
	{"authz/verdict.rego", "not _is_enough(reach.granted, required)", "not reach.granted in enough[required]"},
	{"authz/verdict.rego", "\tinput.action.name == \"workflow.execute\"\n", "\tinput.action.name == \"workflow.deploy\"\n"},
	{"authz/verdict.rego", `{"mcp.connect", "mcp.call"}`, `{"mcp.call"}`},
	{"authz/verdict.rego", "\tnot _resource.properties.deployed == true\n", "\tnot input.resource.properties.deployed == true\n"},
	{"authz/verdict.rego", "\tnot is_denied_by_site\n", "\ttrue\n"},
	{"authz/verdict.rego", "\"billed_to\": {\"type\": \"user\", \"id\": reach.payer},\n", ""},
	{"authz/personal.rego", `_role(workspace, user_id) := "admin" if workspace.owner_id == user_id`, `_role(workspace, user_id) := "write" if workspace.owner_id == user_id`},
	{"authz/personal.rego", `"payer": user_id`, `"payer": workspace.owner_id`},
	{"authz/workspace.rego", "\tworkspace.id == data.keys[input.subject.id].workspace_id\n", ""},
	{"authz/workspace.rego", `"granted": "write"`, `"granted": "admin"`},
	{"authz/workspace.rego", "\t_is_in_narrowed_scope\n", ""},
	{"authz/workspace.rego", "\tinput.resource.type == \"workflow\"\n", ""},
	{"authz/workspace.rego", "else if _is_mcp_server_covered\n", ""},
	{"authz/organization.rego", "\tworkspace.organization_id == data.keys[input.subject.id].organization_id\n", ""},
	{"authz/organization.rego", "_rank[_workflow_grant.permission] > _rank", "_rank[_workflow_grant.permission] < _rank"},
	{"authz/organization.rego", "_rank[_workflow_grant.permission] > _rank", "_rank[_workflow_grant.permission] >= _rank"},
	{"authz/organization.rego", "else := grant if grant := _workspace_grant\n", ""},
	{"authz/organization.rego", "else := grant if grant := _workflow_grant\n", ""},
	{"authz/organization.rego", `"payer": workspace.owner_id`, `"payer": "somebody"`},
	{"authz/organization.rego", "\tinput.resource.type == \"workflow\"\n", "\tinput.resource.type != \"mcp_server\"\n"},
	{"authz/mcp_server.rego", "\tinput.resource.type == \"mcp_server\"\n", ""},
	{"authz/mcp_server.rego", "\texposed[0] # not empty\n", ""},
	{"authz/mcp_server.rego", "\t\tdata.scopes[input.subject.id].workflows[workflow_id]\n", ""},
	{"authz/mcp_server.rego", "\t\tdata.resources.workflow[workflow_id].workspace_id == _resource.workspace_id\n", ""},
	{"authz/mcp_server.rego", "min({[_rank", "max({[_rank"},
	{"authz/network.rego", "\t_is_client_known\n", ""},
	{"authz/network.rego", "\tnet.cidr_contains(network, input.context.client_ip)\n", "\tnetwork\n"},
	{"authz/site.rego", "data.steelgate.site.deny != set()", "count(data.steelgate.site.deny) > 1"},
	{"authz/site.rego", "code := min(", "code := max("},
	{"authz/routes.rego", `"action": "workflow.deploy"`, `"action": "workflow.update"`},
	{"authz/routes.rego", "\"GET /api/workspaces/{workspace}/logs\": {\n\t\t\"action\": \"logs.read\",\n\t\t\"resource\": {\"type\": \"workspace\"", "\"GET /api/workspaces/{workspace}/logs\": {\n\t\t\"action\": \"logs.read\",\n\t\t\"resource\": {\"type\": \"workflow\""},
	{"management/operations.rego", `"personal_keys.switch": "admin"`, `"personal_keys.switch": "member"`},
	{"management/operations.rego", `"import": "platform_admin"`, `"import": "policy_admin"`},
	{"management/standing.rego", "\tinput.owner.id == input.actor.id\n", ""},
	{"management/standing.rego", "\tinput.owner.role == \"admin\"\n", ""},
	{"management/standing.rego", `input.actor.platform_role in {"policy_admin", "admin"}`, `input.actor.platform_role in {"policy_admin"}`},
	{"management/allow.rego", "operations[input.owner.type][input.operation] in standing", "operations[input.owner.type][input.operation]"},
}

// TestEveryFaultIsFound shows that the cases and the tests can fail: of every fault above one of them says so.
func TestEveryFaultIsFound(t *testing.T) {
	decisions, err := cases.Cases()
	if err != nil {
		t.Fatal(err)
	}
	changes, err := cases.ManagementCases()
	if err != nil {
		t.Fatal(err)
	}
	byCases := 0
	for _, m := range mutations {
		files := shipped(t)
		if !strings.Contains(files[m.path], m.old) {
			t.Errorf("%s no longer says %q: bring the mutation up to date", m.path, m.old)
			continue
		}
		files[m.path] = strings.Replace(files[m.path], m.old, m.new, 1)
		s, err := stage.New(files, cases.Now)
		if err != nil {
			t.Errorf("%s: %q for %q does not compile, and so proves nothing: %v", m.path, m.new, m.old, err)
			continue
		}
		if casesFind(t, s, decisions, changes) {
			byCases++
		} else if !testsFind(t, files) {
			t.Errorf("%s: no case and no test sees %q in the place of %q", m.path, m.new, m.old)
		}
	}
	t.Logf("%d faults, %d of them found by the cases, the others by the tests", len(mutations), byCases)
}

func casesFind(t *testing.T, s *stage.Stage, decisions []cases.Case, changes []cases.ManagementCase) bool {
	for _, c := range changes {
		if permitted, err := s.Engine().Permits(c.Input); err != nil || permitted != c.Allow {
			return true
		}
	}
	for _, c := range decisions {
		if err := s.Build(c.World); err != nil {
			t.Fatal(err)
		}
		if judge(s, c) != "" {
			return true
		}
	}
	return false
}

func testsFind(t *testing.T, files map[string]string) bool {
	mutated := map[string]string{}
	for path, source := range files {
		mutated[path] = source
	}
	report, err := policycheck.RunTests(context.Background(), withTests(t, mutated))
	if diagnostics, ok := errors.AsType[engine.Diagnostics](err); ok {
		t.Errorf("the tests do not compile: %v", diagnostics)
	}
	return report.Failed > 0
}
