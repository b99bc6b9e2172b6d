package decisionlog

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage/decisions"
)

// Sink is where decisions are handed to. Append keeps all or none; what failed is appended again. It ends with its context.
type Sink interface {
	Append(ctx context.Context, made []authz.LoggedDecision) error
	// Retain lets go of what is too old or too much.
	Retain(ctx context.Context, limit decisions.Limit) error
}

const (
	// batchEvery and batchSize are after what time, and at how many decisions, those that wait are written.
	batchEvery = 100 * time.Millisecond
	batchSize  = 1000
	// maxAtOnce is how many are written at once where more wait.
	maxAtOnce = 10_000
	// maxQueued is how many bytes may wait. At ten thousand decisions a second it is filled by a sink that is stuck for ten
	// seconds.
	maxQueued = 64 << 20
	// writeTimeout is how long a write may take, and retryAfter how long after one that failed the next is tried.
	writeTimeout = 10 * time.Second
	retryAfter   = 500 * time.Millisecond
	// drainTimeout is how long what waits at the end may take to be written.
	drainTimeout = 10 * time.Second
	retainEvery  = time.Minute
	// complainEvery is how often what was shed is said.
	complainEvery = time.Minute
)

// Options are a recorder's; Sink is needed.
type Options struct {
	Sink Sink
	// MaxAge and MaxBytes are how much is kept; 0 is any.
	MaxAge   time.Duration
	MaxBytes int64
	Log      *slog.Logger
}

// Recorder takes decisions. Its methods may be called from many goroutines.
type Recorder struct {
	o      Options
	shards [8]shard
	// queued are the bytes that wait, and waiting the decisions.
	queued, waiting atomic.Int64
	// wake tells Run that something waits, and full that there is a batch of it.
	wake, full chan struct{}

	shed, written, failures prometheus.Counter
	// unsaid are those that were shed since that was last said.
	unsaid    atomic.Int64
	saidAt    time.Time
	isFailing bool
}

// shard is a part of the queue, so that decisions on many processors do not wait for each other.
type shard struct {
	mutex sync.Mutex
	made  []authz.LoggedDecision
	bytes int64
	// Shards that are written by several processors stand on lines of the cache apart.
	_ [64]byte
}

// New makes a recorder. It keeps decisions once Run runs.
func New(o Options) *Recorder {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	return &Recorder{
		o: o, wake: make(chan struct{}, 1), full: make(chan struct{}, 1),
		shed:     counter("steelgate_decision_log_shed_total", "Decisions that the decision log had no room for: they were made, and are not in it."),
		written:  counter("steelgate_decision_log_written_total", "Decisions that the decision log's sink has taken."),
		failures: counter("steelgate_decision_log_failures_total", "Writes of the decision log that failed; each is tried again."),
	}
}

// Metrics are what the recorder counts.
func (r *Recorder) Metrics() []prometheus.Collector {
	return []prometheus.Collector{
		r.shed, r.written, r.failures,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "steelgate_decision_log_queued", Help: "Decisions that wait to be written to the decision log."},
			func() float64 { return float64(r.waiting.Load()) }),
	}
}

// Record takes a decision. It never waits: where there is no room the decision is shed, and counted.
func (r *Recorder) Record(d authz.LoggedDecision) {
	capped(&d)
	size := sizeOf(&d)
	if r.queued.Add(size) > maxQueued {
		r.queued.Add(-size)
		r.letGo(1)
		return
	}
	s := &r.shards[rand.Uint32()%uint32(len(r.shards))]
	s.mutex.Lock()
	s.made = append(s.made, d)
	s.bytes += size
	s.mutex.Unlock()
	switch r.waiting.Add(1) {
	case 1:
		signal(r.wake)
	case batchSize:
		signal(r.full)
	}
}

func signal(to chan struct{}) {
	select {
	case to <- struct{}{}:
	default:
	}
}

func (r *Recorder) letGo(n int) {
	r.shed.Add(float64(n))
	r.unsaid.Add(int64(n))
}

// take empties the queue. What is taken goes on to take its room until it is written.
func (r *Recorder) take() (made []authz.LoggedDecision, bytes int64) {
	made = make([]authz.LoggedDecision, 0, max(r.waiting.Load(), 0))
	for i := range r.shards {
		s := &r.shards[i]
		s.mutex.Lock()
		made = append(made, s.made...)
		bytes += s.bytes
		clear(s.made)
		if s.made, s.bytes = s.made[:0], 0; cap(s.made) > 4*batchSize {
			s.made = nil
		}
		s.mutex.Unlock()
	}
	r.waiting.Add(-int64(len(made)))
	return made, bytes
}
