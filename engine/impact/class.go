package impact

import (
	"slices"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/smallworld"
)

// Class is questions that the draft answers otherwise, all of them in the same way.
type Class struct {
	Kind Kind `json:"kind"`
	// Summary says in words what Facts say to programs.
	Summary string `json:"summary"`
	// Facts are those that matter, by name, with the values that they have here; one that is not there may be anything. They
	// hold among the questions that the active policy answers with Before.
	Facts  map[string][]string `json:"facts"`
	Before authz.Code          `json:"before"`
	After  authz.Code          `json:"after"`
	// Count is how many questions of the small world are of the class. Classes may overlap.
	Count   int     `json:"count"`
	Witness Witness `json:"witness"`

	conditions conditions
}

// Witness is the plainest question of a class, and both answers.
type Witness struct {
	World   smallworld.State `json:"world"`
	Facts   smallworld.Class `json:"facts"`
	Subject WitnessSubject   `json:"subject"`
	// Key is null where a user asks without one.
	Key     *WitnessKey       `json:"key"`
	Action  string            `json:"action"`
	On      WitnessResource   `json:"resource"`
	Context map[string]string `json:"context"`
	Before  Outcome           `json:"before"`
	After   Outcome           `json:"after"`

	at time.Time
}

// WitnessSubject is who asks.
type WitnessSubject struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// WitnessKey is what matters of a key.
type WitnessKey struct {
	ID           string        `json:"id"`
	Type         authz.KeyType `json:"type"`
	Owner        authz.Owner   `json:"owner"`
	WorkflowIDs  []string      `json:"workflow_ids"`
	Grants       []authz.Grant `json:"grants"`
	AllowedCIDRs []string      `json:"allowed_cidrs"`
	ExpiresAt    *time.Time    `json:"expires_at"`
}

// WitnessResource is a resource as a question names it; Properties are what the caller claims.
type WitnessResource struct {
	Type       string `json:"type"`
	ID         string `json:"id"`
	Properties string `json:"properties,omitempty"`
}

func witness(world *smallworld.Enumeration, f flip) Witness {
	q := world.Questions[f.at]
	w := Witness{
		World: world.Worlds[q.World].State, Facts: q.Class,
		Subject: WitnessSubject{smallworld.UserSubject, q.UserID},
		On:      WitnessResource{q.Request.Resource.Type, q.Request.Resource.ID, string(q.Request.Resource.Properties)}, Action: q.Request.Action,
		Context: map[string]string{"time": q.At.Format(time.RFC3339)}, Before: f.before, After: f.after, at: q.At,
	}
	if key, asks := world.Worlds[q.World].Keys[q.KeyID]; asks {
		w.Subject = WitnessSubject{authz.APIKeySubject, key.ID}
		w.Key = &WitnessKey{key.ID, key.Type, key.Owner(), key.WorkflowIDs, key.Grants, key.AllowedCIDRs, key.ExpiresAt}
	}
	if ip := q.Request.Context.ClientIP; ip != "" {
		w.Context["client_ip"] = ip
	}
	return w
}

// Foretells tells whether a change that was observed, of a question of these facts, is of one of the classes.
func (w SmallWorld) Foretells(facts smallworld.Class, before, after Outcome) bool {
	kind := Change(before, after)
	return slices.ContainsFunc(w.Classes, func(c Class) bool {
		return c.Kind == kind && c.Before == before.Code && c.After == after.Code && c.conditions.hold(facts)
	})
}

// conditions are, for each fact that matters, the values that it may have.
type conditions map[smallworld.Fact][]string

func (c conditions) hold(facts smallworld.Class) bool {
	for fact, values := range c {
		if !slices.Contains(values, facts[fact]) {
			return false
		}
	}
	return true
}

func (c conditions) named() map[string][]string {
	named := make(map[string][]string, len(c))
	for fact, values := range c {
		named[fact.String()] = values
	}
	return named
}
