package explain

import (
	"context"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// How long is looked for a way out. A shipped policy decides a thousand times in a few hundredths of a second.
const (
	maxDecisions = 1500
	maxSearch    = 2 * time.Second
	// horizon is how far ahead a time is looked for at which the request would be allowed.
	horizon = 7 * 24 * time.Hour
)

// Counterfactual is what would have made a deny an allow.
type Counterfactual struct {
	// Ways are single changes, each of which does by itself, in the order of their kinds. Only where none does, they are pairs,
	// in the order of the greater change of each.
	Ways []Way `json:"ways"`
	// Nothing says why there is no way, where there is none.
	Nothing string `json:"nothing,omitzero"`
	// Incomplete tells that not everything was tried that could have been.
	Incomplete bool `json:"incomplete"`
}

// Way is one change, or two that are made together.
type Way struct {
	Changes []Change `json:"changes"`
	// Facts are the changes as Question's asker may assume them, in their order; none where the way is to wait.
	Facts []jsontext.Value `json:"facts,omitempty"`
}

// search finds them by deciding anew. Its error is the context's.
func search(ctx context.Context, view *engine.View, q Question, denied authz.Decision) (*Counterfactual, error) {
	if denied.Code == authz.KeyRevoked {
		return &Counterfactual{Ways: []Way{}, Nothing: "A revoked key stays revoked: create another."}, nil
	}
	limited, cancel := context.WithTimeout(ctx, maxSearch)
	defer cancel()
	t := trial{ctx: limited, view: view, q: q, left: maxDecisions}
	ladders := suspectsOf(view, q).ladders()
	ways := t.singles(ladders)
	if wait, ok := t.wait(denied); ok {
		ways = append(ways, Way{Changes: []Change{wait}})
	}
	if len(ways) == 0 {
		ways = t.pairs(ladders)
	}
	c := &Counterfactual{Ways: ways, Incomplete: t.over}
	if len(ways) == 0 {
		c.Ways, c.Nothing = []Way{}, nothing(view, q, t.over)
	}
	return c, ctx.Err()
}

func nothing(view *engine.View, q Question, isIncomplete bool) string {
	r := q.Request.Resource
	_, stands := view.Snapshot().Resource(r.Type, r.ID)
	if r.Type == authz.WorkspaceType {
		_, stands = view.Snapshot().Workspace(r.ID)
	}
	switch {
	case !stands:
		return "The resource does not exist: no change of what does would allow this."
	case isIncomplete:
		return "None was found in the time that there is: not everything was tried."
	}
	return "No single change that was tried would allow this, and no two together."
}

// trial decides in worlds that are not. It serves one search, within one call.
type trial struct {
	ctx  context.Context
	view *engine.View
	q    Question
	left int
	over bool
}

// allows tells whether the request is allowed; where no decision can be made it is not.
func (t *trial) allows(view *engine.View) bool {
	if t.left == 0 || t.ctx.Err() != nil {
		t.over = true
		return false
	}
	t.left--
	decision, err := view.Authorize(t.q.Key, t.q.Request)
	return err == nil && decision.Allow
}

func (t *trial) singles(ladders []ladder) (ways []Way) {
	for _, l := range ladders {
		for _, c := range l {
			if world, ok := c.make(t.view.Snapshot()); ok && t.allows(t.view.Over(world)) {
				ways = append(ways, wayOf(world, c.Change))
				break
			}
		}
	}
	return ways
}

func (t *trial) pairs(ladders []ladder) (ways []Way) {
	for j := range ladders {
		for i := range j {
			if way, ok := t.pair(ladders[i], ladders[j]); ok {
				ways = append(ways, way)
			}
		}
	}
	return ways
}

// pair is the least of both that does together.
func (t *trial) pair(a, b ladder) (Way, bool) {
	for sum := range len(a) + len(b) - 1 {
		for i := max(0, sum-len(b)+1); i <= min(sum, len(a)-1); i++ {
			first, second := a[i], b[sum-i]
			if world, ok := both(t.view.Snapshot(), first, second); ok && t.allows(t.view.Over(world)) {
				return wayOf(world, first.Change, second.Change), true
			}
		}
	}
	return Way{}, false
}

func wayOf(made *snapshot.Snapshot, changes ...Change) Way {
	return Way{Changes: changes, Facts: factsOf(made, changes)}
}

// both makes two changes, in the order in which they can be made: a grant on a workspace may have to wait until that has moved.
func both(world *snapshot.Snapshot, first, second candidate) (*snapshot.Snapshot, bool) {
	if one, ok := first.make(world); ok {
		if made, ok := second.make(one); ok {
			return made, true
		}
	}
	if one, ok := second.make(world); ok {
		return first.make(one)
	}
	return nil, false
}

// wait is the next full hour of the week to come at which the request is allowed, though nothing changes.
func (t *trial) wait(denied authz.Decision) (Change, bool) {
	if slices.Contains(authz.Codes, denied.Code) {
		return Change{}, false // No more than the installation's own rules tell the time.
	}
	begin := t.view.Now().UTC().Truncate(time.Hour)
	for ahead := time.Hour; ahead <= horizon; ahead += time.Hour {
		at := begin.Add(ahead)
		if t.allows(t.view.At(at)) {
			return Change{Kind: Wait, By: Nobody, Time: &at, Words: "Wait: at " + at.Format("Monday, "+time.RFC3339) + " it is allowed."}, true
		}
	}
	return Change{}, false
}
