// Package world makes worlds to measure by: of any size, the same every time, and shaped as one expects of a real one.
//
// Of a hundred keys eighty belong to a workspace, ten to a user and ten to an organization; a workspace has eight keys of
// its own, three workflows and three members, its owner among them. A world is not stored: each record follows from its
// number.
package world

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/steelengine/steelgate/authz"
)

// World is one of so many keys, a multiple of 100.
type World struct{ Keys int }

// Now is a moment at which no key has expired.
var Now = time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)

// Workspaces is how many there are.
func (w World) Workspaces() int { return max(w.Keys/10, 1) }

// Users is how many there are.
func (w World) Users() int { return max(w.Keys/10, 1) }

// Organizations is how many there are; half of the workspaces are in one.
func (w World) Organizations() int { return max(w.Keys/200, 1) }

const (
	workflowsEach = 3
	membersEach   = 2
	// mcpServerEvery is how many workspaces there are to an MCP server.
	mcpServerEvery = 10
)

func randomAt(kind, i int) *rand.Rand { return rand.New(rand.NewPCG(uint64(kind), uint64(i))) }

// id is of the length that real ones have, and in no order.
func id(prefix string, i int) string {
	h := uint64(i+1) * 0x9e3779b97f4a7c15
	return fmt.Sprintf("%s_%012x", prefix, (h^h>>29)&(1<<48-1))
}

func userID(i int) string         { return id("user", i) }
func organizationID(i int) string { return id("org", i) }
func workspaceID(i int) string    { return id("ws", i) }
func workflowID(i int) string     { return id("wf", i) }
func mcpServerID(i int) string    { return id("mcp", i) }

// KeyID is as long as those that steelgate makes.
func KeyID(i int) string { return fmt.Sprintf("key_%022d", i) }

// Secret is the secret of a key, as one that was issued before and imported.
func Secret(i int) string { return fmt.Sprintf("sk-steelengine-bench_%043d", i) }

// User is the user of a number.
func (w World) User(i int) authz.User {
	return authz.User{ID: userID(i), Name: fmt.Sprintf("User %d", i), Email: fmt.Sprintf("user%d@example.com", i), Active: true}
}

// Organization is the organization of a number.
func (w World) Organization(i int) authz.Organization {
	return authz.Organization{ID: organizationID(i), Name: fmt.Sprintf("Organization %d", i)}
}

func (w World) organizationOf(workspace int) int { return workspace / 2 % w.Organizations() }

// Workspace is the workspace of a number. The even ones are in an organization.
func (w World) Workspace(i int) authz.Workspace {
	made := authz.Workspace{ID: workspaceID(i), Name: fmt.Sprintf("Workspace %d", i), OwnerID: userID(i % w.Users()), PersonalKeysEnabled: true}
	if i%2 == 0 {
		made.OrganizationID = organizationID(w.organizationOf(i))
	}
	return made
}

func (w World) memberOf(workspace, m int) int { return (workspace + 1 + m) % w.Users() }

// Members are the members of the workspace of a number, beside its owner.
func (w World) Members(i int) []authz.WorkspaceMember {
	made := make([]authz.WorkspaceMember, membersEach)
	for m := range made {
		made[m] = authz.WorkspaceMember{WorkspaceID: workspaceID(i), UserID: userID(w.memberOf(i, m)), Role: authz.Write}
	}
	return made
}

// Resources are the workflows of the workspace of a number, and the MCP server where it has one.
func (w World) Resources(i int) []authz.Resource {
	var made []authz.Resource
	for f := range workflowsEach {
		made = append(made, authz.Resource{
			Type: authz.WorkflowType, ID: workflowID(workflowsEach*i + f), Name: fmt.Sprintf("Workflow %d", f), WorkspaceID: workspaceID(i),
			Properties: authz.Object(`{"deployed":true}`),
		})
	}
	if i%mcpServerEvery == 0 {
		properties := fmt.Sprintf(`{"deployed":true,"workflow_ids":["%s","%s"]}`, made[0].ID, made[1].ID)
		made = append(made, authz.Resource{Type: authz.MCPServerType, ID: mcpServerID(i), Name: "Server", WorkspaceID: workspaceID(i), Properties: authz.Object(properties)})
	}
	return made
}
