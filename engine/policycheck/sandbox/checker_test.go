package sandbox_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/policycheck/sandbox"
	"github.com/steelengine/steelgate/policies"
)

// script is a program of one's own, in the shell's language.
func script(t *testing.T, text string) string {
	t.Helper()
	shell, err := os.Stat("/bin/sh")
	if err != nil || shell.IsDir() {
		t.Skip("no shell stands at /bin/sh")
	}
	path := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestALintersFindingsAreHints(t *testing.T) {
	files, err := engine.ReadFiles(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ script, want string }{
		"findings": {
			`test -f site/site.rego && echo '{"violations": [{"title": "line-length", "description": "Line too long", "level": "error", "location": {"file": "site/site.rego", "row": 3, "col": 7}}]}'; exit 3`,
			"site/site.rego:3:7: warning: Line too long (regal/line-length)",
		},
		"nonsense": {`echo nonsense`, ""},
		"failure":  {`exit 1`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			checker := sandbox.Checker{Regal: script(t, c.script)}
			v, err := checker.Check(t.Context(), files)
			if err != nil || !v.OK {
				t.Fatalf("OK %t, %v, %v", v.OK, v.Diagnostics, err)
			}
			found := ""
			for _, d := range v.Diagnostics {
				if strings.HasPrefix(d.Code, "regal/") {
					found += d.String()
				}
			}
			if found != c.want {
				t.Errorf("got %q, want %q", found, c.want)
			}
		})
	}
}

// What this process was started with is not the draft's to see, and a worker that says nothing is no pass.
func TestAWorkerSeesNoEnvironment(t *testing.T) {
	t.Setenv("STEELGATE_ADMIN_TOKEN", "marker")
	checker := sandbox.Checker{Program: script(t, `echo "token: $STEELGATE_ADMIN_TOKEN, arguments: $*" >&2`)}
	v, err := checker.Check(t.Context(), map[string]string{"a.rego": "package a"})
	if err != nil || v.OK || len(v.Diagnostics) != 1 || !strings.HasSuffix(v.Diagnostics[0].Message, "token: , arguments: "+sandbox.Command) {
		t.Errorf("got %v, %v", v.Diagnostics, err)
	}
}

func TestAProgramThatIsNotThereIsAnError(t *testing.T) {
	checker := sandbox.Checker{Program: filepath.Join(t.TempDir(), "nothing")}
	if v, err := checker.Check(t.Context(), map[string]string{"a.rego": "package a"}); err == nil || v.OK {
		t.Errorf("OK %t, %v", v.OK, err)
	}
}
