package snapshot

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
)

// hashes are ways in which names may fall: as they do, all onto one, onto few, and apart only at the last bits.
var hashes = map[string]func(name) uint64{
	"real":       hashOf,
	"all one":    func(name) uint64 { return 7 },
	"few":        func(n name) uint64 { return hashNumber(n) % 5 << 61 },
	"late bits":  func(n name) uint64 { return hashNumber(n) % 64 },
	"first bits": func(n name) uint64 { return hashNumber(n) << 56 },
}

func hashNumber(n name) uint64 {
	sum := uint64(len(n.b))
	for _, c := range []byte(n.a + n.b) {
		sum = sum*31 + uint64(c)
	}
	return sum
}

// withHash runs a test under another hash than the real one.
func withHash(t *testing.T, run func(t *testing.T)) {
	for label, hash := range hashes {
		t.Run(label, func(t *testing.T) {
			real := hashOf
			hashOf = hash
			defer func() { hashOf = real }()
			run(t)
		})
	}
}

func someName(random *rand.Rand, of int) name {
	n := random.IntN(of)
	return name{fmt.Sprintf("a%d", n/3), []string{"", "b", "c"}[n%3]}
}

func someRecord(random *rand.Rand) string {
	record := make([]byte, random.IntN(300))
	for i := range record {
		record[i] = byte(random.Uint32())
	}
	return string(record)
}

// world is what a table should hold.
type world map[name]string

func (w world) check(t *testing.T, what string, held table) {
	t.Helper()
	if held.count != len(w) {
		t.Fatalf("%s: count %d, want %d", what, held.count, len(w))
	}
	for n, record := range w {
		if got, ok := held.get(n); !ok || got != record {
			t.Fatalf("%s: %v is %q, %t; want %q", what, n, got, ok, record)
		}
	}
}

func TestTableIsAMap(t *testing.T) {
	withHash(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(1, 2))
		var held table
		want := world{}
		type past struct {
			table table
			world world
		}
		var pasts []past
		for i := range 3000 {
			n := someName(random, 200)
			if random.IntN(3) == 0 {
				held = held.remove(n)
				delete(want, n)
			} else {
				record := someRecord(random)
				held = held.put(n, record)
				want[n] = record
			}
			if _, ok := held.get(name{"a1", "other"}); ok {
				t.Fatal("found what was never put")
			}
			got, ok := held.get(n)
			if record, stands := want[n]; ok != stands || got != record {
				t.Fatalf("after step %d: %v is %q, %t", i, n, got, ok)
			}
			if i%300 == 0 {
				pasts = append(pasts, past{held, maps.Clone(want)})
			}
		}
		want.check(t, "now", held)
		for i, p := range pasts {
			p.world.check(t, fmt.Sprintf("as of step %d", 300*i), p.table)
		}
		for n := range want {
			held = held.remove(n)
		}
		if held.count != 0 {
			t.Errorf("%d entries left of none", held.count)
		}
	})
}

func TestBuilderMakesWhatEditsMake(t *testing.T) {
	withHash(t, func(t *testing.T) {
		for _, size := range []int{0, 1, maxLeaf, maxLeaf + 1, 1000} {
			random := rand.New(rand.NewPCG(3, uint64(size)))
			var b builder
			want := world{}
			for range size {
				n, record := someName(random, 2*size), someRecord(random)
				b.put(n, []byte(record))
				want[n] = record
			}
			built := b.table()
			want.check(t, fmt.Sprint(size), built)
			// What is built can be edited on.
			for n := range want {
				built = built.put(n, "other").remove(name{n.a, "never there"})
				want[n] = "other"
			}
			want.check(t, fmt.Sprintf("%d, edited", size), built)
		}
	})
}

func TestBuilderTakesEntriesLongerThanAPage(t *testing.T) {
	var b builder
	long := make([]byte, 2*pageLength)
	long[pageLength] = 'x'
	b.put(name{a: "short"}, []byte("s"))
	b.put(name{a: "long"}, long)
	b.put(name{a: "short"}, []byte("the last counts"))
	world{{a: "short"}: "the last counts", {a: "long"}: string(long)}.check(t, "built", b.table())
}

func TestGetAllocatesNothing(t *testing.T) {
	var held table
	for i := range 1000 {
		held = held.put(name{fmt.Sprint(i), "b"}, "record")
	}
	n := name{"512", "b"}
	if allocations := testing.AllocsPerRun(100, func() { held.get(n) }); allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}
