package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// policyOf reads the policy in force.
func (s *server) policyOf() (revision uint64, files map[string]string) {
	s.t.Helper()
	var active struct {
		Revision uint64            `json:"revision"`
		Files    map[string]string `json:"files"`
	}
	if a := s.send("GET", "/v1/policy", ""); json.Unmarshal(a.body, &active) != nil || a.status != 200 {
		s.t.Fatalf("no policy: %d %s", a.status, a.body)
	}
	return active.Revision, active.Files
}

// draftBody is a draft with the site's rules replaced, as it is published.
func draftBody(files map[string]string, site, message string, base uint64) string {
	files = maps.Clone(files)
	files["site/site.rego"] = "package steelgate.site\n\n" + site
	body, _ := json.Marshal(map[string]any{"files": files, "message": message, "base_revision": base})
	return string(body)
}

// denying is a rule that denies everything by a code.
func denying(code string) string {
	return fmt.Sprintf("deny contains {\"code\": %q, \"message\": \"Closed.\"} if input.action.name\n", code)
}

// keyInSmallWorld makes a key that may execute the workflow invoice.
func (s *server) keyInSmallWorld() string {
	s.t.Helper()
	return s.change("POST", "/v1/keys", `{"type": "workspace", "workspace_id": "core", "name": "ci"}`).text("secret")
}

// What is published decides on every replica, from the revision on that its answer names, and after a restart; what is
// restored does too.
func TestPublishedPolicyDecidesEverywhere(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, database []string) {
		s := serve(t, database...)
		s.change("POST", "/v1/import", smallWorld)
		other := serve(t, database...)
		secret := s.keyInSmallWorld()
		ask := func(s *server, revision uint64) string {
			return s.decide(secret, "workflow.execute", "workflow", "invoice", revision)
		}
		base, files := s.policyOf()
		if base != 1 {
			t.Fatalf("a new database has revision %d in force", base)
		}
		published := s.change("POST", "/v1/policy/revisions", draftBody(files, denying("closed"), "Closed today", 1))
		if published.status != 201 || published.text("revision") != "2" || published.text("author") != "admin-token" || published.text("base_revision") != "1" {
			t.Errorf("published: %d %s", published.status, published.body)
		}
		for _, replica := range []*server{s, other} {
			if got := ask(replica, published.revision()); got != "closed" {
				t.Errorf("decided %s", got)
			}
		}
		a := other.send("POST", "/v1/decisions", fmt.Sprintf(`{"api_key": %q, "action": "workflow.execute", "resource": {"type": "workflow", "id": "invoice"}}`, secret))
		if a.text("policy_revision") != "2" {
			t.Errorf("decided by revision %s", a.text("policy_revision"))
		}
		if diff := other.send("GET", "/v1/policy/diff?from=1", ""); !strings.Contains(diff.text("files"), "+deny contains") || diff.text("to") != "2" {
			t.Errorf("the difference is %s", diff.body)
		}

		if code := s.end(); code != 0 {
			t.Errorf("exit code %d: %s", code, s.log)
		}
		s = serve(t, database...)
		if got := ask(s, 0); got != "closed" {
			t.Errorf("after a restart it decides %s", got)
		}
		restored := s.change("POST", "/v1/policy/revisions/1/restore", "")
		if restored.text("revision") != "3" || restored.text("restores") != "1" {
			t.Errorf("restored: %s", restored.body)
		}
		for _, replica := range []*server{s, other} {
			if got := ask(replica, restored.revision()); got != "allowed" {
				t.Errorf("restored, it decides %s", got)
			}
		}
		if list := s.send("GET", "/v1/policy/revisions?limit=2", ""); list.text("pagination", "cursor") != "2" || strings.Contains(string(list.body), "package") {
			t.Errorf("the history is %s", list.body)
		}
		if audit := s.send("GET", "/v1/audit?action=policies.publish", ""); !strings.Contains(string(audit.body), "Closed today") {
			t.Errorf("the audit does not tell: %s", audit.body)
		}
	})
}

