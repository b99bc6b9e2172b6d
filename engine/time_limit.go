package engine

import (
	"sync/atomic"
	"time"
)

// timeLimit ends an evaluation that runs too long; OPA asks Cancelled before each expression. It is a topdown.Cancel that
// can be used again, which spares a timer for each decision.
type timeLimit struct {
	over  atomic.Bool
	timer *time.Timer
}

func (l *timeLimit) start(limit time.Duration) {
	if l.timer == nil {
		l.timer = time.AfterFunc(limit, l.Cancel)
		return
	}
	l.timer.Reset(limit)
}

// stop tells whether the limit was not reached, and never will be: only then may start be called again.
func (l *timeLimit) stop() bool { return l.timer.Stop() }

// Cancel implements topdown.Cancel.
func (l *timeLimit) Cancel() { l.over.Store(true) }

// Cancelled implements topdown.Cancel.
func (l *timeLimit) Cancelled() bool { return l.over.Load() }
