package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/engine"
)

// The command shows, publishes, compares and restores, on the database itself and through a server.
func TestPolicyRevisionCommands(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := serve(t, "--data-dir", folder)
	for name, where := range map[string][]string{
		"database": {"--data-dir", folder},
		"server":   {"--server", s.url, "--token", testAdminToken},
	} {
		on := func(args ...string) ended {
			return command(t, append(append([]string{"policy"}, args...), where...)...)
		}
		draft := filepath.Join(t.TempDir(), "policy")
		if out := on("show", "--into", draft).done(t); !strings.Contains(out, "files are in") {
			t.Errorf("%s: %s", name, out)
		}
		site := filepath.Join(draft, "site", "site.rego")
		if err := os.WriteFile(site, []byte("package steelgate.site\n\n"+denying("closed")), 0o600); err != nil {
			t.Fatal(err)
		}
		before, _ := s.policyOf()
		out := on("publish", site, "--message", "Closed by the "+name).done(t)
		if want := fmt.Sprintf("Revision %d is in force.", before+1); !strings.Contains(out, want) {
			t.Errorf("%s: %s", name, out)
		}
		s.eventually("the server has it", func() bool { now, _ := s.policyOf(); return now == before+1 })
		// The folder was written out of revision 1, and knows.
		on("publish", draft, "--message", "Stale").failed(t, 1, "in force")
		on("show", "1", "--into", draft).failed(t, 1, "site/site.rego", "--force")
		on("show", "--into", draft, "--force").done(t)
		if err := os.Remove(filepath.Join(draft, "site", "site_test.rego")); err != nil {
			t.Fatal(err)
		}
		if out := command(t, "policy", "check", draft).done(t); !strings.Contains(out, "28 files compile") {
			t.Errorf("%s: %s", name, out)
		}
		on("publish", draft, "--message", "Fewer").done(t)
		on("publish", draft, "--message", "The folder knows that").done(t)
		if _, files := s.policyOf(); name == "server" && files["site/site_test.rego"] != "" {
			t.Error("what was deleted is published")
		}
		s.eventually("the server has these", func() bool { now, _ := s.policyOf(); return now == before+3 })
		before += 2
		if out := on("list").done(t); !strings.Contains(out, "Closed by the "+name) || !strings.Contains(out, "As shipped") {
			t.Errorf("%s: %s", name, out)
		}
		if out := on("diff", "1").done(t); !strings.Contains(out, "+deny contains") {
			t.Errorf("%s: %s", name, out)
		}
		if out := on("impact", site).done(t); !strings.Contains(out, "It widens nothing.") {
			t.Errorf("%s: %s", name, out)
		}
		if out := on("upgrade").done(t); !strings.Contains(out, "has all that this version ships") {
			t.Errorf("%s: %s", name, out)
		}
		if err := os.WriteFile(site, []byte("package steelgate.site\n\ndeny := nonsense("), 0o600); err != nil {
			t.Fatal(err)
		}
		on("publish", site, "-m", "Broken").failed(t, exitPolicyBroken, "site/site.rego:3")
		on("publish", site).failed(t, 2, "--message is required")
		on("restore", "x").failed(t, 2, "number of a revision")
		on("restore", "99").failed(t, 1, "No such policy revision")
		if out := on("restore", "1").done(t); !strings.Contains(out, fmt.Sprintf("Revision %d is in force", before+2)) {
			t.Errorf("%s: %s", name, out)
		}
	}
}

