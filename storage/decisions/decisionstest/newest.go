package decisionstest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage/decisions"
)

// glanced are the decisions that a look back visits, and from when on they are all.
func glanced(ctx context.Context, t *testing.T, log decisions.Log, filter decisions.Filter, most, enough int) (seen []decisions.Glance, whole time.Time) {
	t.Helper()
	if filter.Until.IsZero() {
		filter.Until = noon.AddDate(1, 0, 0)
	}
	whole, err := log.Newest(ctx, filter, most, func(g decisions.Glance) bool {
		seen = append(seen, g)
		return len(seen) == enough
	})
	if err != nil {
		t.Fatal(err)
	}
	return seen, whole
}

func glanceOf(d authz.LoggedDecision) decisions.Glance {
	return decisions.Glance{Time: d.Time, KeyID: d.KeyID, Code: d.Code, Allow: d.Allow, Took: d.Took}
}

func wantGlances(t *testing.T, what string, got []decisions.Glance, oldestFirst []authz.LoggedDecision) {
	t.Helper()
	var want []decisions.Glance
	for _, d := range slices.Backward(oldestFirst) {
		want = append(want, glanceOf(d))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: %d are seen, and there are %d\n%.300v\n%.300v", what, len(got), len(want), got, want)
	}
}

// lookBack proves that a look back sees what a list has, in its order and each once, however it came.
func lookBack(t *testing.T, log decisions.Log) {
	made := several(0, 700)
	made[650] = refusal(650)
	made[3].Took, made[4].Took = 0, 98765*time.Millisecond
	made[5].Request.Context.Extra = authz.Object(`{"duration_us":5}`)
	put(t, log, made[400:700]...)
	put(t, log, made[0:100]...)
	put(t, log, slices.Concat(made[300:400], made[100:300])...)
	put(t, log, made[350:420]...)
	yes, no := true, false
	for name, filter := range map[string]decisions.Filter{
		"all": {}, "a key": {KeyID: "key_3"}, "allowed": {Allow: &yes}, "denied": {Allow: &no}, "a window": {From: made[90].Time, Until: made[610].Time},
		"a code": {Codes: []authz.Code{authz.KeyUnknown}}, "nothing": {KeyID: "key_none"}, "what is not text": {KeyID: "key\x00"},
		"the future": {From: noon.AddDate(0, 1, 0)},
	} {
		var want []authz.LoggedDecision
		for _, d := range made {
			if filter.Matches(d) {
				want = append(want, d)
			}
		}
		got, whole := glanced(t.Context(), t, log, filter, 100_000, 0)
		wantGlances(t, name, got, want)
		if !whole.IsZero() {
			t.Errorf("%s: all was visited, and it says from %v", name, whole)
		}
	}
}

// lookBackBounds proves that a look back that is cut says from when on it is whole, and that it is.
func lookBackBounds(t *testing.T, log decisions.Log) {
	made := several(0, 5000)
	for portion := range slices.Chunk(made, 1000) {
		put(t, log, portion...)
	}
	check := func(what string, seen []decisions.Glance, whole time.Time, most int) {
		t.Helper()
		if whole.IsZero() || len(seen) > most {
			t.Errorf("%s: %d are seen of at most %d, whole from %v", what, len(seen), most, whole)
		}
		from, _ := slices.BinarySearchFunc(made, whole, func(d authz.LoggedDecision, at time.Time) int { return d.Time.Compare(at) })
		// What is older than that may have been seen too, and need not.
		newest := seen[:min(len(seen), len(made)-from)]
		wantGlances(t, what, newest, made[from:])
	}
	for _, most := range []int{1, 999, 1000, 2500, 4999} {
		seen, whole := glanced(t.Context(), t, log, decisions.Filter{}, most, 0)
		check(fmt.Sprint("at most ", most), seen, whole, most)
		// A backend that keeps them by the thousand stops before the thousand that would be too many.
		if len(seen) <= most-1000 {
			t.Errorf("at most %d: no more than %d are seen", most, len(seen))
		}
	}
	seen, whole := glanced(t.Context(), t, log, decisions.Filter{}, len(made), 0)
	if len(seen) != len(made) || !whole.IsZero() {
		t.Errorf("as many as there are: %d, %v", len(seen), whole)
	}
	for _, enough := range []int{1, 7, 1000, 3001} {
		seen, whole := glanced(t.Context(), t, log, decisions.Filter{}, 100_000, enough)
		check(fmt.Sprint("enough at ", enough), seen, whole, enough)
	}
	over, cancel := context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer cancel()
	until := noon.Add(time.Hour)
	seen, whole = glanced(over, t, log, decisions.Filter{Until: until}, 100_000, 0)
	if len(seen) > 0 || !whole.Equal(until) {
		t.Errorf("after the deadline: %d are seen, whole from %v", len(seen), whole)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := log.Newest(ended, decisions.Filter{Until: until}, 10, func(decisions.Glance) bool { return false }); err == nil {
		t.Error("whoever asked has gone, and nothing failed")
	}
}
