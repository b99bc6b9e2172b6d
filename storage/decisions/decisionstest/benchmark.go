package decisionstest

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/steelengine/steelgate/storage/decisions"
)

// BenchmarkAppend is about what a decision costs the log, in batches of a thousand whose keys and resources are all over.
func BenchmarkAppend(b *testing.B, log decisions.Log) {
	next := 0
	for b.Loop() {
		made := several(next, next+1000)
		for i := range made {
			made[i].ID = fmt.Sprintf("dec_%016x%016x", rand.Uint64(), rand.Uint64())
			made[i].KeyID = fmt.Sprintf("key_%d", rand.IntN(100_000))
			made[i].Request.Resource.ID = fmt.Sprintf("wf_%d", rand.IntN(100_000))
		}
		next += 1000
		if err := log.Append(b.Context(), made); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(next), "ns/decision")
}
