package policy_test_test

import (
	"fmt"
	"testing"

	"github.com/steelengine/steelgate/policy_test/cases"
	"github.com/steelengine/steelgate/policy_test/model"
	"github.com/steelengine/steelgate/policy_test/stage"
)

func TestDecisionCases(t *testing.T) {
	all, err := cases.Cases()
	if err != nil {
		t.Fatal(err)
	}
	s := newStage(t, shipped(t))
	for _, c := range all {
		t.Run(c.File+"/"+c.Name, func(t *testing.T) {
			for _, load := range []func(*model.World) error{s.Load, s.Build} {
				if err := load(c.World); err != nil {
					t.Fatal(err)
				}
				if fault := judge(s, c); fault != "" {
					t.Error(fault)
				}
			}
		})
	}
	t.Logf("%d decision cases", len(all))
}

func newStage(t testing.TB, files map[string]string) *stage.Stage {
	t.Helper()
	s, err := stage.New(files, cases.Now)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// judge tells what is wrong with the decision of a case, whose world is on stage, or "".
func judge(s *stage.Stage, c cases.Case) string {
	got, err := s.Decide(c.Question)
	if err != nil {
		return err.Error()
	}
	if got.Message == "" || got.ID == "" {
		return fmt.Sprintf("without message or id: %+v", got)
	}
	return model.Difference(c.Want, got)
}

// The model says the same as the cases: neither was written from the other.
func TestModelAgreesWithTheCases(t *testing.T) {
	all, err := cases.Cases()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if difference := model.Difference(c.Want, model.Decide(c.World, c.Question, cases.Now)); difference != "" {
			t.Errorf("%s: %s\n%s", c.File, c.Name, difference)
		}
	}
}

func TestManagementCases(t *testing.T) {
	all, err := cases.ManagementCases()
	if err != nil {
		t.Fatal(err)
	}
	e := newStage(t, shipped(t)).Engine()
	for _, c := range all {
		permitted, err := e.Permits(c.Input)
		if err != nil || permitted != c.Allow {
			t.Errorf("%s: %s: permitted %t, %v", c.File, c.Name, permitted, err)
		}
	}
	t.Logf("%d management cases", len(all))
}

// A case that stands twice under one name hides one of the two.
func TestCasesHaveNamesOfTheirOwn(t *testing.T) {
	all, err := cases.Cases()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, c := range all {
		if seen[c.Name] {
			t.Errorf("%s: %q stands twice", c.File, c.Name)
		}
		seen[c.Name] = true
	}
}
