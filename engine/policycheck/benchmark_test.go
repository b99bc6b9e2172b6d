package policycheck_test

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/policycheck"
	"github.com/steelengine/steelgate/policies"
	"github.com/steelengine/steelgate/policy_test"
)

// BenchmarkCheck judges the shipped policy: all of it, and up to the tests, which run beside the decisions.
func BenchmarkCheck(b *testing.B) {
	bare, err := engine.ReadFiles(policies.Files)
	if err != nil {
		b.Fatal(err)
	}
	tests, err := engine.ReadFiles(policy_test.Files)
	if err != nil {
		b.Fatal(err)
	}
	whole := maps.Clone(bare)
	maps.Copy(whole, tests)
	for name, files := range map[string]map[string]string{"with its tests": whole, "without": bare} {
		b.Run(name, func(b *testing.B) {
			stages := map[policycheck.Stage]time.Duration{}
			for b.Loop() {
				at, begin := policycheck.Reading, time.Now()
				v, err := policycheck.CheckStaged(context.Background(), files, func(s policycheck.Stage) {
					stages[at] += time.Since(begin)
					at, begin = s, time.Now()
				})
				if err != nil || !v.OK {
					b.Fatalf("OK %t, %v, %v", v.OK, v.Diagnostics, err)
				}
			}
			for stage, unit := range map[policycheck.Stage]string{policycheck.Compiling: "ms-compile", policycheck.Deciding: "ms-decide"} {
				b.ReportMetric(float64(stages[stage].Microseconds())/1000/float64(b.N), unit)
			}
		})
	}
}
