package engine

import (
	"slices"
	"testing"
)

func TestConstantsAreRulesWithOneValue(t *testing.T) {
	policy, err := Compile(map[string]string{"a.rego": `package steelgate.authz
decision := {"allow": true, "code": "allowed"}
table := {"a": [1, {"b": "c"}], "set": {1, 2}}
conditional := 1 if input.x
computed := 1 + 1
refers := table
default fallback := 1
fallback := 2 if input.x
f(_) := 1
members contains 1
twice := 1
twice := 1 if input.x
else_too := 1 if input.x
else := 2
parts.one := 1
parts[name] := 2 if name := input.x
`}, 1)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range policy.entrypoint.constants {
		names = append(names, c.ref.String())
	}
	if want := []string{"data.steelgate.authz.decision", "data.steelgate.authz.table"}; !slices.Equal(names, want) {
		t.Errorf("got %v, want %v", names, want)
	}
}
