package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/steelengine/steelgate/authz"
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

// Over is the view's policy, at its moment, over other data: it decides as would be decided in a world that is not, or not
// yet.
func (v *View) Over(s *snapshot.Snapshot) *View {
	other := *v
	other.snapshot = s
	return &other
}

// At is the view at another moment: by its clock keys expire, and a policy tells the time.
func (v *View) At(moment time.Time) *View {
	other := *v
	// The engine's own contexts are those of its clock.
	other.now, other.context = moment, new(contexts).of(moment)
	return &other
}

// Now is the moment that the view decides at.
func (v *View) Now() time.Time { return v.now }

// Liveness answers "" for a key that is live in the view, and else the code that it is refused with. The key is looked up
// by its id, as it stands here.
func (v *View) Liveness(key snapshot.Key) authz.Code {
	key, known := v.snapshot.Key(key.ID())
	if !known {
		return authz.KeyUnknown
	}
	return v.snapshot.Liveness(key, v.now)
}

// By is the view with another policy: it decides as would be decided if that one were in force.
func (v *View) By(p *Policy) *View {
	other := *v
	other.policy = p
	return &other
}
