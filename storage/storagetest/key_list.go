package storagetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

// listed are the ids of a list that is read page by page.
func listed(t *testing.T, store storage.Store, filter storage.KeyFilter) []string {
	t.Helper()
	ids := []string{}
	for {
		var page []storage.Key
		var more bool
		view(t, store, func(r storage.Reader) (err error) {
			page, more, err = r.ListKeys(filter)
			return err
		})
		if len(page) > filter.Limit || more && len(page) < filter.Limit {
			t.Fatalf("a page of %d, more %v, where the limit is %d", len(page), more, filter.Limit)
		}
		ids = append(ids, idsOf(page)...)
		if !more {
			return ids
		}
		last := page[len(page)-1]
		filter.After = &storage.KeyPosition{CreatedAt: last.CreatedAt, ID: last.ID}
	}
}

// listPages proves that pages of every length make the same list: newest first, and then by id descending.
func listPages(t *testing.T, store storage.Store) {
	var put []storage.Key
	for second := range 4 {
		for _, id := range []string{"A", "a", "b"} {
			put = append(put, key(fmt.Sprintf("key_%s%d", id, second), createdAt(noon.Add(time.Duration(second)*time.Microsecond))))
		}
	}
	update(t, store, putKeys(put...))
	want := []string{"key_b3", "key_a3", "key_A3", "key_b2", "key_a2", "key_A2", "key_b1", "key_a1", "key_A1", "key_b0", "key_a0", "key_A0"}
	for limit := 1; limit <= len(want)+1; limit++ {
		same(t, fmt.Sprintf("keys by %d", limit), listed(t, store, storage.KeyFilter{Limit: limit}), want)
	}
	got := listed(t, store, storage.KeyFilter{Limit: 5, After: &storage.KeyPosition{CreatedAt: noon.Add(2 * time.Microsecond), ID: "key_azz"}})
	same(t, "keys after a position where no key is", got, want[4:])
}

// listWhileAdding proves that a list goes on where it was while keys are added before and behind.
func listWhileAdding(t *testing.T, store storage.Store) {
	old := func(id string, age int) storage.Key {
		return key(id, createdAt(noon.Add(-time.Duration(age)*time.Second)))
	}
	update(t, store, putKeys(old("key_1", 1), old("key_2", 2), old("key_3", 3), old("key_4", 4)))
	filter := storage.KeyFilter{Limit: 2}
	var page []storage.Key
	view(t, store, func(r storage.Reader) (err error) {
		page, _, err = r.ListKeys(filter)
		return err
	})
	same(t, "the first page", idsOf(page), []string{"key_1", "key_2"})
	update(t, store, putKeys(old("key_newer", 0), old("key_2a", 2), old("key_1z", 1), old("key_5", 5), key("key_2", createdAt(noon.Add(-2*time.Second)), revoked)))
	filter.After = &storage.KeyPosition{CreatedAt: page[1].CreatedAt, ID: page[1].ID}
	same(t, "what follows", listed(t, store, filter), []string{"key_3", "key_4", "key_5"})
}

// listOwners proves that an owner is a type and an id.
func listOwners(t *testing.T, store storage.Store) {
	update(t, store, putKeys(
		key("key_user", ownedBy(authz.PersonalKey, "x")), key("key_workspace", ownedBy(authz.WorkspaceKey, "x")),
		key("key_organization", ownedBy(authz.OrganizationKey, "x")), key("key_other", ownedBy(authz.PersonalKey, "y")),
		key("key_user_revoked", ownedBy(authz.PersonalKey, "x"), revoked),
	))
	for _, test := range []struct {
		owner authz.Owner
		want  []string
	}{
		{authz.Owner{}, []string{"key_workspace", "key_user_revoked", "key_user", "key_other", "key_organization"}},
		{authz.Owner{Type: authz.UserOwner, ID: "x"}, []string{"key_user_revoked", "key_user"}},
		{authz.Owner{Type: authz.WorkspaceOwner, ID: "x"}, []string{"key_workspace"}},
		{authz.Owner{Type: authz.OrganizationOwner, ID: "x"}, []string{"key_organization"}},
		{authz.Owner{Type: authz.OrganizationOwner, ID: "y"}, []string{}},
		{authz.Owner{Type: authz.UserOwner}, []string{}},
		{authz.Owner{Type: "robot", ID: "x"}, []string{}},
		{authz.Owner{ID: "x"}, []string{}},
	} {
		same(t, fmt.Sprintf("keys of %+v", test.owner), listed(t, store, storage.KeyFilter{Owner: test.owner, Limit: 2}), test.want)
	}
}

