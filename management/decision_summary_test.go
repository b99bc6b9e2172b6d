package management_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/storage/decisions"
)

// summarize counts as an actor, which must do.
func (h *house) summarize(a management.Actor, q management.SummaryQuery) management.DecisionSummary {
	h.t.Helper()
	summary, err := h.SummarizeDecisions(h.t.Context(), a, q)
	if err != nil {
		h.t.Fatal(err)
	}
	return summary
}

func decidedAt(n int, at time.Time, key string, code authz.Code, took time.Duration) authz.LoggedDecision {
	return authz.LoggedDecision{ID: fmt.Sprintf("dec_%d", n), Time: at, KeyID: key, Code: code, Allow: code == authz.Allowed, Took: took}
}

// busy is a bucket as "minutes after noon: allowed/denied".
func busy(buckets []management.Bucket) (all []string) {
	for _, b := range buckets {
		if b.Outcomes != (management.Outcomes{}) {
			all = append(all, fmt.Sprintf("%v: %d/%d", b.At.Sub(noon).Minutes(), b.Allowed, b.Denied))
		}
	}
	return all
}

// A summary counts what the list has for the same reader, by the codes that they read there.
func TestASummaryCountsWhatTheListHas(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.logged()
	h.now = noon.Add(time.Second)
	for _, actor := range []management.Actor{platform, as("policy_admin"), as("writer"), as("admin"), as("org_admin"), as("stranger"), as("reader")} {
		for _, q := range []decisions.Filter{
			{}, {WorkspaceID: "ws"}, {OrganizationID: "org"}, {KeyOwner: authz.Owner{Type: authz.WorkspaceOwner, ID: "ws"}},
			{Codes: []authz.Code{authz.OutsideScope}}, {Codes: []authz.Code{authz.NotAMember}}, {KeyID: "key_writer"}, {WorkspaceID: "ws_2"},
		} {
			q.Limit = 100
			page, _, err := h.Decisions(t.Context(), actor, q)
			counted, failed := h.SummarizeDecisions(t.Context(), actor, management.SummaryQuery{Filter: q, ByKey: true})
			if fmt.Sprint(err) != fmt.Sprint(failed) {
				t.Errorf("%s, %+v: a list gets %v, a summary %v", actor.UserID, q, err, failed)
			}
			if err != nil {
				continue
			}
			codes, keys, total := map[authz.Code]int{}, map[string]int{}, management.Outcomes{}
			for _, d := range page {
				codes[d.Code]++
				if d.KeyID != "" {
					keys[d.KeyID]++
				}
				if d.Allow {
					total.Allowed++
				} else {
					total.Denied++
				}
			}
			got := map[string]int{}
			for _, key := range counted.Keys {
				got[key.ID] = key.Allowed + key.Denied
			}
			if jsonOf(counted.Codes) != jsonOf(codes) || jsonOf(got) != jsonOf(keys) || counted.Total != total || !counted.Since.IsZero() {
				t.Errorf("%s, %+v: %+v, and the list has %v of %v", actor.UserID, q, counted, codes, keys)
			}
		}
	}
}

// Buckets begin at multiples of the step, and none is left out.
func TestBucketsOfASummary(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.must(h.decisions.Append(t.Context(), []authz.LoggedDecision{
		decidedAt(1, noon.Add(-time.Microsecond), "key_a", authz.Allowed, time.Millisecond),
		decidedAt(2, noon, "key_a", authz.Allowed, 2*time.Millisecond),
		decidedAt(3, noon.Add(5*time.Minute-time.Microsecond), "key_b", authz.OutsideScope, 3*time.Millisecond),
		decidedAt(4, noon.Add(11*time.Minute), "key_a", authz.KeyExpired, 4*time.Millisecond),
		decidedAt(5, noon.Add(12*time.Minute), "", authz.KeyUnknown, 50*time.Millisecond),
	}))
	q := management.SummaryQuery{Filter: decisions.Filter{From: noon.Add(-time.Second), Until: noon.Add(12 * time.Minute)}, Step: 5 * time.Minute, ByKey: true}
	got := h.summarize(platform, q)
	if want := "[-5: 1/0 0: 1/1 10: 0/1]"; fmt.Sprint(busy(got.Buckets)) != want || len(got.Buckets) != 4 || !got.Buckets[2].At.Equal(noon.Add(5*time.Minute)) {
		t.Errorf("got %v of %d, want %s", busy(got.Buckets), len(got.Buckets), want)
	}
	if got.Total != (management.Outcomes{Allowed: 2, Denied: 2}) || *got.P50 != 2*time.Millisecond || *got.P99 != 4*time.Millisecond {
		t.Errorf("in all %+v, %v, %v", got.Total, got.P50, got.P99)
	}
	if len(got.Keys) != 2 || got.Keys[0].ID != "key_a" || !got.Keys[0].LastAt.Equal(noon.Add(11*time.Minute)) || len(got.Keys[0].Buckets) != 4 ||
		fmt.Sprint(busy(got.Keys[0].Buckets)) != "[-5: 1/0 0: 1/0 10: 0/1]" || got.Keys[1].Outcomes != (management.Outcomes{Denied: 1}) {
		t.Errorf("the keys: %+v", got.Keys)
	}
	if q.ByKey = false; h.summarize(platform, q).Keys != nil {
		t.Error("nobody asked for the keys")
	}
	// Unless told otherwise it is the last day, in no more than a hundred buckets.
	h.now = noon.Add(time.Hour)
	day := h.summarize(platform, management.SummaryQuery{})
	if day.Total != (management.Outcomes{Allowed: 2, Denied: 3}) || !day.Until.Equal(h.now) || !day.From.Equal(h.now.Add(-24*time.Hour)) || day.Step != 15*time.Minute || len(day.Buckets) != 96 {
		t.Errorf("the last day: %+v from %v by %v, %d buckets", day.Total, day.From, day.Step, len(day.Buckets))
	}
	if nothing := h.summarize(platform, management.SummaryQuery{Filter: decisions.Filter{KeyID: "none"}}); nothing.P50 != nil || nothing.P99 != nil || len(nothing.Buckets) != 96 {
		t.Errorf("nothing: %+v", nothing)
	}
}

