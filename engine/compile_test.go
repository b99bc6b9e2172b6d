package engine_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/engine"
)

const allowAll = `package steelgate.authz
decision := {"allow": true, "code": "allowed"}
`

func TestCompileNamesThePlace(t *testing.T) {
	for name, c := range map[string]struct {
		source  string
		row     int
		message string
	}{
		"nothing":                             {"", 1, "empty"},
		"nothing but a comment":               {"# later\n", 1, "empty"},
		"syntax":                              {"package steelgate.authz\n\ndecision := {", 3, ""},
		"unknown function":                    {allowAll + "x := nothing(1)", 3, "nothing"},
		"a builtin that reaches out":          {allowAll + `x := http.send({"method": "GET", "url": "http://127.0.0.1"})`, 3, "http.send"},
		"a random builtin":                    {allowAll + `x := rand.intn("a", 3)`, 3, "rand.intn"},
		"the clock":                           {allowAll + `x := time.now_ns()`, 3, "time.now_ns"},
		"a builtin that can burn":             {allowAll + `x := numbers.range(1, 1000000000)`, 3, "numbers.range"},
		"the environment":                     {allowAll + `x := opa.runtime()`, 3, "opa.runtime"},
		"unused variable":                     {allowAll + "x if { y := 1 }", 3, "y"},
		"no entrypoint":                       {"package steelgate.authz\nx := 1", 0, "decision"},
		"a route without a slash":             {allowAll + `routes := {"GET api": {"action": "a", "resource": {"type": "t", "id": "x"}}}`, 3, "GET api"},
		"routes in conflict":                  {allowAll + `routes := {"GET /{a}/x": {"action": "a", "resource": {"type": "t", "id": "x"}}, "GET /y/{b}": {"action": "a", "resource": {"type": "t", "id": "x"}}}`, 3, "conflict"},
		"a route to nowhere":                  {allowAll + `routes := {"GET /{a}": {"action": "a", "resource": {"type": "t", "id": "{b}"}}}`, 3, "{b}"},
		"a route to a rest by the wrong name": {allowAll + `routes := {"GET /{a...}": {"action": "a", "resource": {"type": "t", "id": "{a...}"}}}`, 3, "{a...}"},
		"a route to the end":                  {allowAll + `routes := {"GET /{$}": {"action": "a", "resource": {"type": "t", "id": "{$}"}}}`, 3, "{$}"},
		"a route on a host":                   {allowAll + `routes := {"GET example.com/": {"action": "a", "resource": {"type": "t", "id": "x"}}}`, 3, "begins with /"},
		"a site deny that is no set":          {allowAll + "x if count(data.steelgate.authz.deny) > 0\ndeny := true", 3, "count"},
		"routes of no shape":                  {allowAll + `routes := ["GET /"]`, 3, "routes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := engine.Compile(map[string]string{"authz/a.rego": c.source}, 1)
			diagnostics, ok := errors.AsType[engine.Diagnostics](err)
			if !ok || len(diagnostics) == 0 {
				t.Fatalf("got %v, want diagnostics", err)
			}
			d := diagnostics[0]
			if d.Row != c.row || c.row > 0 && d.Path != "authz/a.rego" || !strings.Contains(d.Message, c.message) || d.Severity != "error" || d.Code == "" {
				t.Errorf("got %+v", d)
			}
		})
	}
}

func TestTestsAreNoPartOfAPolicy(t *testing.T) {
	if _, err := engine.Compile(map[string]string{"a.rego": allowAll, "a_test.rego": "package steelgate.authz\ntest_a if nonsense("}, 1); err != nil {
		t.Error(err)
	}
}