// listStatuses proves that a key is of one status at a time, the first that holds.
func listStatuses(t *testing.T, store storage.Store) {
	past, now, future := expiring(noon.Add(-time.Microsecond)), expiring(noon), expiring(noon.Add(time.Microsecond))
	want := map[string]storage.KeyStatus{}
	var put []storage.Key
	add := func(status storage.KeyStatus, edits ...func(*storage.Key)) {
		id := fmt.Sprintf("key_%02d", len(put))
		put = append(put, key(id, edits...))
		want[id] = status
	}
	add(storage.ActiveStatus)
	add(storage.ActiveStatus, future)
	add(storage.DisabledStatus, disabled)
	add(storage.DisabledStatus, disabled, future)
	add(storage.ExpiredStatus, past)
	add(storage.ExpiredStatus, now)
	add(storage.ExpiredStatus, past, disabled)
	add(storage.ReplacedStatus, replaced)
	add(storage.ReplacedStatus, replaced, future)
	add(storage.ReplacedStatus, replaced, future, disabled)
	add(storage.ExpiredStatus, replaced, now)
	add(storage.ExpiredStatus, replaced, past, disabled)
	add(storage.RevokedStatus, revoked)
	add(storage.RevokedStatus, revoked, replaced, past, disabled)
	update(t, store, putKeys(put...))

	got := map[string]storage.KeyStatus{}
	for _, status := range storage.KeyStatuses {
		for _, id := range listed(t, store, storage.KeyFilter{Status: status, Now: noon, Limit: 3}) {
			if other, doubled := got[id]; doubled {
				t.Errorf("%s is %s and %s", id, other, status)
			}
			got[id] = status
		}
	}
	same(t, "statuses", got, want)
	same(t, "keys of any status", len(listed(t, store, storage.KeyFilter{Now: noon, Limit: 3})), len(put))
}

// listSearch proves that a query is found as it stands, but for case and normal form.
func listSearch(t *testing.T, store storage.Store) {
	hint := func(hint string) func(*storage.Key) { return func(k *storage.Key) { k.Hint = hint } }
	update(t, store, putKeys(
		key("key_percent", named("100% sure")), key("key_under", named("a_b")), key("key_bang", named("wow! really")), key("key_back", named(`a\b`)),
		key("key_plain", named("Production CI")), key("key_uml", named("Ünter STRAßE")), key("key_greek", named("ΣΊΣΥΦΟΣ")), key("key_nfd", named("cafe\u0301")),
		key("key_IdOnly", named("x")), key("key_hint", named("y"), hint("sk-steelengine-…aB3Z")), key("key_emoji", named("🔑 ring")), key("key_turkish", named("İstanbul ISPARTA")),
	))
	for _, test := range []struct {
		query string
		want  []string
	}{
		{"%", []string{"key_percent"}},
		{"100%", []string{"key_percent"}},
		{"%sure", nil},
		{"a_b", []string{"key_under"}},
		{"_b", []string{"key_under", "key_back", "key_bang"}},
		{"!", []string{"key_bang"}},
		{"!%", nil},
		{`a\b`, []string{"key_back"}},
		{"production ci", []string{"key_plain"}},
		{"PRODUCTION", []string{"key_plain"}},
		{"duction c", []string{"key_plain"}},
		{"ünter strasse", []string{"key_uml"}},
		{"ÜNTER STRASSE", []string{"key_uml"}},
		{"straße", []string{"key_uml"}},
		{"σίσυφος", []string{"key_greek"}},
		{"caf\u00e9", []string{"key_nfd"}},
		{"CAFE\u0301", []string{"key_nfd"}},
		{"idonly", []string{"key_IdOnly"}},
		{"KEY_IDONLY", []string{"key_IdOnly"}},
		{"ab3z", []string{"key_hint"}},
		{"…Ab3Z", []string{"key_hint"}},
		{"🔑", []string{"key_emoji"}},
		{"isparta", []string{"key_turkish"}},
		{"' OR 1=1 --", nil},
		{strings.Repeat("_", 100_000), nil},
		{strings.Repeat("x", 100_000), nil},
	} {
		got := listed(t, store, storage.KeyFilter{Query: test.query, Limit: 4})
		slices.Sort(got)
		slices.Sort(test.want)
		if !slices.Equal(got, test.want) {
			t.Errorf("%.40q finds %v, want %v", test.query, got, test.want)
		}
	}
	got := listed(t, store, storage.KeyFilter{Query: "key_", Owner: authz.Owner{Type: authz.UserOwner, ID: "usr_1"}, Status: storage.ActiveStatus, Now: noon, Limit: 5})
	same(t, "keys by query, owner and status", len(got), 12)
}

