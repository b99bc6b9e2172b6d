package redis

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"time"

	"github.com/redis/go-redis/v9"
)

// Listen calls wake for every ring, and once whenever it is connected anew, for what was rung before is lost. It connects
// again and again until the context ends or the bell is closed. Wake must not block: Redis cuts off who does not read.
func (b *Bell) Listen(ctx context.Context, wake func()) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(b.closing, cancel)()
	l := listener{bell: b, wake: wake}
	wait := b.retries.first
	for ctx.Err() == nil {
		subscribed, err := l.hear(ctx)
		if subscribed {
			wait = b.retries.first
		}
		if ctx.Err() == nil {
			l.lost(err)
		}
		// Replicas that lost the same server do not come back in step.
		pause(ctx, wait/2+rand.N(wait/2+1))
		wait = min(2*wait, b.retries.last)
	}
}

// retries are the shortest and the longest wait before a connection is tried again.
type retries struct{ first, last time.Duration }

var standardRetries = retries{first: 100 * time.Millisecond, last: 5 * time.Second}

// listener is one Listen under way.
type listener struct {
	bell    *Bell
	wake    func()
	failing bool
}

// hear listens on one connection until it breaks, and tells whether it was ever subscribed. It reads by itself: the
// library's channels drop messages silently when they are full.
func (l *listener) hear(ctx context.Context) (subscribed bool, err error) {
	subscription := l.bell.client.Subscribe(ctx, channel)
	defer subscription.Close()
	// A read that waits does not see the context end.
	defer context.AfterFunc(ctx, func() { _ = subscription.Close() })()
	asked := false
	for {
		message, err := subscription.ReceiveTimeout(ctx, l.bell.silence)
		if isTimeout(err) && subscribed && !asked {
			// Silence is either peace or a connection that died without a word. Who is there answers.
			asked, err = true, subscription.Ping(ctx)
			if err == nil {
				continue
			}
		}
		if err != nil {
			return subscribed, err
		}
		asked = false
		switch message.(type) {
		case *redis.Subscription:
			subscribed = true
			l.found()
			l.wake()
		case *redis.Message:
			l.wake()
		}
	}
}

// lost logs the first failure of a row.
func (l *listener) lost(err error) {
	if !l.failing && l.bell.Log != nil {
		l.bell.Log.Warn("Redis is out of reach; changes made elsewhere are seen at the next look, not at once", "error", err)
	}
	l.failing = true
}

// found logs the recovery.
func (l *listener) found() {
	if l.failing && l.bell.Log != nil {
		l.bell.Log.Info("Redis is back")
	}
	l.failing = false
}

func isTimeout(err error) bool {
	failure, ok := errors.AsType[net.Error](err)
	return ok && failure.Timeout()
}

// pause waits, or until the context ends.
func pause(ctx context.Context, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
