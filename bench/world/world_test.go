package world_test

import (
	"testing"

	"github.com/steelengine/steelgate/bench/world"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/policies"
)

// A world to measure by is one in which nearly every question is allowed: a deny may end early.
func TestNearlyEveryQuestionIsAllowed(t *testing.T) {
	files, err := engine.ReadFiles(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	policy, err := engine.Compile(files, 1)
	if err != nil {
		t.Fatal(err)
	}
	w := world.World{Keys: 2000}
	e, err := w.Engine(policy)
	if err != nil {
		t.Fatal(err)
	}
	view, err := e.View()
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]int{}
	const questions = 5000
	for n := range questions {
		i := n * 7919 % w.Keys
		d, err := view.Decide(engine.Present(world.Secret(i)), w.Question(i, n))
		if err != nil {
			t.Fatal(err)
		}
		codes[string(d.Code)]++
	}
	if codes["allowed"] < questions*90/100 || len(codes) < 2 {
		t.Errorf("got %v", codes)
	}
	t.Log(codes)
}
