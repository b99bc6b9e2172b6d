package explain_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/explain"
	"github.com/steelengine/steelgate/engine/snapshot"
	"github.com/steelengine/steelgate/policies"
)

// noon is on a Thursday.
var noon = time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)

var execute = authz.Request{Action: "workflow.execute", Resource: authz.Entity{Type: "workflow", ID: "f"}}

// newView is the shipped policy, with the installation's own file, over a workspace with a workflow and a key of each type.
func newView(t testing.TB, site string) *engine.View {
	t.Helper()
	files, err := engine.ReadFiles(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	if site != "" {
		files["site/site.rego"] = "package steelgate.site\n\n" + site
	}
	policy, err := engine.Compile(files, 1)
	if err != nil {
		t.Fatal(err)
	}
	edit := snapshot.Empty().Edit()
	edit.PutUser(authz.User{ID: "u", Name: "Ursula K.", Email: "ursula@example.com", Active: true})
	edit.PutOrganization(authz.Organization{ID: "o"})
	edit.PutWorkspace(authz.Workspace{ID: "w", OwnerID: "u", OrganizationID: "o", PersonalKeysEnabled: true})
	edit.PutResource(authz.Resource{Type: "workflow", ID: "f", WorkspaceID: "w", Properties: authz.Object(`{"deployed":true}`)})
	edit.PutKey(authz.APIKey{ID: "key_p", Type: authz.PersonalKey, OwnerID: "u"}, apikey.Digest{1})
	edit.PutKey(authz.APIKey{ID: "key_w", Type: authz.WorkspaceKey, OwnerID: "w"}, apikey.Digest{2})
	edit.PutKey(authz.APIKey{ID: "key_o", Type: authz.OrganizationKey, OwnerID: "o", Grants: []authz.Grant{{WorkspaceID: "w", Permission: authz.Read}}}, apikey.Digest{3})
	keyring, err := apikey.NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	e := engine.New(engine.Options{Keyring: keyring, Clock: func() time.Time { return noon }, TimeLimit: time.Minute})
	e.UsePolicy(policy)
	e.UseSnapshot(edit.Commit(7), noon)
	view, err := e.View()
	if err != nil {
		t.Fatal(err)
	}
	return view
}

func explainTo(t testing.TB, view *engine.View, keyID string, request authz.Request) explain.Explanation {
	t.Helper()
	key, ok := view.Snapshot().Key(keyID)
	if !ok {
		t.Fatal("no such key")
	}
	x, err := explain.Explain(t.Context(), view, explain.Question{Key: key, Request: request})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// lineOf is the row of a shipped file on which a text stands first after a row.
func lineOf(t *testing.T, path, text string, after int) int {
	t.Helper()
	source, err := policies.Files.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(source), "\n") {
		if i+1 > after && strings.Contains(line, text) {
			return i + 1
		}
	}
	t.Fatalf("%s has no %s", path, text)
	return 0
}

// The trace of a deny by the shipped rules leads to the line that failed, with what it saw under the names that it is written with.
func TestTheTraceOfAShippedRule(t *testing.T) {
	x := explainTo(t, newView(t, ""), "key_o", execute)
	if x.Decision.Code != authz.InsufficientPermission || x.Truncated {
		t.Fatalf("explained as %+v", x.Decision)
	}
	const path = "authz/decision.rego"
	second := lineOf(t, path, "else := {", 0)
	var found *explain.Failure
	for _, step := range x.Steps {
		if step.Rule == engine.Entrypoint && step.Row == second {
			found = step.Failed
		}
		if strings.Contains(fmt.Sprintf("%+v %+v", step, step.Failed), "__local") {
			t.Errorf("a name that the compiler made: %+v %+v", step, step.Failed)
		}
		if step.Fired == (step.Failed != nil) || step.Path == "" || step.Row == 0 {
			t.Errorf("neither fired nor failed: %+v", step)
		}
	}
	want := explain.Place{Path: path, Row: lineOf(t, path, "enough[action.requires][grant.permission]", second), Col: 2}
	if found == nil || found.Place != want || found.Text != "enough[action.requires][grant.permission]" {
		t.Fatalf("failed at %+v, want %+v", found, want)
	}
	saw := map[string]string{}
	for _, v := range found.Values {
		saw[v.Name] = string(v.Value)
		if v.Undefined {
			saw[v.Name] = "undefined"
		}
	}
	if wanted := map[string]string{"action.requires": `"write"`, "grant.permission": `"read"`, "enough.write.read": "undefined"}; !maps.Equal(saw, wanted) {
		t.Errorf("saw %v, want %v", saw, wanted)
	}
}

// A refusal by the installation's own rule leads there.
func TestTheTraceOfASiteDeny(t *testing.T) {
	x := explainTo(t, newView(t, `deny contains {"code": "closed"} if {
	hour := time.clock(time.parse_rfc3339_ns(input.context.time))[0]
	hour >= 12
	hour < 14
}

deny contains {"code": "weekend"} if {
	day := time.weekday(time.parse_rfc3339_ns(input.context.time))
	some free in ["Saturday", "Sunday"]
	day == free
}`), "key_w", execute)
	if x.Decision.Code != "closed" {
		t.Fatalf("decided %+v", x.Decision)
	}
	fired, failed := 0, ""
	for _, step := range x.Steps {
		switch {
		case step.Path != "site/site.rego":
		case step.Fired:
			fired = step.Row
		default:
			failed = fmt.Sprintf("%d:%d %s %s", step.Failed.Row, step.Failed.Col, step.Failed.Text, step.Failed.Values[0].Value)
		}
	}
	if fired != 3 || failed != `12:2 day == free "Thursday"` {
		t.Errorf("fired on row %d, failed at %s", fired, failed)
	}
	way := x.Counterfactual.Ways
	if len(way) != 1 || way[0].Changes[0].Kind != explain.Wait || !way[0].Changes[0].Time.Equal(noon.Add(2*time.Hour)) {
		t.Errorf("the way out is %+v", way)
	}
}

// What a user is called is left out, whatever a policy makes of it; what else it says of them is told.
func TestWhatUsersAreCalledIsLeftOut(t *testing.T) {
	x := explainTo(t, newView(t, `deny contains {"code": "x"} if {
	user := data.users[data.workspaces.w.owner_id]
	text := concat(" ", [lower(user.email), user.name, "!"])
	user.active
	user.email == text
}`), "key_w", execute)
	told, cut := fmt.Sprintf("%+v", x.Steps), false
	for _, step := range x.Steps {
		if step.Failed == nil {
			continue
		}
		for _, v := range step.Failed.Values {
			told += fmt.Sprintf("%s %s", v.Name, v.Value)
			cut = cut || v.Cut
		}
	}
	if lowered := strings.ToLower(told); strings.Contains(lowered, "ursula") || !strings.Contains(told, "user.email") || !cut {
		t.Errorf("told %s", told)
	}
}

// A policy that loops over ten thousand elements is told in five hundred steps at most, and each value in a few lines.
func TestAnExplanationIsBounded(t *testing.T) {
	var list strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&list, "%d,", i)
	}
	many := execute
	many.Context.Extra = authz.Object(`{"list":[` + strings.TrimSuffix(list.String(), ",") + `],"text":"` + strings.Repeat("é", 100_000) + `"}`)
	for name, site := range map[string]string{
		"a function in a loop":    "deny contains {\"code\": \"x\"} if {\n\tsome i in input.context.list\n\tf(i)\n}\n\nf(x) if {\n\tx > 100000\n\tinput.context.text\n}",
		"a not in a loop":         "deny contains {\"code\": \"x\"} if {\n\tsome i in input.context.list\n\tnot i < 100000\n}",
		"an every":                "deny contains {\"code\": \"x\"} if {\n\tevery i in input.context.list { i < 9999 }\n}",
		"a value that is long":    "deny contains {\"code\": \"x\"} if {\n\tinput.context.list == input.context.text\n}",
		"a rule of ten thousand":  "deny contains {\"code\": \"x\"} if count(big) < 3\n\nbig contains i if some i in input.context.list",
		"rules that ask for more": "deny contains {\"code\": \"x\"} if {\n\tsome i in input.context.list\n\tg(i)\n}\n\ng(x) if h(x)\n\nh(x) if k(x + 1)\n\nk(x) if x > 100000",
	} {
		x := explainTo(t, newView(t, site), "key_w", many)
		size := 0
		for _, step := range x.Steps {
			size += len(step.Value) + 100
			if step.Failed != nil {
				size += len(step.Failed.Text)
				for _, v := range step.Failed.Values {
					size += len(v.Value) + len(v.Name)
				}
			}
		}
		if len(x.Steps) > 500 || size > 200_000 || !x.Decision.Allow || x.Steps[0].Rule != engine.Entrypoint || !x.Steps[0].Fired {
			t.Errorf("%s: %d steps, %d bytes, %s", name, len(x.Steps), size, x.Decision.Code)
		}
	}
	x := explainTo(t, newView(t, "deny contains {\"code\": \"x\"} if {\n\tsome i in input.context.list\n\tf(i)\n}\n\nf(x) if x > 100000"), "key_w", many)
	more := 0
	for _, step := range x.Steps {
		more += step.More
	}
	if !x.Truncated || more < 5000 {
		t.Errorf("of ten thousand evaluations %d are said to be left out", more)
	}
	var rules strings.Builder
	for i := range 600 {
		fmt.Fprintf(&rules, "deny contains {\"code\": \"x%d\"} if count(input.context.list) < %d\n\n", i, i)
	}
	x = explainTo(t, newView(t, rules.String()), "key_w", many)
	if !x.Truncated || len(x.Steps) != 500 || !x.Steps[0].Fired || x.Steps[0].Rule != engine.Entrypoint {
		t.Errorf("of six hundred rules %d steps are told, truncated: %t", len(x.Steps), x.Truncated)
	}
}

