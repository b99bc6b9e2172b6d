package impact

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/smallworld"
)

// maxClasses is how many classes of one effect are told.
const maxClasses = 100

// effect is what flips have in common that stand in one class.
type effect struct {
	kind          Kind
	before, after authz.Code
	// payers tell changes of billing apart.
	payers [2]string
}

// classes are the flips of each effect in as few and as general classes as are found: see merge.
func classes(world *smallworld.Enumeration, flips []flip) (made []Class, truncated bool) {
	made = []Class{}
	t := newTableau(world, flips)
	for _, e := range t.effects {
		merged, more := t.merge(e)
		truncated = truncated || more
		for _, c := range merged {
			made = append(made, t.class(e, c))
		}
	}
	slices.SortStableFunc(made, func(a, b Class) int {
		return cmp.Or(cmp.Compare(slices.Index(Kinds, a.Kind), slices.Index(Kinds, b.Kind)), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Summary, b.Summary))
	})
	return made, truncated
}

// set is a set of questions, a bit for each.
type set []uint64

func (s set) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s set) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }

func (s set) count() (n int) {
	for _, word := range s {
		n += bits.OnesCount64(word)
	}
	return n
}

func (s set) meets(other set) bool {
	for i, word := range s {
		if word&other[i] != 0 {
			return true
		}
	}
	return false
}

// tableau is the answers to the small world, as sets.
type tableau struct {
	world *smallworld.Enumeration
	flips []flip
	// values are the questions in which a fact has a value.
	values  [smallworld.Facts]map[string]set
	effects []effect
	of      map[effect]set
	// before are the questions that the active policy answers with a code, and billed those that it bills to somebody.
	before map[authz.Code]set
	billed map[string]set
	weight []int
}

func newTableau(world *smallworld.Enumeration, flips []flip) *tableau {
	t := &tableau{world: world, flips: flips, of: map[effect]set{}, before: map[authz.Code]set{}, billed: map[string]set{}, weight: make([]int, len(flips))}
	for f := range t.values {
		t.values[f] = map[string]set{}
	}
	for i, flip := range flips {
		for f, value := range world.Questions[i].Class {
			into(t, t.values[f], value, i)
			t.weight[i] += smallworld.Fact(f).Plainness(value)
		}
		into(t, t.before, flip.before.Code, i)
		into(t, t.billed, t.payer(i, flip.before), i)
		if flip.kind != "" {
			e := t.effect(i, flip)
			if t.of[e] == nil {
				t.effects = append(t.effects, e)
			}
			into(t, t.of, e, i)
		}
	}
	return t
}

func into[K comparable](t *tableau, sets map[K]set, name K, i int) {
	if sets[name] == nil {
		sets[name] = t.empty()
	}
	sets[name].add(i)
}

func (t *tableau) empty() set { return make(set, (len(t.flips)+63)/64) }

func (t *tableau) effect(i int, f flip) effect {
	e := effect{kind: f.kind, before: f.before.Code, after: f.after.Code}
	if f.kind == BillingChanged {
		e.payers = [2]string{t.payer(i, f.before), t.payer(i, f.after)}
	}
	return e
}

// payer says who pays, as seen from the question.
func (t *tableau) payer(i int, o Outcome) string {
	q := t.world.Questions[i]
	world := t.world.Worlds[q.World]
	key := world.Keys[q.KeyID]
	workspaceID := q.Request.Resource.ID
	if stored, ok := world.Snapshot.Resource(q.Request.Resource.Type, q.Request.Resource.ID); ok {
		workspaceID = stored.WorkspaceID()
	}
	workspace, _ := world.Snapshot.Workspace(workspaceID)
	switch {
	case o.BilledTo == nil:
		return "nobody"
	case o.BilledTo.Type == authz.UserOwner && o.BilledTo.ID == workspace.OwnerID() && key.OwnerID != workspace.OwnerID():
		return "the workspace's owner"
	case *o.BilledTo == key.Owner():
		return "the key's owner"
	}
	return string(o.BilledTo.Type) + " " + o.BilledTo.ID
}

// matching are the questions in which the conditions hold.
func (t *tableau) matching(c conditions) set {
	made := t.empty()
	for i := range made {
		made[i] = ^uint64(0)
	}
	one := t.empty()
	for fact, values := range c {
		clear(one)
		for _, value := range values {
			for i, word := range t.values[fact][value] {
				one[i] |= word
			}
		}
		for i, word := range one {
			made[i] &= word
		}
	}
	return made
}

