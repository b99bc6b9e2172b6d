package search_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/search"
	"github.com/steelengine/steelgate/engine/snapshot"
	"github.com/steelengine/steelgate/policies"
)

// policyOf is the shipped policy with files replaced.
func policyOf(t testing.TB, over map[string]string, options ...engine.Option) *engine.Policy {
	t.Helper()
	files, err := engine.ReadFiles(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(files, over)
	policy, err := engine.Compile(files, 1, options...)
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

const site = `package steelgate.site

actions contains "record.read"

actions contains "workflow.read"

decision := {"allow": true, "code": "allowed"} if {
	input.subject.type == "user"
	data.users[input.subject.id].active
	input.subject.properties.team == "red"
	input.action.name in {"record.read", "workspace.read"}
	not endswith(input.resource.id, "3")
}

decision := {"allow": true, "code": "allowed"} if {
	input.subject.type in {"record", "workspace", "robot"}
	endswith(input.subject.id, "1")
}

deny contains {"code": "odd"} if endswith(input.resource.id, "5")
`

// policies that a search has to be right by, whatever they say.
func testedPolicies(t testing.TB) map[string]*engine.Policy {
	all := func(condition string) map[string]string {
		return map[string]string{"authz/decision.rego": "package steelgate.authz\n\ndecision := {\"allow\": true, \"code\": \"allowed\"} if " + condition + "\n\nelse := {\"allow\": false, \"code\": \"no\"}\n"}
	}
	return map[string]*engine.Policy{
		"as shipped":  policyOf(t, nil),
		"with a site": policyOf(t, map[string]string{"site/site.rego": site}),
		"with a site's rule at a name that its body makes": policyOf(t, map[string]string{"site/elsewhere.rego": `package steelgate

site[name] := {"allow": true, "code": "allowed"} if {
	input.subject.type in {"user", "record"}
	some name in ["decision"]
}
`}),
		"whoever asks":          policyOf(t, all("true")),
		"whoever asks, for all": policyOf(t, all("true"), engine.Overridden("because")),
		"some":                  policyOf(t, all(`regex.match("[1-4]$", input.resource.id)`)),
		"some, for all":         policyOf(t, all(`regex.match("[1-4]$", input.subject.id)`), engine.Overridden("because")),
		// A number that is no text: no decision.
		"one that fails": policyOf(t, all(`to_number(trim_left(input.resource.id, "wmrkey_")) > 2`)),
	}
}

// brute asks about every entity of the type, and answers those that are allowed.
func brute(s *snapshot.Snapshot, kind string, ask func(id string) (authz.Decision, error)) []string {
	allowed := []string{}
	for id := range everything(s, kind) {
		if d, err := ask(id); err == nil && d.Allow {
			allowed = append(allowed, id)
		}
	}
	slices.Sort(allowed)
	return allowed
}

func everything(s *snapshot.Snapshot, kind string) iter.Seq[string] {
	return func(yield func(string) bool) {
		switch kind {
		case "api_key":
			for k := range s.Keys() {
				yield(k.ID())
			}
		case "user":
			for u := range s.Users() {
				yield(u.ID())
			}
		case "workspace":
			for w := range s.Workspaces() {
				yield(w.ID())
			}
		default:
			for r := range s.Resources() {
				if r.Type() == kind {
					yield(r.ID())
				}
			}
		}
	}
}

// pages asks for one page after the other.
func pages(t *testing.T, limit int, find func(search.Span) (search.Page, error)) []string {
	t.Helper()
	found := []string{}
	span := search.Span{Limit: limit}
	for range 10_000 {
		page, err := find(span)
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Found) > limit {
			t.Fatalf("%d found, and at most %d were asked for", len(page.Found), limit)
		}
		found = append(found, page.Found...)
		if !page.More {
			return found
		}
		if page.Next <= span.After {
			t.Fatalf("after %q the search goes on after %q", span.After, page.Next)
		}
		span.After = page.Next
	}
	t.Fatal("the pages have no end")
	return nil
}

// What is found is what asking about everything finds, in order and once, by any policy, however it comes in pages.
func TestASearchFindsWhatAskingAboutEverythingFinds(t *testing.T) {
	tested := testedPolicies(t)
	defer search.MaxAsked(7)()
	ctx := context.Background()
	nonempty := 0
	for seed := range uint64(220) {
		random := rand.New(rand.NewPCG(seed, 1))
		s := drawWorld(random)
		kinds := append([]string{"workspace", "user", "api_key", "robot"}, types...)
		subjects := append([]string{"api_key", "api_key"}, kinds...)
		pick := func(from []string) string { return from[random.IntN(len(from))] }
		id := func(kind string) string {
			all := slices.Sorted(everything(s, kind))
			if len(all) == 0 || random.IntN(10) == 0 {
				return "none"
			}
			return pick(all)
		}
		for name, policy := range tested {
			v := engine.Hypothetical(policy, s, noon, time.Second)
			check := func(what string, got, want []string) {
				t.Helper()
				if !slices.Equal(got, want) {
					t.Fatalf("world %d, policy %s, %s: found %q, and asking about everything finds %q", seed, name, what, got, want)
				}
				if len(want) > 0 {
					nonempty++
				}
			}
			vocabulary, err := v.Vocabulary()
			if err != nil {
				t.Fatal(err)
			}
			actions := slices.Sorted(maps.Keys(vocabulary.Actions))
			siteToo := slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(actions), vocabulary.SiteActions...))))
			for range 2 {
				properties := authz.Object(pick([]string{`{"team":"red"}`, `{}`, ""}))
				if len(properties) == 0 {
					properties = nil
				}
				request := authz.Request{Action: pick(siteToo), Context: authz.Context{ClientIP: pick([]string{"", "203.0.113.1"})}}
				limit := 1 + random.IntN(9)

				kind, subject := pick(kinds), pick(subjects)
				request.Resource = authz.Entity{Type: kind, ID: id(kind)}
				what := fmt.Sprintf("subjects of %s to %s on %s %s", subject, request.Action, kind, request.Resource.ID)
				ask := func(id string) (authz.Decision, error) {
					key, _ := s.Key(id)
					return one(v, search.Subject{Entity: authz.Entity{Type: subject, ID: id, Properties: properties}, Key: key}, request)
				}
				check(what, pages(t, limit, func(span search.Span) (search.Page, error) {
					return search.Subjects(ctx, v, subject, properties, request, span)
				}), brute(s, subject, ask))

				who := search.Subject{Entity: authz.Entity{Type: subject, ID: id(subject), Properties: properties}}
				if subject == "api_key" {
					who.Key, _ = s.Key(who.Entity.ID)
				}
				what = fmt.Sprintf("resources of %s for %s %s to %s", kind, subject, who.Entity.ID, request.Action)
				check(what, pages(t, limit, func(span search.Span) (search.Page, error) {
					return search.Resources(ctx, v, who, request, span)
				}), brute(s, kind, func(id string) (authz.Decision, error) {
					asked := request
					asked.Resource.ID = id
					return one(v, who, asked)
				}))

				tried := actions
				if subject != "api_key" {
					tried = siteToo
				}
				want := []string{}
				for _, action := range tried {
					asked := request
					asked.Action = action
					if d, err := one(v, who, asked); err == nil && d.Allow {
						want = append(want, action)
					}
				}
				what = fmt.Sprintf("actions of %s %s on %s %s", subject, who.Entity.ID, kind, request.Resource.ID)
				check(what, pages(t, limit, func(span search.Span) (search.Page, error) {
					return search.Actions(ctx, v, who, request, span)
				}), want)
			}
		}
	}
	if nonempty < 1000 {
		t.Errorf("only %d searches had anything to find", nonempty)
	}
}

