package impact

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/smallworld"
)

// SmallWorld is what a draft would change in the small world.
type SmallWorld struct {
	// Evaluated is how many questions were asked of both policies, and Changed how many of them the draft answers otherwise.
	Evaluated int     `json:"evaluated"`
	Changed   int     `json:"changed"`
	Classes   []Class `json:"classes"`
	// Routes are the routes that change.
	Routes []RouteChange `json:"routes"`
	// Management is what changes of who may manage.
	Management []Managed `json:"management"`
	// Unseen is what the change turns on and the small world does not tell apart: there it may do more than the classes say.
	Unseen []engine.Mention `json:"unseen"`
	// NotAsked are the actions and types beyond those that are asked about.
	NotAsked []string `json:"not_asked"`
	// Truncated tells that not all is told: there are more classes, the policies name more actions than are asked for, or the
	// draft ran past its time limit again and again.
	Truncated bool `json:"truncated"`
	// Widens tells that something that is refused would be allowed, be it by another route or in management, or that this can't be
	// told. Digest stands for just what that is: two drafts that widen the same have the same one. It is "" where nothing widens.
	Widens bool   `json:"widens"`
	Digest string `json:"digest"`

	actions smallworld.Actions
	runaway bool
}

// IsUncertain tells that the draft may widen more than can be told: it turns on what the small world does not tell apart, knows more
// actions than are asked about, or ran past its time limit again and again.
func (w SmallWorld) IsUncertain() bool {
	return len(w.Unseen) > 0 || len(w.NotAsked) > 0 || w.runaway
}

// timeLimit ends one decision over the small world.
const timeLimit = time.Second

// Policies asks both policies every question of the small world, over the actions that either knows, and tells which the
// draft answers otherwise. The draft is compiled unguarded, so that what it would widen with an override is seen. Where the
// draft errs, panics or runs past its time limit, that is a class of its own kind. The error is the context's.
func Policies(ctx context.Context, active, draft *engine.Policy) (SmallWorld, error) {
	return weigh(ctx, active, draft, timeLimit)
}

func weigh(ctx context.Context, active, draft *engine.Policy, limit time.Duration) (made SmallWorld, err error) {
	made.actions, made.NotAsked = vocabulary(active, draft)
	made.Truncated = len(made.NotAsked) > 0
	world, isShipped := enumeration(made.actions)
	memories := [2]memory{newMemory(active), newMemory(draft)}
	if isShipped {
		memories[0] = recollect(active)
	}
	var flips []flip
	for i, p := range pairs(world, memories, limit) {
		if err := ctx.Err(); err != nil {
			return SmallWorld{}, err
		}
		f := flip{at: i, before: p.before(), after: p.after()}
		f.kind = Change(f.before, f.after)
		flips = append(flips, f)
		made.Evaluated++
		if f.kind != "" {
			made.Changed++
		}
		if p.draft.isRunaway() {
			made.Truncated, made.runaway = true, true
			break
		}
	}
	if isShipped && !made.runaway {
		memories[0].keep()
	}
	told, more := classes(world, flips)
	made.Classes = told
	made.Truncated = made.Truncated || more
	made.Routes, made.Management, made.Unseen = beside(active, draft, made.actions)
	made.Digest = digest(world, flips, made, draft)
	made.Widens = made.Digest != ""
	return made, nil
}

// beside finds what changes beside the answers to questions.
func beside(active, draft *engine.Policy, actions smallworld.Actions) ([]RouteChange, []Managed, []engine.Mention) {
	return routeChanges(active, draft), managed(active, draft), unseen(active, draft, actions)
}

// flip is one question and its answers; kind is "" where they are the same.
type flip struct {
	at            int
	before, after Outcome
	kind          Kind
}

// pair asks one question of both policies.
type pair struct {
	draft         *asker
	before, after func() Outcome
}