// What a draft widens is foretold, and where the server asks for it published only by whoever names it.
func TestWideningIsAcknowledged(t *testing.T) {
	t.Parallel()
	s := serve(t, "--data-dir", t.TempDir(), "--require-acknowledgement")
	s.change("POST", "/v1/import", smallWorld)
	s.change("POST", "/v1/import", `{"kind": "workspace_member", "workspace_id": "core", "user_id": "ben", "role": "read"}`)
	secret := s.change("POST", "/v1/keys", `{"type": "personal", "user_id": "ben", "name": "laptop"}`).text("secret")
	ask := func(revision uint64) string {
		return s.decide(secret, "workflow.execute", "workflow", "invoice", revision)
	}
	if got := ask(0); got != "insufficient_permission" {
		t.Fatalf("decided %s", got)
	}
	s.eventually("it is logged", func() bool {
		return strings.Contains(string(s.send("GET", "/v1/decision-log?code=insufficient_permission", "").body), "dec_")
	})
	_, files := s.policyOf()
	// The shipped tests promise what this edit changes.
	maps.DeleteFunc(files, func(path, _ string) bool { return strings.HasSuffix(path, "_test.rego") })
	files["authz/actions.rego"] = strings.Replace(files["authz/actions.rego"], `"workflow.execute": {"on": ["workflow"], "requires": "write"}`, `"workflow.execute": {"on": ["workflow"], "requires": "read"}`, 1)
	text := func(more map[string]any) string {
		draft := map[string]any{"files": files}
		maps.Copy(draft, more)
		body, _ := json.Marshal(draft)
		return string(body)
	}
	impact := s.send("POST", "/v1/policy/impact", text(nil))
	if impact.status != 200 || impact.text("widens") != "true" || impact.text("live", "keys") != "1" || impact.text("live", "workspaces") != "1" || impact.text("logged", "changed") != "1" || impact.text("logged", "evaluated") != "1" {
		t.Fatalf("%d %.2000s", impact.status, impact.body)
	}
	if summary := string(impact.body); !strings.Contains(summary, "insufficient_permission -> allowed") {
		t.Errorf("the classes do not say so: %.2000s", summary)
	}
	publish := map[string]any{"message": "Read may execute", "base_revision": 1}
	if a := s.send("POST", "/v1/policy/revisions", text(publish)); a.status != 409 || a.text("code") != "acknowledgement_required" {
		t.Errorf("unacknowledged: %d %s", a.status, a.body)
	}
	publish["acknowledge"] = impact.text("digest")
	published := s.send("POST", "/v1/policy/revisions", text(publish))
	if published.status != 201 || published.text("acknowledged") != impact.text("digest") {
		t.Fatalf("acknowledged: %d %.500s", published.status, published.body)
	}
	if got := ask(published.revision()); got != "allowed" {
		t.Errorf("published, it decides %s", got)
	}
	if a := s.send("POST", "/v1/policy/impact", `{"files": {"authz/decision.rego": "package steelgate.authz\n\ndecision := "}}`); a.status != 422 || a.text("code") != "policy_refused" {
		t.Errorf("a draft that does not compile: %d %s", a.status, a.body)
	}
}

// A draft is formatted file by file, in the process that checks; what does not parse comes back as it was.
func TestADraftIsFormatted(t *testing.T) {
	t.Parallel()
	s := serve(t, "--data-dir", t.TempDir())
	files := map[string]string{
		"site/site.rego":  "package steelgate.site\ndeny contains  {\"code\": \"x\"} if   input.action.name\n",
		"site/wrong.rego": "package steelgate.site\ndeny contains {",
	}
	body, _ := json.Marshal(map[string]any{"files": files})
	a := s.send("POST", "/v1/policy/format", string(body))
	if a.status != 200 || a.text("files", "site/site.rego") != "package steelgate.site\n\ndeny contains {\"code\": \"x\"} if input.action.name\n" || a.text("files", "site/wrong.rego") != files["site/wrong.rego"] {
		t.Errorf("%d %s", a.status, a.body)
	}
	var told struct {
		Diagnostics engine.Diagnostics `json:"diagnostics"`
	}
	if err := json.Unmarshal(a.body, &told); err != nil || len(told.Diagnostics) == 0 || told.Diagnostics[0].Path != "site/wrong.rego" || told.Diagnostics[0].Code != "rego_parse_error" || told.Diagnostics[0].Row != 2 {
		t.Errorf("the diagnostics: %v, %v", told, err)
	}
	if revision, _ := s.policyOf(); revision != 1 {
		t.Errorf("revision %d is in force", revision)
	}
}
