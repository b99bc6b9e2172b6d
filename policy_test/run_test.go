package policy_test_test

import (
	"context"
	"maps"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"

	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/policycheck"
	"github.com/steelengine/steelgate/policies"
	"github.com/steelengine/steelgate/policy_test"
)

// shipped is the shipped policy.
func shipped(t testing.TB) map[string]string {
	t.Helper()
	files, err := engine.ReadFiles(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// withTests is the shipped policy, what is given laid over it, with the shipped tests.
func withTests(t testing.TB, over map[string]string) map[string]string {
	t.Helper()
	files := shipped(t)
	tests, err := engine.ReadFiles(policy_test.Files)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(files, tests)
	maps.Copy(files, over)
	return files
}

func TestShippedTestsPassAndCoverEveryLine(t *testing.T) {
	report, err := policycheck.RunTests(context.Background(), withTests(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Results {
		if !r.Pass {
			t.Errorf("%s: %s\n%s", r.Name, r.Message, r.Output)
		}
	}
	for _, place := range report.Uncovered {
		t.Errorf("no test evaluates policies/%s", place)
	}
	if report.Coverage != 100 {
		t.Errorf("%.2f %% of lines are covered, not all", report.Coverage)
	}
	t.Logf("%d tests passed, %.1f %% of lines covered", report.Passed, report.Coverage)
}

// What an installation writes must not break the tests that hold the rest.
func TestShippedTestsHoldWhateverTheSiteSays(t *testing.T) {
	for name, rules := range map[string]string{
		"says all that it may": `deny contains {"code": "closed", "message": "Closed."}

deny contains {"code": "reads", "message": ""} if data.steelgate.authz.actions[input.action.name].requires == "read"

decision := {"allow": true, "code": "allowed"}

actions contains "table.read"`,
		"denies oddly": `deny := input.context`,
		"is a boolean": `deny := true`,
	} {
		t.Run(name, func(t *testing.T) {
			files := withTests(t, map[string]string{"site/site.rego": "package steelgate.site\n\n" + rules + "\n"})
			if _, err := engine.Compile(files, 1); err != nil {
				t.Fatal(err)
			}
			report, err := policycheck.RunTests(context.Background(), files)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range report.Results {
				if !r.Pass {
					t.Errorf("%s: %s", r.Name, r.Message)
				}
			}
		})
	}
}

func TestRegoIsFormattedAndDescribed(t *testing.T) {
	for path, source := range withTests(t, nil) {
		formatted, err := format.SourceWithOpts(path, []byte(source), format.Opts{RegoVersion: ast.RegoV1})
		if err != nil {
			t.Fatal(err)
		}
		if string(formatted) != source {
			t.Errorf("%s is not as opa fmt writes it", path)
		}
	}
}
