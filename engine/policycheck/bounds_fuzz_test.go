package policycheck_test

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/steelengine/steelgate/engine/policycheck"
)

// A path that is taken leads to a file below the policy's folder, on every platform; what is refused has a printable reason.
func FuzzPaths(f *testing.F) {
	for _, path := range []string{"site/site.rego", "../x.rego", "/x.rego", `a\b.rego`, "a//b.rego", "./a.rego", "a/..rego", "c:a.rego", "\xff.rego", ".rego", "a\x00.rego", ""} {
		f.Add(path, "package a")
	}
	f.Fuzz(func(t *testing.T, path, source string) {
		found := policycheck.CheckBounds(map[string]string{path: source})
		if len(found) == 0 && (!filepath.IsLocal(path) || !strings.HasSuffix(path, ".rego") || strings.ContainsAny(path, `\:`) || !utf8.ValidString(source)) {
			t.Errorf("%q is taken", path)
		}
		for _, d := range found {
			if !utf8.ValidString(d.Message) || strings.ContainsAny(d.Message, "\n\x00\x1b") || d.Code == "" {
				t.Errorf("got %+v", d)
			}
		}
	})
}