// What fails its check, was written on another revision, or is no draft, changes nothing.
func TestRefusedDraftsChangeNothing(t *testing.T) {
	t.Parallel()
	s := serve(t, "--data-dir", t.TempDir())
	_, files := s.policyOf()
	revision := s.ready()
	broken := maps.Clone(files)
	broken["authz/decision.rego"] = "package steelgate.authz\n\ndecision := "
	text, _ := json.Marshal(map[string]any{"files": broken, "message": "m", "base_revision": 1})
	failing := maps.Clone(files)
	failing["site/more_test.rego"] = "package steelgate.site_test\n\ntest_never if false\n"
	failingText, _ := json.Marshal(map[string]any{"files": failing, "message": "m", "base_revision": 1})
	for name, c := range map[string]struct {
		body   string
		status int
		words  string
	}{
		"does not compile":      {string(text), 422, `"path":"authz/decision.rego"`},
		"a test fails":          {string(failingText), 422, "test_never"},
		"another base":          {draftBody(files, "", "m", 7), 409, "stale_base"},
		"no message":            {draftBody(files, "", " ", 1), 422, "message"},
		"no base":               {`{"files": {"a.rego": "package a"}, "message": "m"}`, 422, "base_revision"},
		"no files":              {`{"message": "m", "base_revision": 1}`, 422, "files"},
		"an unknown field":      {`{"files": {}, "message": "m", "base_revision": 1, "force": true}`, 422, "force"},
		"files that are a list": {`{"files": [], "message": "m", "base_revision": 1}`, 422, "files"},
		"a file that is null":   {`{"files": {"a.rego": null}, "message": "m", "base_revision": 1}`, 422, `"field":"files.a.rego"`},
		"a file that is empty":  {`{"files": {"a.rego": ""}, "message": "m", "base_revision": 1}`, 422, `"path":"a.rego","row":1,"col":1`},
	} {
		if a := s.send("POST", "/v1/policy/revisions", c.body); a.status != c.status || !strings.Contains(string(a.body), c.words) {
			t.Errorf("%s: %d %.600s", name, a.status, a.body)
		}
	}
	for path, want := range map[string]int{"9": 404, "0": 404, "x": 404} {
		if a := s.send("POST", "/v1/policy/revisions/"+path+"/restore", ""); a.status != want {
			t.Errorf("restoring %s: %d %s", path, a.status, a.body)
		}
	}
	for _, body := range []string{`{}`, `{"message": "back"}`, "x"} {
		if a := s.send("POST", "/v1/policy/revisions/1/restore", body); a.status != 400 || a.text("code") != "malformed" {
			t.Errorf("restoring with a body: %d %s", a.status, a.body)
		}
	}
	for _, path := range []string{"check", "impact"} {
		if a := s.send("POST", "/v1/policy/"+path, `{"files": {"a.rego": null}}`); a.status != 422 || !strings.Contains(string(a.body), `"field":"files.a.rego"`) {
			t.Errorf("%s of a file that is null: %d %s", path, a.status, a.body)
		}
	}
	if now, _ := s.policyOf(); now != 1 || s.ready() != revision {
		t.Errorf("revision %d is in force", now)
	}
}

// Of ten who publish at once on one base, one does; the others are told so.
func TestConcurrentPublishes(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, database []string) {
		s := serve(t, database...)
		// The least that decides: nine of ten drafts are judged for nothing.
		files := map[string]string{"authz/decision.rego": "package steelgate.authz\n\ndecision := {\"allow\": false, \"code\": \"closed\"}\n"}
		var published, late atomic.Int64
		var running sync.WaitGroup
		for n := range 10 {
			running.Go(func() {
				a := s.send("POST", "/v1/policy/revisions", draftBody(files, denying(fmt.Sprintf("closed_%d", n)), "m", 1))
				switch {
				case a.status == 201:
					published.Add(1)
				case a.status == 409 && a.text("code") == "stale_base":
					late.Add(1)
				default:
					t.Errorf("%d %s", a.status, a.body)
				}
			})
		}
		running.Wait()
		if published.Load() != 1 || late.Load() != 9 {
			t.Errorf("%d published, %d late", published.Load(), late.Load())
		}
		if now, _ := s.policyOf(); now != 2 {
			t.Errorf("revision %d is in force", now)
		}
	})
}