// droppable are the facts, those first that say the least to a person: they are the first to be left out.
var droppable = []smallworld.Fact{
	smallworld.Expiry, smallworld.PlatformRole, smallworld.ClientIP, smallworld.Claims, smallworld.OtherGrants, smallworld.OrganizationRole, smallworld.Hour, smallworld.Day,
	smallworld.PersonalKeys, smallworld.AllowList, smallworld.Archived, smallworld.Organization, smallworld.Stands, smallworld.Deployed,
	smallworld.WorkflowGrant, smallworld.WorkspaceGrant, smallworld.Narrowing, smallworld.Role, smallworld.Workspace,
	smallworld.ResourceType, smallworld.Key, smallworld.Action,
}

// merge finds conditions under which all that the active policy answers in the one way, the draft answers in the other, and
// which together hold for every flip of the effect. It begins with the facts of one question, leaves out what may be left
// out, and lets what remains have more values while no other question comes in; so it goes on with the next that is left.
func (t *tableau) merge(e effect) (made []conditions, truncated bool) {
	flipped, others := t.of[e], t.empty()
	among := t.before[e.before]
	if e.kind == BillingChanged {
		among = t.billed[e.payers[0]]
	}
	for i, word := range among {
		others[i] = word &^ flipped[i]
	}
	left := slices.Clone(flipped)
	for _, seed := range t.plainest(flipped) {
		if !left.has(seed) {
			continue
		}
		if len(made) == maxClasses {
			return made, true
		}
		c := t.widen(t.generalize(e, t.world.Questions[seed].Class, others), flipped, others)
		made = append(made, c)
		for i, word := range t.matching(c) {
			left[i] &^= word
		}
	}
	return t.withoutIdle(made, flipped), false
}

// plainest are the members of a set, the plainest questions first.
func (t *tableau) plainest(s set) []int {
	var members []int
	for i := range t.flips {
		if s.has(i) {
			members = append(members, i)
		}
	}
	slices.SortStableFunc(members, func(a, b int) int { return cmp.Compare(t.weight[a], t.weight[b]) })
	return members
}

func (t *tableau) generalize(e effect, class smallworld.Class, others set) conditions {
	c := conditions{}
	for f, value := range class {
		c[smallworld.Fact(f)] = []string{value}
	}
	for _, fact := range droppable {
		if e.before == authz.UnknownAction && (fact == smallworld.Action || fact == smallworld.ResourceType) {
			// Of all that is unknown, little is asked about: it would pass for more than it is.
			continue
		}
		values := c[fact]
		delete(c, fact)
		if t.matching(c).meets(others) {
			c[fact] = values
		}
	}
	return c
}

func (t *tableau) widen(c conditions, flipped, others set) conditions {
	for _, fact := range droppable {
		if _, stands := c[fact]; !stands {
			continue
		}
		for _, value := range t.inOrder(fact) {
			if slices.Contains(c[fact], value) {
				continue
			}
			alone := c[fact]
			c[fact] = []string{value}
			added := t.matching(c)
			c[fact] = alone
			if added.meets(flipped) && !added.meets(others) {
				c[fact] = append(slices.Clip(alone), value)
			}
		}
		sortValues(fact, c[fact])
	}
	return c
}

func (t *tableau) inOrder(fact smallworld.Fact) []string {
	values := make([]string, 0, len(t.values[fact]))
	for value := range t.values[fact] {
		values = append(values, value)
	}
	sortValues(fact, values)
	return values
}

func sortValues(fact smallworld.Fact, values []string) {
	slices.SortFunc(values, func(a, b string) int {
		return cmp.Or(cmp.Compare(fact.Plainness(a), fact.Plainness(b)), cmp.Compare(a, b))
	})
}

// withoutIdle leaves out conditions that hold only where others hold too.
func (t *tableau) withoutIdle(made []conditions, flipped set) []conditions {
	for i := len(made) - 1; i >= 0; i-- {
		needed := slices.Clone(flipped)
		for j, other := range made {
			if j != i {
				for k, word := range t.matching(other) {
					needed[k] &^= word
				}
			}
		}
		if needed.count() == 0 {
			made = slices.Delete(made, i, i+1)
		}
	}
	return made
}

func (t *tableau) class(e effect, c conditions) Class {
	matching := t.matching(c)
	for i, word := range t.of[e] {
		matching[i] &= word
	}
	var who []string
	for _, kind := range t.inOrder(smallworld.Key) {
		if t.values[smallworld.Key][kind].meets(matching) {
			who = append(who, kind)
		}
	}
	return Class{
		Kind: e.kind, Summary: summary(e, c, who), Facts: c.named(), Before: e.before, After: e.after, Count: matching.count(),
		Witness: witness(t.world, t.flips[t.plainest(matching)[0]]), conditions: c,
	}
}