func one(v *engine.View, who search.Subject, request authz.Request) (authz.Decision, error) {
	if who.Entity.Type == "api_key" {
		return v.Authorize(who.Key, request)
	}
	return v.AuthorizeSubject(who.Entity, request)
}

// Where the policy is held to the invariants, only those keys are asked about that could be allowed; nobody is where no rule decides.
func TestWhoIsAskedAbout(t *testing.T) {
	load := snapshot.NewLoad()
	load.PutUser(authz.User{ID: "ada", Active: true})
	load.PutWorkspace(authz.Workspace{ID: "w", OwnerID: "ada"})
	load.PutResource(authz.Resource{Type: "workflow", ID: "f", WorkspaceID: "w"})
	load.PutResource(authz.Resource{Type: "workflow", ID: "alone"})
	for i := range 1000 {
		load.PutUser(authz.User{ID: fmt.Sprint("u", i), Active: true})
		load.PutKey(authz.APIKey{ID: fmt.Sprint("p", i), Type: authz.PersonalKey, OwnerID: fmt.Sprint("u", i)}, [32]byte{1, byte(i), byte(i >> 8)})
		load.PutKey(authz.APIKey{ID: fmt.Sprint("o", i), Type: authz.OrganizationKey, OwnerID: "o"}, [32]byte{2, byte(i), byte(i >> 8)})
	}
	load.PutKey(authz.APIKey{ID: "hers", Type: authz.PersonalKey, OwnerID: "ada"}, [32]byte{3})
	load.PutKey(authz.APIKey{ID: "its", Type: authz.WorkspaceKey, OwnerID: "w"}, [32]byte{4})
	s := load.Commit(1)
	request := func(kind, id string) authz.Request {
		return authz.Request{Action: "workflow.read", Resource: authz.Entity{Type: kind, ID: id}}
	}
	ctx := context.Background()
	guarded := engine.Hypothetical(policyOf(t, nil), s, noon, time.Second)
	unguarded := engine.Hypothetical(policyOf(t, nil, engine.Overridden("because")), s, noon, time.Second)
	subjects := func(v *engine.View, kind string, r authz.Request) int {
		t.Helper()
		page, err := search.Subjects(ctx, v, kind, nil, r, search.Span{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		return page.Asked
	}
	if n := subjects(guarded, "api_key", request("workflow", "f")); n != 2 {
		t.Errorf("%d keys were asked about", n)
	}
	if n := subjects(unguarded, "api_key", request("workflow", "f")); n != 2000 {
		t.Errorf("%d keys were asked about by a policy that is held to nothing", n)
	}
	if n := subjects(guarded, "api_key", request("workflow", "alone")); n != 2000 {
		t.Errorf("%d keys were asked about a resource in no workspace", n)
	}
	if n := subjects(guarded, "user", request("workflow", "f")); n != 0 {
		t.Errorf("%d users were asked about, and no rule decides about any", n)
	}
	for name, files := range map[string]map[string]string{
		"a site's":           {"site/site.rego": "package steelgate.site\n\ndecision := {\"allow\": false, \"code\": \"no\"} if input.action.name == \"never\"\n"},
		"a part of a site's": {"site/site.rego": "package steelgate.site\n\ndecision.allow := false\n"},
		"below a site":       {"site/more.rego": "package steelgate.site.decision\n\ncode := \"no\"\n"},
		"an edited decision": {"authz/decision.rego": "package steelgate.authz\n\ndecision := {\"allow\": false, \"code\": \"no\"}\n"},
	} {
		v := engine.Hypothetical(policyOf(t, files), s, noon, time.Second)
		if n := subjects(v, "user", request("workflow", "f")); n != 1001 {
			t.Errorf("by %s rule %d users were asked about", name, n)
		}
	}
	its, _ := s.Key("its")
	page, err := search.Resources(ctx, guarded, search.Subject{Entity: authz.Entity{Type: "api_key", ID: "its"}, Key: its}, request("workflow", ""), search.Span{Limit: 10})
	if err != nil || page.Asked != 2 || !slices.Equal(page.Found, []string{"f"}) {
		t.Errorf("of a key: %+v, %v", page, err)
	}
}

// A search ends with its request, and where the policy runs on and on. Of those about whom it only fails it tells how many.
func TestASearchEnds(t *testing.T) {
	s := drawWorld(rand.New(rand.NewPCG(1, 1)))
	request := authz.Request{Action: "a", Resource: authz.Entity{Type: "record", ID: "none"}}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	v := engine.Hypothetical(policyOf(t, nil), s, noon, time.Second)
	if _, err := search.Subjects(ended, v, "api_key", nil, request, search.Span{Limit: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("after the request ended: %v", err)
	}
	runaway := policyOf(t, map[string]string{"authz/decision.rego": `package steelgate.authz

decision := {"allow": true, "code": "allowed"} if {
	some a in digits
	some b in digits
	some c in digits
	some d in digits
	some e in digits
	some f in digits
	a + b + c + d + e + f == 100
}

digits := [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
`})
	v = engine.Hypothetical(runaway, s, noon, 5*time.Millisecond)
	if _, err := search.Subjects(context.Background(), v, "api_key", nil, request, search.Span{Limit: 1}); !engine.RanOut(err) {
		t.Errorf("of a policy that runs on: %v", err)
	}
	failing := policyOf(t, map[string]string{"authz/decision.rego": "package steelgate.authz\n\ndecision := {\"allow\": true, \"code\": \"allowed\"} if to_number(input.action.name) > 0\n"})
	v = engine.Hypothetical(failing, s, noon, time.Second)
	page, err := search.Subjects(context.Background(), v, "record", nil, request, search.Span{Limit: 1})
	if err != nil || page.Undecided != perType || page.Asked != perType || !errors.Is(page.Err, engine.ErrPolicy) || len(page.Found) > 0 {
		t.Errorf("of a policy that fails: %+v, %v", page, err)
	}
	if page, err := search.Subjects(context.Background(), v, "record", nil, request, search.Span{}); err != nil || page.Asked != 0 || !page.More || page.Next != "" {
		t.Errorf("nothing is wanted: %+v, %v", page, err)
	}
	// Where each takes long a page is of few, and those after it have the rest.
	defer search.MaxPageTime(-1)()
	after := ""
	for asked := range perType {
		page, err := search.Subjects(context.Background(), v, "record", nil, request, search.Span{After: after, Limit: 10})
		if err != nil || page.Asked != 1 || page.More != (asked < perType-1) || page.Next <= after {
			t.Fatalf("in no time, after %q: %+v, %v", after, page, err)
		}
		after = page.Next
	}
}
