package policycheck_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/policycheck"
	"github.com/steelengine/steelgate/policies"
)

// The shipped files are as opa fmt writes them; what is not becomes so, and means the same.
func TestFormat(t *testing.T) {
	t.Parallel()
	files, err := engine.ReadFiles(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	if made := policycheck.Format(files); !maps.Equal(made.Files, files) || len(made.Diagnostics) != 0 || made.Diagnostics == nil {
		t.Errorf("the shipped files: %v", made.Diagnostics)
	}
	loose := maps.Clone(files)
	for path, source := range loose {
		lines := strings.SplitAfter(source, "\n")
		for i, line := range lines {
			if !strings.HasPrefix(line, "#") {
				lines[i] = strings.Replace(line, " := ", "   :=  ", 1)
			}
		}
		loose[path] = strings.Join(lines, "")
	}
	if made := policycheck.Format(loose); maps.Equal(loose, files) || !maps.Equal(made.Files, files) {
		t.Errorf("written loosely: %v", made.Diagnostics)
	}
}

// A file that can't be formatted is as it was, with a reason, and stands in no other's way.
func TestWhatDoesNotParseIsNotFormatted(t *testing.T) {
	t.Parallel()
	const loose, neat = "package a\nb   := 1\n", "package a\n\nb := 1\n"
	for name, source := range map[string]string{
		"half a rule": "package a\nb := {", "nothing": "", "no package": "b := 1", "of the old language": "package a\nallow { input.x }", "a bad annotation": "# METADATA\n# schemas: 3\npackage a\n",
	} {
		made := policycheck.Format(map[string]string{"a.rego": source, "b.rego": loose})
		if made.Files["a.rego"] != source || made.Files["b.rego"] != neat || len(made.Diagnostics) == 0 {
			t.Errorf("%s: %q, %v", name, made.Files, made.Diagnostics)
		}
		for _, d := range made.Diagnostics {
			if d.Path != "a.rego" || d.Severity != "error" || d.Code == "" || d.Message == "" {
				t.Errorf("%s: %+v", name, d)
			}
		}
	}
	for name, files := range map[string]map[string]string{
		"a path that leads out": {"../a.rego": loose}, "too large": {"a.rego": loose + strings.Repeat("#\n", policycheck.MaxFileSize)}, "not text": {"a.rego": "package a\x00"},
	} {
		if made := policycheck.Format(files); !maps.Equal(made.Files, files) || len(made.Diagnostics) == 0 {
			t.Errorf("%s: %v", name, made.Diagnostics)
		}
	}
	many := map[string]string{}
	for _, name := range slices.Repeat([]string{"x"}, 150) {
		many[name+strings.Repeat("x", len(many))+".rego"] = "package a\n}\n)\n]"
	}
	if made := policycheck.Format(many); len(made.Diagnostics) > 201 || len(made.Files) != 150 {
		t.Errorf("%d diagnostics of %d files", len(made.Diagnostics), len(made.Files))
	}
}
