package shadow

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/impact"
	"github.com/steelengine/steelgate/engine/snapshot"
)

var noon = time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)

func compile(t *testing.T, decision string, revision uint64) *engine.Policy {
	t.Helper()
	policy, err := engine.Compile(map[string]string{"a.rego": "package steelgate.authz\n\n" + decision}, revision)
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

// bench is a policy in force over one live key, and a shadow.
type bench struct {
	*Shadow
	t    *testing.T
	view *engine.View
	key  snapshot.Key
}

func newBench(t *testing.T) *bench {
	t.Helper()
	edit := snapshot.Empty().Edit()
	edit.PutUser(authz.User{ID: "u", Active: true})
	edit.PutKey(authz.APIKey{ID: "key_1", Type: authz.PersonalKey, OwnerID: "u"}, apikey.Digest{1})
	keyring, err := apikey.NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	e := engine.New(engine.Options{Keyring: keyring, Clock: func() time.Time { return noon }, TimeLimit: time.Minute})
	e.UsePolicy(compile(t, `decision := {"allow": true, "code": "allowed", "billed_to": {"type": "user", "id": "u"}} if input.action.name == "a"

else := {"allow": false, "code": "no"}`, 3))
	e.UseSnapshot(edit.Commit(1), noon)
	view, err := e.View()
	if err != nil {
		t.Fatal(err)
	}
	key, _ := view.Snapshot().Key("key_1")
	return &bench{New(prometheus.NewRegistry(), func() time.Time { return noon }), t, view, key}
}

// decide decides by the policy in force, and tells the shadow.
func (b *bench) decide(action string) {
	b.t.Helper()
	request := authz.Request{Action: action, Resource: authz.Entity{Type: "workflow", ID: "w"}}
	decision, err := b.view.Authorize(b.key, request)
	if err != nil {
		b.t.Fatal(err)
	}
	b.Observe(b.view, request, decision)
}

// compareAll compares what is queued.
func (b *bench) compareAll() {
	for {
		select {
		case o := <-b.queue:
			b.compare(o)
		default:
			return
		}
	}
}

// What a candidate decides otherwise is counted by its kind, and listed with both outcomes, newest first.
func TestDisagreements(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		decision string
		a, b     impact.Kind
	}{
		"the same":      {`decision := {"allow": true, "code": "allowed", "billed_to": {"type": "user", "id": "u"}} if input.action.name == "a"` + "\n\nelse := {\"allow\": false, \"code\": \"no\"}", "", ""},
		"allows all":    {`decision := {"allow": true, "code": "allowed", "billed_to": {"type": "user", "id": "u"}}`, "", impact.Widened},
		"denies all":    {`decision := {"allow": false, "code": "no"}`, impact.Narrowed, ""},
		"another code":  {`decision := {"allow": false, "code": "never"}`, impact.Narrowed, impact.CodeChanged},
		"another payer": {`decision := {"allow": true, "code": "allowed", "billed_to": {"type": "user", "id": "v"}} if input.action.name == "a"` + "\n\nelse := {\"allow\": false, \"code\": \"no\"}", impact.BillingChanged, ""},
		"is undefined":  {`decision := {"allow": true, "code": "allowed"} if input.action.name == "x"`, impact.Errors, impact.Errors},
		"another shape": {`decision := {"allow": "yes", "code": "allowed"}`, impact.Errors, impact.Errors},
		"a dead key's":  {`decision := {"allow": false, "code": "key_revoked"}`, impact.Errors, impact.Errors},
		"fails inside":  {`decision := {"allow": true, "code": "allowed"} if to_number(input.action.name) == 1`, impact.Errors, impact.Errors},
	} {
		b := newBench(t)
		b.Use("cand_1", compile(t, c.decision, 3))
		b.decide("a")
		b.decide("b")
		b.compareAll()
		report := b.Report("cand_1")
		want := map[impact.Kind]uint64{}
		for _, kind := range []impact.Kind{c.a, c.b} {
			if kind != "" {
				want[kind]++
			}
		}
		if !report.Running || report.Compared != 2 || report.Shed != 0 {
			t.Errorf("%s: %+v", name, report)
		}
		told := 0
		for _, kind := range impact.Kinds {
			if report.Disagreed[kind] != want[kind] {
				t.Errorf("%s: %d %s", name, report.Disagreed[kind], kind)
			}
			told += int(want[kind])
		}
		if len(report.Disagreements) != told {
			t.Fatalf("%s: %+v", name, report.Disagreements)
		}
		owner := authz.Owner{Type: authz.UserOwner, ID: "u"}
		for _, d := range report.Disagreements {
			if d.KeyID != "key_1" || d.Owner != owner || !d.Time.Equal(noon) || d.Kind == impact.Errors && (d.Candidate.Allow || d.Candidate.Error == "") {
				t.Errorf("%s: %+v", name, d)
			}
		}
		if told == 2 && report.Disagreements[0].Action != "b" {
			t.Errorf("%s: the newest is not first", name)
		}
	}
}

// A candidate is compared with the revision that it was written on alone, and with what came while it ran.
func TestOnlyWhatMayBeCompared(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.decide("a")
	b.Use("cand_1", compile(t, `decision := {"allow": false, "code": "no"}`, 2))
	b.decide("a")
	b.Use("cand_2", compile(t, `decision := {"allow": false, "code": "no"}`, 3))
	b.Observe(b.view, authz.Request{}, b.view.Refuse(snapshot.Key{}, authz.KeyUnknown))
	b.decide("a")
	b.Use("", nil)
	b.decide("a")
	b.compareAll()
	for _, id := range []string{"cand_1", "cand_2", ""} {
		if report := b.Report(id); report.Running || report.Compared != 0 {
			t.Errorf("%s: %+v", id, report)
		}
	}
	b.Use("cand_3", compile(t, `decision := {"allow": false, "code": "no"}`, 3))
	b.decide("a")
	b.compareAll()
	if report := b.Report("cand_3"); report.Compared != 1 {
		t.Errorf("%+v", report)
	}
	b.Use("cand_4", nil)
	if report := b.Report("cand_4"); report.Running {
		t.Error("one that does not compile here runs")
	}
}

// What there is no time for is shed and counted; of disagreements the latest are kept.
func TestBounds(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Use("cand_1", compile(t, `decision := {"allow": false, "code": "no"}`, 3))
	for range queued + 7 {
		b.decide("a")
	}
	b.compareAll()
	report := b.Report("cand_1")
	if report.Compared != queued || report.Shed != 7 || report.Disagreed[impact.Narrowed] != queued || len(report.Disagreements) != kept {
		t.Errorf("%d compared, %d shed, %d listed", report.Compared, report.Shed, len(report.Disagreements))
	}
}

// Run ends with its context.
func TestRun(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b.Run(ctx)
}
