package engine

import (
	"errors"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
)

func TestAPanicIsAnError(t *testing.T) {
	policy, err := Compile(map[string]string{"a.rego": "package steelgate.authz\ndecision := {\"allow\": true, \"code\": \"allowed\"}"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // and what is used again was not left broken
		err = policy.entrypoint.evaluate(time.Minute, noWorld, ast.NewObject(), func(*ast.Term) error { panic("broken") })
		if err == nil {
			t.Error("a panic went unnoticed")
		}
		var a answer
		if err := policy.entrypoint.evaluate(time.Minute, noWorld, ast.NewObject(), a.read); err != nil || !a.allow {
			t.Errorf("after a panic: %v", err)
		}
	}
}

func TestAFaultInReadingIsTheError(t *testing.T) {
	policy, err := Compile(map[string]string{"a.rego": "package steelgate.authz\ndecision := {\"allow\": true, \"code\": \"allowed\"}"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	fault := errors.New("a fault")
	if err := policy.entrypoint.evaluate(time.Minute, noWorld, ast.NewObject(), func(*ast.Term) error { return fault }); !errors.Is(err, fault) {
		t.Errorf("got %v", err)
	}
}

func TestAgeGoesByTheClockThatRanFurther(t *testing.T) {
	wall := time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)
	if age := ageOf(wall, wall.Add(time.Hour)); age != time.Hour {
		t.Errorf("age %v", age)
	}
	// A moment with a monotonic reading, and the same wall clock set back an hour since.
	now := time.Now()
	if age := ageOf(now, now.Add(time.Hour)); age != time.Hour {
		t.Errorf("age %v", age)
	}
	if age := ageOf(now, now.Round(0).Add(-time.Hour)); age != -time.Hour {
		t.Errorf("age %v", age)
	}
}
