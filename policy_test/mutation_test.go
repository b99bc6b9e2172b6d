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

// The lines that tell the paragraphs of authz/decision.rego apart.
const (
	workspaceKey    = "\tkey.type == \"workspace\"\n"
	organizationKey = "\tkey.type == \"organization\"\n"
	personalKey     = "\tkey.type == \"personal\"\n"
)

var mutations = []mutation{
	{"authz/actions.rego", `"workflow.deploy": {"on": ["workflow"], "requires": "admin"}`, `"workflow.deploy": {"on": ["workflow"], "requires": "write"}`},
	{"authz/actions.rego", `"workflow.execute": {"on": ["workflow"], "requires": "write"}`, `"workflow.execute": {"on": ["workflow"], "requires": "read"}`},
	{"authz/actions.rego", `"logs.read": {"on": ["workflow", "workspace"]`, `"logs.read": {"on": ["workflow"]`},
	{"authz/actions.rego", `"workspace.update": {"on": ["workspace"], "requires": "admin"}`, `"workspace.update": {"on": ["workspace"], "requires": "write"}`},
	{"authz/actions.rego", "\tinput.resource.type in action.on\n", ""},
	{"authz/permissions.rego", `"write": {"write", "admin"}`, `"write": {"read", "write", "admin"}`},
	{"authz/permissions.rego", `"read": {"read", "write", "admin"}`, `"read": {"read", "write"}`},
	{"authz/permissions.rego", `_rank := {"read": 1, "write": 2, "admin": 3}`, `_rank := {"read": 3, "write": 2, "admin": 1}`},
	// What allows, line by line.
	{"authz/decision.rego", "\tkey.type == \"workspace\"\n", ""},
	{"authz/decision.rego", "\tkey.type == \"organization\"\n", ""},
	{"authz/decision.rego", "\tkey.type == \"personal\"\n", ""},
	{"authz/decision.rego", workspaceKey + "\taction := actions[input.action.name]\n\tsome input.resource.type in action.on\n", workspaceKey + "\taction := actions[input.action.name]\n"},
	{"authz/decision.rego", organizationKey + "\taction := actions[input.action.name]\n\tsome input.resource.type in action.on\n", organizationKey + "\taction := actions[input.action.name]\n"},
	{"authz/decision.rego", personalKey + "\taction := actions[input.action.name]\n\tsome input.resource.type in action.on\n", personalKey + "\taction := actions[input.action.name]\n"},
	{"authz/decision.rego", "data.workspaces[_ready_in]\n\tworkspace.id ==", "_workspace\n\tworkspace.id =="},
	{"authz/decision.rego", "data.workspaces[_ready_in]\n\tworkspace.organization_id", "_workspace\n\tworkspace.organization_id"},
	{"authz/decision.rego", "data.workspaces[_ready_in]\n\trole", "_workspace\n\trole"},
	{"authz/decision.rego", "\tworkspace.id == key.workspace_id\n", ""},
	{"authz/decision.rego", "\tnot key.workflow_ids == _workflows_elsewhere\n", ""},
	{"authz/decision.rego", "\tnot key.workflow_ids == _workflows_elsewhere\n", "\tnot key.workflow_ids\n"},
	{"authz/decision.rego", "\tworkspace.organization_id == key.organization_id\n", ""},
	{"authz/decision.rego", "\tworkspace.personal_keys_enabled == true\n", ""},
	{"authz/decision.rego", "_workflows_elsewhere\n\tworkspace.archived == false\n", "_workflows_elsewhere\n"},
	{"authz/decision.rego", "_highest_grant(workspace.id)\n\tworkspace.archived == false\n", "_highest_grant(workspace.id)\n"},
	{"authz/decision.rego", "personal_keys_enabled == true\n\tworkspace.archived == false\n", "personal_keys_enabled == true\n"},
	{"authz/decision.rego", "_workflows_elsewhere\n\tworkspace.archived == false\n", "_workflows_elsewhere\n\tnot workspace.archived == true\n"},
	{"authz/decision.rego", "\tnot key.allowed_cidrs == _networks_elsewhere\n\tenough[action.requires].write\n", "\tenough[action.requires].write\n"},
	{"authz/decision.rego", "\tnot key.allowed_cidrs == _networks_elsewhere\n\tenough[action.requires][grant.permission]\n", "\tenough[action.requires][grant.permission]\n"},
	{"authz/decision.rego", "\tnot key.allowed_cidrs == _networks_elsewhere\n\tenough[action.requires][role]\n", "\tenough[action.requires][role]\n"},
	{"authz/decision.rego", "\tnot key.allowed_cidrs == _networks_elsewhere\n\tenough[action.requires].write\n", "\tnot key.allowed_cidrs\n\tenough[action.requires].write\n"},
	{"authz/decision.rego", "\tenough[action.requires].write\n", ""},
	{"authz/decision.rego", "\tenough[action.requires][grant.permission]\n", ""},
	{"authz/decision.rego", "\tenough[action.requires][role]\n", ""},
	{"authz/decision.rego", "\tenough[action.requires].write\n\tnot is_denied_by_site\n", "\tenough[action.requires].write\n"},
	{"authz/decision.rego", "\tenough[action.requires][grant.permission]\n\tnot is_denied_by_site\n", "\tenough[action.requires][grant.permission]\n"},
	{"authz/decision.rego", "\tenough[action.requires][role]\n\tnot is_denied_by_site\n", "\tenough[action.requires][role]\n"},
	{"authz/decision.rego", `"granted": "write"`, `"granted": "admin"`},
	{"authz/decision.rego", `"granted": grant.permission`, `"granted": action.requires`},
	{"authz/decision.rego", `"granted": role`, `"granted": action.requires`},
	{"authz/decision.rego", "\t\"granted_by\": grant,\n", ""},
	{"authz/decision.rego", `"id": workspace.owner_id`, `"id": "somebody"`},
	{"authz/decision.rego", "\"granted_by\": grant,\n\t\"billed_to\": {\"type\": \"user\", \"id\": workspace.owner_id}", "\"granted_by\": grant,\n\t\"billed_to\": {\"type\": \"user\", \"id\": \"somebody\"}"},
	{"authz/decision.rego", "\"granted_by\": grant,\n\t\"billed_to\": {\"type\": \"user\", \"id\": workspace.owner_id},\n", "\"granted_by\": grant,\n"},
	{"authz/decision.rego", `"id": key.user_id`, `"id": workspace.owner_id`},
	{"authz/decision.rego", "else := data.steelgate.site.decision if {\n\tnot input.subject.type == \"api_key\"\n}\n\n", ""},
	// Why not.
	{"authz/refusal.rego", "\tnot _required\n", "\tfalse\n"},
	{"authz/refusal.rego", "\tdata.keys[input.subject.id].type == \"personal\"\n\t_workspace\n", "\t_workspace\n"},
	{"authz/refusal.rego", "\t_workspace\n", ""},
	{"authz/refusal.rego", "else := _outside_scope if {\n\tnot _granted\n}\n\n", ""},
	{"authz/refusal.rego", "\tdata.keys[input.subject.id].type == \"personal\"\n\tnot _workspace.personal", "\tnot _workspace.personal"},
	{"authz/refusal.rego", "\tnot _workspace.personal_keys_enabled == true\n", "\t_workspace.personal_keys_enabled == false\n"},
	{"authz/refusal.rego", "\tnot _workspace.archived == false\n", "\t_workspace.archived == true\n"},
	{"authz/refusal.rego", "\t_networks_elsewhere\n", "\t_networks_elsewhere == []\n"},
	{"authz/refusal.rego", "not _is_enough(_granted, _required)", "not _granted in enough[_required]"},
	{"authz/refusal.rego", "\tinput.action.name == \"workflow.execute\"\n", "\tinput.action.name == \"workflow.deploy\"\n"},
	{"authz/refusal.rego", `{"mcp.connect", "mcp.call"}`, `{"mcp.call"}`},
	{"authz/refusal.rego", "\nelse := object.union(_told, site_denial) if {\n\tis_denied_by_site\n}\n", ""},
	{"authz/refusal.rego", "\t\"granted_by\": _highest_grant(_workspace.id),\n", ""},
	{"authz/refusal.rego", "\tdata.keys[input.subject.id].type == \"organization\"\n", ""},
	{"authz/reach.rego", "_workspace := data.workspaces[input.resource.id] if input.resource.type == \"workspace\"\n\n", ""},
	{"authz/reach.rego", "\tnot input.resource.type == \"workspace\"\n", ""},
	{"authz/reach.rego", "\tresource.properties.deployed == true\n", "\tinput.resource.properties.deployed == true\n"},
	{"authz/reach.rego", "\tresource.properties.deployed == true\n", ""},
	{"authz/reach.rego", "\tnot input.action.name in {\"workflow.execute\", \"mcp.connect\", \"mcp.call\"}\n", "\ttrue\n"},
	{"authz/reach.rego", `"workflow.execute", "mcp.connect", "mcp.call"`, `"workflow.execute", "mcp.call"`},
	{"authz/personal.rego", `_role(workspace, user_id) := "admin" if workspace.owner_id == user_id`, `_role(workspace, user_id) := "write" if workspace.owner_id == user_id`},
	{"authz/workspace.rego", "\t_workspace.id == key.workspace_id\n", ""},
	{"authz/workspace.rego", `:= "write"`, `:= "admin"`},
	{"authz/workspace.rego", "\tnot key.workflow_ids == _workflows_elsewhere\n", ""},
	{"authz/workspace.rego", "\tnot _is_covered\n", "\tfalse\n"},
	{"authz/workspace.rego", "\tinput.resource.type == \"workflow\"\n", ""},
	{"authz/workspace.rego", "_is_covered if _is_mcp_server_covered\n", ""},
	{"authz/organization.rego", "\t_workspace.organization_id == data.keys[input.subject.id].organization_id\n", "\t_workspace\n"},
	{"authz/organization.rego", "_rank[_workflow_grant.permission] > _rank", "_rank[_workflow_grant.permission] < _rank"},
	{"authz/organization.rego", "_rank[_workflow_grant.permission] > _rank", "_rank[_workflow_grant.permission] >= _rank"},
	{"authz/organization.rego", "\tnot _is_outranked(permission)\n", ""},
	{"authz/organization.rego", "\nelse := _workflow_grant if workspace_id\n", ""},
	{"authz/organization.rego", "\tinput.resource.type == \"workflow\"\n", "\tinput.resource.type != \"mcp_server\"\n"},
	{"authz/mcp_server.rego", "\tinput.resource.type == \"mcp_server\"\n", ""},
	{"authz/mcp_server.rego", "\texposed[0] # not empty\n", ""},
	{"authz/mcp_server.rego", "\t\tdata.scopes[input.subject.id].workflows[workflow_id]\n", ""},
	{"authz/mcp_server.rego", "\t\tdata.resources.workflow[workflow_id].workspace_id == _resource.workspace_id\n", ""},
	{"authz/mcp_server.rego", "min({[_rank", "max({[_rank"},
	{"authz/network.rego", "\tnot _is_client_in(networks)\n", "\tfalse\n"},
	{"authz/network.rego", "\t_is_client_known\n", ""},
	{"authz/network.rego", "\tnet.cidr_contains(network, input.context.client_ip)\n", "\tnetwork\n"},
	{"authz/site.rego", "data.steelgate.site.deny != set()", "count(data.steelgate.site.deny) > 1"},
	{"authz/site.rego", "code := min(", "code := max("},
	{"authz/routes.rego", `"action": "workflow.deploy"`, `"action": "workflow.update"`},
	{"authz/routes.rego", "\"GET /api/workspaces/{workspace}/logs\": {\n\t\t\"action\": \"logs.read\",\n\t\t\"resource\": {\"type\": \"workspace\"", "\"GET /api/workspaces/{workspace}/logs\": {\n\t\t\"action\": \"logs.read\",\n\t\t\"resource\": {\"type\": \"workflow\""},
	{"management/operations.rego", `"personal_keys.switch": "admin"`, `"personal_keys.switch": "member"`},
	{"management/operations.rego", `"contents.list": "member"`, `"contents.list": "admin"`},
	{"management/operations.rego", `"contents.list": "admin"`, `"contents.list": "member"`},
	{"management/operations.rego", `"replicas.read": "policy_admin"`, `"replicas.read": "platform_admin"`},
	{"management/operations.rego", `"import": "platform_admin"`, `"import": "policy_admin"`},
	{"management/operations.rego", "\t\t\"sessions.list\": \"self\",\n", ""},
	{"management/operations.rego", "\t\t\"sessions.end\": \"self\",\n", ""},
	{"management/operations.rego", "\t\t\"sessions.end\": \"self\",\n", "\t\t\"sessions.end\": \"platform_admin\",\n"},
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
