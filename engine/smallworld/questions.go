package smallworld

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/steelengine/steelgate/authz"
)

// Question is what a key of a world asks, or a user without one, and when.
type Question struct {
	// World is the place in Enumeration.Worlds.
	World int
	// KeyID is the key that asks; "" where the user does.
	KeyID   string
	UserID  string
	Request authz.Request
	At      time.Time
	Class   Class
}

// Actions are the types that each action may be done to.
type Actions map[string][]string

// Shipped are the actions of the shipped policy.
var Shipped = Actions{
	"workflow.read":    {authz.WorkflowType},
	"workflow.execute": {authz.WorkflowType},
	"workflow.update":  {authz.WorkflowType},
	"workflow.deploy":  {authz.WorkflowType},
	"workflow.delete":  {authz.WorkflowType},
	"logs.read":        {authz.WorkflowType, authz.WorkspaceType},
	"metrics.read":     {authz.WorkflowType, authz.WorkspaceType},
	"mcp.connect":      {authz.MCPServerType},
	"mcp.call":         {authz.MCPServerType},
	"workspace.read":   {authz.WorkspaceType},
	"workspace.update": {authz.WorkspaceType},
}

// The action and the type of resource that nobody has heard of.
const (
	UnknownAction = "nobody.knows"
	UnknownType   = "curiosity"
)

// The moments that are told apart everywhere: within business hours, at night, at the weekend.
var (
	noon     = time.Date(2030, 1, 30, 12, 0, 0, 0, time.UTC) // a Wednesday
	night    = time.Date(2030, 1, 30, 3, 0, 0, 0, time.UTC)
	saturday = time.Date(2030, 2, 2, 12, 0, 0, 0, time.UTC)
	monday   = time.Date(2030, 1, 28, 0, 0, 0, 0, time.UTC)
	// afterwards is when keys end that do not live for ever.
	afterwards = time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)
)

const hoursOfAWeek = 7 * 24

// Enumeration is the worlds, and one question of each class.
type Enumeration struct {
	Worlds    []World
	Questions []Question
}

var shipped = sync.OnceValue(func() *Enumeration { return Over(Shipped) })

// Worlds are those over the shipped actions. Nobody may change them.
func Worlds() []World { return shipped().Worlds }

// Questions are those over the shipped actions, in an order that is always the same. Nobody may change them.
func Questions() []Question { return shipped().Questions }

// Over enumerates over other actions: the shipped ones, and those that a policy adds.
func Over(actions Actions) *Enumeration {
	keys, ids := keyRing()
	e := &enumerator{ids: ids, seen: map[Class]bool{}, types: typesOf(actions)}
	e.made.Worlds = worlds(keys, slices.DeleteFunc(slices.Clone(e.types), func(t string) bool { return t == authz.WorkspaceType }))
	e.here(actions)
	e.claims(actions)
	e.elsewhere(actions)
	e.unknown(actions)
	e.week(actions)
	e.users(actions)
	return &e.made
}

func typesOf(actions Actions) []string {
	types := map[string]bool{authz.WorkflowType: true, authz.MCPServerType: true, authz.WorkspaceType: true, UnknownType: true}
	for _, on := range actions {
		for _, t := range on {
			types[t] = true
		}
	}
	return slices.Sorted(maps.Keys(types))
}

type enumerator struct {
	made  Enumeration
	ids   []string
	types []string
	seen  map[Class]bool
}

// ask adds a question, unless one of its class is there.
func (e *enumerator) ask(world int, keyID string, at time.Time, r authz.Request) {
	s := e.made.Worlds[world].Snapshot
	key, _ := s.Key(keyID)
	e.add(Question{World: world, KeyID: keyID, Request: r, At: at, Class: Describe(s, key, r, at)})
}

func (e *enumerator) add(q Question) {
	if e.seen[q.Class] {
		return
	}
	e.seen[q.Class] = true
	e.made.Questions = append(e.made.Questions, q)
}

