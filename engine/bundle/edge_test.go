package bundle_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"

	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/bundle"
	"github.com/steelengine/steelgate/engine/policycheck"
	"github.com/steelengine/steelgate/policies"
)

// The edge's entrypoint is held to what the shipped policy is held to, and compiles beside it as strictly.
func TestTheEdgesTestsPassAndCoverEveryLine(t *testing.T) {
	const path = "edge/decision.rego"
	tests, err := os.ReadFile("edge/decision_test.rego")
	if err != nil {
		t.Fatal(err)
	}
	files, err := engine.ReadFiles(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	files[path] = bundle.EdgeDecision
	if _, err := engine.Compile(files, 1); err != nil {
		t.Fatal(err)
	}
	files["edge/decision_test.rego"] = string(tests)
	report, err := policycheck.RunTests(context.Background(), files)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Results {
		if !r.Pass {
			t.Errorf("%s: %s\n%s", r.Name, r.Message, r.Output)
		}
	}
	for _, place := range report.Uncovered {
		if place.Path == path {
			t.Errorf("no test evaluates %s", place)
		}
	}
	if report.Passed < 10 {
		t.Errorf("%d tests passed", report.Passed)
	}
	for name, source := range map[string]string{path: bundle.EdgeDecision, "edge/decision_test.rego": string(tests)} {
		formatted, err := format.SourceWithOpts(name, []byte(source), format.Opts{RegoVersion: ast.RegoV1})
		if err != nil || string(formatted) != source {
			t.Errorf("%s is not as opa fmt writes it: %v", name, err)
		}
	}
}

// What the service refuses, and what the edge does, read the same to whoever is refused.
func TestTheEdgeRefusesInTheServicesWords(t *testing.T) {
	for _, words := range []string{`"code": "key_unknown", "message": "No such API key exists."`, `"code": "key_expired", "message": "The API key has expired."`} {
		if !strings.Contains(bundle.EdgeDecision, words) {
			t.Errorf("the edge does not say %s", words)
		}
	}
}
