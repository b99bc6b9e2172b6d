package steelgate_test

import (
	"testing"

	steelgate "github.com/steelengine/steelgate/sdk/go"
	"github.com/steelengine/steelgate/sdk/go/internal/steelgatetest"
)

func TestARouteIsWhatARequestStandsFor(t *testing.T) {
	var shared struct {
		Table      steelgate.Routes
		Requests   []struct{ Method, Target, Action, ID string }
		Unreadable []string
		Ambiguous  [][]string
	}
	steelgatetest.Shared(t, "routes.json", &shared)
	for _, r := range shared.Requests {
		q, ok, err := steelgate.Match(shared.Table, r.Method, r.Target)
		if err != nil || ok != (r.Action != "") || q.Action != r.Action || q.Resource.ID != r.ID {
			t.Errorf("%s %q: %+v, %t, %v", r.Method, r.Target, q, ok, err)
		}
	}
	for _, pattern := range shared.Unreadable {
		if _, _, err := steelgate.Match(steelgate.Routes{pattern: {Action: "a", Resource: workflow("x")}}, "GET", "/"); err == nil {
			t.Errorf("%q was taken for a pattern", pattern)
		}
	}
	for _, patterns := range shared.Ambiguous {
		table := steelgate.Routes{}
		for _, pattern := range patterns {
			table[pattern] = steelgate.Question{Action: "a", Resource: workflow("x")}
		}
		if _, _, err := steelgate.Match(table, "GET", "/"); err == nil {
			t.Errorf("%q were taken, though they stand for the same requests", patterns)
		}
	}
	if _, _, err := steelgate.Match(steelgate.Routes{"GET /a/{b}": {Action: "a", Resource: workflow("{c}")}}, "GET", "/"); err == nil {
		t.Error("a wildcard that the pattern does not have was taken")
	}
}
