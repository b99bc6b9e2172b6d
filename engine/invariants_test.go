package engine_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/invariants"
	"github.com/steelengine/steelgate/engine/opastore"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// invariantWorld has a workspace in an organization, one in another and one in none, a workflow in each, and a key of each type.
func invariantWorld() *snapshot.Snapshot {
	l := snapshot.NewLoad()
	for _, id := range []string{"owner", "member", "stranger"} {
		l.PutUser(authz.User{ID: id, Active: true})
	}
	for workspace, organization := range map[string]string{"own": "org", "other": "org_2", "free": ""} {
		l.PutWorkspace(authz.Workspace{ID: workspace, OwnerID: "owner", OrganizationID: organization, PersonalKeysEnabled: true})
		l.PutResource(authz.Resource{Type: "workflow", ID: "in_" + workspace, WorkspaceID: workspace})
	}
	l.PutResource(authz.Resource{Type: "workflow", ID: "nowhere"})
	l.PutResource(authz.Resource{Type: "workflow", ID: "in_gone", WorkspaceID: "gone"})
	l.PutOrganization(authz.Organization{ID: "org"})
	l.PutOrganization(authz.Organization{ID: "org_2"})
	l.PutWorkspaceMember(authz.WorkspaceMember{WorkspaceID: "own", UserID: "member", Role: authz.Read})
	l.PutOrganizationMember(authz.OrganizationMember{OrganizationID: "org", UserID: "stranger", Role: authz.OrganizationAdminRole})
	for i, key := range []authz.APIKey{
		{ID: "key_org", Type: authz.OrganizationKey, OwnerID: "org"}, {ID: "key_ws", Type: authz.WorkspaceKey, OwnerID: "own"},
		{ID: "key_owner", Type: authz.PersonalKey, OwnerID: "owner"}, {ID: "key_member", Type: authz.PersonalKey, OwnerID: "member"},
		{ID: "key_stranger", Type: authz.PersonalKey, OwnerID: "stranger"},
	} {
		l.PutKey(key, apikey.Digest{byte(i), 1})
	}
	return l.Commit(7)
}

const allowsAll = "package steelgate.authz\n\ndecision := {\"allow\": true, \"code\": \"allowed\"}\n"

// invariantView is a policy over that world.
func invariantView(t testing.TB, source string, options ...engine.Option) *engine.View {
	t.Helper()
	policy, err := engine.Compile(map[string]string{"a.rego": source}, 3, options...)
	if err != nil {
		t.Fatal(err)
	}
	return engine.Hypothetical(policy, invariantWorld(), noon, 0)
}

func on(resourceType, id string) authz.Request {
	return authz.Request{Action: "workflow.read", Resource: authz.Entity{Type: resourceType, ID: id}}
}

// What a policy allows against an invariant is no decision, of whatever resource in whatever workspace; what it was published for all
// the same is, and so is what happens in no workspace.
func TestNoPolicyAllowsAgainstAnInvariant(t *testing.T) {
	guarded := invariantView(t, allowsAll)
	unguarded := map[string]*engine.View{
		"unguarded":  invariantView(t, allowsAll, engine.Unguarded),
		"overridden": invariantView(t, allowsAll, engine.Overridden("because")),
	}
	if _, err := invariantView(t, allowsAll, engine.Overridden("")).Authorize(mustKey(t, guarded, "key_ws"), on("workflow", "in_other")); !errors.Is(err, engine.ErrInvariant) {
		t.Errorf("overridden for no reason: %v", err)
	}
	for _, c := range []struct {
		key, resourceType, id string
		broken                string
	}{
		{"key_org", "workflow", "in_own", ""},
		{"key_org", "workspace", "own", ""},
		{"key_org", "workflow", "in_other", invariants.OrganizationKeyStays},
		{"key_org", "workspace", "other", invariants.OrganizationKeyStays},
		{"key_org", "workflow", "in_free", invariants.OrganizationKeyStays},
		{"key_org", "workspace", "free", invariants.OrganizationKeyStays},
		{"key_org", "workflow", "in_gone", invariants.OrganizationKeyStays},
		{"key_ws", "workflow", "in_own", ""},
		{"key_ws", "workspace", "own", ""},
		{"key_ws", "workflow", "in_other", invariants.WorkspaceKeyStays},
		{"key_ws", "workspace", "other", invariants.WorkspaceKeyStays},
		{"key_ws", "workflow", "in_gone", invariants.WorkspaceKeyStays},
		{"key_owner", "workflow", "in_free", ""},
		{"key_owner", "workspace", "other", ""},
		{"key_owner", "workflow", "in_gone", invariants.PersonalKeyIsMembers},
		{"key_member", "workflow", "in_own", ""},
		{"key_member", "workspace", "own", ""},
		{"key_member", "workflow", "in_other", invariants.PersonalKeyIsMembers},
		{"key_member", "workspace", "free", invariants.PersonalKeyIsMembers},
		// To administer its organization is no part in a workspace.
		{"key_stranger", "workflow", "in_own", invariants.PersonalKeyIsMembers},
		{"key_stranger", "workspace", "own", invariants.PersonalKeyIsMembers},
		// Of these the policy has the word.
		{"key_org", "workflow", "nowhere", ""},
		{"key_ws", "workflow", "unheard_of", ""},
		{"key_stranger", "workspace", "unheard_of", ""},
		{"key_stranger", "table", "in_own", ""},
		{"key_stranger", "", "", ""},
	} {
		name := c.key + " on " + c.resourceType + " " + c.id
		key := mustKey(t, guarded, c.key)
		d, err := guarded.Authorize(key, on(c.resourceType, c.id))
		if c.broken == "" {
			if err != nil || !d.Allow {
				t.Errorf("%s: %v, %v", name, d.Code, err)
			}
		} else if d.Allow || d.Code != authz.PolicyError || d.BilledTo != nil || !errors.Is(err, engine.ErrPolicy) || !errors.Is(err, engine.ErrInvariant) ||
			!strings.Contains(err.Error(), c.broken) || !strings.Contains(err.Error(), "revision 3") || !strings.Contains(err.Error(), c.key) {
			t.Errorf("%s: %v, %v", name, d.Code, err)
		}
		// Who watches sees what who asks gets.
		if traced, err := guarded.Trace(key, on(c.resourceType, c.id), func(topdown.Event, *engine.Sight) {}); traced.Code != d.Code || errors.Is(err, engine.ErrInvariant) != (c.broken != "") {
			t.Errorf("%s, watched: %v, %v", name, traced.Code, err)
		}
		for how, view := range unguarded {
			if d, err := view.Authorize(key, on(c.resourceType, c.id)); err != nil || !d.Allow {
				t.Errorf("%s, %s: %v, %v", name, how, d.Code, err)
			}
		}
	}
}

