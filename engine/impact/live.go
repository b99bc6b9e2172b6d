package impact

import (
	"cmp"
	"context"
	"hash/fnv"
	"slices"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/smallworld"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// Live is which keys, workspaces and owners of the real world a draft would touch.
type Live struct {
	// Keys, Workspaces and Owners are how many are touched in any way; ByKind tells them apart.
	Keys       int            `json:"keys"`
	Workspaces int            `json:"workspaces"`
	Owners     int            `json:"owners"`
	ByKind     map[Kind]Touch `json:"by_kind"`
	// Sample has one change for each touched key, at most 100 of each kind.
	Sample []LiveFlip `json:"sample"`
	// Asked is how many live keys were asked about, of all Standing. Where Truncated, not each key was, or not about all that
	// it may reach: those that were are a fair sample.
	Asked     int  `json:"asked"`
	Standing  int  `json:"standing"`
	Truncated bool `json:"truncated"`
}

// Touch is how many are touched in one way.
type Touch struct {
	Keys       int `json:"keys"`
	Workspaces int `json:"workspaces"`
	Owners     int `json:"owners"`
}

// LiveFlip is a change to what a live key may do.
type LiveFlip struct {
	Key         authz.KeyRef `json:"key"`
	Owner       authz.Owner  `json:"owner"`
	WorkspaceID string       `json:"workspace_id,omitempty"`
	Kind        Kind         `json:"kind"`
	Action      string       `json:"action"`
	Type        string       `json:"resource_type"`
	ID          string       `json:"resource_id"`
	Time        string       `json:"time"`
	Before      authz.Code   `json:"before"`
	After       authz.Code   `json:"after"`
}

// walkLimits bound the work of one walk over the real world: keys, decisions of each policy, and for one key workspaces and
// workflows.
type walkLimits struct{ keys, decisions, places int }

var usualWalk = walkLimits{keys: 50_000, decisions: 60_000, places: 16}

// Touched asks both policies what the view's live keys may do, as far as the classes of the small world say that something
// changes: each key about the workspaces that it may reach, one workflow, MCP server and other resource of each kind there,
// the workflows that it names, and one workspace that it does not reach; now, and at the hours that the classes are about.
// The error is the context's.
func Touched(ctx context.Context, view *engine.View, draft *engine.Policy, small SmallWorld) (Live, error) {
	return touched(ctx, view, draft, small, usualWalk)
}

func touched(ctx context.Context, view *engine.View, draft *engine.Policy, small SmallWorld, most walkLimits) (Live, error) {
	w := walk{view: view, draft: draft, most: most, asker: newAsker(), keys: map[Kind]map[string]bool{}, workspaces: map[Kind]map[string]bool{}, owners: map[Kind]map[authz.Owner]bool{}}
	w.made.ByKind, w.made.Sample = map[Kind]Touch{}, []LiveFlip{}
	w.made.Standing = view.Snapshot().Counts().Keys
	w.actions = small.changedActions()
	if len(w.actions) == 0 {
		// What the small world can't tell, nobody is asked about either.
		w.made.Truncated = small.IsUncertain()
		return w.made, nil
	}
	w.views = w.moments(small)
	if err := w.index(ctx); err != nil {
		return Live{}, err
	}
	keys, err := w.chosen(ctx)
	if err != nil {
		return Live{}, err
	}
	for _, key := range keys {
		if err := ctx.Err(); err != nil {
			return Live{}, err
		}
		if w.decisions >= most.decisions || w.asker.isRunaway() {
			w.made.Truncated = true
			break
		}
		w.key(key)
	}
	return w.report(), nil
}

// changedActions are the actions, by type of resource, that some class is about.
func (w SmallWorld) changedActions() map[string][]string {
	actions := map[string][]string{}
	for action, on := range w.actions {
		for _, t := range on {
			facts := smallworld.Class{smallworld.Action: action, smallworld.ResourceType: t}
			if slices.ContainsFunc(w.Classes, func(c Class) bool { return c.conditions.only(smallworld.Action, smallworld.ResourceType).hold(facts) }) {
				actions[t] = append(actions[t], action)
			}
		}
	}
	for _, names := range actions {
		slices.Sort(names)
	}
	return actions
}

// only are the conditions on some facts.
func (c conditions) only(facts ...smallworld.Fact) conditions {
	made := conditions{}
	for _, fact := range facts {
		if values, ok := c[fact]; ok {
			made[fact] = values
		}
	}
	return made
}

// maxMoments is at how many moments a key is asked about.
const maxMoments = 3

type walk struct {
	view    *engine.View
	draft   *engine.Policy
	most    walkLimits
	actions map[string][]string
	// views are the active policy's, at the moments that are asked about.
	views []moment
	asker asker
	// inside are some resources of each workspace, of each user the workspaces.
	inside map[string][]Resource
	of     map[string][]string
	// foreign are two workspaces, of which one is not the key's.
	foreign   []string
	decisions int

	made       Live
	keys       map[Kind]map[string]bool
	workspaces map[Kind]map[string]bool
	owners     map[Kind]map[authz.Owner]bool
}

type moment struct {
	view *engine.View
	text string
}

func (w *walk) moments(small SmallWorld) []moment {
	now := w.view.Now()
	made := []moment{{w.view, now.UTC().Format(time.RFC3339)}}
	for _, c := range small.Classes {
		if len(c.conditions.only(smallworld.Day, smallworld.Hour)) == 0 || len(made) == maxMoments {
			continue
		}
		// The same hour and weekday, in the week to come.
		at := now.UTC().Truncate(time.Hour)
		for at.Weekday() != c.Witness.at.Weekday() || at.Hour() != c.Witness.at.Hour() {
			at = at.Add(time.Hour)
		}
		made = append(made, moment{w.view.At(at), at.Format(time.RFC3339)})
	}
	return made
}

// index finds for each workspace one resource of each type and readiness, the one of the least id, and for each user the
// workspaces. It stops for the context every so many records.
func (w *walk) index(ctx context.Context) error {
	w.inside, w.of = map[string][]Resource{}, map[string][]string{}
	type place struct{ workspaceID, resourceType, properties string }
	least, seen := map[place]string{}, 0
	for r := range w.view.Snapshot().Resources() {
		if seen++; seen%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if len(w.actions[r.Type()]) == 0 {
			continue
		}
		properties := r.Properties()
		if r.Type() != authz.WorkflowType {
			properties = ""
		}
		at := place{r.WorkspaceID(), r.Type(), properties}
		if id, ok := least[at]; !ok || r.ID() < id {
			least[at] = r.ID()
		}
	}
	for at, id := range least {
		w.inside[at.workspaceID] = append(w.inside[at.workspaceID], Resource{at.resourceType, id})
	}
	for s := range w.view.Snapshot().Workspaces() {
		if len(w.actions[authz.WorkspaceType]) > 0 {
			w.inside[s.ID()] = append(w.inside[s.ID()], Resource{authz.WorkspaceType, s.ID()})
		}
		w.of[s.OwnerID()] = append(w.of[s.OwnerID()], s.ID())
		w.foreign = append(w.foreign, s.ID())
		slices.Sort(w.foreign)
		w.foreign = w.foreign[:min(len(w.foreign), 2)]
	}
	for _, resources := range w.inside {
		slices.SortFunc(resources, byWeight)
	}
	for workspaceID, userID := range w.view.Snapshot().WorkspaceMembers() {
		w.of[userID] = append(w.of[userID], workspaceID)
	}
	return ctx.Err()
}

// chosen are the live keys in an order that has nothing to do with what they are, so that the first of them are a fair
// sample.
func (w *walk) chosen(ctx context.Context) ([]snapshot.Key, error) {
	var keys []snapshot.Key
	seen := 0
	for key := range w.view.Snapshot().Keys() {
		if seen++; seen%4096 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if w.view.Liveness(key) == "" {
			keys = append(keys, key)
		}
	}
	w.made.Standing = len(keys)
	slices.SortFunc(keys, func(a, b snapshot.Key) int {
		return cmp.Or(cmp.Compare(shuffled(a.ID()), shuffled(b.ID())), cmp.Compare(a.ID(), b.ID()))
	})
	if len(keys) > w.most.keys {
		keys, w.made.Truncated = keys[:w.most.keys], true
	}
	return keys, nil
}

func shuffled(id string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(id))
	return h.Sum64()
}

