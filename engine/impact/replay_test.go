package impact_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/bench/world"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/impact"
	"github.com/steelengine/steelgate/engine/opastore"
)

const decided = 100_000

// traffic is what keys asked over a generated world, as the decision log keeps it, spread over an hour.
func traffic(t testing.TB, v *engine.View, n int) []authz.LoggedDecision {
	t.Helper()
	w := world.World{Keys: v.Snapshot().Counts().Keys}
	logged := make([]authz.LoggedDecision, n)
	for i := range logged {
		key, _ := v.Snapshot().Key(world.KeyID(i * 7919 % w.Keys))
		at := world.Now.Add(time.Duration(i) * time.Hour / time.Duration(n))
		request := w.Question(i*7919%w.Keys, i)
		d, err := v.At(at).Authorize(key, request)
		if err != nil {
			t.Fatal(err)
		}
		logged[i] = authz.LoggedDecision{
			ID: fmt.Sprintf("dec_%d", i), Time: at, Door: "decisions", KeyID: key.ID(), KeyType: key.Type(), Request: request,
			KeyOwner: authz.Owner{Type: key.Type().OwnerType(), ID: key.OwnerID()},
			Allow:    d.Allow, Code: d.Code, Permission: d.Permission, GrantedBy: d.GrantedBy, BilledTo: d.BilledTo,
			PolicyRevision: d.PolicyRevision, DataRevision: d.DataRevision,
		}
	}
	return logged
}

func each(logged []authz.LoggedDecision) iter.Seq2[authz.LoggedDecision, error] {
	return func(yield func(authz.LoggedDecision, error) bool) {
		for _, d := range logged {
			if !yield(d, nil) {
				return
			}
		}
	}
}

