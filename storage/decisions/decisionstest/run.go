package decisionstest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/storage/decisions"
)

// Run proves that a backend keeps the contract of decisions. Open answers a fresh, empty log each time, and sees to its end
// with the test's.
func Run(t *testing.T, open func(t *testing.T) decisions.Log) {
	for _, test := range []struct {
		name  string
		prove func(*testing.T, decisions.Log)
	}{
		{"an empty log", emptyLog},
		{"every field", everyField},
		{"filters", filters},
		{"pages while decisions are added", pagesWhileAdding},
		{"what comes late stands in its place", lateComers},
		{"what is appended again stands once", appendedAgain},
		{"replay", replay},
		{"a look back", lookBack},
		{"a look back and its bounds", lookBackBounds},
		{"retention by age", retainByAge},
		{"retention by size", retainBySize},
		{"many decisions", manyDecisions},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.prove(t, open(t))
		})
	}
}

var noon = time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)

// decision is the nth, n milliseconds after noon, with everything that one may have.
func decision(n int) authz.LoggedDecision {
	return authz.LoggedDecision{
		ID: fmt.Sprintf("dec_%032x", n), Time: noon.Add(time.Duration(n)*time.Millisecond + 7*time.Microsecond), Door: "decisions",
		KeyID: fmt.Sprintf("key_%d", n%7), KeyType: authz.OrganizationKey, KeyOwner: authz.Owner{Type: authz.OrganizationOwner, ID: fmt.Sprintf("org_%d", n%3)},
		Request: authz.Request{
			Action:   "workflow.execute",
			Resource: authz.Entity{Type: "workflow", ID: fmt.Sprintf("wf_%d", n%5), Properties: authz.Object(`{"a":[1,2.50,"ü"]}`)},
			Context:  authz.Context{ClientIP: "203.0.113.9", Extra: authz.Object(`{"client_ip":"203.0.113.9","deep":{"x":null}}`)},
		},
		Route: "POST /api/workflows/{workflow}/execute", WorkspaceID: fmt.Sprintf("ws_%d", n%2), OrganizationID: "acme",
		Allow: true, Code: authz.Allowed, Permission: &authz.PermissionCheck{Required: authz.Write, Granted: authz.Admin},
		GrantedBy: &authz.Grant{WorkspaceID: "ws_1", Permission: authz.Admin}, BilledTo: &authz.Owner{Type: authz.UserOwner, ID: "ada"},
		PolicyRevision: 3, DataRevision: 1 << 40, Took: 17 * time.Microsecond,
	}
}

// refusal is the nth too, of a key that is not known.
func refusal(n int) authz.LoggedDecision {
	d := decision(n)
	return authz.LoggedDecision{ID: d.ID, Time: d.Time, Door: "forward-auth", Code: authz.KeyUnknown, PolicyRevision: 1, Cut: true}
}

// subjects is the nth too, of a user who asked for an action with something of their own.
func subjects(n int) authz.LoggedDecision {
	d := decision(n)
	d.KeyID, d.KeyType, d.KeyOwner, d.GrantedBy = "", "", authz.Owner{}, nil
	d.Subject = authz.Entity{Type: "user", ID: "ada", Properties: authz.Object(`{"team":"ü"}`)}
	d.Request.ActionProperties = authz.Object(`{"soft":true}`)
	return d
}

func several(from, to int) (made []authz.LoggedDecision) {
	for n := from; n < to; n++ {
		made = append(made, decision(n))
	}
	return made
}

func put(t *testing.T, log decisions.Log, made ...authz.LoggedDecision) {
	t.Helper()
	if err := log.Append(t.Context(), made); err != nil {
		t.Fatal(err)
	}
}

func list(t *testing.T, log decisions.Log, filter decisions.Filter) []authz.LoggedDecision {
	t.Helper()
	if filter.Limit == 0 {
		filter.Limit = 100_000
	}
	page, more, err := log.List(t.Context(), filter)
	if err != nil {
		t.Fatal(err)
	}
	if more {
		t.Errorf("%+v: more than %d", filter, filter.Limit)
	}
	return page
}