// each calls for all keys, actions and types that have them, in an order that is always the same.
func (e *enumerator) each(actions Actions, do func(keyID, action, resourceType string)) {
	for _, action := range slices.Sorted(maps.Keys(actions)) {
		for _, t := range actions[action] {
			for _, id := range e.ids {
				do(id, action, t)
			}
		}
	}
}

func request(action, resourceType, id, clientIP string) authz.Request {
	return authz.Request{Action: action, Resource: authz.Entity{Type: resourceType, ID: id}, Context: authz.Context{ClientIP: clientIP}}
}

// hereIDs are the resources of a type in the workspace.
func hereIDs(resourceType string) []string {
	id := idOf(resourceType)
	if resourceType == authz.MCPServerType {
		return []string{id, id + "_empty"}
	}
	return []string{id}
}

// here asks about what is in the workspace, in each of its states.
func (e *enumerator) here(actions Actions) {
	e.each(actions, func(keyID, action, resourceType string) {
		for _, id := range hereIDs(resourceType) {
			for world := range e.made.Worlds {
				e.ask(world, keyID, noon, request(action, resourceType, id, addressOn))
				if e.isIdle(world, keyID) {
					continue
				}
				for _, address := range []string{"", addressOff} {
					e.ask(world, keyID, noon, request(action, resourceType, id, address))
				}
				if e.isListed(keyID) {
					continue
				}
				for _, at := range []time.Time{night, saturday} {
					e.ask(world, keyID, at, request(action, resourceType, id, addressOn))
				}
			}
		}
	})
}

// isIdle tells the worlds that differ from another by the personal-key switch alone, where the key is no personal one: there
// a key is asked the plainest question alone.
func (e *enumerator) isIdle(world int, keyID string) bool {
	w := e.made.Worlds[world]
	return !w.State.PersonalKeys && w.Keys[keyID].Type != authz.PersonalKey
}

// claimed says what would allow, if anybody asked the caller.
const claimed = `{"deployed":true,"workspace_id":"ws","workflow_ids":["wf"]}`

// claims asks as callers do who say themselves what a resource is.
func (e *enumerator) claims(actions Actions) {
	e.each(actions, func(keyID, action, resourceType string) {
		if e.isListed(keyID) {
			return
		}
		for _, id := range hereIDs(resourceType) {
			for world := range e.made.Worlds {
				if e.isIdle(world, keyID) {
					continue
				}
				r := request(action, resourceType, id, addressOn)
				r.Resource.Properties = authz.Object(claimed)
				e.ask(world, keyID, noon, r)
			}
		}
	})
}

// elsewhere asks about what is in another workspace, in none, or not there.
func (e *enumerator) elsewhere(actions Actions) {
	e.each(actions, func(keyID, action, resourceType string) {
		for _, suffix := range []string{"_2", "_nowhere", "_gone"} {
			for _, at := range []time.Time{noon, night, saturday} {
				e.ask(0, keyID, at, request(action, resourceType, idOf(resourceType)+suffix, addressOn))
			}
		}
	})
}

// unknown asks for actions on types that do not have them, and for one that nobody knows.
func (e *enumerator) unknown(actions Actions) {
	all := maps.Clone(actions)
	all[UnknownAction] = nil
	others := Actions{}
	for action, on := range all {
		for _, t := range e.types {
			if !slices.Contains(on, t) {
				others[action] = append(others[action], t)
			}
		}
	}
	e.each(others, func(keyID, action, resourceType string) {
		e.ask(0, keyID, noon, request(action, resourceType, idOf(resourceType), addressOn))
	})
}

// week asks at every hour of a week what the plainest keys of each type ask.
func (e *enumerator) week(actions Actions) {
	for h := range hoursOfAWeek {
		at := monday.Add(time.Duration(h) * time.Hour)
		e.each(actions, func(keyID, action, resourceType string) {
			if key := e.made.Worlds[0].Keys[keyID]; isPlainest(key) && !e.isListed(keyID) {
				e.ask(0, keyID, at, request(action, resourceType, idOf(resourceType), addressOn))
			}
		})
	}
}

// isListed tells the keys that have an allow-list.
func (e *enumerator) isListed(keyID string) bool {
	return e.made.Worlds[0].Keys[keyID].AllowedCIDRs != nil
}
