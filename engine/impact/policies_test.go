package impact_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/impact"
	"github.com/steelengine/steelgate/policies"
)

// compile is the shipped policy with texts replaced, each in some file, at a revision.
func compile(t testing.TB, revision uint64, oldnew ...string) *engine.Policy {
	t.Helper()
	files, err := engine.ReadFiles(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(oldnew); i += 2 {
		replaced := 0
		for path, source := range files {
			replaced += strings.Count(source, oldnew[i])
			files[path] = strings.ReplaceAll(source, oldnew[i], oldnew[i+1])
		}
		if replaced == 0 {
			t.Fatalf("no file has %q", oldnew[i])
		}
	}
	policy, err := engine.Compile(files, revision, engine.Unguarded)
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

// siteEnd is where rules of the installation's own are put.
const siteEnd = "package steelgate.site\n"

// What a draft does in several places is told apart, each with a witness of which the two policies really decide so.
func TestADraftThatDoesSeveralThings(t *testing.T) {
	active := compile(t, 1)
	draft := compile(t, 2,
		`"id": key.user_id`, `"id": workspace.owner_id`,
		"else := refusal if {", "else := {\"allow\": true, \"code\": \"allowed\"} if input.action.name == \"back.door\"\n\nelse := refusal if {",
		siteEnd, siteEnd+"\ndeny := 1 / 0 if input.action.name == \"logs.read\"\n")
	small, err := impact.Policies(t.Context(), active, draft)
	if err != nil || small.Truncated || !small.Widens || !strings.HasPrefix(small.Digest, "sha256:") {
		t.Fatal(err, small.Truncated, small.Digest)
	}
	want := []string{
		"widened: a user, back.door on anything that has it: outside_scope -> allowed",
		"widened: any key, back.door on ",
		"errors: any key, logs.read on anything that has it: allowed -> policy_error",
		"allowed -> allowed, billed to the key's owner -> the workspace's owner",
	}
	changed := 0
	for i, c := range small.Classes {
		t.Log(c.Kind, c.Count, c.Summary)
		if i >= len(want) || !strings.Contains(string(c.Kind)+": "+c.Summary, want[i]) {
			t.Errorf("%s: %s", c.Kind, c.Summary)
		}
		if c.Witness.Before.Code != c.Before || c.Witness.After.Code != c.After || c.Kind == impact.Errors && (c.Witness.After.Error == "" || c.Witness.After.Allow) {
			t.Errorf("the witness is of another class: %+v", c.Witness)
		}
		if !small.Foretells(c.Witness.Facts, c.Witness.Before, c.Witness.After) {
			t.Errorf("the witness was not foretold: %+v", c.Witness)
		}
		changed += c.Count
	}
	if len(small.Classes) != len(want) || changed != small.Changed {
		t.Errorf("%d classes of %d questions, where %d change", len(small.Classes), changed, small.Changed)
	}
}

// A draft that never comes to an end is told so after a few questions, and never allows: but what the rest would be, nobody can tell.
func TestARunawayDraft(t *testing.T) {
	loop := make([]string, 8)
	for i := range loop {
		loop[i] = "some a" + string(rune('0'+i)) + " in [1, 2, 3, 4, 5, 6, 7, 8, 9]"
	}
	draft := compile(t, 2, siteEnd, siteEnd+"\ndeny contains {\"code\": \"late\", \"message\": \"\"} if {\n\t"+strings.Join(loop, "\n\t")+"\n\ta0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 < 0\n}\n")
	small, err := impact.Policies(t.Context(), compile(t, 1), draft)
	if err != nil || !small.Truncated || !small.Widens || !small.IsUncertain() || len(small.Classes) == 0 {
		t.Fatal(small.Truncated, small.Widens, err)
	}
	for _, c := range small.Classes {
		if c.Kind != impact.Errors || !strings.Contains(c.Witness.After.Error, "time limit") {
			t.Errorf("%s %s", c.Kind, c.Witness.After.Error)
		}
	}
}

func TestTheSmallWorldEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := impact.Policies(ctx, compile(t, 1), compile(t, 2)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
