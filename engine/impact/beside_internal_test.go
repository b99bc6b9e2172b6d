package impact

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/policies"
)

// What may widen has to be acknowledged though no question shows it; what only takes away has not.
func TestWhatNoQuestionShows(t *testing.T) {
	t.Parallel()
	shipped, err := engine.ReadFiles(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	const site = "package steelgate.site\n"
	for name, c := range map[string]struct {
		old, new string
		unseen   []string
		others   int
		widens   bool
	}{
		"a note":                       {old: site, new: site + "\n# A note.\n"},
		"a denial by what callers say": {old: site, new: site + "\ndeny contains {\"code\": \"frozen\", \"message\": \"\"} if input.context.ticket == \"\"\n"},
		"users by what callers say":    {old: site, new: site + "\ndecision := {\"allow\": true, \"code\": \"allowed\"} if input.context.emergency == \"now\"\n", unseen: []string{"emergency", "now"}, widens: true},
		"users by their role":          {old: site, new: site + "\ndecision := {\"allow\": true, \"code\": \"allowed\"} if data.users[input.subject.id].platform_role == \"admin\"\n"},
		"a helper that knows an id":    {old: site, new: site + "\nfriends := {\"key_1\"}\n", unseen: []string{"key_1"}, widens: true},
		"a stored property":            {old: site, new: site + "\nisPublic(r) if r.properties.public\n", unseen: []string{"public"}, widens: true},
		"a route that leads elsewhere": {old: `"GET /api/workflows/{workflow}":`, new: `"GET /api/flows/{workflow}":`, others: 2, widens: true},
		"more who manage":              {old: `"keys.create": "admin"`, new: `"keys.create": "member"`, others: 2, widens: true},
		"fewer who manage":             {old: `"contents.list": "member"`, new: `"contents.list": "admin"`, others: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compile := func(files map[string]string) *engine.Policy {
				policy, err := engine.Compile(files, 1)
				if err != nil {
					t.Fatal(err)
				}
				return policy
			}
			files, replaced := maps.Clone(shipped), 0
			for path, source := range files {
				replaced += strings.Count(source, c.old)
				files[path] = strings.Replace(source, c.old, c.new, 1)
			}
			if replaced == 0 {
				t.Fatalf("no file has %q", c.old)
			}
			active, draft := compile(shipped), compile(files)
			var small SmallWorld
			small.actions, small.NotAsked = vocabulary(active, draft)
			small.Routes, small.Management, small.Unseen = beside(active, draft, small.actions)
			var unseen []string
			for _, m := range small.Unseen {
				unseen = append(unseen, m.Text)
			}
			widens := digest(nil, nil, small, draft) != ""
			if !slices.Equal(unseen, c.unseen) || len(small.Routes)+len(small.Management) != c.others || widens != c.widens {
				t.Errorf("widens: %t, unseen: %q, routes: %v, management: %v", widens, unseen, small.Routes, small.Management)
			}
		})
	}
}

// Too many actions are told, and no draft with more of them passes for one that widens nothing, nor for another such.
func TestActionsThatNobodyAsksAbout(t *testing.T) {
	t.Parallel()
	policy := func(n int) *engine.Policy {
		rows := make([]string, n)
		for i := range rows {
			rows[i] = fmt.Sprintf("\t\"thing.a%03d\": {\"on\": [\"thing\"], \"requires\": \"read\"},", i)
		}
		p, err := engine.Compile(map[string]string{"a.rego": "package steelgate.authz\n\nactions := {\n" + strings.Join(rows, "\n") + "\n}\n\ndecision := {\"allow\": false, \"code\": \"no\"}\n"}, 1)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	few, digests := policy(3), map[string]bool{}
	for _, n := range []int{100, 101} {
		draft := policy(n)
		var small SmallWorld
		small.actions, small.NotAsked = vocabulary(few, draft)
		small.Routes, small.Management, small.Unseen = beside(few, draft, small.actions)
		if len(small.NotAsked) != n-maxActions || !small.IsUncertain() {
			t.Errorf("%d actions: %d not asked", n, len(small.NotAsked))
		}
		digests[digest(nil, nil, small, draft)] = true
	}
	if len(digests) != 2 || digests[""] {
		t.Errorf("digests: %v", digests)
	}
}
