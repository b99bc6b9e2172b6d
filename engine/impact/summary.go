package impact

import (
	"slices"
	"strconv"
	"strings"

	"github.com/steelengine/steelgate/engine/smallworld"
)

// phrases say the value of a fact; %s stands for it. A value that has no phrase of its own is said by the fact's, under "".
var phrases = map[smallworld.Fact]map[string]string{
	smallworld.Key:              {"": "a %s key", "organization": "an organization key", smallworld.UserSubject: "a user"},
	smallworld.ResourceType:     {"": "a resource of type %s", "workflow": "a workflow", "workspace": "a workspace", "mcp_server": "an MCP server"},
	smallworld.Action:           {"": "%s", smallworld.UnknownAction: "an action that the policy does not know"},
	smallworld.Stands:           {"yes": "a resource in a workspace", "nowhere": "a resource outside every workspace", "no": "a resource that does not exist"},
	smallworld.Role:             {"": "the user's role there is %s", "none": "the user is not a member", "-": "no role"},
	smallworld.OrganizationRole: {"": "the user's role in the organization is %s", "none": "no role in the organization", "-": "no organization to have a role in"},
	smallworld.PlatformRole:     {"": "the user's role on the platform is %s", "none": "the user has no role on the platform", "-": "no user"},
	smallworld.Expiry:           {"yes": "that ends some day", "no": "that never ends", "-": "no key"},
	smallworld.Workspace:        {"own": "in the key's workspace", "another": "in another workspace", "-": "in no workspace"},
	smallworld.Narrowing:        {"none": "not narrowed", "this": "narrowed to what covers it", "part": "narrowed to a part of what it exposes", "elsewhere": "narrowed to other workflows", "nothing": "narrowed to nothing"},
	smallworld.WorkspaceGrant:   {"": "a grant of %s on the workspace", "none": "no grant on the workspace"},
	smallworld.WorkflowGrant:    {"": "a grant of %s on the workflow itself or all that the server exposes", "none": "no grant on the workflow", "part": "grants on a part of what it exposes"},
	smallworld.OtherGrants:      {"yes": "with other grants", "no": "without other grants"},
	smallworld.Organization:     {"own": "in the key's organization", "another": "in another organization", "some": "in some organization", "none": "in no organization"},
	smallworld.PersonalKeys:     {"": "personal keys %s"},
	smallworld.Archived:         {"yes": "archived", "no": "not archived"},
	smallworld.Deployed:         {"yes": "deployed", "no": "not deployed", "-": "that is never deployed"},
	smallworld.AllowList:        {"none": "without an allow-list", "on": "from an address on the allow-list", "off": "from an address off the allow-list"},
	smallworld.ClientIP:         {"given": "with a client address", "missing": "without a client address"},
	smallworld.Claims:           {"yes": "with claimed properties", "no": "without claimed properties"},
	smallworld.Day:              {"": "%s"},
}

func phrase(fact smallworld.Fact, value string) string {
	text, ok := phrases[fact][value]
	if !ok {
		text = phrases[fact][""]
	}
	if text == "" || value == "-" && !ok {
		return "no " + strings.ReplaceAll(fact.String(), "_", " ")
	}
	return strings.ReplaceAll(text, "%s", value)
}

// said is the order in which the facts between the key and the effect are said.
var said = []smallworld.Fact{
	smallworld.Stands, smallworld.Workspace, smallworld.Narrowing, smallworld.WorkspaceGrant, smallworld.WorkflowGrant,
	smallworld.OtherGrants, smallworld.Role, smallworld.OrganizationRole, smallworld.PlatformRole, smallworld.Organization, smallworld.PersonalKeys,
	smallworld.Archived, smallworld.Deployed, smallworld.AllowList, smallworld.Expiry, smallworld.ClientIP, smallworld.Claims, smallworld.Day,
}

// summary is a class in one line: who (the kinds of those who ask in it) asks for what, where it matters under which conditions, and what becomes of it.
func summary(e effect, c conditions, who []string) string {
	say := func(fact smallworld.Fact, anything string) string {
		values, matters := c[fact]
		if !matters {
			return anything
		}
		texts := make([]string, len(values))
		for i, value := range values {
			texts[i] = phrase(fact, value)
		}
		return strings.Join(texts, " or ")
	}
	parts := []string{say(smallworld.Key, anyOf(who)), say(smallworld.Action, "any action") + " on " + say(smallworld.ResourceType, "anything that has it")}
	for _, fact := range said {
		if _, matters := c[fact]; matters {
			parts = append(parts, say(fact, ""))
		}
	}
	if values, matters := c[smallworld.Hour]; matters {
		parts = append(parts, "hours "+ranges(values)+" UTC")
	}
	text := strings.Join(parts, ", ") + ": " + string(e.before) + " -> " + string(e.after)
	if e.kind == BillingChanged {
		text += ", billed to " + e.payers[0] + " -> " + e.payers[1]
	}
	return text
}

// anyOf names the kinds of those who ask, where the kind does not matter.
func anyOf(who []string) string {
	keys := slices.DeleteFunc(slices.Clone(who), func(kind string) bool { return kind == smallworld.UserSubject })
	switch {
	case len(keys) == allKeys && len(keys) < len(who):
		return "anybody"
	case len(keys) == allKeys:
		return "any key"
	}
	texts := make([]string, len(who))
	for i, kind := range who {
		texts[i] = phrase(smallworld.Key, kind)
	}
	return strings.Join(texts, " or ")
}

// allKeys is how many types of keys there are.
const allKeys = 3

// ranges writes hours as ranges.
func ranges(hours []string) string {
	var texts []string
	for i := 0; i < len(hours); {
		j := i
		for j+1 < len(hours) && number(hours[j+1]) == number(hours[j])+1 {
			j++
		}
		if i == j {
			texts = append(texts, hours[i])
		} else {
			texts = append(texts, hours[i]+"-"+hours[j])
		}
		i = j + 1
	}
	return strings.Join(texts, ", ")
}

func number(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}
