package redis

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// channel is the one that every replica rings and listens on.
const channel = "steelgate:look"

// networkTimeout is how long a dial, a write or an answer may take. A ring that takes longer has lost its purpose.
const networkTimeout = 2 * time.Second

// Bell rings, and is heard, through Redis. Its methods may be called from many goroutines.
type Bell struct {
	// Log, if set before Listen, is told when Redis is out of reach, and when it is back.
	Log *slog.Logger

	client *redis.Client
	// rung holds one ring that is not published yet; more would say nothing more.
	rung chan struct{}
	// closing ends the publisher and every Listen.
	closing    context.Context
	close      func() error
	publishing sync.WaitGroup
	retries    retries
	silence    time.Duration
}

// quiet keeps the library from writing lines of its own to standard error, among those of the program's log.
type quiet struct{}

// Printf implements the library's logger.
func (quiet) Printf(context.Context, string, ...any) {}

func init() { redis.SetLogger(quiet{}) }

// Open makes a bell for a URL of redis://, rediss:// or unix://. Redis need not be reachable, then or later: what is rung
// meanwhile is lost. The context is not kept.
func Open(_ context.Context, url string) (*Bell, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		// The error would repeat the URL, which may hold a password.
		return nil, errors.New("the Redis URL can't be used: want redis://HOST:PORT/DATABASE, or rediss:// for TLS")
	}
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout = networkTimeout, networkTimeout, networkTimeout
	options.ContextTimeoutEnabled = true
	// The bell tries again by itself, and a ring is not worth a second try.
	options.MaxRetries, options.DialerRetries = -1, 1
	// Nothing is asked of the server that a plain or an old one would refuse.
	options.DisableIdentity = true
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}

	closing, cancel := context.WithCancel(context.Background())
	b := &Bell{client: redis.NewClient(options), rung: make(chan struct{}, 1), closing: closing, retries: standardRetries, silence: 15 * time.Second}
	b.close = sync.OnceValue(func() error {
		cancel()
		err := b.client.Close()
		b.publishing.Wait()
		return err
	})
	b.publishing.Go(b.publish)
	return b, nil
}

// Ring has every listener look, soon. It never blocks, and rings that are not out yet become one.
func (b *Bell) Ring() {
	select {
	case b.rung <- struct{}{}:
	default:
	}
}

// publish sends what is rung, until the bell is closed. A failure costs the listeners one interval of their own, and there
// is nothing better to do about it.
func (b *Bell) publish() {
	for {
		select {
		case <-b.closing.Done():
			return
		case <-b.rung:
			_ = b.client.Publish(b.closing, channel, "").Err()
		}
	}
}

// Close ends every Listen and gives the connections back. What was rung a moment before may be lost.
func (b *Bell) Close() error { return b.close() }
