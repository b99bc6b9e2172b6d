package management

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/steelengine/steelgate/storage"
)

// A newer version's files are offered wherever nobody edited the older ones; edits stand, and so does what somebody deleted.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	noon := time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)
	first := storage.ShippedPolicy{Files: map[string]string{"a": "a1", "b": "b1", "c": "c1", "gone": "g1", "edited_gone": "e1"}, SeenAt: noon}
	second := storage.ShippedPolicy{Files: map[string]string{"a": "a2", "b": "b2", "c": "c1", "new": "n2"}, SeenAt: noon.Add(time.Hour)}
	for name, test := range map[string]struct {
		active    map[string]string
		published time.Time
		shipped   []storage.ShippedPolicy
		want      map[string]string
		taken     []string
		review    []string
	}{
		"nothing is newer":     {first.Files, noon, []storage.ShippedPolicy{first}, first.Files, nil, nil},
		"nothing was shipped":  {first.Files, noon, nil, first.Files, nil, nil},
		"nothing is edited":    {first.Files, noon, []storage.ShippedPolicy{first, second}, second.Files, []string{"a", "b", "edited_gone", "gone", "new"}, nil},
		"the newest is active": {second.Files, noon, []storage.ShippedPolicy{first, second}, second.Files, nil, nil},
		"edits": {
			map[string]string{"a": "mine", "b": "b1", "c": "mine too", "site": "s", "gone": "g1", "edited_gone": "mine"}, noon, []storage.ShippedPolicy{first, second},
			map[string]string{"a": "mine", "b": "b2", "c": "mine too", "site": "s", "edited_gone": "mine", "new": "n2"}, []string{"b", "gone", "new"}, []string{"a"},
		},
		"an edit that was published since": {
			map[string]string{"a": "merged", "b": "b2", "c": "c1", "new": "n2"}, noon.Add(2 * time.Hour), []storage.ShippedPolicy{first, second},
			map[string]string{"a": "merged", "b": "b2", "c": "c1", "new": "n2"}, nil, nil,
		},
		"what was deleted before anything newer was shipped": {map[string]string{"a": "a1", "moved": "b1"}, noon, []storage.ShippedPolicy{first}, map[string]string{"a": "a1", "moved": "b1"}, nil, nil},
		"what was deleted stays so": {
			map[string]string{"a": "a1"}, noon, []storage.ShippedPolicy{first, second},
			map[string]string{"a": "a2", "new": "n2"}, []string{"a", "new"}, nil,
		},
	} {
		active := storage.PolicyRevision{Revision: 7, Files: maps.Clone(test.active), PublishedAt: test.published}
		got := upgradeOf(active, test.shipped)
		if !maps.Equal(got.Files, test.want) || !slices.Equal(got.Taken, test.taken) || !slices.Equal(got.Review, test.review) || got.Available != (len(test.taken) > 0) || got.BaseRevision != 7 {
			t.Errorf("%s: %+v", name, got)
		}
		if !maps.Equal(active.Files, test.active) {
			t.Errorf("%s: the policy in force is another", name)
		}
	}
}
