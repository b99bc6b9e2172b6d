package management_test

import (
	"testing"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/storage/decisions"
)

var apikeyNone apikey.Secret

// usePolicy puts an edited policy of management in force.
func (h *house) usePolicy(source string) {
	h.t.Helper()
	policy, err := policyWith("management/allow.rego", source)
	if err != nil {
		h.t.Fatal(err)
	}
	h.engine.UsePolicy(policy)
}

// floorCases are changes that no policy may allow, and what whoever administers the owner may do nevertheless.
func (h *house) floorCases() map[string]struct {
	actor string
	do    func(management.Actor) error
	// within is true for what an edit may allow.
	within bool
} {
	ctx := h.t.Context()
	personal, _ := h.createKey(`{"type": "personal", "user_id": "owner", "name": "n"}`)
	workspace, _ := h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "n"}`)
	organization, _ := h.createKey(`{"type": "organization", "organization_id": "org", "name": "n", "grants": [{"workspace_id": "ws", "permission": "read"}]}`)
	revoke := func(id string) func(management.Actor) error {
		return func(a management.Actor) error { _, _, err := h.RevokeKey(ctx, a, id); return err }
	}
	create := func(body string) func(management.Actor) error {
		return func(a management.Actor) error {
			_, _, _, err := h.CreateKey(ctx, a, read[management.KeyFields](h.t, body))
			return err
		}
	}
	list := func(ownerType authz.OwnerType, id string) func(management.Actor) error {
		return func(a management.Actor) error {
			_, _, err := h.ListKeys(ctx, a, management.KeyQuery{Owner: authz.Owner{Type: ownerType, ID: id}, Limit: 1})
			return err
		}
	}
	return map[string]struct {
		actor  string
		do     func(management.Actor) error
		within bool
	}{
		"another's personal key":               {"admin", revoke(personal.ID), false},
		"a key in another's name":              {"admin", create(`{"type": "personal", "user_id": "owner", "name": "x"}`), false},
		"another's keys":                       {"platform_admin", list(authz.UserOwner, "owner"), false},
		"a writer's revoke":                    {"writer", revoke(workspace.ID), false},
		"a writer's key":                       {"writer", create(`{"type": "workspace", "workspace_id": "ws", "name": "x"}`), false},
		"a stranger's look at a workspace":     {"stranger", list(authz.WorkspaceOwner, "ws"), false},
		"an organization admin's key":          {"org_admin", create(`{"type": "workspace", "workspace_id": "ws", "name": "x"}`), false},
		"a workspace admin's revoke":           {"admin", revoke(organization.ID), false},
		"an organization member's key":         {"org_member", create(`{"type": "organization", "organization_id": "org", "name": "x", "grants": [{"workspace_id": "ws", "permission": "read"}]}`), false},
		"the unknown organization":             {"stranger", list(authz.OrganizationOwner, "nobody"), false},
		"the directory, by a user":             {"owner", func(a management.Actor) error { _, err := h.User(ctx, a, "owner"); return err }, false},
		"an organization member's look":        {"org_member", list(authz.OrganizationOwner, "org"), true},
		"the directory, by a policy_admin":     {"policy_admin", func(a management.Actor) error { _, err := h.User(ctx, a, "owner"); return err }, false},
		"all decisions, by a policy_admin":     {"policy_admin", decisionsOf(h, decisions.Filter{Limit: 1}), true},
		"another's decisions, by a user":       {"stranger", decisionsOf(h, decisions.Filter{KeyOwner: authz.Owner{Type: authz.UserOwner, ID: "owner"}}), false},
		"a workspace's decisions, by a writer": {"writer", decisionsOf(h, decisions.Filter{WorkspaceID: "ws"}), false},
		"a reader's look at reaching keys":     {"reader", func(a management.Actor) error { _, err := h.ReachingKeys(ctx, a, "ws"); return err }, true},
		"a stranger's look at what is there":   {"stranger", func(a management.Actor) error { _, err := h.Workspace(ctx, a, "ws"); return err }, false},
		"a writer's look at an organization": {"writer", func(a management.Actor) error {
			_, _, err := h.ListResources(ctx, a, management.DirectoryQuery{Place: authz.Owner{Type: authz.OrganizationOwner, ID: "org"}, Limit: 1})
			return err
		}, false},
		"one's own key":                       {"reader", create(`{"type": "personal", "name": "own"}`), true},
		"a key of the workspace that is mine": {"owner", create(`{"type": "workspace", "workspace_id": "ws", "name": "mine"}`), true},
	}
}

// No edit widens whom a user manages: allow := true lets nobody manage an owner whom they do not administer.
func TestNoEditWidensTheFloor(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	cases := h.floorCases()
	h.usePolicy("package steelgate.management\nallow := true")
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			refused := codeOf(c.do(as(c.actor))) != ""
			if refused == c.within {
				t.Errorf("refused: %t", refused)
			}
		})
	}
}

// A policy may narrow, and where it fails nobody is let in but the platform, which can restore it.
func TestAFailingManagementPolicyLocksUsersOut(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]string{
		"denies":    "package steelgate.management\nallow := false",
		"undefined": "package steelgate.management\nallow if input.operation == \"none\"",
		"gone":      "package steelgate.management\nother := true",
		"no boolean": `package steelgate.management
allow := "yes"`,
		"errs": "package steelgate.management\nallow if to_number(input.actor.id) == 1",
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.usePolicy(source)
			fields := read[management.KeyFields](t, `{"type": "personal", "user_id": "reader", "name": "own"}`)
			h.unchanged(func() {
				if _, _, _, err := h.CreateKey(t.Context(), as("reader"), fields); err == nil {
					t.Error("allowed")
				}
			})
			if _, _, _, err := h.CreateKey(t.Context(), platform, fields); err != nil {
				t.Errorf("the platform is locked out: %v", err)
			}
		})
	}
}
