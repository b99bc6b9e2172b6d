package decisionlog

import (
	"context"
	"sync"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage/decisions"
)

// Run hands on what is recorded, until the context ends and all of it is handed on, or drainTimeout is over. What is recorded
// after that is kept nowhere.
func (r *Recorder) Run(ctx context.Context) {
	r.saidAt = time.Now()
	var retaining sync.WaitGroup
	retaining.Go(func() { r.retain(ctx) })
	defer retaining.Wait()
	var left []authz.LoggedDecision
	for len(left) == 0 && r.await(ctx) {
		left = r.writeQueue(ctx)
		r.complain()
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	left = r.write(last, left)
	for len(left) == 0 && r.waiting.Load() > 0 {
		left = r.writeQueue(last)
	}
	if n := len(left) + int(max(r.waiting.Load(), 0)); n > 0 {
		r.letGo(n)
	}
	r.saidAt = time.Time{}
	r.complain()
}

// await waits for something to write, and then for more, up to a batch; it is false once the context has ended.
func (r *Recorder) await(ctx context.Context) bool {
	quiet := time.NewTimer(complainEvery)
	defer quiet.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-r.wake:
	case <-quiet.C:
		return true
	}
	// What was full before is taken already.
	select {
	case <-r.full:
	default:
	}
	if r.waiting.Load() >= batchSize {
		return true
	}
	batch := time.NewTimer(batchEvery)
	defer batch.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-r.full:
	case <-batch.C:
	}
	return true
}

// writeQueue writes what waits, and answers what was left when the context ended.
func (r *Recorder) writeQueue(ctx context.Context) (left []authz.LoggedDecision) {
	made, bytes := r.take()
	defer r.queued.Add(-bytes)
	for i := range made {
		clean(&made[i])
	}
	return r.write(ctx, made)
}

// write hands decisions to the sink until it takes them, and answers what was left when the context ended.
func (r *Recorder) write(ctx context.Context, made []authz.LoggedDecision) (left []authz.LoggedDecision) {
	for len(made) > 0 {
		portion := made[:min(len(made), maxAtOnce)]
		err := r.append(ctx, portion)
		if err == nil {
			r.written.Add(float64(len(portion)))
			made = made[len(portion):]
			r.report(nil)
			continue
		}
		if ctx.Err() != nil {
			return made
		}
		r.failures.Inc()
		r.report(err)
		r.complain()
		again := time.NewTimer(retryAfter)
		select {
		case <-ctx.Done():
		case <-again.C:
		}
		again.Stop()
	}
	return nil
}

func (r *Recorder) append(ctx context.Context, made []authz.LoggedDecision) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	return r.o.Sink.Append(ctx, made)
}

// report logs the first failure of a row, and its end.
func (r *Recorder) report(err error) {
	switch {
	case err != nil && !r.isFailing:
		r.o.Log.Warn("the decision log can't be written now; decisions wait in memory, and it is tried again", "error", err)
	case err == nil && r.isFailing:
		r.o.Log.Info("the decision log is written again")
	}
	r.isFailing = err != nil
}

// complain says what was shed, once a minute.
func (r *Recorder) complain() {
	if time.Since(r.saidAt) < complainEvery {
		return
	}
	if n := r.unsaid.Swap(0); n > 0 {
		r.saidAt = time.Now()
		r.o.Log.Error("decisions are not in the decision log: its sink did not take them in time", "decisions", n)
	}
}

// retain has the sink let go of what is too old or too much, now and then.
func (r *Recorder) retain(ctx context.Context) {
	ticker := time.NewTicker(retainEvery)
	defer ticker.Stop()
	isFailing := false
	for {
		limit := decisions.Limit{Bytes: r.o.MaxBytes}
		if r.o.MaxAge > 0 {
			limit.Since = time.Now().Add(-r.o.MaxAge)
		}
		err := r.o.Sink.Retain(ctx, limit)
		if err != nil && ctx.Err() == nil && !isFailing {
			r.o.Log.Warn("the decision log can't be cut back now; it is tried again", "error", err)
		}
		isFailing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
