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
		"object.get":             {is: "x if object.get(input.context, \"a\", false)", want: []string{"a", "input.context"}},
		"all that callers say":   {is: "x if count(input.context) > 2", want: []string{"input.context"}},
		"all of it, by a name":   {is: "x if {\n\tc := input.context\n\tc.a\n}", want: []string{"a", "input.context"}},
		"an argument":            {is: "f(\"magic\") := true\n\nx if f(input.a)", want: []string{"a", "magic"}},
		"a code that is asked":   {is: "x if {\"code\": input.a} == {\"code\": \"magic\"}", want: []string{"a", "code", "magic"}},
		"a computed rule":        {is: "x if data.steelgate.authz[input.a]", want: []string{"a", "data.steelgate.authz[input.a]"}},
		"a text that is made":    {is: "x if input.a == concat(\"\", [\"b\", \"c\"])", want: []string{"", "a", "b", "c", "concat"}},
		"a number":               {is: "x if input.a == 37", want: []string{"37", "a"}},
		"an hour":                {is: "x if input.a == 23", want: []string{"a"}},
		"a table's condition":    {is: "actions contains \"b\" if is_null(input)", want: []string{"b", "input"}},
		"a denial beside another that is softened": {
			was: "deny contains {\"code\": \"c\"} if input.a", is: "deny contains {\"code\": \"c\"} if {\n\tinput.a\n\tnot input.context.ticket\n}", want: []string{"a", "context", "ticket"},
		},
		"a denial that is taken for a yes": {
			was: "x if deny != set()\n\ndeny contains {\"code\": \"d\"} if input.b", is: "x if deny != set()\n\ndeny contains {\"code\": \"d\"} if input.b\n\ndeny contains {\"code\": \"c\"} if input.a", want: []string{"a"},
		},
		"what an unchanged rule turns on": {
			was: "deny contains {\"code\": \"c\"} if partner\n\npartner if input.badge", is: "deny contains {\"code\": \"c\"} if partner\n\npartner if input.badge\n\nx if partner", want: []string{"badge"},
		},
		"with":            {is: "x if y with input.a as \"b\"\n\ny if input.a", want: []string{"a", "b"}},
		"what is written": {is: "x := sprintf(\"Hello %s\", [input.a])", want: []string{"Hello %s", "a", "sprintf"}},
		"what is told":    {is: "x := {\"allow\": true, \"code\": \"fine\", \"message\": \"Fine.\"} if input.a", want: []string{"a", "allow"}},
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
				if m.Path != "site.rego" && m.Path != "authz.rego" || m.Row < 2 {
					t.Errorf("%q is in %s:%d", m.Text, m.Path, m.Row)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
