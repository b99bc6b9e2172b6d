package world

import (
	"fmt"
	"time"

	"github.com/steelengine/steelgate/authz"
)

// home is the workspace that the key of a number is mostly used in.
func (w World) home(i int) int {
	if typeOf(i) == authz.OrganizationKey {
		return (i / 10 * 2) % w.Workspaces() / 2 * 2
	}
	return i / 10 % w.Workspaces()
}

func typeOf(i int) authz.KeyType {
	switch i % 10 {
	case 8:
		return authz.PersonalKey
	case 9:
		return authz.OrganizationKey
	}
	return authz.WorkspaceKey
}

// Key is the key of a number. One in five expires some day, one in twenty has an allow-list; of the workspace keys one in
// four is narrowed to two workflows, and an organization key has one to four grants.
func (w World) Key(i int) authz.APIKey {
	random := randomAt(1, i)
	home := w.home(i)
	k := authz.APIKey{ID: KeyID(i), Type: typeOf(i), Name: fmt.Sprintf("Key %d of the team", i), Hint: "sk-steelengine-…0000", CreatedBy: userID(home % w.Users()), CreatedAt: Now}
	switch k.Type {
	case authz.PersonalKey:
		k.OwnerID = userID(w.memberOf(home, 0))
	case authz.OrganizationKey:
		k.OwnerID = organizationID(w.organizationOf(home))
		k.Grants = w.grants(home, i/10)
	default:
		k.OwnerID = workspaceID(home)
		if i%4 == 0 {
			k.WorkflowIDs = []string{workflowID(workflowsEach * home), workflowID(workflowsEach*home + 1)}
		}
	}
	if random.IntN(5) == 0 {
		at := Now.Add(time.Duration(1+random.IntN(1000)) * time.Hour)
		k.ExpiresAt = &at
	}
	if random.IntN(20) == 0 {
		k.AllowedCIDRs = []string{"10.0.0.0/8", "203.0.113.0/24"}
	}
	return k
}

// grants are on the home workspace, or else on two of its workflows, and on other workspaces of the organization.
func (w World) grants(home, i int) []authz.Grant {
	var made []authz.Grant
	if i%2 == 0 {
		made = append(made, authz.Grant{WorkspaceID: workspaceID(home), Permission: authz.Write})
	} else {
		for f := range 2 {
			made = append(made, authz.Grant{WorkflowID: workflowID(workflowsEach*home + f), Permission: authz.Write})
		}
	}
	for j := 1; j <= i%3; j++ {
		if other := (home + 2*j*w.Organizations()) % w.Workspaces() / 2 * 2; other != home {
			made = append(made, authz.Grant{WorkspaceID: workspaceID(other), Permission: authz.Read})
		}
	}
	return made
}

// Question is one that the key of a number asks; n chooses among them. All but those to other workspaces are allowed.
func (w World) Question(i, n int) authz.Request {
	home := w.home(i)
	request := authz.Request{
		Action: "workflow.execute", Resource: authz.Entity{Type: authz.WorkflowType, ID: workflowID(workflowsEach*home + n%2)},
		Context: authz.Context{ClientIP: "203.0.113.9"},
	}
	switch n % 20 {
	case 0, 1, 2:
		request.Action = "workflow.read"
	case 3:
		request.Action = "logs.read"
	case 4:
		request.Resource.ID = workflowID(workflowsEach * ((home + 7) % w.Workspaces()))
	case 5, 6:
		if home%mcpServerEvery == 0 {
			request.Action, request.Resource = "mcp.call", authz.Entity{Type: authz.MCPServerType, ID: mcpServerID(home)}
		}
	}
	return request
}
