package policycheck

import (
	"fmt"
	"maps"
	"slices"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
)

// maxSubjectRequests is how much each subject that is no API key asks of a draft in each world.
const maxSubjectRequests = 500

// subjects are those of every world that are no API keys: users in each standing, one that is not there, and what is no user.
var subjects = []authz.Entity{
	{Type: "user", ID: "owner"}, {Type: "user", ID: "reader"}, {Type: "user", ID: "stranger"}, {Type: "user", ID: "nobody"}, {Type: "user", ID: "platform_admin"},
	{Type: "user", ID: "writer", Properties: authz.Object(`{"x":[1,{"y":null}]}`)},
	{Type: "workspace", ID: "ws"},
}

// subjectRequests are what each subject asks: each action on resources of the types that it may be done to; one that the
// installation names, on a workflow, an MCP server and a workspace. They are at most maxSubjectRequests.
func subjectRequests(actions map[string][]string, named []string) []request {
	all := maps.Clone(actions)
	for _, name := range named {
		if len(all[name]) == 0 && len(all) < maxActions {
			all[name] = []string{"workflow", "mcp_server", "workspace"}
		}
	}
	requests := stageRequests(all)
	return requests[:min(len(requests), maxSubjectRequests)]
}

// namedActions are those that the installation's rules name beside the table's.
func namedActions(policy *engine.Policy) []string {
	return slices.Concat(policy.SiteActions(), policy.MentionedActions())
}

func describeSubject(subject authz.Entity) string {
	text := fmt.Sprintf("the %s %s", subject.Type, subject.ID)
	if len(subject.Properties) > 0 {
		text += ", of whom properties are told,"
	}
	return text
}
