package impact

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/smallworld"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// SmallWorld is what a draft would change in the small world.
type SmallWorld struct {
	// Evaluated is how many questions were asked of both policies, and Changed how many of them the draft answers otherwise.
	Evaluated int     `json:"evaluated"`
	Changed   int     `json:"changed"`
	Classes   []Class `json:"classes"`
	// Routes are the routes that change.
	Routes []RouteChange `json:"routes"`
	// Truncated tells that not all is told: there are more classes, the policies name more actions than are asked for, or the
	// draft ran past its time limit again and again.
	Truncated bool `json:"truncated"`
	// Widens tells that something that is refused would be allowed, be it by a new route, and Digest stands for just what that is: two drafts that
	// widen the same have the same one. It is "" where nothing widens.
	Widens bool   `json:"widens"`
	Digest string `json:"digest"`

	actions smallworld.Actions
}

// timeLimit ends one decision over the small world.
const timeLimit = time.Second

// Policies asks both policies every question of the small world, over the actions that either knows, and tells which the
// draft answers otherwise. Where the draft errs, panics or runs past its time limit, that is a class of its own kind. The
// error is the context's.
func Policies(ctx context.Context, active, draft *engine.Policy) (SmallWorld, error) {
	return weigh(ctx, active, draft, timeLimit)
}

func weigh(ctx context.Context, active, draft *engine.Policy, limit time.Duration) (made SmallWorld, err error) {
	made.actions, made.Truncated = vocabulary(active, draft)
	world := enumeration(made.actions)
	var flips []flip
	for i, p := range pairs(world, active, draft, limit) {
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
			made.Truncated = true
			break
		}
	}
	told, more := classes(world, flips)
	made.Classes = told
	made.Truncated = made.Truncated || more
	made.Routes = routeChanges(active, draft)
	made.Digest = digest(world, flips, made.Routes)
	made.Widens = made.Digest != ""
	return made, nil
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
func pairs(world *smallworld.Enumeration, active, draft *engine.Policy, limit time.Duration) func(func(int, pair) bool) {
	return func(yield func(int, pair) bool) {
		var askers [2]asker
		var views [2]*engine.View
		base := engine.Hypothetical(active, world.Worlds[0].Snapshot, time.Time{}, limit)
		var last smallworld.Question
		for i, q := range world.Questions {
			if views[0] == nil || q.World != last.World || !q.At.Equal(last.At) {
				views[0] = base.Over(world.Worlds[q.World].Snapshot).At(q.At)
				views[1] = views[0].By(draft)
			}
			last = q
			key, _ := world.Worlds[q.World].Snapshot.Key(q.KeyID)
			one := func(n int, key snapshot.Key, r authz.Request) func() Outcome {
				return func() Outcome { return askers[n].ask(views[n], key, r) }
			}
			if !yield(i, pair{&askers[1], one(0, key, q.Request), one(1, key, q.Request)}) {
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

// vocabulary is the shipped actions, those in the policies' tables, and those that their rules mention beside; truncated
// tells that there were more than are asked about.
func vocabulary(both ...*engine.Policy) (actions smallworld.Actions, truncated bool) {
	actions = smallworld.Actions{}
	types := map[string]bool{}
	for action, on := range smallworld.Shipped {
		actions[action] = slices.Clone(on)
	}
	add := func(action string, on []string) {
		if _, known := actions[action]; !known && len(actions) >= len(smallworld.Shipped)+maxActions {
			truncated = true
			return
		}
		for _, t := range on {
			if !authz.ValidID(t) || len(types) >= maxTypes && !types[t] {
				truncated = true
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
		for _, name := range p.MentionedActions() {
			add(name, nil)
		}
	}
	return actions, truncated
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

// enumeration spares the making of the one that nearly every draft is asked.
func enumeration(actions smallworld.Actions) *smallworld.Enumeration {
	same := len(actions) == len(smallworld.Shipped)
	for action, on := range actions {
		shipped := slices.Sorted(slices.Values(smallworld.Shipped[action]))
		same = same && slices.Equal(on, shipped)
	}
	if same {
		return &smallworld.Enumeration{Worlds: smallworld.Worlds(), Questions: smallworld.Questions()}
	}
	return smallworld.Over(actions)
}

// digest stands for every question that is widened (its facts, and from what) and every route that is new or leads elsewhere.
func digest(world *smallworld.Enumeration, flips []flip, routes []RouteChange) string {
	var widened []string
	for _, f := range flips {
		if f.kind == Widened {
			class := world.Questions[f.at].Class
			widened = append(widened, fmt.Sprintf("%q %q", class[:], f.before.Code))
		}
	}
	for _, r := range routes {
		if r.After != nil {
			widened = append(widened, fmt.Sprintf("route %q %q", r.Pattern, *r.After))
		}
	}
	if len(widened) == 0 {
		return ""
	}
	slices.Sort(widened)
	sum := sha256.Sum256([]byte(strings.Join(widened, "\n")))
	return "sha256:" + hex.EncodeToString(sum[:])
}