func TestADeadKeyIsExplainedWithoutAPolicy(t *testing.T) {
	view := newView(t, "")
	at, then := noon.Add(-time.Hour), noon.Add(-2*time.Hour)
	with := func(change func(*authz.APIKey)) *engine.View {
		key, _ := view.Snapshot().Key("key_p")
		record := key.Record()
		change(&record)
		edit := view.Snapshot().Edit()
		edit.ChangeKey(record)
		return view.Over(edit.Commit(8))
	}
	for _, c := range []struct {
		view  *engine.View
		q     explain.Question
		code  authz.Code
		words string
		ways  int
	}{
		{with(func(k *authz.APIKey) { k.RevokedAt = &at }), explain.Question{RevokedAt: &then}, authz.KeyRevoked, "revoked at 2030-01-31T10:00:00Z", 0},
		{with(func(k *authz.APIKey) { k.ExpiresAt = &at }), explain.Question{}, authz.KeyExpired, "expired at 2030-01-31T11:00:00Z", 1},
		{with(func(k *authz.APIKey) { k.ExpiresAt = &at }), explain.Question{Replaced: true}, authz.KeyExpired, "expired at 2030-01-31T11:00:00Z", 0},
		{with(func(k *authz.APIKey) { k.ExpiresAt = &at; k.Disabled = true }), explain.Question{}, authz.KeyExpired, "expired at", 1},
		{with(func(k *authz.APIKey) { k.Disabled = true }), explain.Question{}, authz.KeyDisabled, "disabled", 1},
	} {
		c.q.Key, _ = c.view.Snapshot().Key("key_p")
		c.q.Request = execute
		x, err := explain.Explain(t.Context(), c.view, c.q)
		if err != nil || x.Stopped == nil || x.Stopped.Code != c.code || !strings.Contains(x.Stopped.Words, c.words) || len(x.Steps) > 0 || len(x.Counterfactual.Ways) != c.ways {
			t.Errorf("%s: %+v, %+v, %v", c.code, x.Stopped, x.Counterfactual, err)
		}
		if c.ways == 0 && x.Counterfactual.Nothing == "" {
			t.Errorf("%s: no way out, and nothing is said", c.code)
		}
	}
}

// A policy that fails is told of what, and where; one who gives up is told nothing.
func TestNoDecisionIsExplained(t *testing.T) {
	view := newView(t, "deny contains {\"code\": \"x\"} if 1 / count([]) > 0")
	x := explainTo(t, view, "key_w", execute)
	if x.Decision.Allow || x.Decision.Code != authz.PolicyError || x.Fault == nil || x.Fault.Path != "site/site.rego" || x.Fault.Row != 3 || x.Counterfactual != nil || len(x.Steps) == 0 {
		t.Errorf("got %+v, %+v", x, x.Fault)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	key, _ := view.Snapshot().Key("key_o")
	if _, err := explain.Explain(ctx, newView(t, ""), explain.Question{Key: key, Request: execute}); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}

func BenchmarkExplain(b *testing.B) {
	view := newView(b, "")
	for _, keyID := range []string{"key_w", "key_o"} {
		key, _ := view.Snapshot().Key(keyID)
		b.Run(keyID, func(b *testing.B) {
			for b.Loop() {
				if _, err := explain.Explain(b.Context(), view, explain.Question{Key: key, Request: execute}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
