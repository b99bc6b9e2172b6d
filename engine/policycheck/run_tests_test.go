package policycheck_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/policycheck"
)

const policy = `package steelgate.authz

decision := {"allow": true, "code": "allowed"} if input.user == "ada"

else := {"allow": false, "code": "no"} if data.users[input.user]

never if input.user == "nobody"
`

func runTests(t *testing.T, tests string) policycheck.Report {
	t.Helper()
	report, err := policycheck.RunTests(context.Background(), map[string]string{
		"authz/decision.rego":      policy,
		"authz/decision_test.rego": "package steelgate.authz_test\n\nimport data.steelgate.authz.decision\n\n" + tests,
	})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestEachTestHasAResult(t *testing.T) {
	report := runTests(t, `test_allows if decision.allow with input.user as "ada"

test_denies if {
	d := decision with input.user as "ben" with data.users.ben as {}
	d.code == "yes"
}

test_fails_otherwise if { print("seen"); 1 == 2 }

test_errs if to_number("x") == 1

test_undefined if decision with input.user as "cleo"

todo_test_later if false

test_cases[name] if { some name, c in {"one": 1, "two": 2}; c == 1 }

test_overlong if { every a in _ten { every b in _ten { a + b >= 0 } } }

_ten := [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
`)
	if report.Passed != 2 || report.Failed != 5 || len(report.Results) != 8 {
		t.Errorf("%d passed, %d failed of %d", report.Passed, report.Failed, len(report.Results))
	}
	if !slices.IsSortedFunc(report.Results, func(a, b policycheck.Result) int { return a.Row - b.Row }) {
		t.Error("the results are not in the order of the file")
	}
	for name, want := range map[string]struct {
		pass, skip bool
		message    string
		output     string
	}{
		"test_allows":          {true, false, "", ""},
		"test_denies":          {false, false, `authz/decision_test.rego:9: not true: d.code == "yes"`, ""},
		"test_fails_otherwise": {false, false, "authz/decision_test.rego:12: not true: 1 == 2", "seen\n"},
		"test_errs":            {false, false, "authz/decision_test.rego:14", ""},
		"test_undefined":       {false, false, `authz/decision_test.rego:16: not true: decision with input.user as "cleo"`, ""},
		"todo_test_later":      {false, true, "", ""},
		"test_cases":           {false, false, `authz/decision_test.rego:20: not true for the case "two"`, ""},
		"test_overlong":        {true, false, "", ""},
	} {
		i := slices.IndexFunc(report.Results, func(r policycheck.Result) bool { return r.Name == "data.steelgate.authz_test."+name })
		if i < 0 {
			t.Errorf("%s has no result", name)
			continue
		}
		r := report.Results[i]
		if r.Pass != want.pass || r.Skip != want.skip || !strings.Contains(r.Message, want.message) || (want.message == "") != (r.Message == "") ||
			r.Output != want.output || r.Path != "authz/decision_test.rego" || r.Row == 0 {
			t.Errorf("%s: got %+v", name, r)
		}
	}
}

func TestCoverageNamesTheLinesThatNoTestEvaluates(t *testing.T) {
	report := runTests(t, `test_allows if decision.allow with input.user as "ada"`)
	places := make([]string, len(report.Uncovered))
	for i, place := range report.Uncovered {
		places[i] = place.String()
	}
	if !slices.Contains(places, "authz/decision.rego:5") || !slices.Contains(places, "authz/decision.rego:7") || slices.Contains(places, "authz/decision.rego:3") {
		t.Errorf("uncovered: %v", places)
	}
	if report.Coverage <= 0 || report.Coverage >= 100 {
		t.Errorf("coverage %f", report.Coverage)
	}
	report = runTests(t, `test_all if {
	decision.allow with input.user as "ada"
	decision.code == "no" with input.user as "ben" with data.users.ben as {}
	data.steelgate.authz.never with input.user as "nobody"
}`)
	if report.Coverage != 100 || len(report.Uncovered) != 0 {
		t.Errorf("coverage %f, uncovered: %v", report.Coverage, report.Uncovered)
	}
}

func TestWhatDoesNotCompileIsLocated(t *testing.T) {
	for name, c := range map[string]struct {
		source string
		row    int
	}{
		"syntax in a test":           {"package steelgate.authz_test\n\ntest_a if nonsense(", 3},
		"an unknown function":        {"package steelgate.authz_test\n\ntest_a if nothing(1)", 3},
		"a builtin that reaches out": {"package steelgate.authz_test\n\ntest_a if http.send({})", 3},
		"a type error":               {"package steelgate.authz_test\n\ntest_a if count(true) == 1", 3},
		"an empty file":              {"", 1},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := policycheck.RunTests(context.Background(), map[string]string{"authz/a.rego": policy, "authz/a_test.rego": c.source})
			diagnostics, ok := errors.AsType[engine.Diagnostics](err)
			if !ok || len(diagnostics) == 0 {
				t.Fatalf("got %v, want diagnostics", err)
			}
			if d := diagnostics[0]; d.Path != "authz/a_test.rego" || d.Row != c.row || d.Severity != "error" || d.Code == "" || d.Message == "" {
				t.Errorf("got %+v", d)
			}
		})
	}
}

func TestNoTests(t *testing.T) {
	report, err := policycheck.RunTests(context.Background(), map[string]string{"a.rego": policy})
	if err != nil || report.Passed+report.Failed != 0 || report.Results == nil || report.Coverage != 0 {
		t.Errorf("got %+v, %v", report, err)
	}
}

func TestTheContextEndsARun(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := policycheck.RunTests(ctx, map[string]string{"a_test.rego": "package a\ntest_a if true"})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