func TestASummaryThatCantBe(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	at := func(text string) time.Time {
		at, err := time.Parse(time.RFC3339, text)
		h.must(err)
		return at
	}
	for name, q := range map[string]management.SummaryQuery{
		"no time":           {Filter: decisions.Filter{From: noon, Until: noon}},
		"turned round":      {Filter: decisions.Filter{From: noon.Add(time.Hour)}},
		"too short":         {Step: time.Second},
		"too long":          {Step: 25 * time.Hour},
		"too many":          {Filter: decisions.Filter{From: noon.Add(-1001 * time.Minute), Until: noon}, Step: time.Minute},
		"too many years":    {Filter: decisions.Filter{From: noon.AddDate(-3, 0, 0), Until: noon}},
		"before time began": {Filter: decisions.Filter{Until: at("0000-01-01T00:00:00Z")}},
		"its day before":    {Filter: decisions.Filter{Until: at("1970-01-01T12:00:00Z")}},
		"after it ended":    {Filter: decisions.Filter{From: at("9999-12-31T12:00:00Z"), Until: at("9999-12-31T23:00:00-23:00")}},
	} {
		_, err := h.SummarizeDecisions(t.Context(), platform, q)
		if err == nil {
			t.Errorf("%s: it was counted", name)
			continue
		}
		wantCode(t, err, "invalid_field")
		// Who may not read it is not told what is wrong with the question.
		q.WorkspaceID = "ws"
		_, err = h.SummarizeDecisions(t.Context(), as("reader"), q)
		wantCode(t, err, "forbidden")
	}
	most := h.summarize(platform, management.SummaryQuery{Filter: decisions.Filter{From: noon.Add(-1000 * time.Minute), Until: noon}, Step: time.Minute})
	if len(most.Buckets) != 1000 {
		t.Errorf("%d buckets", len(most.Buckets))
	}
	edge := h.summarize(platform, management.SummaryQuery{Filter: decisions.Filter{From: at("9999-12-31T12:00:00Z"), Until: at("9999-12-31T23:59:59Z")}})
	if last := edge.Buckets[len(edge.Buckets)-1].At; last.Year() != 9999 {
		t.Errorf("the last begins at %v", last)
	}
}

// The busiest keys are told apart, and no more than 200.
func TestASummaryTellsTheBusiestKeys(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var made []authz.LoggedDecision
	for key := range 250 {
		for range 1 + key%50 {
			made = append(made, decidedAt(len(made), noon.Add(-time.Duration(len(made)+1)*time.Millisecond), fmt.Sprintf("key_%03d", key), authz.Allowed, 0))
		}
	}
	h.must(h.decisions.Append(t.Context(), made))
	got := h.summarize(platform, management.SummaryQuery{ByKey: true})
	if len(got.Keys) != 200 || got.Keys[0].ID != "key_049" || got.Keys[0].Allowed != 50 || got.Keys[199].Allowed != 11 || got.Total.Allowed != len(made) {
		t.Errorf("%d keys of %d decisions, %+v to %+v", len(got.Keys), got.Total.Allowed, got.Keys[0].Outcomes, got.Keys[len(got.Keys)-1].Outcomes)
	}
}

// What it may look at is bounded; it says from when on it is whole, and from there it is.
func TestASummaryIsBounded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const each, portions = 1000, 5
	n := 0
	for range portions {
		var made []authz.LoggedDecision
		for range each {
			made = append(made, decidedAt(n, noon.Add(time.Duration(n-each*portions)*time.Second), "key_a", authz.Allowed, time.Duration(n)*time.Microsecond))
			n++
		}
		h.must(h.decisions.Append(t.Context(), made))
	}
	h.Service = management.New(management.Options{
		Store: h.store, Keyring: h.keyring, Engine: h.engine, Decisions: h.decisions, Clock: func() time.Time { return h.now }, MaxCounted: 3 * each,
	})
	got := h.summarize(platform, management.SummaryQuery{})
	if got.Since.IsZero() || got.Total.Allowed > 3*each || got.Total.Allowed < 2*each {
		t.Fatalf("%d are counted, since %v", got.Total.Allowed, got.Since)
	}
	// One a second: as many as there are seconds since then.
	whole := h.summarize(platform, management.SummaryQuery{Filter: decisions.Filter{From: got.Since}})
	if want := int(noon.Sub(got.Since) / time.Second); !whole.Since.IsZero() || whole.Total.Allowed != want || got.Total.Allowed < want || want < 2*each {
		t.Errorf("%d are counted since %v, and there are %d; %v", whole.Total.Allowed, got.Since, want, whole.Since)
	}
}
