package engine_test

import (
	"slices"
	"testing"

	"github.com/steelengine/steelgate/engine"
)

// What the rules of a change turn on is found wherever it stands; what they say to people, and names of packages and rules, are no
// such thing.
func TestMentionsOfAChange(t *testing.T) {
	const site, authz = "package steelgate.site\n", "package steelgate.authz\n\ndecision := {\"allow\": false, \"code\": \"no\", \"message\": \"No.\"}\n"
	for name, c := range map[string]struct {
		was, is string
		want    []string
	}{
		"nothing":                {is: "x if input.a", was: "x if input.a"},
		"a note":                 {was: "x if input.a", is: "# Why.\nx if input.a"},
		"a name and a value":     {is: `x if input.context.ticket == "open"`, want: []string{"context", "open", "ticket"}},
		"a rule that goes":       {was: "x if input.a", want: []string{"a"}},
		"a denial that comes":    {is: `deny contains {"code": "c", "message": "m"} if input.a == "b"`},
		"a denial that goes":     {was: `deny contains {"code": "c", "message": "m"} if input.a == "b"`, want: []string{"a", "b"}},
		"what it turns on":       {is: "deny contains {\"code\": \"c\"} if friend\n\nfriend if input.a", want: []string{"a"}},
		"an alias":               {is: "import input.context as c\n\nx if c.a", want: []string{"a", "context"}},
		"a rule of a package":    {is: "import data.steelgate.authz\n\nx if authz.decision.allow", want: []string{"allow"}},
		"a rule by its path":     {is: "x if data.steelgate.authz.decision.allow", want: []string{"allow"}},
		"through a variable":     {is: "x if {\n\tkey := data.keys[input.id]\n\tkey.colour == \"red\"\n}", want: []string{"colour", "id", "keys", "red"}},
		"an else":                {is: "x := 1 if input.a\n\nelse := 2 if input.b", want: []string{"a", "b"}},
		"a comprehension":        {is: "x if {\n\tcount({k | some k in input.a; startswith(k, \"z\")}) > 0\n}", want: []string{"a", "z"}},
		"a function":             {is: "f(k) if k.a == \"b\"", want: []string{"a", "b"}},
		"a set that is compared": {is: "friends := {\"f\", \"g\"}", want: []string{"f", "g"}},
		"a set that grows":       {is: "friends contains \"f\"", want: []string{"f"}},
		"an object's keys":       {is: "limits := {\"gold\": 5}", want: []string{"gold"}},
		"object.get":             {is: "x if object.get(input.context, \"a\", false)", want: []string{"a", "context"}},
		"with":                   {is: "x if y with input.a as \"b\"\n\ny if input.a", want: []string{"a", "b"}},
		"what is written":        {is: "x := sprintf(\"Hello %s\", [input.a])", want: []string{"a"}},
		"what is told":           {is: "x := {\"allow\": true, \"code\": \"fine\", \"message\": \"Fine.\"} if input.a", want: []string{"a", "allow"}},
	} {
		t.Run(name, func(t *testing.T) {
			compile := func(rules string) *engine.Policy {
				p, err := engine.Compile(map[string]string{"site.rego": site + "\n" + rules, "authz.rego": authz}, 1)
				if err != nil {
					t.Fatal(err)
				}
				return p
			}
			var got []string
			for _, m := range engine.MentionsOfChange(compile(c.was), compile(c.is)) {
				got = append(got, m.Text)
				if m.Path != "site.rego" || m.Row < 2 {
					t.Errorf("%q is in %s:%d", m.Text, m.Path, m.Row)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
