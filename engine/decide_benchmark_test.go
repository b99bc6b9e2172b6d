package engine_test

import (
	"fmt"
	"testing"

	"github.com/steelengine/steelgate/bench/world"
	"github.com/steelengine/steelgate/engine"
)

// BenchmarkDecide asks different keys about different resources, so that a larger world is met with colder memory. The
// figures to compare are those of one run: bench/ prints them with their ratios, and a million keys beside.
func BenchmarkDecide(b *testing.B) {
	policy, err := engine.Compile(shipped(b), 1)
	if err != nil {
		b.Fatal(err)
	}
	for _, keys := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(keys), func(b *testing.B) {
			w := world.World{Keys: keys}
			e, err := w.Engine(policy)
			if err != nil {
				b.Fatal(err)
			}
			credentials := make([]engine.Credential, 4096)
			numbers := make([]int, len(credentials))
			for n := range credentials {
				numbers[n] = n * 7919 % w.Keys
				credentials[n] = engine.Present(world.Secret(numbers[n]))
			}
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				at := n % len(credentials)
				view, err := e.View()
				if err != nil {
					b.Fatal(err)
				}
				if _, err := view.Decide(credentials[at], w.Question(numbers[at], n)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
