package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/opastore"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// ViewAt pins what is in force where its data is of exactly the revision. It waits for one that is still to come, as Await
// does, and fails with ErrStale where that does not come, or another stands in its place.
func (e *Engine) ViewAt(ctx context.Context, revision uint64) (*View, error) {
	if err := e.Await(ctx, revision); err != nil {
		return nil, err
	}
	v, err := e.View()
	if err == nil && v.DataRevision() != revision {
		return nil, stale(fmt.Sprintf("the data is at revision %d, and revision %d was asked for", v.DataRevision(), revision))
	}
	return v, err
}

// Snapshot is the data that the view decides on.
func (v *View) Snapshot() *snapshot.Snapshot { return v.snapshot }

// Policy is what the view decides by.
func (v *View) Policy() *Policy { return v.policy }

// Now is the view's moment.
func (v *View) Now() time.Time { return v.now }

// Over is the view's policy, at its moment, over other data: it decides as would be decided in a world that is not, or not
// yet.
func (v *View) Over(s *snapshot.Snapshot) *View {
	other := *v
	other.snapshot = s
	return &other
}

// By is the view's data, at its moment, by another policy: it decides as would be decided if that were in force. Nobody watches it.
func (v *View) By(policy *Policy) *View {
	other := *v
	other.policy, other.watch = policy, nil
	return &other
}

// At is the view's policy over its data at another moment, which decides which keys have expired and what a policy reads of
// the time.
func (v *View) At(t time.Time) *View {
	other := *v
	other.now, other.context = t, (&contexts{}).of(t)
	return &other
}

// Noting is the view, telling note of each record that its policy reads while it decides. It serves one goroutine.
func (v *View) Noting(note func(opastore.Record)) *View {
	other := *v
	other.note = note
	return &other
}

// Hypothetical is a view of no engine: a policy over a snapshot at a moment, with a limit for each decision (a second unless
// given). It authorizes keys, and knows no secret.
func Hypothetical(policy *Policy, s *snapshot.Snapshot, t time.Time, limit time.Duration) *View {
	return (&View{engine: New(Options{TimeLimit: limit}), policy: policy, snapshot: s}).At(t)
}

// RanOut tells whether an error is that a policy ran past its time limit.
func RanOut(err error) bool { return errors.Is(err, ErrTimeLimit) }

// Liveness answers "" for a key that is live in the view, and else the code that it is refused with. The key is looked up
// by its id, as it stands here.
func (v *View) Liveness(key snapshot.Key) authz.Code {
	key, known := v.snapshot.Key(key.ID())
	if !known {
		return authz.KeyUnknown
	}
	return v.snapshot.Liveness(key, v.now)
}
