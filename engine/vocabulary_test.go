package engine_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/steelengine/steelgate/engine"
)

// What the policy in force knows by name is told as far as it can be read, and a policy that fails tells nothing.
func TestVocabulary(t *testing.T) {
	t.Parallel()
	of := func(actions, site string) (engine.Vocabulary, error) {
		policy, err := engine.Compile(map[string]string{
			"a.rego": "package steelgate.authz\ndecision := {}\n" + actions, "b.rego": "package steelgate.site\n" + site,
		}, 1)
		if err != nil {
			t.Fatal(err)
		}
		e := engine.New(engine.Options{})
		e.UsePolicy(policy)
		v, err := e.Vocabulary()
		if again, failed := e.Vocabulary(); !reflect.DeepEqual(again, v) || (failed == nil) != (err == nil) {
			t.Errorf("asked again: %v, %v", again, failed)
		}
		return v, err
	}
	type table = map[string]engine.Action
	for name, c := range map[string]struct {
		actions, site string
		want          engine.Vocabulary
	}{
		"nothing":          {"", "", engine.Vocabulary{Actions: table{}, SiteActions: []string{}}},
		"one object":       {`actions := {"a.b": {"on": ["y", "x"], "requires": "read"}}`, "", engine.Vocabulary{Actions: table{"a.b": {On: []string{"x", "y"}, Requires: "read"}}, SiteActions: []string{}}},
		"rules and a set":  {`actions["a.b"] := {"on": {"x"}, "requires": "pay"}`, `actions contains "c.d"` + "\n" + `actions contains "b.c"`, engine.Vocabulary{Actions: table{"a.b": {On: []string{"x"}, Requires: "pay"}}, SiteActions: []string{"b.c", "c.d"}}},
		"by the input":     {`actions := {"a.b": {"on": ["x"], "requires": "read"}} if input.x`, `actions contains "c.d" if input.x`, engine.Vocabulary{Actions: table{}, SiteActions: []string{}}},
		"of another shape": {`actions := {"a": 1, "b": {"on": 3, "requires": "read"}, "c": {"on": ["x", 4]}, "d": {"on": ["x", 4], "requires": "read"}}`, `actions := {"x": 1}`, engine.Vocabulary{Actions: table{"b": {On: []string{}, Requires: "read"}, "d": {On: []string{"x"}, Requires: "read"}}, SiteActions: []string{}}},
		"a text":           {`actions := "all"`, `actions := 3`, engine.Vocabulary{Actions: table{}, SiteActions: []string{}}},
	} {
		got, err := of(c.actions, c.site)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for name, rules := range map[string][2]string{
		"a conflict": {"actions := {} if 1\nactions := {\"a\": 1} if 1", ""}, "the site's": {"", "actions := to_number(\"x\")"},
	} {
		if got, err := of(rules[0], rules[1]); !errors.Is(err, engine.ErrPolicy) || got.Actions != nil {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if _, err := engine.New(engine.Options{}).Vocabulary(); !errors.Is(err, engine.ErrStale) {
		t.Errorf("without a policy: %v", err)
	}
}