// key asks all about one key.
func (w *walk) key(key snapshot.Key) {
	w.made.Asked++
	request := authz.Request{Context: authz.Context{ClientIP: addressFor(key)}}
	for _, r := range w.reach(key) {
		for _, action := range w.actions[r.Type] {
			request.Action, request.Resource = action, authz.Entity{Type: r.Type, ID: r.ID}
			for _, m := range w.views {
				w.decisions++
				before, after := w.asker.ask(m.view, key, request), w.asker.ask(m.view.By(w.draft), key, request)
				if kind := Change(before, after); kind != "" {
					w.flip(key, r, kind, LiveFlip{Action: action, Time: m.text, Before: before.Code, After: after.Code})
				}
			}
		}
	}
}

// reach is what a key is asked about.
func (w *walk) reach(key snapshot.Key) []Resource {
	var places []string
	var named []Resource
	switch key.Type() {
	case authz.PersonalKey:
		places = slices.Sorted(slices.Values(w.of[key.OwnerID()]))
	case authz.WorkspaceKey:
		places = []string{key.OwnerID()}
		for id := range key.WorkflowIDs() {
			named = append(named, Resource{authz.WorkflowType, id})
		}
	case authz.OrganizationKey:
		for g := range key.Grants() {
			if g.WorkspaceID != "" {
				places = append(places, g.WorkspaceID)
				continue
			}
			workflow, _ := w.view.Snapshot().Resource(authz.WorkflowType, g.WorkflowID)
			places = append(places, workflow.WorkspaceID())
			named = append(named, Resource{authz.WorkflowType, g.WorkflowID})
		}
	}
	places = slices.Compact(places)
	if len(places) > w.most.places || len(named) > w.most.places {
		places, named, w.made.Truncated = places[:min(len(places), w.most.places)], named[:min(len(named), w.most.places)], true
	}
	for _, id := range w.foreign {
		if !slices.Contains(places, id) {
			places = append(places, id)
			break
		}
	}
	for _, id := range places {
		named = append(named, w.inside[id]...)
	}
	slices.SortFunc(named, byWeight)
	return slices.Compact(named)
}

