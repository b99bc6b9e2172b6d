package heartbeat

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/storage"
)

const (
	// Interval is how often a server says how it is.
	Interval = 5 * time.Second
	// look is how often it is looked whether it became ready, or ceased to be, which is said at once.
	look = 250 * time.Millisecond
)

// Store is what a heartbeat is written to.
type Store interface {
	PutReplica(ctx context.Context, replica storage.Replica) error
	RemoveReplica(ctx context.Context, id string) error
}

// Options are a heartbeat's.
type Options struct {
	// ID is this server's from its start to its end.
	ID string
	// Version is that of its program.
	Version string
	Engine  *engine.Engine
	// Clock tells the time; time.Now unless given.
	Clock func() time.Time
	Log   *slog.Logger
}

// Heartbeat is one server's. Its methods may be called from many goroutines.
type Heartbeat struct {
	store     Store
	options   Options
	startedAt time.Time
	// mutex keeps what was seen later from being written earlier.
	mutex   sync.Mutex
	failing bool
}

// New begins a server's life, and writes nothing yet.
func New(store Store, o Options) *Heartbeat {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	h := &Heartbeat{store: store, options: o}
	h.startedAt = h.now()
	return h
}

// now is the time as the store keeps it.
func (h *Heartbeat) now() time.Time { return h.options.Clock().UTC().Truncate(time.Microsecond) }

// Beat says how the server is. It takes no longer than Interval.
func (h *Heartbeat) Beat(ctx context.Context) error {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	limited, cancel := context.WithTimeout(ctx, Interval)
	defer cancel()
	err := h.store.PutReplica(limited, h.replica())
	if ctx.Err() == nil {
		h.report(err)
	}
	return err
}

func (h *Heartbeat) replica() storage.Replica {
	e := h.options.Engine
	r := storage.Replica{ID: h.options.ID, Version: h.options.Version, StartedAt: h.startedAt, SeenAt: h.now(), IsReady: e.Ready() == nil}
	if policy := e.Policy(); policy != nil {
		r.PolicyRevision = policy.Revision()
	}
	if data := e.Snapshot(); data != nil {
		age, _ := e.Freshness()
		// A clock that was set back makes no data of the future.
		age = max(age, 0)
		r.DataRevision, r.DataAge = data.Revision(), &age
	}
	return r
}

// Run says how the server is until the context ends, and then that it has gone.
func (h *Heartbeat) Run(ctx context.Context) {
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	wasReady := h.options.Engine.Ready() == nil
	for ticks := 1; ; ticks++ {
		select {
		case <-ctx.Done():
			h.leave(ctx)
			return
		case <-ticker.C:
		}
		isReady := h.options.Engine.Ready() == nil
		if isReady == wasReady && ticks < int(Interval/look) {
			continue
		}
		wasReady, ticks = isReady, 0
		// What could not be said was reported, and is said the next time.
		_ = h.Beat(ctx)
	}
}

// leave says that the server has gone, for as long as it may take.
func (h *Heartbeat) leave(ctx context.Context) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), Interval)
	defer cancel()
	if err := h.store.RemoveReplica(ctx, h.options.ID); err != nil {
		h.options.Log.Warn("this server's row can't be removed now; it is left out of the list in a minute", "error", err)
	}
}

// report logs the first failure of a row.
func (h *Heartbeat) report(err error) {
	if err != nil && !h.failing {
		h.options.Log.Warn("that this server runs can't be written now; it is tried again", "error", err)
	}
	h.failing = err != nil
}
