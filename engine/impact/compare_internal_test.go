package impact

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/snapshot"
	"github.com/steelengine/steelgate/policies"
)

var noon = time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)

// newView is the shipped policy, with one file of the installation's own, over one workspace with two workflows and three
// workspace keys.
func newView(t *testing.T, site string) *engine.View {
	t.Helper()
	files, err := engine.ReadFiles(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	if site != "" {
		files["site/site.rego"] = "package steelgate.site\n" + site
	}
	policy, err := engine.Compile(files, 1)
	if err != nil {
		t.Fatal(err)
	}
	edit := snapshot.Empty().Edit()
	edit.PutUser(authz.User{ID: "u", Active: true})
	edit.PutWorkspace(authz.Workspace{ID: "w", OwnerID: "u", PersonalKeysEnabled: true})
	for n := range 2 {
		edit.PutResource(authz.Resource{Type: "workflow", ID: fmt.Sprintf("f%d", n), WorkspaceID: "w", Properties: authz.Object(`{"deployed":true}`)})
	}
	for n := range 3 {
		edit.PutKey(authz.APIKey{ID: fmt.Sprintf("key_%d", n), Type: authz.WorkspaceKey, OwnerID: "w"}, apikey.Digest{byte(n)})
	}
	e := engine.New(engine.Options{Clock: func() time.Time { return noon }, TimeLimit: time.Minute})
	e.UsePolicy(policy)
	e.UseSnapshot(edit.Commit(7), noon)
	view, err := e.ViewAt(t.Context(), 7)
	if err != nil {
		t.Fatal(err)
	}
	return view
}

// with is the view over its own data with a change.
func with(v *engine.View, change func(*snapshot.Edit)) *engine.View {
	edit := v.Snapshot().Edit()
	change(edit)
	return v.Over(edit.Commit(v.DataRevision() + 1))
}

func archived(e *snapshot.Edit) {
	e.PutWorkspace(authz.Workspace{ID: "w", OwnerID: "u", Archived: true})
}

var (
	theWorkspace = Resource{"workspace", "w"}
	theWorkflows = []Resource{{"workflow", "f1"}, {"workflow", "f0"}}
	everyKey     = []string{"key_2", "key_0", "key_1", "key_0", "key_unknown"}
)

func TestWhatIsAskedTwiceIsToldOnce(t *testing.T) {
	before := newView(t, "")
	questions := []Question{{everyKey, theWorkflows}, {everyKey[:1], nil}, {everyKey, append(theWorkflows, theWorkspace, Resource{"table", "t"}, Resource{"workflow", "f9"})}}
	report, err := Compare(t.Context(), before, with(before, archived), questions)
	if err != nil || report.Truncated || len(report.Keys) != 3 {
		t.Fatalf("got %+v, %v", report, err)
	}
	want := []Loss{
		{theWorkspace, "w", authz.Write, authz.None, authz.WorkspaceArchived},
		{Resource{"workflow", "f0"}, "w", authz.Write, authz.None, authz.WorkspaceArchived},
		{Resource{"workflow", "f1"}, "w", authz.Write, authz.None, authz.WorkspaceArchived},
	}
	for n, key := range report.Keys {
		if key.ID != fmt.Sprintf("key_%d", n) || key.Owner != (authz.Owner{Type: authz.WorkspaceOwner, ID: "w"}) || key.Because != "" || !slices.Equal(key.Losses, want) {
			t.Errorf("key %d: %+v", n, key)
		}
	}
	nothing, err := Compare(t.Context(), with(before, archived), before, questions)
	if err != nil || len(nothing.Keys) != 0 {
		t.Errorf("what only gains loses %+v, %v", nothing, err)
	}
}

func TestLimits(t *testing.T) {
	before := newView(t, "")
	after := with(before, archived)
	for _, c := range []struct {
		most         limits
		keys, losses int
		truncated    bool
	}{
		{limits{3, 12}, 3, 6, false},
		{limits{2, 100}, 2, 4, true},
		{limits{3, 11}, 3, 6, false}, // A decision that is begun is compared.
		{limits{3, 10}, 3, 5, true},
		{limits{3, 4}, 2, 2, true}, // No key is left out for what others lose beside.
		{limits{3, 6}, 3, 3, true},
		{limits{3, 0}, 0, 0, true},
	} {
		report, err := compare(t.Context(), before, after, []Question{{everyKey, theWorkflows}}, c.most)
		losses := 0
		for _, key := range report.Keys {
			losses += len(key.Losses)
		}
		if err != nil || len(report.Keys) != c.keys || losses != c.losses || report.Truncated != c.truncated {
			t.Errorf("%+v: %d keys, %d losses, truncated: %t, %v", c.most, len(report.Keys), losses, report.Truncated, err)
		}
	}
}

// What an installation's own rules take away is lost as well, by their own code; and where the policy fails there is no report.
func TestTheInstallationsOwnRules(t *testing.T) {
	strict := newView(t, `deny contains {"code": "owner_left", "message": "…"} if {
	input.action.name == "workflow.execute"
	not data.users[data.workspaces.w.owner_id].active == true
}`)
	away := func(e *snapshot.Edit) { e.PutUser(authz.User{ID: "u"}) }
	report, err := Compare(t.Context(), strict, with(strict, away), []Question{{[]string{"key_0"}, theWorkflows[:1]}})
	if err != nil || len(report.Keys) != 1 || !slices.Equal(report.Keys[0].Losses, []Loss{{theWorkflows[0], "w", authz.Write, authz.Write, "owner_left"}}) {
		t.Errorf("got %+v, %v", report, err)
	}

	broken := newView(t, `deny := 1 / 0 if not data.users.u.active`)
	if report, err := Compare(t.Context(), broken, with(broken, away), []Question{{everyKey, theWorkflows}}); !errors.Is(err, engine.ErrPolicy) || len(report.Keys) != 0 {
		t.Errorf("got %+v, %v", report, err)
	}
}

func TestAContextThatEnds(t *testing.T) {
	before := newView(t, "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if report, err := Compare(ctx, before, with(before, archived), []Question{{everyKey, theWorkflows}}); !errors.Is(err, context.Canceled) || len(report.Keys) != 0 {
		t.Errorf("got %+v, %v", report, err)
	}
}

func TestViewAt(t *testing.T) {
	keyring, err := apikey.NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	e := engine.New(engine.Options{Keyring: keyring, Clock: func() time.Time { return noon }, RevisionWait: time.Millisecond})
	if _, err := e.ViewAt(t.Context(), 0); !errors.Is(err, engine.ErrStale) {
		t.Errorf("without data: %v", err)
	}
	policy, err := engine.Compile(map[string]string{"authz.rego": `package steelgate.authz
decision := {"allow": false, "code": "outside_scope"}`}, 1)
	if err != nil {
		t.Fatal(err)
	}
	e.UsePolicy(policy)
	e.UseSnapshot(snapshot.Empty().Edit().Commit(3), noon)
	for revision, want := range map[uint64]error{2: engine.ErrStale, 3: nil, 4: engine.ErrStale} {
		if v, err := e.ViewAt(t.Context(), revision); !errors.Is(err, want) || err == nil && v.DataRevision() != revision {
			t.Errorf("at %d: %v, %v", revision, v, err)
		}
	}
}
