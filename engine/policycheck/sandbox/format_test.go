package sandbox_test

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/engine/policycheck/sandbox"
)

// Files are formatted by another process. What that does not outlive is as it was, and says so.
func TestFilesAreFormattedApart(t *testing.T) {
	t.Parallel()
	const loose, neat = "package a\nb   := 1\n", "package a\n\nb := 1\n"
	checker := sandbox.Checker{Limits: patient}
	made, err := checker.Format(t.Context(), map[string]string{"a.rego": loose, "b.rego": "package"})
	if err != nil || made.Files["a.rego"] != neat || made.Files["b.rego"] != "package" || len(made.Diagnostics) != 1 || made.Diagnostics[0].Path != "b.rego" {
		t.Errorf("%v, %v", made, err)
	}
	for name, program := range map[string]string{
		"says nothing": script(t, "cat >/dev/null"), "dies": script(t, "exit 7"), "says too much": script(t, "cat >/dev/null; yes"),
		"gives another answer": script(t, `cat >/dev/null; echo '{"verdict": {"ok": true}}'`),
	} {
		files := map[string]string{"a.rego": loose}
		broken := sandbox.Checker{Limits: patient, Program: program}
		made, err := broken.Format(t.Context(), files)
		if err != nil || !maps.Equal(made.Files, files) || len(made.Diagnostics) != 1 || made.Diagnostics[0].Code != "limits" {
			t.Errorf("a worker that %s: %v, %v", name, made, err)
		}
	}
	gone := sandbox.Checker{Program: filepath.Join(t.TempDir(), "nothing")}
	if _, err := gone.Format(t.Context(), map[string]string{"a.rego": loose}); err == nil {
		t.Error("no program formats")
	}
	// What is too large is not even handed over.
	if made, err := gone.Format(t.Context(), map[string]string{"/a.rego": loose}); err != nil || len(made.Diagnostics) != 1 || made.Files["/a.rego"] != loose {
		t.Errorf("%v, %v", made, err)
	}
}

// No text takes more than the limits, or this process with it.
func TestHostileTextIsFormattedWithinLimits(t *testing.T) {
	t.Parallel()
	checker := sandbox.Checker{Limits: patient}
	const n = 100_000
	for name, source := range map[string]string{
		"brackets": "package a\nb := " + strings.Repeat("[", n) + strings.Repeat("]", n), "comprehensions": "package a\nb := " + strings.Repeat("[1|", n/4) + "1" + strings.Repeat("]", n/4),
		"braces": "package a\nb := " + strings.Repeat("{1:", n/2) + "1" + strings.Repeat("}", n/2), "a sum": "package a\nb := 1" + strings.Repeat("+1", n), "comments": "package a\n" + strings.Repeat("#\n", n),
		"rules": "package a\n" + strings.Repeat("b if 1\n", n/4), "else": "package a\nb := 1 if 1 " + strings.Repeat("else := 1 if 1 ", n/10), "not closed": "package a\nb := " + strings.Repeat("{", n),
	} {
		t.Run(name, func(t *testing.T) {
			made, err := checker.Format(t.Context(), map[string]string{"a.rego": source})
			if err != nil {
				t.Fatal(err)
			}
			if len(made.Diagnostics) > 0 && made.Files["a.rego"] != source {
				t.Error("it came back changed, with a diagnostic")
			}
			t.Logf("%.200v", made.Diagnostics)
		})
	}
}
