package sqlite

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/storage/decisions"
	"github.com/steelengine/steelgate/storage/sqlite/segment"
)

// entry is a segment without its decisions.
type entry struct {
	Seq       int64  `db:"seq"`
	FirstAt   int64  `db:"first_at"`
	LastAt    int64  `db:"last_at"`
	Decisions int    `db:"decisions"`
	Filter    []byte `db:"filter"`
}

// lookAtOnce is how many segments' filters are read at once.
const lookAtOnce = 128

// List implements decisions.Log. Segments may overlap in time, so what was found is an answer only once no other can hold
// anything newer.
func (l *DecisionLog) List(ctx context.Context, filter decisions.Filter) (page []authz.LoggedDecision, more bool, err error) {
	var found []authz.LoggedDecision
	err = l.eachNewestFirst(ctx, filter, func(e entry, read func() ([]authz.LoggedDecision, error)) (isDone bool, err error) {
		if len(found) > filter.Limit && found[filter.Limit].Time.UnixMicro() > e.LastAt {
			return true, nil
		}
		if !segment.MayHold(e.Filter, filter) {
			return false, nil
		}
		made, err := read()
		if err != nil {
			return false, err
		}
		for _, d := range made {
			if filter.Matches(d) && (filter.Before == nil || decisions.PositionOf(d).Compare(*filter.Before) < 0) {
				found = append(found, d)
			}
		}
		slices.SortFunc(found, func(a, b authz.LoggedDecision) int { return oldestFirst(b, a) })
		found = slices.CompactFunc(found, isSame)
		found = found[:min(len(found), filter.Limit+1)]
		return false, nil
	})
	if err != nil {
		return nil, false, translate(err)
	}
	return found[:min(len(found), filter.Limit)], len(found) > filter.Limit, nil
}

// isSame tells a decision that was appended again.
func isSame(a, b authz.LoggedDecision) bool { return a.ID == b.ID }

// eachNewestFirst visits the segments that reach into the filter's time, by their ends, all of one state of the file.
func (l *DecisionLog) eachNewestFirst(ctx context.Context, filter decisions.Filter, visit func(entry, func() ([]authz.LoggedDecision, error)) (bool, error)) error {
	tx, err := l.reads.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	from, until := bounds(filter)
	endsAt, seq := int64(math.MaxInt64), int64(math.MaxInt64)
	for {
		var entries []entry
		err := tx.SelectContext(ctx, &entries, `SELECT seq, first_at, last_at, decisions, filter FROM segments
			WHERE (last_at, seq) < (?, ?) AND last_at >= ? AND first_at <= ? ORDER BY last_at DESC, seq DESC LIMIT ?`, endsAt, seq, from, until, lookAtOnce)
		if err != nil {
			return err
		}
		for _, e := range entries {
			isDone, err := visit(e, func() ([]authz.LoggedDecision, error) { return unpack(ctx, tx, e.Seq) })
			if err != nil || isDone {
				return err
			}
			endsAt, seq = e.LastAt, e.Seq
		}
		if len(entries) < lookAtOnce {
			return nil
		}
	}
}

// bounds are the first and the last moment that a list may have.
func bounds(filter decisions.Filter) (from, until int64) {
	from, until = math.MinInt64, math.MaxInt64
	if !filter.From.IsZero() {
		from = filter.From.UnixMicro()
	}
	if !filter.Until.IsZero() {
		until = filter.Until.UnixMicro()
	}
	if filter.Before != nil {
		until = min(until, filter.Before.Time.UnixMicro())
	}
	return from, until
}

func unpack(ctx context.Context, q sqlx.QueryerContext, seq int64) ([]authz.LoggedDecision, error) {
	var packed [][]byte
	if err := sqlx.SelectContext(ctx, q, &packed, "SELECT packed FROM segments WHERE seq = ?", seq); err != nil || len(packed) == 0 {
		return nil, err
	}
	return segment.Unpack(packed[0])
}

// Get implements decisions.Log.
func (l *DecisionLog) Get(ctx context.Context, id string) (made authz.LoggedDecision, err error) {
	err = storage.ErrNotFound
	failed := l.eachNewestFirst(ctx, decisions.Filter{}, func(e entry, read func() ([]authz.LoggedDecision, error)) (isDone bool, failed error) {
		if !segment.MayHoldID(e.Filter, id) {
			return false, nil
		}
		all, failed := read()
		if i := slices.IndexFunc(all, func(d authz.LoggedDecision) bool { return d.ID == id }); i >= 0 {
			made, err = all[i], nil
		}
		return err == nil, failed
	})
	if failed != nil {
		return authz.LoggedDecision{}, translate(failed)
	}
	return made, err
}

