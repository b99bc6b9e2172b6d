package policy_test_test

import (
	"context"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/impact"
	"github.com/steelengine/steelgate/engine/policycheck"
	"github.com/steelengine/steelgate/engine/smallworld"
	"github.com/steelengine/steelgate/policy_test/model"
	"github.com/steelengine/steelgate/policy_test/stage"
)

// guideEdit is one of the guide's four edits, as it stands there.
type guideEdit struct {
	title string
	// diffs are the differences, each with the file that it is of.
	diffs [][2]string
	// foretold are the classes that it shows, the end of some left out.
	foretold []string
	// failing are the shipped tests that hold what the edit changes.
	failing []string
}

var (
	subsection = regexp.MustCompile(`(?m)^### (.+)$`)
	failure    = regexp.MustCompile(`(?m)^FAIL  … (data\.\S+) …$`)
	shown      = regexp.MustCompile(`(?m)^(widened|narrowed|code_changed): .+$`)
	difference = regexp.MustCompile("(?s)In `(?:policies|policy_test)/([^`]+)`[^\n]*:\n\n```diff\n(.*?)```")
)

func guideEdits(t *testing.T) (edits []guideEdit) {
	t.Helper()
	guide, err := os.ReadFile("../docs/policy-guide.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(guide), "\n## Four edits, from first to last\n")
	section, _, _ = strings.Cut(section, "\n## ")
	places := subsection.FindAllStringSubmatchIndex(section, -1)
	for i, place := range places {
		end := len(section)
		if i+1 < len(places) {
			end = places[i+1][0]
		}
		edit := guideEdit{title: section[place[2]:place[3]]}
		for _, found := range difference.FindAllStringSubmatch(section[place[1]:end], -1) {
			edit.diffs = append(edit.diffs, [2]string{found[1], found[2]})
		}
		for _, found := range failure.FindAllStringSubmatch(section[place[1]:end], -1) {
			edit.failing = append(edit.failing, found[1])
		}
		for _, found := range shown.FindAllStringSubmatch(section[place[1]:end], -1) {
			edit.foretold = append(edit.foretold, found[0])
		}
		edits = append(edits, edit)
	}
	if len(edits) != 4 || strings.Count(section, "```diff") != 6 {
		t.Fatalf("the guide has other edits: %q", edits)
	}
	return edits
}

// apply changes the files as the guide says, the tests among them or not.
func (e guideEdit) apply(t *testing.T, files map[string]string, tests bool) {
	t.Helper()
	for _, diff := range e.diffs {
		if engine.IsTest(diff[0]) != tests {
			continue
		}
		var before, after strings.Builder
		for line := range strings.Lines(diff[1]) {
			if line[0] != '+' {
				before.WriteString(line[1:])
			}
			if line[0] != '-' {
				after.WriteString(line[1:])
			}
		}
		if strings.Count(files[diff[0]], before.String()) != 1 {
			t.Fatalf("%s does not have this once:\n%s", diff[0], before.String())
		}
		files[diff[0]] = strings.Replace(files[diff[0]], before.String(), after.String(), 1)
	}
}

// What the guide says may be done as it stands there: it compiles, no shipped test fails but those that the guide
// names, and none once they are changed as it says. Each edit flips just the decisions that its impact foretells.
func TestTheGuidesEditsDoWhatImpactForetells(t *testing.T) {
	active, err := engine.Compile(shipped(t), 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, edit := range guideEdits(t) {
		t.Run(edit.title, func(t *testing.T) {
			files := withTests(t, nil)
			edit.apply(t, files, false)
			report, err := policycheck.RunTests(context.Background(), files)
			if failed := failures(report); err != nil || !slices.Equal(failed, edit.failing) {
				t.Fatalf("these tests fail: %q, %v, and the guide says %q", failed, err, edit.failing)
			}
			edit.apply(t, files, true)
			report, err = policycheck.RunTests(context.Background(), files)
			if failed := failures(report); err != nil || len(failed) > 0 {
				t.Fatalf("with the tests changed as the guide says, these fail: %q, %v", failed, err)
			}
			draft, err := engine.Compile(files, 2)
			if err != nil {
				t.Fatal(err)
			}
			small, err := impact.Policies(t.Context(), active, draft)
			if err != nil || small.Truncated || small.IsUncertain() {
				t.Fatal(err, small.Unseen)
			}
			told := ""
			for _, class := range small.Classes {
				t.Logf("%s: %s (%d)", class.Kind, class.Summary, class.Count)
				told += string(class.Kind) + ": " + class.Summary + "\n"
			}
			for _, line := range edit.foretold {
				if begin, _, _ := strings.Cut(line, "…"); !strings.Contains(told, begin) {
					t.Errorf("the guide shows a class that is not foretold: %s", line)
				}
			}
			if i == 3 {
				holdRoutes(t, active, draft, small)
				return
			}
			holdDecisions(t, active, draft, small)
		})
	}
}

// failures are the names of the tests that fail, in order.
func failures(report policycheck.Report) (failed []string) {
	for _, r := range report.Results {
		if !r.Pass {
			failed = append(failed, r.Name)
		}
	}
	slices.Sort(failed)
	return failed
}

// anyMoment is in the week that follows noon.
func anyMoment(r *rapid.T) time.Time {
	return noon.Add(time.Duration(rapid.IntRange(0, 7*24*60-1).Draw(r, "minute")) * time.Minute)
}

// drawTables makes some tables stand in a drawn world.
func drawTables(r *rapid.T, w *model.World) {
	for _, id := range []string{"t1", "t2"} {
		w.PutResource(authz.Resource{Type: "table", ID: id, WorkspaceID: pick(r, append([]string{""}, workspaceIDs...)), Properties: authz.Object(`{}`)})
	}
}

// holdDecisions asks both policies 10,000 random questions: what flips is foretold.
func holdDecisions(t *testing.T, active, draft *engine.Policy, small impact.SmallWorld) {
	s, err := stage.New(active.Files(), noon)
	if err != nil {
		t.Fatal(err)
	}
	asked, flipped := 0, 0
	rapid.Check(t, func(r *rapid.T) {
		w := drawWorld(r)
		drawTables(r, w)
		if err := s.Build(w); err != nil {
			r.Fatal(err)
		}
		view, err := s.Engine().View()
		if err != nil {
			r.Fatal(err)
		}
		for range questionsPerWorld * 11 / 10 {
			q := drawQuestion(r, w)
			if oneIn(r, 4) {
				q.Action = pick(r, []string{"table.read", "table.write", "table.drop"})
				q.Resource.Type, q.Resource.ID = "table", pick(r, []string{"t1", "t2", "t9"})
			}
			key, known := view.Snapshot().Key(q.KeyID)
			if !known {
				continue
			}
			at := anyMoment(r)
			before, after := outcome(r, view.By(active).At(at), key.ID(), q.Request), outcome(r, view.By(draft).At(at), key.ID(), q.Request)
			asked++
			if before.Code == after.Code && sameOwner(before.BilledTo, after.BilledTo) {
				continue
			}
			flipped++
			facts := smallworld.Describe(view.Snapshot(), key, q.Request, at)
			if !small.Foretells(facts, before, after) {
				r.Fatalf("%s -> %s was not foretold, of %q", before.Code, after.Code, facts)
			}
		}
	})
	t.Logf("%d of %d random requests flip, each of them foretold", flipped, asked)
	if flipped == 0 || asked < 10_000 {
		t.Error("the requests are too few or too tame")
	}
}

func outcome(r *rapid.T, v *engine.View, keyID string, request authz.Request) impact.Outcome {
	key, _ := v.Snapshot().Key(keyID)
	d, err := v.Authorize(key, request)
	if err != nil {
		r.Fatal(err)
	}
	return impact.Outcome{Allow: d.Allow, Code: d.Code, BilledTo: d.BilledTo}
}

func sameOwner(a, b *authz.Owner) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}

// holdRoutes asks both policies what 10,000 requests to the product's API are: what becomes another is foretold.
func holdRoutes(t *testing.T, active, draft *engine.Policy, small impact.SmallWorld) {
	if small.Changed != 0 || !small.Widens || len(small.Routes) != 1 || small.Routes[0].Before != nil {
		t.Fatalf("got %+v", small)
	}
	foretold := regexp.MustCompile(`^(GET|HEAD) /api/workflows/[^/]+/history$`)
	if pattern := small.Routes[0].Pattern; pattern != "GET /api/workflows/{workflow}/history" {
		t.Fatalf("the guide's route is %s", pattern)
	}
	s, err := stage.New(active.Files(), noon)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Build(model.NewWorld()); err != nil {
		t.Fatal(err)
	}
	view, err := s.Engine().View()
	if err != nil {
		t.Fatal(err)
	}
	flipped := 0
	rapid.Check(t, func(r *rapid.T) {
		for range questionsPerWorld {
			method := pick(r, []string{"GET", "HEAD", "POST", "PUT", "DELETE"})
			uri := "/api/" + pick(r, []string{"workflows", "workspaces", "mcp"}) + "/" + pick(r, workflowIDs) + pick(r, []string{"", "/history", "/logs", "/execute", "/history/1"})
			was, _, matched := view.Route(method, uri)
			is, _, matches := view.By(draft).Route(method, uri)
			isFlip := matched != matches || was.Action != is.Action || was.Resource.ID != is.Resource.ID
			if isFlip != foretold.MatchString(method+" "+uri) {
				r.Fatalf("%s %s: %v %v -> %v %v", method, uri, matched, was, matches, is)
			}
			if isFlip {
				flipped++
			}
		}
	})
	if flipped == 0 {
		t.Error("nothing flips: the requests are too tame")
	}
}

// The rest of the guide's rules may be written as they stand there too.
func TestTheGuidesRulesCompile(t *testing.T) {
	guide, err := os.ReadFile("../docs/policy-guide.md")
	if err != nil {
		t.Fatal(err)
	}
	denials := 0
	for _, found := range regexp.MustCompile("(?s)```rego\n(.*?)```").FindAllStringSubmatch(string(guide), -1) {
		switch source := found[1]; {
		case strings.HasPrefix(source, "deny contains"):
			denials++
			files := maps.Clone(shipped(t))
			files["site/site.rego"] = "package steelgate.site\n\n" + source
			if _, err := engine.Compile(files, 1); err != nil {
				t.Errorf("%v\n%s", err, source)
			}
		case strings.HasPrefix(source, `"`):
			if _, err := engine.Compile(map[string]string{"a.rego": "package a\n\nx := {\n" + source + "}\n", "b.rego": "package steelgate.authz\n\ndecision := {}"}, 1); err != nil {
				t.Errorf("%v\n%s", err, source)
			}
		}
	}
	if denials != 3 {
		t.Errorf("the guide has %d rules that deny, not 3", denials)
	}
}
