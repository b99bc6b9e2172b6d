package policycheck

import (
	"context"
	"errors"

	"github.com/steelengine/steelgate/engine"
)

// Check judges a draft.
func Check(ctx context.Context, files map[string]string) (Verdict, error) {
	v := Verdict{Diagnostics: engine.Diagnostics{}, Tests: Tests{Results: []Result{}}, Uncovered: []Place{}, Invariants: []Invariant{}}
	if _, err := engine.Compile(files, 0); err != nil {
		diagnostics, ok := errors.AsType[engine.Diagnostics](err)
		if !ok {
			return v, err
		}
		v.Diagnostics = diagnostics
		return v, nil
	}
	report, err := RunTests(ctx, files)
	if err != nil {
		diagnostics, ok := errors.AsType[engine.Diagnostics](err)
		if !ok {
			return v, err
		}
		v.Diagnostics = diagnostics
		return v, nil
	}
	v.Tests, v.Coverage, v.Uncovered = Tests{report.Passed, report.Failed, report.Results}, report.Coverage, report.Uncovered
	v.OK = report.Failed == 0
	return v, nil
}