// listByUse proves that keys are found by when they end and by when they were used last.
func listByUse(t *testing.T, store storage.Store) {
	used := func(at time.Time) func(*storage.Key) { return func(k *storage.Key) { k.LastUsedAt = &at } }
	day := 24 * time.Hour
	update(t, store, putKeys(
		key("key_never", createdAt(noon.Add(-9*day))), key("key_long_ago", createdAt(noon.Add(-9*day)), used(noon.Add(-5*day))),
		key("key_lately", createdAt(noon.Add(-9*day)), used(noon.Add(-day))), key("key_new", createdAt(noon.Add(-day))),
		key("key_soon", createdAt(noon.Add(-8*day)), expiring(noon.Add(day))), key("key_later", createdAt(noon.Add(-7*day)), expiring(noon.Add(9*day)), used(noon)),
		key("key_revoked", createdAt(noon.Add(-6*day)), expiring(noon.Add(day)), revoked), key("key_others", ownedBy(authz.PersonalKey, "other"), createdAt(noon.Add(-9*day)), expiring(noon)),
	))
	mine := authz.Owner{Type: authz.UserOwner, ID: "usr_1"}
	for name, c := range map[string]struct {
		filter storage.KeyFilter
		want   []string
	}{
		"soon":                 {storage.KeyFilter{ExpiresBefore: noon.Add(2 * day)}, []string{"key_revoked", "key_soon", "key_others"}},
		"soon and live":        {storage.KeyFilter{ExpiresBefore: noon.Add(2 * day), Status: storage.ActiveStatus, Now: noon, Owner: mine}, []string{"key_soon"}},
		"expired":              {storage.KeyFilter{ExpiresBefore: noon.Add(2 * day), Status: storage.ExpiredStatus, Now: noon}, []string{"key_others"}},
		"revoked":              {storage.KeyFilter{ExpiresBefore: noon.Add(2 * day), Status: storage.RevokedStatus, Now: noon}, []string{"key_revoked"}},
		"at that moment":       {storage.KeyFilter{ExpiresBefore: noon.Add(day)}, []string{"key_others"}},
		"a moment later":       {storage.KeyFilter{ExpiresBefore: noon.Add(day + time.Microsecond), Owner: mine}, []string{"key_revoked", "key_soon"}},
		"in all time":          {storage.KeyFilter{ExpiresBefore: noon.AddDate(9, 0, 0)}, []string{"key_revoked", "key_later", "key_soon", "key_others"}},
		"unused":               {storage.KeyFilter{UnusedSince: noon.Add(-3 * day), Owner: mine}, []string{"key_revoked", "key_soon", "key_never", "key_long_ago"}},
		"unused since its use": {storage.KeyFilter{UnusedSince: noon.Add(-day), Query: "lately"}, []string{}},
		"unused from then on":  {storage.KeyFilter{UnusedSince: noon.Add(-day + time.Microsecond), Query: "lately"}, []string{"key_lately"}},
		"made at that moment":  {storage.KeyFilter{UnusedSince: noon.Add(-9 * day)}, []string{}},
		"both":                 {storage.KeyFilter{UnusedSince: noon, ExpiresBefore: noon.Add(2 * day), Query: "soon"}, []string{"key_soon"}},
	} {
		c.filter.Limit = 2
		same(t, name, listed(t, store, c.filter), c.want)
	}
}
