package feed

import (
	"context"
	"time"
)

// pruneInterval is how often the change log is cut back to what is kept.
const pruneInterval = 10 * time.Minute

func (f *Feed) keepPruned(ctx context.Context) {
	ticker := time.NewTicker(pruneInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			f.prune(ctx)
		}
	}
}

// prune is a courtesy to the disk: a failure is tried again next time.
func (f *Feed) prune(ctx context.Context) {
	s := f.engine.Snapshot()
	if s == nil || s.Revision() <= f.options.Keep {
		return
	}
	if err := f.store.Prune(ctx, s.Revision()-f.options.Keep); err != nil && ctx.Err() == nil {
		f.options.Log.Warn("the change log could not be pruned", "error", err)
	}
}