// Replay implements decisions.Log. It holds no transaction: one that lasts would keep the file from being tidied up.
func (l *DecisionLog) Replay(ctx context.Context, filter decisions.Filter, visit func(authz.LoggedDecision) error) error {
	filter.Before = nil
	from, until := bounds(filter)
	beginsAt, seq := int64(math.MinInt64), int64(math.MinInt64)
	w := window{visit: visit}
	for {
		var entries []entry
		err := l.reads.SelectContext(ctx, &entries, `SELECT seq, first_at, last_at, filter FROM segments
			WHERE (first_at, seq) > (?, ?) AND last_at >= ? AND first_at <= ? ORDER BY first_at, seq LIMIT ?`, beginsAt, seq, from, until, lookAtOnce)
		if err != nil {
			return translate(err)
		}
		for _, e := range entries {
			beginsAt, seq = e.FirstAt, e.Seq
			if !segment.MayHold(e.Filter, filter) {
				continue
			}
			made, err := unpack(ctx, l.reads, e.Seq)
			if err != nil {
				return translate(err)
			}
			if err := w.add(made, filter, timeOf(e.FirstAt)); err != nil {
				return err
			}
		}
		if len(entries) < lookAtOnce {
			return w.passTo(time.Time{})
		}
	}
}

func timeOf(micro int64) time.Time { return time.UnixMicro(micro).UTC() }

// window puts the decisions of segments that overlap into their order.
type window struct {
	held  []authz.LoggedDecision
	visit func(authz.LoggedDecision) error
}

// add takes a segment's, after all that no later one can come before: those older than its first.
func (w *window) add(made []authz.LoggedDecision, filter decisions.Filter, first time.Time) error {
	if err := w.passTo(first); err != nil {
		return err
	}
	for _, d := range made {
		if filter.Matches(d) {
			w.held = append(w.held, d)
		}
	}
	slices.SortFunc(w.held, oldestFirst)
	w.held = slices.CompactFunc(w.held, isSame)
	return nil
}

// passTo visits what is older than a moment, or everything.
func (w *window) passTo(moment time.Time) error {
	n := 0
	for ; n < len(w.held) && (moment.IsZero() || w.held[n].Time.Before(moment)); n++ {
		if err := w.visit(w.held[n]); err != nil {
			return err
		}
	}
	w.held = slices.Delete(w.held, 0, n)
	return nil
}

// Newest implements decisions.Log.
func (l *DecisionLog) Newest(ctx context.Context, filter decisions.Filter, most int, visit func(decisions.Glance) bool) (whole time.Time, err error) {
	filter.Before = nil
	w := countdown{filter: filter, visit: visit, whole: filter.Until}
	err = l.eachNewestFirst(ctx, filter, func(e entry, read func() ([]authz.LoggedDecision, error)) (isDone bool, err error) {
		// What is newer than this segment's newest stands in those that were read.
		if w.passTo(timeOf(e.LastAt)); w.isEnough {
			return true, nil
		}
		if !segment.MayHold(e.Filter, filter) {
			return false, nil
		}
		if w.looked+e.Decisions > most {
			w.isEnough = true
			return true, nil
		}
		made, err := read()
		if err != nil {
			return false, err
		}
		w.add(made)
		return false, nil
	})
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return w.whole, nil
	case err != nil:
		return time.Time{}, translate(err)
	}
	if !w.isEnough {
		w.passTo(time.Time{})
	}
	if w.isEnough {
		return w.whole, nil
	}
	return time.Time{}, nil
}

// countdown puts the decisions of segments that overlap into their order, newest first.
type countdown struct {
	filter decisions.Filter
	visit  func(decisions.Glance) bool
	held   []authz.LoggedDecision
	looked int
	// whole is the moment from which on everything was visited.
	whole    time.Time
	isEnough bool
}

func (w *countdown) add(made []authz.LoggedDecision) {
	w.looked += len(made)
	for _, d := range made {
		if w.filter.Matches(d) {
			w.held = append(w.held, d)
		}
	}
	slices.SortFunc(w.held, func(a, b authz.LoggedDecision) int { return oldestFirst(b, a) })
	w.held = slices.CompactFunc(w.held, isSame)
}

// passTo visits what is newer than a moment, or everything where that is zero.
func (w *countdown) passTo(moment time.Time) {
	n := 0
	for ; n < len(w.held) && (moment.IsZero() || w.held[n].Time.After(moment)) && !w.isEnough; n++ {
		d := &w.held[n]
		w.isEnough = w.visit(decisions.Glance{Time: d.Time, KeyID: d.KeyID, Code: d.Code, Allow: d.Allow, Took: d.Took})
		w.whole = d.Time.Add(time.Microsecond)
	}
	w.held = slices.Delete(w.held, 0, n)
	if next := moment.Add(time.Microsecond); !w.isEnough && !moment.IsZero() && next.Before(w.whole) {
		w.whole = next
	}
}
