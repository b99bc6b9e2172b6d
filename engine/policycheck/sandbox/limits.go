package sandbox

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// Limits are what one check may take.
type Limits struct {
	// Time is by the clock on the wall, and CPU of the processor, rounded up to whole seconds.
	Time time.Duration `json:"-"`
	CPU  time.Duration `json:"cpu"`
	// Memory is in bytes.
	Memory uint64 `json:"memory"`
}

// DefaultLimits are those of a Checker that says nothing else. The shipped policy with its tests takes less than a second of the processor; by
// the clock a busy machine needs longer, and an edit may be urgent there.
var DefaultLimits = Limits{Time: slowdown * 30 * time.Second, CPU: slowdown * 10 * time.Second, Memory: 512 << 20}

// exitMemory is the exit code of a worker that found itself past its memory.
const exitMemory = 75

// impose holds this process to the limits, for as long as it lives. The operating system's are set where there are some; in
// any case the process looks at its own memory, and ends itself.
func (l Limits) impose() {
	// The process lives for one check, and has the memory for it: the collector works little, and harder before the end comes.
	debug.SetGCPercent(800)
	debug.SetMemoryLimit(int64(l.Memory) / 4 * 3)
	imposeSystem(l)
	go func() {
		for range time.Tick(20 * time.Millisecond) {
			if memoryTaken() <= l.Memory {
				continue
			}
			// What nobody needs any more is not what was taken. To find that out takes long where far too much was.
			if memoryTaken() <= 2*l.Memory {
				debug.FreeOSMemory()
			}
			if memoryTaken() > l.Memory {
				os.Exit(exitMemory)
			}
		}
	}()
}

// memoryTaken is what the process holds of memory, in bytes.
func memoryTaken() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64() - sample[1].Value.Uint64()
}
