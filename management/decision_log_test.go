package management_test

import (
	"fmt"
	"testing"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/storage/decisions"
)

// decisionsOf reads the decision log.
func decisionsOf(h *house, q decisions.Filter) func(management.Actor) error {
	return func(a management.Actor) error {
		q.Limit = 10
		_, _, err := h.Decisions(h.t.Context(), a, q)
		if _, counting := h.SummarizeDecisions(h.t.Context(), a, management.SummaryQuery{Filter: q}); fmt.Sprint(counting) != fmt.Sprint(err) {
			h.t.Errorf("who lists them gets %v, and who counts them %v", err, counting)
		}
		return err
	}
}

// logged puts decisions into the log: with the writer's key in their workspace, elsewhere, and at nothing; and with a workspace's
// key and an organization's.
func (h *house) logged() {
	h.t.Helper()
	place := func(d authz.LoggedDecision, workspaceID, organizationID string) authz.LoggedDecision {
		d.WorkspaceID, d.OrganizationID = workspaceID, organizationID
		return d
	}
	with := func(id string, ownerType authz.OwnerType, owner string, code authz.Code) authz.LoggedDecision {
		d := authz.LoggedDecision{ID: id, Time: noon, KeyID: "key_" + owner, KeyType: authz.PersonalKey, KeyOwner: authz.Owner{Type: ownerType, ID: owner}, Code: code, Allow: code == authz.Allowed}
		if code == authz.Allowed || code == authz.InsufficientPermission {
			d.Permission = &authz.PermissionCheck{Required: authz.Write, Granted: authz.Write}
		}
		return d
	}
	err := h.decisions.Append(h.t.Context(), []authz.LoggedDecision{
		place(with("in", authz.UserOwner, "writer", authz.Allowed), "ws", "org"),
		place(with("weak", authz.UserOwner, "writer", authz.InsufficientPermission), "ws", "org"),
		place(with("elsewhere", authz.UserOwner, "writer", authz.NotAMember), "ws_2", "org_2"),
		with("nowhere", authz.UserOwner, "writer", authz.OutsideScope),
		place(with("strangers", authz.UserOwner, "stranger", authz.Allowed), "ws_b", "org"),
		place(with("workspaces", authz.WorkspaceOwner, "ws", authz.OutsideScope), "ws_2", "org_2"),
		{ID: "unknown", Time: noon, Code: authz.KeyUnknown},
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// Each sees their own, whether they list or ask for one.
func TestWhoSeesWhichDecisions(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.logged()
	all := []string{"workspaces", "weak", "unknown", "strangers", "nowhere", "in", "elsewhere"}
	for _, c := range []struct {
		name  string
		actor management.Actor
		q     decisions.Filter
		want  []string
	}{
		{"the platform", platform, decisions.Filter{}, all},
		{"a policy admin", as("policy_admin"), decisions.Filter{}, all},
		{"the writer", as("writer"), decisions.Filter{}, []string{"weak", "nowhere", "in", "elsewhere"}},
		{"the workspace's admin, theirs", as("admin"), decisions.Filter{WorkspaceID: "ws"}, []string{"weak", "in"}},
		{"the workspace's admin, its keys'", as("admin"), decisions.Filter{KeyOwner: authz.Owner{Type: authz.WorkspaceOwner, ID: "ws"}}, []string{"workspaces"}},
		{"the organization's admin", as("org_admin"), decisions.Filter{OrganizationID: "org"}, []string{"weak", "strangers", "in"}},
		{"who has none", as("reader"), decisions.Filter{}, nil},
		{"the writer, outside of their scope", as("writer"), decisions.Filter{Codes: []authz.Code{authz.OutsideScope}}, []string{"nowhere", "elsewhere"}},
		{"the writer, where they are no member", as("writer"), decisions.Filter{Codes: []authz.Code{authz.NotAMember}}, nil},
		{"the platform, where they are no member", platform, decisions.Filter{Codes: []authz.Code{authz.NotAMember}}, []string{"elsewhere"}},
	} {
		c.q.Limit = 100
		page, _, err := h.Decisions(t.Context(), c.actor, c.q)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		var got []string
		for _, d := range page {
			got = append(got, d.ID)
			one, err := h.Decision(t.Context(), c.actor, d.ID)
			if err != nil || one.Code != d.Code || one.WorkspaceID != d.WorkspaceID {
				t.Errorf("%s, %s alone: %+v, %v", c.name, d.ID, one, err)
			}
		}
		if jsonOf(got) != jsonOf(c.want) {
			t.Errorf("%s sees %v, want %v", c.name, got, c.want)
		}
	}
	for _, id := range []string{"strangers", "workspaces", "unknown", "none"} {
		_, err := h.Decision(t.Context(), as("writer"), id)
		wantCode(t, err, "not_found")
	}
}

// A key's holder can't tell what is there and out of reach from what is not there.
func TestADecisionTellsItsHolderNoMoreThanItsAnswer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.logged()
	page, _, err := h.Decisions(t.Context(), as("writer"), decisions.Filter{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range page {
		switch d.ID {
		case "elsewhere", "nowhere":
			if d.Code != authz.OutsideScope || d.WorkspaceID+d.OrganizationID != "" {
				t.Errorf("got %+v", d)
			}
		default:
			if d.WorkspaceID != "ws" || d.OrganizationID != "org" {
				t.Errorf("got %+v", d)
			}
		}
	}
}

// Who administers a place reads which key asked about it, but not what another's caller said beside; who holds the key does.
func TestWhatAnothersCallerSaid(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	d := authz.LoggedDecision{
		ID: "dec_1", Time: noon, Door: "decisions", KeyID: "key_1", KeyType: authz.PersonalKey, KeyOwner: authz.Owner{Type: authz.UserOwner, ID: "writer"},
		Request: authz.Request{
			Action: "workflow.read", Resource: authz.Entity{Type: "workflow", ID: "wf", Properties: authz.Object(`{"a":1}`)},
			Context: authz.Context{ClientIP: "203.0.113.9", Extra: authz.Object(`{"private":true}`)},
		},
		WorkspaceID: "ws", OrganizationID: "org", Allow: true, Code: authz.Allowed,
	}
	h.must(h.decisions.Append(t.Context(), []authz.LoggedDecision{d}))
	for who, tells := range map[string]bool{"owner": false, "org_admin": false, "writer": true, "platform_admin": true, "policy_admin": true} {
		got, err := h.Decision(t.Context(), as(who), "dec_1")
		h.must(err)
		if told := len(got.Request.Context.Extra) > 0 && len(got.Request.Resource.Properties) > 0; told != tells || got.Cut == tells || got.KeyID != "key_1" || got.Request.Context.ClientIP != "203.0.113.9" {
			t.Errorf("%s reads %+v", who, got)
		}
	}
	page, _, err := h.Decisions(t.Context(), as("owner"), decisions.Filter{WorkspaceID: "ws", Limit: 10})
	if err != nil || len(page) != 1 || len(page[0].Request.Context.Extra) > 0 || !page[0].Cut {
		t.Errorf("a list: %+v, %v", page, err)
	}
}
