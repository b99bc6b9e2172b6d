package engine

import (
	"runtime"
	"sync/atomic"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
)

// What one evaluation may take beside its time. A decision of the shipped policy takes a few hundred steps, and makes a
// kilobyte.
const (
	// maxSteps is how many expressions may be evaluated: a second's worth, whatever the machine.
	maxSteps = 1_000_000
	// maxMade is how much builtins may make, in bytes.
	maxMade = 64 << 20
	// Beyond manySteps, or muchMade, an evaluation is one of those that are let run as many at once as there are cores: a
	// rule that takes memory takes it a few times over, and not once for each request that waits.
	manySteps = 20_000
	muchMade  = 1 << 20
)

// heavy are the places of the evaluations that take much.
var heavy = make(chan struct{}, runtime.GOMAXPROCS(0))

// timeLimit ends an evaluation that runs too long, or takes too much; OPA asks Cancelled before each expression. It is a
// topdown.Cancel that can be used again, which spares a timer for each decision.
type timeLimit struct {
	over     atomic.Bool
	timer    *time.Timer
	lasts    time.Duration
	steps    int
	made     int
	hasPlace bool
}

func (l *timeLimit) start(limit time.Duration) {
	l.lasts, l.steps, l.made = limit, 0, 0
	if l.timer == nil {
		l.timer = time.AfterFunc(limit, l.Cancel)
		return
	}
	l.timer.Reset(limit)
}

// stop tells whether the limit was not reached, and never will be: only then may start be called again.
func (l *timeLimit) stop() bool {
	if l.hasPlace {
		l.hasPlace = false
		<-heavy
	}
	return l.timer.Stop()
}

// Cancel implements topdown.Cancel.
func (l *timeLimit) Cancel() { l.over.Store(true) }

// Cancelled implements topdown.Cancel.
func (l *timeLimit) Cancelled() bool {
	l.steps++
	if l.steps > manySteps || l.made > muchMade {
		l.weigh()
	}
	return l.over.Load()
}

// weigh ends what takes too much, and has what takes much wait for a place.
func (l *timeLimit) weigh() {
	if l.steps > maxSteps || l.made > maxMade {
		l.Cancel()
	}
	if l.hasPlace || l.over.Load() {
		return
	}
	waited := time.NewTimer(l.lasts)
	defer waited.Stop()
	select {
	case heavy <- struct{}{}:
		l.hasPlace = true
	case <-waited.C:
		l.Cancel()
	}
}

// charge counts what a builtin has made, at its surface: what lies below was counted when it was made, or came from outside.
func (l *timeLimit) charge(made ast.Value) {
	const word = 64
	switch v := made.(type) {
	case ast.String:
		l.made += len(v)
	case ast.Number:
		l.made += len(v)
	case *ast.Array:
		l.made += word * v.Len()
	case ast.Set:
		l.made += 2 * word * v.Len()
	case ast.Object:
		l.made += 3 * word * v.Len()
	}
}