func (w *walk) flip(key snapshot.Key, r Resource, kind Kind, flip LiveFlip) {
	flip.Key = authz.KeyRef{ID: key.ID(), Name: key.Name(), Type: key.Type()}
	flip.Owner = authz.Owner{Type: key.Type().OwnerType(), ID: key.OwnerID()}
	flip.Kind, flip.Type, flip.ID, flip.WorkspaceID = kind, r.Type, r.ID, r.ID
	if r.Type != authz.WorkspaceType {
		stored, _ := w.view.Snapshot().Resource(r.Type, r.ID)
		flip.WorkspaceID = stored.WorkspaceID()
	}
	if w.keys[kind] == nil {
		w.keys[kind], w.workspaces[kind], w.owners[kind] = map[string]bool{}, map[string]bool{}, map[authz.Owner]bool{}
	}
	if !w.keys[kind][key.ID()] && len(w.keys[kind]) < maxSample {
		w.made.Sample = append(w.made.Sample, flip)
	}
	w.keys[kind][key.ID()], w.owners[kind][flip.Owner] = true, true
	if flip.WorkspaceID != "" {
		w.workspaces[kind][flip.WorkspaceID] = true
	}
}

func (w *walk) report() Live {
	made := w.made
	made.Keys, made.Workspaces, made.Owners = union(w.keys), union(w.workspaces), union(w.owners)
	for kind, keys := range w.keys {
		made.ByKind[kind] = Touch{len(keys), len(w.workspaces[kind]), len(w.owners[kind])}
	}
	slices.SortStableFunc(made.Sample, func(a, b LiveFlip) int {
		return cmp.Or(cmp.Compare(slices.Index(Kinds, a.Kind), slices.Index(Kinds, b.Kind)), cmp.Compare(a.Key.ID, b.Key.ID))
	})
	return made
}

func union[K comparable](sets map[Kind]map[K]bool) int {
	all := map[K]bool{}
	for _, one := range sets {
		for member := range one {
			all[member] = true
		}
	}
	return len(all)
}
