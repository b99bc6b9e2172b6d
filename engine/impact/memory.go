package impact

import (
	"sync/atomic"
	"time"

	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/smallworld"
)

// memory has what one policy answered to questions of the small world: where two differ in nothing that the policy can see, it is asked
// once. No key of the small world ends between two of its moments.
type memory struct {
	policy                           *engine.Policy
	seesTime, seesClaims, seesClient bool
	// known are those of an impact before, which nobody changes.
	known, outcomes map[seen]Outcome
}

// answered has what the policy that was last in force answered to every question over the shipped actions: draft after draft is held
// against the same one.
var answered atomic.Pointer[memory]

// keep has what this policy answered be there for the next impact.
func (m memory) keep() {
	if m.known == nil {
		answered.Store(&m)
	}
}

// seen is what of a question a policy can see; what it can't is left out.
type seen struct {
	world                                   int
	keyID, userID, action, resourceType, id string
	client, claims                          string
	at                                      time.Time
}

func newMemory(p *engine.Policy) memory {
	return memory{
		policy: p, seesTime: p.Sees("context", "time"), seesClaims: p.Sees("resource", "properties"), seesClient: p.Sees("context", "client_ip"),
		outcomes: map[seen]Outcome{},
	}
}

// recollect is newMemory with what the policy answered to the same questions before.
func recollect(p *engine.Policy) memory {
	m := newMemory(p)
	if last := answered.Load(); last != nil && last.policy == p {
		m.known = last.outcomes
	}
	return m
}

// of is asking, unless the answer is known. What could not be decided is no answer, and asked again: it may have been the moment's.
func (m memory) of(q smallworld.Question, ask func() Outcome) func() Outcome {
	return func() Outcome {
		s := seen{world: q.World, keyID: q.KeyID, userID: q.UserID, action: q.Request.Action, resourceType: q.Request.Resource.Type, id: q.Request.Resource.ID}
		if m.seesTime {
			s.at = q.At
		}
		if m.seesClaims {
			s.claims = string(q.Request.Resource.Properties)
		}
		if m.seesClient {
			s.client = q.Request.Context.ClientIP
		}
		if known, ok := m.known[s]; ok {
			return known
		}
		if known, ok := m.outcomes[s]; ok {
			return known
		}
		made := ask()
		if made.Error == "" {
			m.outcomes[s] = made
		}
		return made
	}
}
