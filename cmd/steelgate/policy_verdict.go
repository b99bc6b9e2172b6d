package main

import (
	"fmt"
	"io"

	"github.com/steelengine/steelgate/engine/policycheck"
)

// printVerdict shows what is wrong with a draft.
func printVerdict(w io.Writer, v policycheck.Verdict) error {
	for _, d := range v.Diagnostics {
		fmt.Fprintln(w, d)
	}
	for _, r := range v.Tests.Results {
		if !r.Pass && !r.Skip {
			fmt.Fprintf(w, "FAIL  %s %s %s\n", r.Path, r.Name, r.Message)
		}
	}
	for _, i := range v.Invariants {
		if !i.Holds {
			fmt.Fprintf(w, "BROKEN  %s: %s\n        %s\n", i.Name, i.Promise, i.Witness)
		}
	}
	return nil
}

// verdictError gives a draft that is refused its exit code; nil for one that is not.
func verdictError(v policycheck.Verdict) error {
	switch {
	case v.OK:
		return nil
	case v.Tests.Failed > 0:
		return &exitError{exitPolicyTestsFail, fmt.Errorf("%d of %d tests failed", v.Tests.Failed, v.Tests.Passed+v.Tests.Failed)}
	}
	return &exitError{exitPolicyBroken, fmt.Errorf("the policy is refused")}
}
