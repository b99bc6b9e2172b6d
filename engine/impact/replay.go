package impact

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/opastore"
)

// Logged is what a draft would have decided otherwise of what was decided.
type Logged struct {
	// Evaluated is how many decisions were made again, Changed how many of them come out otherwise, and NotReplayable how many
	// could not be made again: the key is not known, or no subject was, the request was not kept whole, nothing had been decided, or what is
	// read for them has changed since.
	Evaluated     int          `json:"evaluated"`
	Changed       int          `json:"changed"`
	NotReplayable int          `json:"not_replayable"`
	ByKind        map[Kind]int `json:"by_kind"`
	// Keys and Routes are what changes most, at most 100 of each; Sample is the first that change, at most 100.
	Keys   []KeyFlips   `json:"keys"`
	Routes []RouteFlips `json:"routes"`
	Sample []LoggedFlip `json:"sample"`
	// Truncated tells that the draft ran past its time limit so often that the rest was not asked of it.
	Truncated bool `json:"truncated"`
}

// KeyFlips is how many decisions change of a key.
type KeyFlips struct {
	KeyID   string        `json:"key_id"`
	KeyType authz.KeyType `json:"key_type"`
	Owner   authz.Owner   `json:"owner"`
	Changed int           `json:"changed"`
}

// RouteFlips is how many decisions change of a route. Route is "" where no gateway asked: then the action and the type of
// resource tell what was asked.
type RouteFlips struct {
	Route        string `json:"route"`
	Action       string `json:"action"`
	ResourceType string `json:"resource_type"`
	Changed      int    `json:"changed"`
}

// LoggedFlip is a decision that changes. KeyID is "" where a subject asked that is no key, which Subject is then.
type LoggedFlip struct {
	DecisionID   string  `json:"decision_id"`
	KeyID        string  `json:"key_id"`
	Subject      *Who    `json:"subject,omitempty"`
	Action       string  `json:"action"`
	ResourceType string  `json:"resource_type"`
	ResourceID   string  `json:"resource_id"`
	Kind         Kind    `json:"kind"`
	Before       Outcome `json:"before"`
	After        Outcome `json:"after"`
}

// Who is a subject that is no key.
type Who struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// maxSample is the length of each list in a report.
const maxSample = 100

// Replay makes logged decisions again, by the draft, each at its own moment over the view's data as far as that still stands
// by the history, and compares them: with what was decided, where the view's policy decided it, and else with what that
// policy decides on the same data. It takes one decision at a time, off nobody's path. The error is the context's, that of
// the decisions, or that the history does not lead up to the view's data.
func Replay(ctx context.Context, view *engine.View, draft *engine.Policy, decisions iter.Seq2[authz.LoggedDecision, error], history *History) (Logged, error) {
	if err := history.check(view); err != nil {
		return Logged{}, err
	}
	r := replay{history: history, active: newAsker(), draft: newAsker(), keys: map[string]*KeyFlips{}, routes: map[RouteFlips]int{}}
	r.made.ByKind, r.made.Sample = map[Kind]int{}, []LoggedFlip{}
	for d, err := range decisions {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return Logged{}, err
		}
		if r.draft.isRunaway() {
			r.made.Truncated = true
			break
		}
		r.one(view.At(d.Time), draft, d)
	}
	return r.report(), nil
}

type replay struct {
	history       *History
	active, draft asker
	made          Logged
	keys          map[string]*KeyFlips
	routes        map[RouteFlips]int
	// reads are those of one decision.
	reads []opastore.Record
}

// one makes one decision again. The view is of its moment.
func (r *replay) one(v *engine.View, draft *engine.Policy, d authz.LoggedDecision) {
	ask, first := r.asks(v, d)
	if ask == nil || d.Cut || d.Code == authz.Stale || !r.history.reaches(d.DataRevision) {
		r.made.NotReplayable++
		return
	}
	r.reads = append(r.reads[:0], first...)
	v = v.Noting(func(record opastore.Record) { r.reads = append(r.reads, record) })
	after := ask(&r.draft, v.By(draft))
	before := Outcome{Allow: d.Allow, Code: d.Code, Permission: d.Permission, GrantedBy: d.GrantedBy, BilledTo: d.BilledTo}
	if d.Code == authz.PolicyError {
		before.Error = "nothing could be decided"
	}
	if d.PolicyRevision != v.PolicyRevision() {
		before = ask(&r.active, v)
	}
	if !r.stands(d.DataRevision) {
		r.made.NotReplayable++
		return
	}
	r.made.Evaluated++
	if kind := Change(before, after); kind != "" {
		r.flip(d, kind, before, after)
	}
}

// asks is how a decision is made again, and what is read for it before any rule is; nil where nobody is known who asked.
func (r *replay) asks(v *engine.View, d authz.LoggedDecision) (ask func(*asker, *engine.View) Outcome, first []opastore.Record) {
	if d.Subject.Type != "" {
		return func(a *asker, v *engine.View) Outcome { return a.askFor(d.Subject, v, d.Request) }, nil
	}
	key, known := v.Snapshot().Key(d.KeyID)
	if !known {
		return nil, nil
	}
	records := opastore.KeyRecords(d.KeyID, authz.Owner{Type: key.Type().OwnerType(), ID: key.OwnerID()})
	return func(a *asker, v *engine.View) Outcome { return a.ask(v, key, d.Request) }, records[:]
}

// stands tells whether all that was read is as it was at the revision.
func (r *replay) stands(revision uint64) bool {
	return !slices.ContainsFunc(r.reads, func(record opastore.Record) bool { return !r.history.stands(record, revision) })
}

func (r *replay) flip(d authz.LoggedDecision, kind Kind, before, after Outcome) {
	r.made.Changed++
	r.made.ByKind[kind]++
	flip := LoggedFlip{
		DecisionID: d.ID, KeyID: d.KeyID, Action: d.Request.Action, ResourceType: d.Request.Resource.Type, ResourceID: d.Request.Resource.ID,
		Kind: kind, Before: before, After: after,
	}
	if d.Subject.Type != "" {
		flip.Subject = &Who{d.Subject.Type, d.Subject.ID}
	} else {
		if r.keys[d.KeyID] == nil {
			r.keys[d.KeyID] = &KeyFlips{KeyID: d.KeyID, KeyType: d.KeyType, Owner: d.KeyOwner}
		}
		r.keys[d.KeyID].Changed++
	}
	r.routes[RouteFlips{Route: d.Route, Action: d.Request.Action, ResourceType: d.Request.Resource.Type}]++
	if len(r.made.Sample) < maxSample {
		r.made.Sample = append(r.made.Sample, flip)
	}
}

func (r *replay) report() Logged {
	made := r.made
	made.Keys, made.Routes = []KeyFlips{}, []RouteFlips{}
	for _, flips := range r.keys {
		made.Keys = append(made.Keys, *flips)
	}
	slices.SortFunc(made.Keys, func(a, b KeyFlips) int {
		return cmp.Or(cmp.Compare(b.Changed, a.Changed), cmp.Compare(a.KeyID, b.KeyID))
	})
	for route, changed := range r.routes {
		route.Changed = changed
		made.Routes = append(made.Routes, route)
	}
	slices.SortFunc(made.Routes, func(a, b RouteFlips) int {
		return cmp.Or(cmp.Compare(b.Changed, a.Changed), cmp.Compare(a.Route, b.Route), cmp.Compare(a.Action, b.Action), cmp.Compare(a.ResourceType, b.ResourceType))
	})
	made.Keys, made.Routes = made.Keys[:min(len(made.Keys), maxSample)], made.Routes[:min(len(made.Routes), maxSample)]
	return made
}
