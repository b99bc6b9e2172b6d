package shadow

import (
	"context"
	"fmt"
	"strings"
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

func compile(t *testing.T, decision string, revision uint64, options ...engine.Option) *engine.Policy {
	t.Helper()
	policy, err := engine.Compile(map[string]string{"a.rego": "package steelgate.authz\n\n" + decision}, revision, options...)
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
	b.Observe(b.view, authz.Entity{}, request, decision)
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
			if d.KeyID != "key_1" || d.Owner == nil || *d.Owner != owner || d.Subject != (Entity{authz.APIKeySubject, "key_1"}) || !d.Time.Equal(noon) || d.Kind == impact.Errors && (d.Candidate.Allow || d.Candidate.Error == "") {
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
	b.Observe(b.view, authz.Entity{}, authz.Request{}, b.view.Refuse(snapshot.Key{}, authz.KeyUnknown))
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

// What is decided for a subject that is no API key is compared by the same subject, with all that is told of it, and listed as its.
func TestSubjectsThatAreNoKeys(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Use("cand_1", compile(t, `decision := {"allow": true, "code": "allowed"} if input.subject.properties.team == "blue"

else := {"allow": false, "code": "no"}`, 3))
	request := authz.Request{Action: "b", Resource: authz.Entity{Type: "workflow", ID: "w"}}
	for _, subject := range []authz.Entity{
		{Type: "user", ID: "ada", Properties: authz.Object(`{"team":"blue"}`)},
		{Type: "user", ID: "ben", Properties: authz.Object(`{"team":"red"}`)},
	} {
		decision, err := b.view.AuthorizeSubject(subject, request)
		if err != nil {
			t.Fatal(err)
		}
		b.Observe(b.view, subject, request, decision)
	}
	b.compareAll()
	report := b.Report("cand_1")
	if report.Compared != 2 || len(report.Disagreements) != 1 || report.Disagreed[impact.Widened] != 1 {
		t.Fatalf("%+v", report)
	}
	if d := report.Disagreements[0]; d.Subject != (Entity{"user", "ada"}) || d.KeyID != "" || !d.Candidate.Allow || d.Active.Code != "no" {
		t.Errorf("%+v", d)
	}
}

// A secret that a caller put where it does not belong is not listed.
func TestSecretsAreNotListed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	secret := apikey.Mint().Reveal()
	b.Use("cand_1", compile(t, `decision := {"allow": true, "code": "allowed"}`, 3))
	subject, request := authz.Entity{Type: "user", ID: secret}, authz.Request{Action: "b " + secret, Resource: authz.Entity{Type: secret, ID: secret}}
	decision, err := b.view.AuthorizeSubject(subject, request)
	if err != nil {
		t.Fatal(err)
	}
	b.Observe(b.view, subject, request, decision)
	b.compareAll()
	if report := b.Report("cand_1"); len(report.Disagreements) != 1 || strings.Contains(fmt.Sprint(report), secret) {
		t.Errorf("%+v", report)
	}
}

// A candidate decides as it would if it were published: what it allows against an invariant is an error, unless it came with a reason.
func TestInvariantsOfACandidate(t *testing.T) {
	t.Parallel()
	const allowsAll = "decision := {\"allow\": true, \"code\": \"allowed\"}"
	for kind, c := range map[impact.Kind]struct {
		candidate    []engine.Option
		activeAllows bool
	}{
		impact.Errors:  {},
		impact.Widened: {candidate: []engine.Option{engine.Overridden("because")}},
		// What neither decides they agree on.
		"": {activeAllows: true},
	} {
		b := newBench(t)
		if c.activeAllows {
			b.view = b.view.By(compile(t, allowsAll, 3))
		}
		edit := b.view.Snapshot().Edit()
		edit.PutUser(authz.User{ID: "v", Active: true})
		edit.PutWorkspace(authz.Workspace{ID: "ws", OwnerID: "v"})
		edit.PutResource(authz.Resource{Type: "workflow", ID: "w", WorkspaceID: "ws"})
		b.view = b.view.Over(edit.Commit(2))
		b.Use("cand_1", compile(t, allowsAll, 3, c.candidate...))
		request := authz.Request{Action: "b", Resource: authz.Entity{Type: "workflow", ID: "w"}}
		decision, err := b.view.Authorize(b.key, request)
		if (err != nil) != c.activeAllows {
			t.Errorf("%q: in force it decides %s, %v", kind, decision.Code, err)
		}
		b.Observe(b.view, authz.Entity{}, request, decision)
		b.compareAll()
		report := b.Report("cand_1")
		if report.Compared != 1 || kind != "" && report.Disagreed[kind] != 1 || kind == "" && len(report.Disagreements) != 0 {
			t.Errorf("%q: %+v", kind, report)
		}
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
