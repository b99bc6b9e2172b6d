package impact

import (
	"cmp"
	"slices"

	"github.com/steelengine/steelgate/engine"
)

// RouteChange is a route that a draft adds (Before is null), takes away (After is null) or leads elsewhere. A gateway's
// request that no route matches is refused: what is added or led elsewhere widens.
type RouteChange struct {
	Pattern string              `json:"pattern"`
	Before  *engine.RouteTarget `json:"before"`
	After   *engine.RouteTarget `json:"after"`
}

// routeChanges are those from one policy to another, in the order of their patterns.
func routeChanges(active, draft *engine.Policy) []RouteChange {
	changes := []RouteChange{}
	was, is := active.RouteTable(), draft.RouteTable()
	for pattern, before := range was {
		after, stands := is[pattern]
		switch {
		case !stands:
			changes = append(changes, RouteChange{pattern, &before, nil})
		case after != before:
			changes = append(changes, RouteChange{pattern, &before, &after})
		}
	}
	for pattern, after := range is {
		if _, stood := was[pattern]; !stood {
			changes = append(changes, RouteChange{pattern, nil, &after})
		}
	}
	slices.SortFunc(changes, func(a, b RouteChange) int { return cmp.Compare(a.Pattern, b.Pattern) })
	return changes
}
