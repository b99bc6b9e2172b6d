package smallworld_test

import (
	"slices"
	"testing"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/smallworld"
)

func TestTheBoundIsWhatIsStated(t *testing.T) {
	begin := time.Now()
	e := smallworld.Over(smallworld.Shipped)
	t.Logf("%d worlds, %d keys, %d questions, each of another class; made in %v", len(e.Worlds), len(e.Worlds[0].Keys), len(e.Questions), time.Since(begin).Round(time.Millisecond))
	if len(e.Worlds) != 24 || len(e.Worlds[0].Keys) != 131 || len(e.Questions) < 50_000 || len(e.Questions) > 150_000 {
		t.Error("the bound in doc.go is another")
	}
	byFact := [smallworld.Facts]map[string]int{}
	for f := range byFact {
		byFact[f] = map[string]int{}
	}
	seen, users := map[smallworld.Class]bool{}, 0
	for _, q := range e.Questions {
		if seen[q.Class] {
			t.Fatalf("two questions are of one class: %v", q.Class)
		}
		seen[q.Class] = true
		for f, value := range q.Class {
			byFact[f][value]++
		}
		w := e.Worlds[q.World]
		if q.KeyID == "" {
			users++
			continue
		}
		key, known := w.Snapshot.Key(q.KeyID)
		if !known || w.Snapshot.Liveness(key, q.At) != "" {
			t.Fatalf("the key %s is not live", q.KeyID)
		}
		if w.Keys[q.KeyID].Type != key.Type() {
			t.Fatalf("the key %s is recorded as another", q.KeyID)
		}
	}
	if users < 2000 || users > 10_000 {
		t.Errorf("%d questions of users", users)
	}
	for f, values := range byFact {
		t.Logf("%-18s %v", smallworld.Fact(f), values)
		if len(values) < 2 {
			t.Errorf("%s never differs", smallworld.Fact(f))
		}
	}
}

// Whatever a fact can say is asked about: a value that Describe gives and nobody asks about would never be foretold.
func TestEveryValueOfAFactIsAskedAbout(t *testing.T) {
	asked := map[smallworld.Fact][]string{}
	for _, q := range smallworld.Questions() {
		for f, value := range q.Class {
			if fact := smallworld.Fact(f); !slices.Contains(asked[fact], value) {
				asked[fact] = append(asked[fact], value)
			}
		}
	}
	for fact, values := range map[smallworld.Fact][]string{
		smallworld.Key:              {"personal", "workspace", "organization", "user"},
		smallworld.Stands:           {"yes", "nowhere", "no"},
		smallworld.Role:             {"owner", "admin", "write", "read", "none", "-"},
		smallworld.OrganizationRole: {"admin", "member", "none", "-"},
		smallworld.PlatformRole:     {"admin", "policy_admin", "none", "-"},
		smallworld.Expiry:           {"no", "yes", "-"},
		smallworld.Workspace:        {"own", "another", "-"},
		smallworld.Narrowing:        {"none", "this", "part", "elsewhere", "nothing", "-"},
		smallworld.WorkspaceGrant:   {"none", "read", "write", "admin", "-"},
		smallworld.WorkflowGrant:    {"none", "read", "write", "admin", "read to write", "read to admin", "write to admin", "part", "-"},
		smallworld.OtherGrants:      {"no", "yes", "-"},
		smallworld.Organization:     {"own", "another", "some", "none", "-"},
		smallworld.PersonalKeys:     {"on", "off", "-"},
		smallworld.Archived:         {"no", "yes", "-"},
		smallworld.Deployed:         {"yes", "no", "-"},
		smallworld.AllowList:        {"none", "on", "off", "-"},
		smallworld.ClientIP:         {"given", "missing"},
		smallworld.Claims:           {"no", "yes"},
		smallworld.Day:              {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"},
	} {
		got := slices.Sorted(slices.Values(asked[fact]))
		slices.Sort(values)
		if !slices.Equal(got, values) {
			t.Errorf("%s: asked about %q, want %q", fact, got, values)
		}
	}
	if len(asked[smallworld.Hour]) != 24 {
		t.Errorf("hours: %v", asked[smallworld.Hour])
	}
}

func TestTheSameEnumerationEveryTime(t *testing.T) {
	one, two := smallworld.Over(smallworld.Shipped), smallworld.Over(smallworld.Shipped)
	for i, q := range one.Questions {
		other := two.Questions[i]
		if q.Class != other.Class || q.World != other.World || q.KeyID != other.KeyID || q.Request.Resource.ID != other.Request.Resource.ID || !q.At.Equal(other.At) {
			t.Fatalf("question %d: %+v and %+v", i, q, other)
		}
	}
}

func TestAnActionOfAnotherTypeIsAskedAbout(t *testing.T) {
	e := smallworld.Over(smallworld.Actions{"table.read": {"table"}, "workflow.read": {"workflow", "table"}})
	counts := map[[3]string]int{}
	for _, q := range e.Questions {
		counts[[3]string{q.Class[smallworld.Action], q.Class[smallworld.ResourceType], q.Class[smallworld.Stands]}]++
	}
	for _, want := range [][3]string{
		{"table.read", "table", "yes"}, {"table.read", "table", "nowhere"}, {"table.read", "table", "no"},
		{"workflow.read", "table", "yes"}, {"table.read", authz.WorkflowType, "yes"}, {smallworld.UnknownAction, "table", "yes"},
		{"table.read", smallworld.UnknownType, "yes"},
	} {
		if counts[want] == 0 {
			t.Errorf("nobody asks for %s", want)
		}
	}
}
