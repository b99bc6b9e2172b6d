package engine_test

import (
	"strings"
	"testing"

	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/policies"
)

// What a decision can depend on of its input is told of each way in which a rule may come to it: too much is slow, too little is wrong.
func TestAPolicySeesWhatItsRulesNameOfTheInput(t *testing.T) {
	for name, c := range map[string]struct {
		rules     string
		sees, not string
	}{
		"a name":                    {`x if input.a.b == 1`, "a a.b a.b.c", "a.c b"},
		"nothing":                   {`x if data.keys.k`, "", "a"},
		"all":                       {`x if count(input) > 3`, "a b.c", ""},
		"all of a part":             {`x if count(input.a) > 3`, "a a.b", "b"},
		"a computed name":           {`x if input.a[input.b]`, "a.c b", "c"},
		"a name that is looked for": {"x if {\n\tsome i\n\tinput.a[i].c\n}", "a.b.c", "c"},
		"a local name":              {"x if {\n\ta := input.a\n\ta.b == 1\n}", "a.b a.c", "b"},
		"an import":                 {"import input.a as b\n\nx if b.c", "a.c", "a.d c"},
		"an import of all":          {"import input as i\n\nx if i.a", "a", "b"},
		"another rule":              {"x if y\n\ny if input.a", "a", "b"},
		"a rule that nobody asks":   {"x if input.b\n\ny if input.a", "b", "a"},
		"an else":                   {"x := 1 if input.a == 1\n\nelse := 2 if input.b", "a b", "c"},
		"what an else asks":         {"x := 1 if input.a == 1\n\nelse := y\n\ny if input.b", "a b", "c"},
		"a default":                 {"default y := 1\n\ny := 2 if input.a\n\nx if y == 2", "a", "b"},
		"a function":                {"f(v) if v == input.a\n\nx if f(input.b)", "a b", "c"},
		"a function of all":         {"f(v) if v.a\n\nx if f(input)", "a b", ""},
		"a comprehension":           {`x if count({k | some k in input.a; k.c}) > 0`, "a.b", "c"},
		"every":                     {"x if {\n\tevery k in input.a {\n\t\tk == input.b\n\t}\n}", "a b", "c"},
		"not":                       {`x if not input.a`, "a", "b"},
		"a key that is made":        {`x if {input.a: 1}[input.b]`, "a b", "c"},
		"a set's member":            {"s contains input.a\n\nx if \"m\" in s", "a", "b"},
		"an object's member":        {"o[input.a] := input.b\n\nx if o.m", "a b", "c"},
		"a package by a variable":   {"x if {\n\tsome r\n\tdata.steelgate.other[r]\n}", "o", "a"},
		"with":                      {"y if input.a\n\nx if y with input.a as input.b", "a b", "c"},
		"with all":                  {"y if input.a\n\nx if y with input as input.b", "a b c", ""},
		"a text":                    {"x if sprintf(\"%v\", [input.a]) == \"\"", "a.b", "b"},
		"object.get":                {`x if object.get(input, ["a", "b"], 1) == 2`, "a.b c", ""},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := engine.Compile(map[string]string{
				"site.rego":  "package steelgate.site\n\n" + c.rules,
				"other.rego": "package steelgate.other\n\ny if input.o",
				"authz.rego": "package steelgate.authz\n\ndecision := {\"allow\": false, \"code\": \"no\"} if data.steelgate.site.x",
			}, 1)
			if err != nil {
				t.Fatal(err)
			}
			for wanted, paths := range map[bool]string{true: c.sees, false: c.not} {
				for _, path := range strings.Fields(paths) {
					if got := p.Sees(strings.Split(path, ".")...); got != wanted {
						t.Errorf("sees %s: %t", path, got)
					}
				}
			}
		})
	}
}

func TestTheShippedPolicySeesNoTime(t *testing.T) {
	files, err := engine.ReadFiles(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	p, err := engine.Compile(files, 1)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{
		"subject.id": true, "subject.type": true, "subject.properties": false, "action.name": true, "resource.id": true, "resource.type": true,
		"context.client_ip": true, "context.time": false, "context.ticket": false, "resource.properties": false, "action.properties": false,
	} {
		if got := p.Sees(strings.Split(path, ".")...); got != want {
			t.Errorf("sees %s: %t", path, got)
		}
	}
}

// A rule that stands at the entrypoint by a name which its body makes has a part in it.
func TestAPolicySeesWhatARuleOfAnyNameSees(t *testing.T) {
	p, err := engine.Compile(map[string]string{
		"authz.rego": "package steelgate.authz\n\ndecision := {\"allow\": false, \"code\": \"no\"} if input.a",
		"other.rego": "package steelgate\n\nauthz[name] := {\"allow\": false, \"code\": \"no\"} if {\n\tinput.b\n\tsome name in [\"decision\"]\n}",
	}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !p.Sees("a") || !p.Sees("b") || p.Sees("c") {
		t.Error("it sees something else than a and b")
	}
}
