package management

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage/decisions"
)

const (
	// defaultMaxCounted is how many decisions one summary looks at.
	defaultMaxCounted = 1_000_000
	// countingTime is how long one takes at most.
	countingTime = 2 * time.Second
	// defaultWindow is how far back one looks unless told otherwise.
	defaultWindow = 24 * time.Hour
	// minStep and maxStep are the lengths that a bucket may have.
	minStep, maxStep = time.Minute, 24 * time.Hour
	// wantBuckets is how many there are at most where nobody names a step, maxBuckets how many in any case.
	wantBuckets, maxBuckets = 100, 1000
	// maxKeys is how many keys are told apart.
	maxKeys = 200
	// lastYear is the last that is written in four digits.
	lastYear = 9999
)

// steps are the lengths of buckets that are chosen from where nobody names one.
var steps = []time.Duration{minStep, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 6 * time.Hour, 12 * time.Hour, maxStep}

// SummaryQuery is what to count: what the filter finds, from its From, a day before unless given, until its Until, now unless
// given.
type SummaryQuery struct {
	decisions.Filter
	// Step is the length of a bucket, in whole seconds; zero chooses one.
	Step time.Duration
	// ByKey counts for each key too.
	ByKey bool
}

// Outcomes are how many decisions were allowed and denied.
type Outcomes struct {
	Allowed int `json:"allowed"`
	Denied  int `json:"denied"`
}

func (o *Outcomes) add(isAllowed bool) {
	if isAllowed {
		o.Allowed++
	} else {
		o.Denied++
	}
}

// Bucket is what was decided in one step of time, from At on.
type Bucket struct {
	At time.Time
	Outcomes
	Codes map[authz.Code]int
}

// KeyUse is what was decided for one key.
type KeyUse struct {
	ID string
	Outcomes
	// LastAt is when it was asked with last.
	LastAt  time.Time
	Buckets []Bucket
}

// DecisionSummary is the decision log counted.
type DecisionSummary struct {
	From, Until time.Time
	Step        time.Duration
	// Since is the first moment that is counted whole where not all was, and else zero.
	Since time.Time
	Total Outcomes
	Codes map[authz.Code]int
	// P50 and P99 are how long half of the decisions took at most, and 99 in a hundred; nil where there are none.
	P50, P99 *time.Duration
	// Buckets begin at multiples of Step since 1970, and none is left out. Those of keys have no codes.
	Buckets []Bucket
	// Keys are the ones with the most decisions, where they were asked for, the busiest first.
	Keys []KeyUse
}

// SummarizeDecisions counts what Decisions would list, and tells no more. What is older than what may be looked at is left out,
// and Since says so.
func (s *Service) SummarizeDecisions(ctx context.Context, a Actor, q SummaryQuery) (DecisionSummary, error) {
	sees, hasAny, err := s.narrowed(ctx, a, &q.Filter)
	if err != nil {
		return DecisionSummary{}, err
	}
	c, err := s.newCount(q)
	if err != nil || !hasAny {
		return c.summary(), err
	}
	done, err := s.counting.take(ctx, a.UserID)
	if err != nil {
		return DecisionSummary{}, err
	}
	defer done()
	q.From, q.Until = c.from, c.until
	counting, cancel := context.WithTimeout(ctx, countingTime)
	defer cancel()
	c.since, err = s.decisions.Newest(counting, q.Filter, s.maxCounted, func(g decisions.Glance) bool {
		if sees.isHolder() {
			g.Code = codeForHolder(g.Code)
		}
		c.add(g)
		return false
	})
	if err != nil {
		return DecisionSummary{}, translated(err)
	}
	return c.summary(), ctx.Err()
}