func replayed(t *testing.T, log decisions.Log, filter decisions.Filter) (all []authz.LoggedDecision) {
	t.Helper()
	err := log.Replay(t.Context(), filter, func(d authz.LoggedDecision) error {
		all = append(all, d)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func ids(made []authz.LoggedDecision) []string {
	all := make([]string, len(made))
	for i, d := range made {
		all[i] = d.ID
	}
	return all
}

// wantIDs compares with decisions that are given oldest first.
func wantIDs(t *testing.T, what string, newestFirst []authz.LoggedDecision, want []authz.LoggedDecision) {
	t.Helper()
	got := ids(newestFirst)
	slices.Reverse(got)
	if !slices.Equal(got, ids(want)) {
		t.Errorf("%s: got %d decisions %.300v, want %d", what, len(got), got, len(want))
	}
}

func emptyLog(t *testing.T, log decisions.Log) {
	put(t, log)
	if page := list(t, log, decisions.Filter{}); len(page) != 0 {
		t.Errorf("got %v", page)
	}
	if _, err := log.Get(t.Context(), "dec_none"); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if all := replayed(t, log, decisions.Filter{}); len(all) != 0 {
		t.Errorf("replayed %v", all)
	}
	if err := log.Retain(t.Context(), decisions.Limit{Since: noon, Bytes: 1}); err != nil {
		t.Error(err)
	}
}

func everyField(t *testing.T, log decisions.Log) {
	odd := decision(3)
	odd.ID, odd.Request.Resource.ID, odd.Request.Action = "of another form", "<a> & \"b\" \\ \n\tü", ""
	made := []authz.LoggedDecision{decision(1), refusal(2), odd, subjects(4)}
	put(t, log, made...)
	for _, want := range made {
		got, err := log.Get(t.Context(), want.ID)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v\nwant %+v", got, err, want)
		}
	}
	if got := replayed(t, log, decisions.Filter{}); !reflect.DeepEqual(got, made) {
		t.Errorf("replayed %+v", got)
	}
}

func filters(t *testing.T, log decisions.Log) {
	made := append(several(0, 400), refusal(400), refusal(401))
	for portion := range slices.Chunk(made, 37) {
		put(t, log, portion...)
	}
	yes, no := true, false
	for name, filter := range map[string]decisions.Filter{
		"none":                  {},
		"key":                   {KeyID: "key_3"},
		"owner":                 {KeyOwner: authz.Owner{Type: authz.OrganizationOwner, ID: "org_1"}},
		"owner of another type": {KeyOwner: authz.Owner{Type: authz.UserOwner, ID: "org_1"}},
		"resource":              {ResourceType: "workflow", ResourceID: "wf_2"},
		"resource type":         {ResourceType: "workflow"},
		"other resource type":   {ResourceType: "mcp_server", ResourceID: "wf_2"},
		"workspace":             {WorkspaceID: "ws_1"},
		"organization":          {OrganizationID: "acme"},
		"action":                {Action: "workflow.execute"},
		"other action":          {Action: "workflow.read"},
		"code":                  {Codes: []authz.Code{authz.KeyUnknown}},
		"codes":                 {Codes: []authz.Code{authz.KeyUnknown, authz.Allowed}},
		"allowed":               {Allow: &yes},
		"denied":                {Allow: &no},
		"from":                  {From: decision(390).Time},
		"until":                 {Until: decision(20).Time},
		"window":                {From: decision(100).Time, Until: decision(200).Time},
		"no window":             {From: decision(200).Time, Until: decision(100).Time},
		"all at once":           {KeyID: "key_3", WorkspaceID: "ws_1", Allow: &yes, From: decision(100).Time, ResourceType: "workflow", ResourceID: "wf_3"},
		"what is not text":      {KeyID: "key\x00", ResourceID: "\xff"},
	} {
		var want []authz.LoggedDecision
		for _, d := range made {
			if filter.Matches(d) {
				want = append(want, d)
			}
		}
		wantIDs(t, name, list(t, log, filter), want)
		if got := replayed(t, log, filter); !slices.Equal(ids(got), ids(want)) {
			t.Errorf("%s: replayed %d decisions, want %d", name, len(got), len(want))
		}
	}
}

// pagesWhileAdding turns pages while newer decisions come: what stood at the beginning is seen once, and all of it.
func pagesWhileAdding(t *testing.T, log decisions.Log) {
	made := several(0, 300)
	for i := range made {
		// Several of one moment.
		made[i].Time = noon.Add(time.Duration(i/5) * time.Millisecond)
	}
	put(t, log, made...)
	var seen []authz.LoggedDecision
	filter := decisions.Filter{Limit: 7}
	for next := 1000; ; next++ {
		page, more, err := log.List(t.Context(), filter)
		if err != nil {
			t.Fatal(err)
		}
		if seen = append(seen, page...); !more {
			break
		}
		last := decisions.PositionOf(page[len(page)-1])
		filter.Before = &last
		put(t, log, decision(next))
	}
	wantIDs(t, "all pages", seen, made)
}

func lateComers(t *testing.T, log decisions.Log) {
	made := several(0, 500)
	put(t, log, made[400:500]...)
	put(t, log, made[0:100]...)
	put(t, log, made[300], made[150])
	put(t, log, slices.Concat(made[301:400], made[100:150], made[151:300])...)
	wantIDs(t, "list", list(t, log, decisions.Filter{}), made)
	page, more, err := log.List(t.Context(), decisions.Filter{Limit: 130})
	if err != nil || !more {
		t.Errorf("more: %t, %v", more, err)
	}
	wantIDs(t, "a page", page, made[370:])
	if got := replayed(t, log, decisions.Filter{}); !slices.Equal(ids(got), ids(made)) {
		t.Errorf("replayed %v", ids(got))
	}
}

func appendedAgain(t *testing.T, log decisions.Log) {
	made := several(0, 50)
	put(t, log, made[:30]...)
	put(t, log, made...)
	wantIDs(t, "list", list(t, log, decisions.Filter{}), made)
	if got := replayed(t, log, decisions.Filter{}); !slices.Equal(ids(got), ids(made)) {
		t.Errorf("replayed %v", ids(got))
	}
}

func replay(t *testing.T, log decisions.Log) {
	put(t, log, several(0, 10)...)
	stop := errors.New("stop")
	seen := 0
	err := log.Replay(t.Context(), decisions.Filter{}, func(authz.LoggedDecision) error {
		seen++
		return stop
	})
	if !errors.Is(err, stop) || seen != 1 {
		t.Errorf("%d seen, %v", seen, err)
	}
}

// days are ten decisions on each of some days, oldest first.
func days(n int) (made []authz.LoggedDecision) {
	for day := range n {
		for i := range 10 {
			d := decision(10*day + i)
			d.Time = noon.AddDate(0, 0, day).Add(time.Duration(i) * time.Second)
			made = append(made, d)
		}
	}
	return made
}

func retainByAge(t *testing.T, log decisions.Log) {
	made := days(5)
	for portion := range slices.Chunk(made, 10) {
		// Each more than joins what was before.
		put(t, log, slices.Concat(portion, fill(portion[0].Time, 300))...)
	}
	if err := log.Retain(t.Context(), decisions.Limit{Since: noon.AddDate(0, 0, 3)}); err != nil {
		t.Fatal(err)
	}
	wantIDs(t, "kept", list(t, log, decisions.Filter{OrganizationID: "acme"}), made[30:])
	// What comes late for a day that was let go of is kept until the next time.
	put(t, log, made[0])
	if err := log.Retain(t.Context(), decisions.Limit{}); err != nil {
		t.Fatal(err)
	}
	if _, err := log.Get(t.Context(), made[0].ID); err != nil {
		t.Errorf("without a limit: %v", err)
	}
}

// fill are decisions of nobody, to take room.
func fill(at time.Time, n int) (made []authz.LoggedDecision) {
	for i := range n {
		made = append(made, authz.LoggedDecision{ID: fmt.Sprintf("fill %d %d", at.UnixMicro(), i), Time: at.Add(time.Duration(i) * time.Millisecond), Code: authz.KeyMissing})
	}
	return made
}

func retainBySize(t *testing.T, log decisions.Log) {
	const n = 6
	made := days(n)
	for portion := range slices.Chunk(made, 10) {
		put(t, log, slices.Concat(portion, fill(portion[0].Time, 20_000))...)
	}
	if err := log.Retain(t.Context(), decisions.Limit{Bytes: 1 << 40}); err != nil {
		t.Fatal(err)
	}
	wantIDs(t, "within the limit", list(t, log, decisions.Filter{OrganizationID: "acme"}), made)
	// Less and less: what is left is always the newest, and in the end the newest day at most.
	left := len(made)
	for limit := int64(64 << 20); limit > 0; limit /= 2 {
		if err := log.Retain(t.Context(), decisions.Limit{Bytes: limit}); err != nil {
			t.Fatal(err)
		}
		kept := list(t, log, decisions.Filter{OrganizationID: "acme"})
		if len(kept) > left {
			t.Fatalf("%d kept of %d", len(kept), left)
		}
		left = len(kept)
		wantIDs(t, fmt.Sprint(limit, " bytes"), kept, made[len(made)-left:])
	}
	if left > 10 {
		t.Errorf("%d are left", left)
	}
}

func manyDecisions(t *testing.T, log decisions.Log) {
	made := several(0, 5000)
	put(t, log, made...)
	wantIDs(t, "all", list(t, log, decisions.Filter{}), made)
	for _, n := range []int{0, 999, 1000, 4999} {
		if got, err := log.Get(t.Context(), made[n].ID); err != nil || got.ID != made[n].ID {
			t.Errorf("the %dth: %v", n, err)
		}
	}
}
