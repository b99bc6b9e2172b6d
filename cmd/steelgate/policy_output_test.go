package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Programs are told by -o json what people are told: what runs, what is in force, and why a draft is refused, with the same exit code.
func TestPolicyOutputForPrograms(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := serve(t, "--data-dir", folder)
	on := func(args ...string) ended {
		return command(t, append(append([]string{"policy"}, args...), "--server", s.url, "--token", testAdminToken)...)
	}
	read := func(name string, got ended, code int) (answer map[string]any) {
		t.Helper()
		if err := json.Unmarshal([]byte(got.out), &answer); err != nil || got.code != code {
			t.Fatalf("%s: exit code %d, %v\n%s\n%s", name, got.code, err, got.out, got.err)
		}
		return answer
	}
	site := filepath.Join(t.TempDir(), "site", "site.rego")
	write := func(rules string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(site), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(site, []byte("package steelgate.site\n\n"+rules), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("deny := nonsense(")
	for _, line := range []string{"publish -m m", "impact --since 1d", "shadow begin -m m"} {
		got := on(append(strings.Fields(line), site, "-o", "json")...)
		refused := read(line, got, exitPolicyBroken)
		check, _ := refused["check"].(map[string]any)
		if refused["code"] != "policy_refused" || !strings.Contains(fmt.Sprint(check["diagnostics"]), "site/site.rego") || strings.Contains(got.err, "site/site.rego") {
			t.Errorf("%s: %s\n%s", line, got.out, got.err)
		}
	}
	if got := on("publish", "-m", "m", site); got.code != exitPolicyBroken || got.out != "" || !strings.Contains(got.err, "site/site.rego:3") {
		t.Errorf("to people: %+v", got)
	}
	write("")
	if a := read("restore", on("restore", "99", "-o", "json"), 1); a["code"] != "not_found" {
		t.Errorf("restoring what is not there: %v", a)
	}
	for _, line := range []string{"shadow status", "shadow promote"} {
		if got := on(strings.Fields(line)...); got.code != 1 || got.out != "" || !strings.Contains(got.err, "begin one with 'steelgate policy shadow begin") {
			t.Errorf("%s where none runs: %+v", line, got)
		}
	}
	if a := read("status", on("shadow", "status", "-o", "json"), 1); a["code"] != "not_found" || a["status"] != 404.0 {
		t.Errorf("the status of none: %v", a)
	}
	write(denying("closed"))
	if a := read("begin", on("shadow", "begin", "-m", "Closed", site, "-o", "json"), 0); a["base_revision"] != 1.0 || !strings.HasPrefix(fmt.Sprint(a["id"]), "cand_") {
		t.Errorf("begun: %v", a)
	}
	if a := read("promote", on("shadow", "promote", "-o", "json"), 0); a["revision"] != 2.0 || a["message"] != "Closed" {
		t.Errorf("promoted: %v", a)
	}
}
