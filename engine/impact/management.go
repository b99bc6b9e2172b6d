package impact

import (
	"fmt"
	"slices"
	"sync"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/policies"
)

// Managed is who may do an operation of management under one policy and not under the other, as far as the policy says: no edit
// lets a user manage an owner whom they do not administer.
type Managed struct {
	Operation string `json:"operation"`
	// Owner is the type of those whose things are managed, and Role the actor's with them, or self.
	Owner authz.OwnerType `json:"owner"`
	Role  string          `json:"role,omitempty"`
	// PlatformRole is the actor's on the platform; of those with whom the same changes for who has none, nothing more is told.
	PlatformRole authz.PlatformRole `json:"platform_role,omitempty"`
	Before       bool               `json:"before"`
	After        bool               `json:"after"`
}

// standings are what an actor may be to an owner of each type.
var standings = []struct {
	owner authz.OwnerType
	roles []string
}{
	{authz.UserOwner, []string{"self", ""}},
	{authz.WorkspaceOwner, []string{"", "read", "write", "admin"}},
	{authz.OrganizationOwner, []string{"", "member", "admin"}},
	{"platform", []string{""}},
}

// managed asks both policies about every operation that either names, of actors of every standing. A policy that fails permits nothing.
func managed(active, draft *engine.Policy) []Managed {
	made := []Managed{}
	was, is := engine.New(engine.Options{}), engine.New(engine.Options{})
	was.UsePolicy(active)
	is.UsePolicy(draft)
	for _, operation := range operationsOf(active, draft) {
		for _, s := range standings {
			for _, role := range s.roles {
				var plain Managed
				for _, onPlatform := range []authz.PlatformRole{"", authz.PolicyAdmin, authz.PlatformAdmin} {
					m := Managed{Operation: operation, Owner: s.owner, Role: role, PlatformRole: onPlatform}
					m.Before, m.After = m.isPermitted(was), m.isPermitted(is)
					if onPlatform == "" {
						plain = m
					} else if m.Before == plain.Before && m.After == plain.After {
						continue
					}
					if m.Before != m.After {
						made = append(made, m)
					}
				}
			}
		}
	}
	return made
}

// shippedOperations are those that there is a call for: whatever table a policy makes of them, they are asked about.
var shippedOperations = sync.OnceValue(func() []string {
	files, err := engine.ReadFiles(policies.Files)
	if err != nil {
		return nil
	}
	policy, err := engine.Compile(files, 1)
	if err != nil {
		return nil
	}
	return policy.Operations()
})

// operationsOf are those that either policy's table names, and the shipped ones, in order.
func operationsOf(active, draft *engine.Policy) []string {
	operations := slices.Concat(shippedOperations(), active.Operations(), draft.Operations())
	slices.Sort(operations)
	return slices.Compact(operations)
}

func (m Managed) isPermitted(e *engine.Engine) bool {
	actor, owner := map[string]any{"id": "actor"}, map[string]any{"type": string(m.Owner), "id": "another"}
	switch m.Role {
	case "":
	case "self":
		owner["id"] = "actor"
	default:
		owner["role"] = m.Role
	}
	if m.PlatformRole != "" {
		actor["platform_role"] = string(m.PlatformRole)
	}
	permitted, err := e.Permits(map[string]any{"operation": m.Operation, "actor": actor, "owner": owner})
	return err == nil && permitted
}

// Actor says in words who it is about.
func (m Managed) Actor() string {
	who := "anybody"
	switch {
	case m.Role == "self":
		who = "a user, of themselves,"
	case m.Role != "":
		who = fmt.Sprintf("a %s of the %s", m.Role, m.Owner)
	case m.Owner != "platform":
		who = fmt.Sprintf("a stranger to the %s", m.Owner)
	}
	switch {
	case m.PlatformRole != "" && m.Owner == "platform":
		who = "a user with the platform role " + string(m.PlatformRole)
	case m.PlatformRole != "":
		who += " with the platform role " + string(m.PlatformRole)
	}
	return who
}

func (m Managed) String() string {
	return fmt.Sprintf("%q on %q, role %q, platform role %q", m.Operation, m.Owner, m.Role, m.PlatformRole)
}
