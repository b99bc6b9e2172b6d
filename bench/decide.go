package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"syscall"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/bench/world"
	"github.com/steelengine/steelgate/engine"
)

// asker asks an engine over a world, each time with another key.
type asker struct {
	engine      *engine.Engine
	credentials []engine.Credential
	requests    []authz.Request
	next        int
}

// questions is how many are made beforehand, spread over all keys.
const questions = 1 << 16

func newAsker(w world.World, policy *engine.Policy) (*asker, error) {
	e, err := w.Engine(policy)
	if err != nil {
		return nil, err
	}
	a := &asker{engine: e}
	for n := range questions {
		i := askedKey(w, n)
		a.credentials = append(a.credentials, engine.Present(world.Secret(i)))
		a.requests = append(a.requests, w.Question(i, n))
	}
	return a, nil
}

// askedKey is the number of the key that the nth question is asked with: far from the last.
func askedKey(w world.World, n int) int {
	return int(uint64(n) * 0x9e3779b97f4a7c15 >> 20 % uint64(w.Keys))
}

// ask makes decisions for a while, and answers how many.
func (a *asker) ask(d time.Duration) (int, error) {
	const between = 256 // looks at the clock
	asked := 0
	for begin := time.Now(); time.Since(begin) < d; {
		for range between {
			view, err := a.engine.View()
			if err != nil {
				return asked, err
			}
			at := a.next % questions
			a.next++
			if _, err := view.Decide(a.credentials[at], a.requests[at]); err != nil {
				return asked, err
			}
		}
		asked += between
	}
	return asked, nil
}

// cost is what one decision took.
type cost struct{ wall, cpu, allocs, bytes float64 }

func (a *asker) measure(d time.Duration) (cost, error) {
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu, begin := cpuTime(), time.Now()
	asked, err := a.ask(d)
	n := float64(asked)
	wall, used := time.Since(begin), cpuTime()-cpu
	runtime.ReadMemStats(&after)
	return cost{
		wall: float64(wall.Nanoseconds()) / n, cpu: float64(used.Nanoseconds()) / n,
		allocs: float64(after.Mallocs-before.Mallocs) / n, bytes: float64(after.TotalAlloc-before.TotalAlloc) / n,
	}, err
}

// cpuTime is what this process has used of processors, whoever else uses them too.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// decisions prints what a decision costs in-process over worlds of several sizes, measured in turn.
func (b *bench) decisions() error {
	b.title("A decision in-process, by the shipped policy: %d rounds of %v, medians", b.rounds, b.span)
	var askers []*asker
	for _, keys := range b.sizes {
		a, err := newAsker(world.World{Keys: keys}, b.policy)
		if err != nil {
			return err
		}
		askers = append(askers, a)
	}
	debug.FreeOSMemory()
	costs := make([][]cost, len(askers))
	for range b.rounds {
		for i, a := range askers {
			c, err := a.measure(b.span)
			if err != nil {
				return err
			}
			costs[i] = append(costs[i], c)
		}
	}
	first := 0.0
	for i, keys := range b.sizes {
		wall := median(costs[i], func(c cost) float64 { return c.wall })
		if i == 0 {
			first = wall
		}
		b.line("%9d keys: %7.0f ns  %7.0f ns of CPU  %5.0f allocations  %6.0f bytes   %.2f x the smallest", keys, wall,
			median(costs[i], func(c cost) float64 { return c.cpu }), median(costs[i], func(c cost) float64 { return c.allocs }),
			median(costs[i], func(c cost) float64 { return c.bytes }), wall/first)
	}
	return b.profile(askers[len(askers)-1])
}

func median[T any](all []T, of func(T) float64) float64 {
	values := make([]float64, len(all))
	for i, one := range all {
		values[i] = of(one)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

func (b *bench) title(format string, arguments ...any) {
	fmt.Fprintf(b.out, "\n"+format+"\n", arguments...)
}

func (b *bench) line(format string, arguments ...any) {
	fmt.Fprintf(b.out, "  "+format+"\n", arguments...)
}