// newCount settles the window and its buckets, or refuses what would be too many.
func (s *Service) newCount(q SummaryQuery) (*count, error) {
	c := &count{from: q.From, until: q.Until, step: q.Step, codes: map[authz.Code]int{}, took: map[time.Duration]int{}}
	if c.until.IsZero() {
		c.until = s.now()
	}
	if c.from.IsZero() {
		c.from = c.until.Add(-defaultWindow)
	}
	c.from, c.until = c.from.UTC(), c.until.UTC()
	// Buckets are told by when they begin, which must be a time that can be written.
	if c.from.Before(time.Unix(0, 0)) {
		return c, invalidField("from", "want a time since 1970, and so a day before until unless given")
	}
	if c.until.Year() > lastYear {
		return c, invalidField("until", "want a time in the years to %d", lastYear)
	}
	if !c.from.Before(c.until) {
		return c, invalidField("from", "want a time before until, which is now unless given")
	}
	if q.Step != 0 && (q.Step < minStep || q.Step > maxStep) {
		return c, invalidField("step", "want 60 to 86400 seconds")
	}
	for i := 0; q.Step == 0 && i < len(steps); i++ {
		if c.step = steps[i]; c.length() <= wantBuckets {
			break
		}
	}
	n := c.length()
	if n > maxBuckets {
		return c, invalidField("step", "that is more than %d buckets: want a longer step, or a shorter time", maxBuckets)
	}
	c.buckets = make([]Bucket, n)
	for i := range c.buckets {
		c.buckets[i] = Bucket{At: c.at(i), Codes: map[authz.Code]int{}}
	}
	if q.ByKey {
		c.keys = map[string]*keyCount{}
	}
	return c, nil
}

// count is a summary that is being made.
type count struct {
	from, until, since time.Time
	step               time.Duration
	total              Outcomes
	codes              map[authz.Code]int
	// took is how many decisions took how long.
	took    map[time.Duration]int
	buckets []Bucket
	// keys is nil where they are not asked for.
	keys map[string]*keyCount
}

// keyCount is sparse: of many keys most are asked with seldom, and only the busiest are told.
type keyCount struct {
	Outcomes
	lastAt time.Time
	in     map[int]Outcomes
}

// first is the number of the first bucket, counted in steps since 1970.
func (c *count) first() int64 { return floorDiv(c.from.Unix(), int64(c.step/time.Second)) }

// length is how many buckets there are.
func (c *count) length() int64 {
	last := c.until.Add(-time.Microsecond).Unix()
	return floorDiv(last, int64(c.step/time.Second)) - c.first() + 1
}

// at is when a bucket begins.
func (c *count) at(i int) time.Time {
	return time.Unix((c.first()+int64(i))*int64(c.step/time.Second), 0).UTC()
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// add counts a decision. They come newest first.
func (c *count) add(g decisions.Glance) {
	i := int(floorDiv(g.Time.Unix(), int64(c.step/time.Second)) - c.first())
	if i < 0 || i >= len(c.buckets) {
		return
	}
	c.total.add(g.Allow)
	c.codes[g.Code]++
	c.took[g.Took]++
	c.buckets[i].add(g.Allow)
	c.buckets[i].Codes[g.Code]++
	if c.keys == nil || g.KeyID == "" {
		return
	}
	key := c.keys[g.KeyID]
	if key == nil {
		key = &keyCount{lastAt: g.Time, in: map[int]Outcomes{}}
		c.keys[g.KeyID] = key
	}
	key.add(g.Allow)
	in := key.in[i]
	in.add(g.Allow)
	key.in[i] = in
}

func (c *count) summary() DecisionSummary {
	summary := DecisionSummary{From: c.from, Until: c.until, Step: c.step, Since: c.since, Total: c.total, Codes: c.codes, Buckets: c.buckets}
	summary.P50, summary.P99 = c.percentile(50), c.percentile(99)
	if c.keys != nil {
		summary.Keys = c.busiest()
	}
	return summary
}

// percentile is the shortest time that so many in a hundred decisions took at most.
func (c *count) percentile(hundredths int) *time.Duration {
	n := c.total.Allowed + c.total.Denied
	rank := (n*hundredths + 99) / 100
	for _, took := range slices.Sorted(maps.Keys(c.took)) {
		if rank -= c.took[took]; rank <= 0 {
			return &took
		}
	}
	return nil
}

func (c *count) busiest() []KeyUse {
	ids := slices.SortedFunc(maps.Keys(c.keys), func(a, b string) int {
		x, y := c.keys[a], c.keys[b]
		return cmp.Or(cmp.Compare(y.Allowed+y.Denied, x.Allowed+x.Denied), cmp.Compare(a, b))
	})
	uses := []KeyUse{}
	for _, id := range ids[:min(len(ids), maxKeys)] {
		key := c.keys[id]
		use := KeyUse{ID: id, Outcomes: key.Outcomes, LastAt: key.lastAt, Buckets: make([]Bucket, len(c.buckets))}
		for i := range use.Buckets {
			use.Buckets[i] = Bucket{At: c.at(i), Outcomes: key.in[i]}
		}
		uses = append(uses, use)
	}
	return uses
}