// A deny stands as it is, and so does the word on whoever is no API key.
func TestInvariantsAreOfAllowedKeysAlone(t *testing.T) {
	view := invariantView(t, "package steelgate.authz\n\ndecision := {\"allow\": true, \"code\": \"allowed\"} if input.subject.type == \"user\"\n\nelse := {\"allow\": false, \"code\": \"no\"}\n")
	if d, err := view.Authorize(mustKey(t, view, "key_ws"), on("workflow", "in_other")); err != nil || d.Code != "no" {
		t.Errorf("a deny: %v, %v", d.Code, err)
	}
	if d, err := view.AuthorizeSubject(authz.Entity{Type: "user", ID: "stranger"}, on("workflow", "in_own")); err != nil || !d.Allow {
		t.Errorf("a user: %v, %v", d.Code, err)
	}
}

// Whoever is told what a decision was made on hears of what the invariants are about, where the policy itself reads nothing.
func TestWhatInvariantsReadIsNoted(t *testing.T) {
	resource, workspace := opastore.Record{Kind: "resource", A: "workflow", B: "in_own"}, opastore.Record{Kind: "workspace", A: "own"}
	for id, want := range map[string][]opastore.Record{
		"key_org":      {resource, workspace},
		"key_ws":       {resource},
		"key_owner":    {resource, workspace},
		"key_member":   {resource, workspace, {Kind: "workspace_member", A: "own", B: "member"}},
		"key_stranger": {resource, workspace, {Kind: "workspace_member", A: "own", B: "stranger"}},
	} {
		var read []opastore.Record
		view := invariantView(t, allowsAll).Noting(func(r opastore.Record) { read = append(read, r) })
		_, _ = view.Authorize(mustKey(t, view, id), on("workflow", "in_own"))
		if !slices.Equal(read, want) {
			t.Errorf("%s: %v", id, read)
		}
		read = nil
		_, _ = view.Authorize(mustKey(t, view, id), on("workspace", "unheard_of"))
		if !slices.Equal(read, []opastore.Record{{Kind: "workspace", A: "unheard_of"}}) {
			t.Errorf("%s on what is not there: %v", id, read)
		}
	}
}

// An allow that holds costs no memory.
func TestInvariantsAllocateNothing(t *testing.T) {
	view := invariantView(t, allowsAll)
	for _, id := range []string{"key_org", "key_ws", "key_owner", "key_member"} {
		key := mustKey(t, view, id)
		if n := testing.AllocsPerRun(100, func() {
			if name, _ := invariants.Broken(view.Snapshot(), key, authz.Entity{Type: "workflow", ID: "in_own"}, nil); name != "" {
				t.Error(name)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", id, n)
		}
	}
}

// BenchmarkInvariants looks at an allow that holds, of each type of key.
func BenchmarkInvariants(b *testing.B) {
	view := invariantView(b, allowsAll)
	for _, id := range []string{"key_org", "key_ws", "key_member"} {
		key := mustKey(b, view, id)
		b.Run(string(key.Type()), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if name, _ := invariants.Broken(view.Snapshot(), key, authz.Entity{Type: "workflow", ID: "in_own"}, nil); name != "" {
					b.Fatal(name)
				}
			}
		})
	}
}

func mustKey(t testing.TB, view *engine.View, id string) snapshot.Key {
	t.Helper()
	key, ok := view.Snapshot().Key(id)
	if !ok {
		t.Fatalf("%s is not there", id)
	}
	return key
}