// A server that is killed while it publishes has the old policy or the new one in force, whole; what it acknowledged stands.
func TestKilledWhilePublishing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, database []string) {
		command(t, append([]string{"import", writeFile(t, "world.ndjson", smallWorld)}, database...)...).done(t)
		var secret string
		var acknowledged uint64
		for round := range 4 {
			s := serveChild(t, database...)
			if secret == "" {
				secret = s.keyInSmallWorld()
			}
			base, files := s.policyOf()
			if base < acknowledged {
				t.Fatalf("revision %d was acknowledged, and %d is in force", acknowledged, base)
			}
			acknowledged = base
			done := make(chan struct{})
			go func() {
				defer close(done)
				for n := base; ; n++ {
					a, err := s.try("POST", "/v1/policy/revisions", strings.NewReader(draftBody(files, denying(fmt.Sprintf("closed_%d", n+1)), "m", n)))
					if err != nil {
						return
					}
					if a.status != http.StatusCreated {
						t.Errorf("publishing: %d %.300s", a.status, a.body)
						return
					}
					acknowledged = n + 1
					if acknowledged == base+uint64(round)+1 {
						go s.kill()
					}
				}
			}()
			<-done
			<-s.ended
		}
		s := serveChild(t, database...)
		now, files := s.policyOf()
		if now < acknowledged || now > acknowledged+1 {
			t.Errorf("revision %d was acknowledged, and %d is in force", acknowledged, now)
		}
		want := fmt.Sprintf("closed_%d", now)
		if got := s.decide(secret, "workflow.execute", "workflow", "invoice", 0); got != want || !strings.Contains(files["site/site.rego"], want) {
			t.Errorf("revision %d decides %s", now, got)
		}
	})
}

// Files that nobody edited are offered anew when they are shipped otherwise; an edit is never touched, and nothing is published.
func TestUpgradeIsOffered(t *testing.T) {
	t.Parallel()
	s := serve(t, "--data-dir", t.TempDir())
	if a := s.send("GET", "/v1/policy/upgrade", ""); a.status != 200 || a.text("available") != "false" || a.text("base_revision") != "1" {
		t.Errorf("%d %.300s", a.status, a.body)
	}
}

// A candidate decides nothing, on whatever replica; what it would decide otherwise is counted and listed, until it is
// published or dropped.
func TestCandidateRunsBeside(t *testing.T) {
	t.Parallel()
	s := serve(t, "--data-dir", t.TempDir())
	s.change("POST", "/v1/import", smallWorld)
	secret := s.keyInSmallWorld()
	_, files := s.policyOf()
	if a := s.send("GET", "/v1/policy/shadow", ""); a.status != 404 {
		t.Errorf("none runs: %d %s", a.status, a.body)
	}
	begun := s.change("PUT", "/v1/policy/shadow", draftBody(files, denying("closed"), "Try it", 1))
	for range 5 {
		if got := s.decide(secret, "workflow.execute", "workflow", "invoice", begun.revision()); got != "allowed" {
			t.Errorf("a candidate decides %s", got)
		}
	}
	s.decide(secret, "workflow.execute", "workflow", "none", 0)
	s.eventually("all are compared", func() bool { return s.send("GET", "/v1/policy/shadow", "").text("seen", "compared") == "6" })
	seen := s.send("GET", "/v1/policy/shadow", "")
	if seen.text("seen", "disagreed", "narrowed") != "5" || seen.text("seen", "disagreed", "widened") != "0" || !strings.Contains(string(seen.body), `"candidate":{"allow":false,"code":"closed"`) {
		t.Errorf("seen: %s", seen.text("seen"))
	}
	if metrics := s.send("GET", "/metrics", ""); !strings.Contains(string(metrics.body), `steelgate_shadow_decisions_total{outcome="narrowed"} 5`) {
		t.Error("the metrics do not count them")
	}
	promoted := s.change("POST", "/v1/policy/shadow/promote", "")
	if promoted.text("revision") != "2" || promoted.text("message") != "Try it" {
		t.Errorf("promoted: %.300s", promoted.body)
	}
	if got := s.decide(secret, "workflow.execute", "workflow", "invoice", promoted.revision()); got != "closed" {
		t.Errorf("promoted, it decides %s", got)
	}
	if a := s.send("GET", "/v1/policy/shadow", ""); a.status != 404 {
		t.Errorf("promoted, it still runs: %d", a.status)
	}
	s.change("PUT", "/v1/policy/shadow", draftBody(files, "", "Open again", 2))
	if a := s.send("DELETE", "/v1/policy/shadow", ""); a.status != 204 {
		t.Errorf("dropping: %d %s", a.status, a.body)
	}
	if a := s.send("DELETE", "/v1/policy/shadow", ""); a.status != 204 {
		t.Errorf("dropping none: %d %s", a.status, a.body)
	}
}