func viewOf(t testing.TB, policy *engine.Policy, keys int) *engine.View {
	t.Helper()
	e, err := world.World{Keys: keys}.Engine(policy)
	if err != nil {
		t.Fatal(err)
	}
	v, err := e.View()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestWhatTheActivePolicyDecidedItDecidesAgain(t *testing.T) {
	active := compile(t, 1)
	v := viewOf(t, active, 2000)
	logged := traffic(t, v, decided)
	begin := time.Now()
	made, err := impact.Replay(t.Context(), v, active, each(logged), impact.NewHistory(1, 1))
	if err != nil || made.Evaluated != decided || made.Changed != 0 || made.NotReplayable != 0 {
		t.Errorf("%d evaluated, %d changed, %d not replayable, %v", made.Evaluated, made.Changed, made.NotReplayable, err)
	}
	t.Logf("%.0f replayed decisions a second", decided/time.Since(begin).Seconds())
}

// Of what was decided on data that changed since nothing is told, and nothing else is left out: a workspace is archived, a
// workflow no longer deployed, a member gone.
func TestOnlyWhatStillStandsIsReplayed(t *testing.T) {
	active := compile(t, 1)
	v := viewOf(t, active, 1000)
	logged := traffic(t, v, 5000)
	w := world.World{Keys: 1000}
	edit := v.Snapshot().Edit()
	history := impact.NewHistory(1, 4)
	archived := w.Workspace(4)
	archived.Archived = true
	edit.PutWorkspace(archived)
	history.Note(opastore.Record{Kind: "workspace", A: archived.ID}, 2)
	stopped := w.Resources(7)[0]
	stopped.Properties = authz.Object(`{"deployed":false}`)
	edit.PutResource(stopped)
	history.Note(opastore.Record{Kind: "resource", A: stopped.Type, B: stopped.ID}, 3)
	gone := w.Members(8)[0]
	edit.DeleteWorkspaceMember(gone.WorkspaceID, gone.UserID)
	history.Note(opastore.Record{Kind: "workspace_member", A: gone.WorkspaceID, B: gone.UserID}, 4)
	later := v.Over(edit.Commit(4))

	made, err := impact.Replay(t.Context(), later, active, each(logged), history)
	if err != nil || made.Changed != 0 || made.NotReplayable == 0 || made.NotReplayable > len(logged)/10 || made.Evaluated+made.NotReplayable != len(logged) {
		t.Errorf("%d evaluated, %d changed, %d not replayable, %v", made.Evaluated, made.Changed, made.NotReplayable, err)
	}
	// Without the history the same traffic comes out otherwise: the changes are not idle.
	careless, err := impact.Replay(t.Context(), later, active, each(logged), impact.NewHistory(1, 4))
	if err != nil || careless.Changed == 0 {
		t.Errorf("%d changed, %v", careless.Changed, err)
	}
	if _, err := impact.Replay(t.Context(), later, active, each(logged), impact.NewHistory(1, 3)); err == nil {
		t.Error("a history that ends too early was taken")
	}
}

func TestWhatCanNotBeReplayedIsCounted(t *testing.T) {
	active := compile(t, 1)
	v := viewOf(t, active, 100)
	for name, spoil := range map[string]func(*authz.LoggedDecision){
		"no key":              func(d *authz.LoggedDecision) { d.KeyID = "" },
		"an unknown key":      func(d *authz.LoggedDecision) { d.KeyID = "key_gone" },
		"cut":                 func(d *authz.LoggedDecision) { d.Cut = true },
		"stale":               func(d *authz.LoggedDecision) { d.Code = authz.Stale },
		"before the history":  func(d *authz.LoggedDecision) { d.DataRevision = 0 },
		"of a revision ahead": func(d *authz.LoggedDecision) { d.DataRevision = 2 },
	} {
		logged := traffic(t, v, 1)
		spoil(&logged[0])
		made, err := impact.Replay(t.Context(), v, active, each(logged), impact.NewHistory(1, 1))
		if err != nil || made.NotReplayable != 1 || made.Evaluated != 0 {
			t.Errorf("%s: %+v, %v", name, made, err)
		}
	}
}

func TestADraftFlipsWhatWasDecided(t *testing.T) {
	v := viewOf(t, compile(t, 1), 500)
	logged := traffic(t, v, 2000)
	reads := 0
	for i, d := range logged {
		logged[i].PolicyRevision = uint64(1 + i%2) // Half were decided by another policy, which was the same.
		if d.Allow && d.Request.Action == "workflow.read" {
			reads++
		}
	}
	for name, c := range map[string]struct {
		rule string
		kind impact.Kind
	}{
		"denies": {`deny contains {"code": "unread", "message": "Nobody reads."} if input.action.name == "workflow.read"`, impact.Narrowed},
		"errs":   {`deny := 1 / 0 if input.action.name == "workflow.read"`, impact.Errors},
	} {
		made, err := impact.Replay(t.Context(), v, compile(t, 3, siteEnd, siteEnd+"\n"+c.rule), each(logged), impact.NewHistory(1, 1))
		if err != nil || made.Changed != reads || made.ByKind[c.kind] != reads || len(made.Routes) != 1 || made.Routes[0].Changed != reads || len(made.Keys) == 0 || len(made.Sample) == 0 {
			t.Errorf("%s: %+v, %v; want %d", name, made, err, reads)
		}
		for _, flip := range made.Sample {
			if flip.After.Allow || c.kind == impact.Errors && flip.After.Error == "" {
				t.Errorf("%s: %+v", name, flip)
			}
		}
	}
}

func TestAReplayEndsWithItsContextOrItsDecisions(t *testing.T) {
	active := compile(t, 1)
	v := viewOf(t, active, 100)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := impact.Replay(ctx, v, active, each(traffic(t, v, 3)), impact.NewHistory(1, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	broken := errors.New("the log can't be read")
	failing := func(yield func(authz.LoggedDecision, error) bool) { yield(authz.LoggedDecision{}, broken) }
	if _, err := impact.Replay(t.Context(), v, active, failing, impact.NewHistory(1, 1)); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestTheLiveKeysThatADraftTouches(t *testing.T) {
	active := compile(t, 1)
	v := viewOf(t, active, 500)
	draft := compile(t, 2, "	not key.workflow_ids == _workflows_elsewhere\n	workspace.archived == false", "	workspace.archived == false")
	small, err := impact.Policies(t.Context(), active, draft)
	if err != nil || !small.Widens || small.Digest == "" {
		t.Fatal(small.Widens, err)
	}
	live, err := impact.Touched(t.Context(), v, draft, small)
	if err != nil {
		t.Fatal(err)
	}
	// Of 500 keys 400 belong to a workspace, and every fourth number, less every personal key's, is narrowed to two of three
	// workflows; what it does not cover it would reach now.
	w, narrowed, owners := world.World{Keys: 500}, 0, map[string]bool{}
	for i := range w.Keys {
		if key := w.Key(i); key.WorkflowIDs != nil {
			narrowed++
			owners[key.OwnerID] = true
		}
	}
	if live.Keys != narrowed || live.ByKind[impact.Widened].Keys != narrowed || live.Owners != len(owners) || live.Workspaces != len(owners) || live.Asked != w.Keys || live.Truncated {
		t.Errorf("got %+v, want %d keys of %d owners", live, narrowed, len(owners))
	}
	if len(live.Sample) != min(narrowed, 100) {
		t.Errorf("%d in the sample", len(live.Sample))
	}
}

// What was decided for a subject that is no key is made again by the rule that decides for those.
func TestSubjectsThatAreNoKeysAreReplayed(t *testing.T) {
	withRule := func(action string) *engine.Policy {
		return compile(t, 1, "package steelgate.site\n", fmt.Sprintf("package steelgate.site\n\ndecision := {\"allow\": true, \"code\": \"allowed\"} if input.action.name == %q\n", action))
	}
	active := withRule("table.read")
	v := viewOf(t, active, 100)
	user := authz.Entity{Type: "user", ID: "user_1", Properties: authz.Object(`{"team":"a"}`)}
	var logged []authz.LoggedDecision
	for i, action := range []string{"table.read", "table.write", "table.drop"} {
		request := authz.Request{Action: action, Resource: authz.Entity{Type: "table", ID: "t"}}
		d, err := v.AuthorizeSubject(user, request)
		if err != nil {
			t.Fatal(err)
		}
		logged = append(logged, authz.LoggedDecision{
			ID: fmt.Sprintf("dec_%d", i), Time: v.Now(), Subject: user, Request: request, Allow: d.Allow, Code: d.Code,
			PolicyRevision: d.PolicyRevision, DataRevision: d.DataRevision,
		})
	}
	for name, c := range map[string]struct {
		draft   *engine.Policy
		changed int
	}{"the same": {active, 0}, "another action": {withRule("table.write"), 2}} {
		made, err := impact.Replay(t.Context(), v, c.draft, each(logged), impact.NewHistory(1, 1))
		if err != nil || made.Evaluated != 3 || made.Changed != c.changed || made.NotReplayable != 0 || len(made.Keys) != 0 || len(made.Sample) != c.changed {
			t.Errorf("%s: %+v, %v", name, made, err)
		}
		for _, f := range made.Sample {
			if f.Subject == nil || *f.Subject != (impact.Who{Type: "user", ID: "user_1"}) || f.KeyID != "" {
				t.Errorf("%s: asked by %v", name, f.Subject)
			}
		}
	}
}
