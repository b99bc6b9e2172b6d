package main

import (
	"strings"
	"testing"
)

func TestAQuickRunPrintsItsFigures(t *testing.T) {
	var out strings.Builder
	if err := run([]string{"-keys", "100,200", "-span", "5ms", "-rounds", "1", "-only", "decisions,load"}, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"100 keys:", "200 keys:", "allocations", "the smallest", "an SQLite database", "loads)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in:\n%s", want, out.String())
		}
	}
}

func TestWrongArgumentsAreRefused(t *testing.T) {
	for _, arguments := range [][]string{{"-keys", "0"}, {"-keys", "150"}, {"-keys", "many"}, {"-only", "everything"}, {"-child", "everything"}, {"-nonsense"}} {
		if err := run(arguments, &strings.Builder{}); err == nil {
			t.Errorf("%v: no error", arguments)
		}
	}
}