// pairs walks the questions, with views that are made as they are needed.
func pairs(world *smallworld.Enumeration, memories [2]memory, limit time.Duration) func(func(int, pair) bool) {
	return func(yield func(int, pair) bool) {
		askers := [2]asker{newAsker(), newAsker()}
		var views [2]*engine.View
		base := engine.Hypothetical(memories[0].policy, world.Worlds[0].Snapshot, time.Time{}, limit)
		var last smallworld.Question
		for i, q := range world.Questions {
			if views[0] == nil || q.World != last.World || !q.At.Equal(last.At) {
				views[0] = base.Over(world.Worlds[q.World].Snapshot).At(q.At)
				views[1] = views[0].By(memories[1].policy)
			}
			last = q
			one := func(n int) func() Outcome {
				if q.KeyID == "" {
					return memories[n].of(q, func() Outcome {
						return askers[n].askFor(authz.Entity{Type: smallworld.UserSubject, ID: q.UserID}, views[n], q.Request)
					})
				}
				key, _ := world.Worlds[q.World].Snapshot.Key(q.KeyID)
				return memories[n].of(q, func() Outcome { return askers[n].ask(views[n], key, q.Request) })
			}
			if !yield(i, pair{&askers[1], one(0), one(1)}) {
				return
			}
		}
	}
}

// How many actions and types are asked about beside the shipped ones.
const (
	maxActions = 64
	maxTypes   = 16
)

// vocabulary is the shipped actions, those in the policies' tables, and those that their rules mention beside; notAsked
// are those, and types, that are more than are asked about.
func vocabulary(both ...*engine.Policy) (actions smallworld.Actions, notAsked []string) {
	actions, notAsked = smallworld.Actions{}, []string{}
	types := map[string]bool{}
	for action, on := range smallworld.Shipped {
		actions[action] = slices.Clone(on)
	}
	add := func(action string, on []string) {
		if _, known := actions[action]; !known && len(actions) >= len(smallworld.Shipped)+maxActions {
			notAsked = append(notAsked, action)
			return
		}
		for _, t := range on {
			if !authz.ValidID(t) || len(types) >= maxTypes && !types[t] {
				notAsked = append(notAsked, t)
				continue
			}
			types[t] = true
			if !slices.Contains(actions[action], t) {
				actions[action] = append(actions[action], t)
			}
		}
		if actions[action] == nil {
			actions[action] = []string{}
		}
		slices.Sort(actions[action])
	}
	for _, p := range both {
		for _, action := range sorted(p.Actions()) {
			add(action.name, action.on)
		}
	}
	for _, p := range both {
		for _, name := range slices.Concat(p.SiteActions(), p.MentionedActions()) {
			add(name, nil)
		}
	}
	slices.Sort(notAsked)
	return actions, slices.Compact(notAsked)
}

type action struct {
	name string
	on   []string
}

func sorted(table map[string][]string) []action {
	made := make([]action, 0, len(table))
	for name, on := range table {
		made = append(made, action{name, on})
	}
	slices.SortFunc(made, func(a, b action) int { return cmp.Compare(a.name, b.name) })
	return made
}

// enumeration spares the making of the one over the shipped actions, that nearly every draft is asked.
func enumeration(actions smallworld.Actions) (made *smallworld.Enumeration, isShipped bool) {
	same := len(actions) == len(smallworld.Shipped)
	for action, on := range actions {
		shipped := slices.Sorted(slices.Values(smallworld.Shipped[action]))
		same = same && slices.Equal(on, shipped)
	}
	if same {
		return &smallworld.Enumeration{Worlds: smallworld.Worlds(), Questions: smallworld.Questions()}, true
	}
	return smallworld.Over(actions), false
}

// digest stands for every question that is widened (its facts, and from what), every route that is another and what more may be managed;
// and for the draft itself where not all that it does can be told.
func digest(world *smallworld.Enumeration, flips []flip, made SmallWorld, draft *engine.Policy) string {
	var widened []string
	for _, f := range flips {
		if f.kind == Widened {
			class := world.Questions[f.at].Class
			widened = append(widened, fmt.Sprintf("%q %q", class[:], f.before.Code))
		}
	}
	for _, r := range made.Routes {
		// Where a route is taken away, a wider pattern may match what it matched.
		widened = append(widened, fmt.Sprintf("route %q %q", r.Pattern, r.After))
	}
	for _, m := range made.Management {
		if m.After {
			widened = append(widened, "managed "+m.String())
		}
	}
	if made.IsUncertain() {
		files := draft.Files()
		for _, path := range slices.Sorted(maps.Keys(files)) {
			widened = append(widened, fmt.Sprintf("file %q %q", path, files[path]))
		}
	}
	if len(widened) == 0 {
		return ""
	}
	slices.Sort(widened)
	sum := sha256.Sum256([]byte(strings.Join(widened, "\n")))
	return "sha256:" + hex.EncodeToString(sum[:])
}
