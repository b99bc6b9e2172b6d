package bundle_test

import (
	"testing"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/bench/world"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/bundle"
	"github.com/steelengine/steelgate/policies"
)

// BenchmarkBuild prints what a bundle costs for each key: microseconds to build it, and bytes to fetch it.
func BenchmarkBuild(b *testing.B) {
	files, err := engine.ReadFiles(policies.Files)
	if err != nil {
		b.Fatal(err)
	}
	policy, err := engine.Compile(files, 1)
	if err != nil {
		b.Fatal(err)
	}
	keyring, err := apikey.NewKeyring()
	if err != nil {
		b.Fatal(err)
	}
	w := world.World{Keys: 100_000}
	s, err := w.Snapshot(keyring)
	if err != nil {
		b.Fatal(err)
	}
	e := engine.New(engine.Options{Keyring: keyring, Clock: func() time.Time { return world.Now }})
	e.UsePolicy(policy)
	e.UseSnapshot(s, world.Now)
	var length int64
	for b.Loop() {
		built, err := bundle.NewSource(b.TempDir()).Latest(b.Context(), e.View)
		if err != nil {
			b.Fatal(err)
		}
		length = built.Length
		built.Close()
	}
	keys := float64(w.Keys)
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/keys, "us/key")
	b.ReportMetric(float64(length)/keys, "bytes/key")
}
