package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// oneID is the least policy that decides, and that its check can't find at fault: it lets everybody at one workflow.
const oneID = `package steelgate.authz

default decision := {"allow": false, "code": "closed"}

decision := {"allow": true, "code": "allowed"} if input.resource.id == "vault"

routes := {"POST /api/workflows/{workflow}/execute": {"action": "workflow.execute", "resource": {"type": "workflow", "id": "{workflow}"}}}
`

// What a revision allows against an invariant, and its check did not ask about, is no decision, at every door and on every replica,
// after a restart too. Where it was published with a reason it is an allow: also restored, promoted, and restarted.
func TestInvariantsHoldWhereTheCheckDidNotAsk(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, database []string) {
		start := func() *server { return serve(t, append([]string{"--trusted-proxies", "127.0.0.1/32"}, database...)...) }
		s := start()
		s.change("POST", "/v1/import", smallWorld+`{"kind": "user", "id": "carl"}
{"kind": "resource", "type": "workflow", "id": "vault", "workspace_id": "core"}
`)
		other := start()
		secret := s.change("POST", "/v1/keys", `{"type": "personal", "user_id": "carl", "name": "laptop"}`).text("secret")
		insider := s.change("POST", "/v1/keys", `{"type": "personal", "user_id": "ben", "name": "laptop"}`).text("secret")
		draft := func(base int, override string) string {
			body := map[string]any{"files": map[string]string{"authz/decision.rego": oneID}, "message": "m", "base_revision": base}
			if override != "" {
				body["override"] = override
			}
			text, _ := json.Marshal(body)
			return string(text)
		}
		holds := func(when string, revision uint64, code string) {
			t.Helper()
			for _, replica := range []*server{s, other} {
				question := fmt.Sprintf(`{"api_key": %q, "action": "workflow.execute", "resource": {"type": "workflow", "id": "vault"}, "min_revision": %d}`, secret, revision)
				status := map[string]int{"policy_error": 500, "allowed": 200}[code]
				if a := replica.send("POST", "/v1/decisions", question); a.status != status || a.text("code") != code || a.text("allow") == "true" != (code == "allowed") {
					t.Errorf("%s: %d %s", when, a.status, a.body)
				}
				batch := replica.send("POST", "/v1/decisions/batch", `{"decisions": [`+question+`, `+strings.Replace(question, secret, insider, 1)+`]}`)
				if want := fmt.Sprintf(`"code":%q`, code); batch.status != 200 || !strings.Contains(string(batch.body), want) || !strings.Contains(string(batch.body), `"code":"allowed"`) {
					t.Errorf("%s, in a batch: %d %s", when, batch.status, batch.body)
				}
				forwarded := map[string]int{"policy_error": 403, "allowed": 200}[code]
				if a := replica.send("GET", "/v1/forward-auth", "", "X-API-Key: "+secret, "X-Forwarded-Method: POST", "X-Forwarded-Uri: /api/workflows/vault/execute"); a.status != forwarded {
					t.Errorf("%s, at a gateway: %d %s", when, a.status, a.body)
				}
				if got := replica.decide(insider, "workflow.execute", "workflow", "vault", revision); got != "allowed" {
					t.Errorf("%s: a member is %s", when, got)
				}
			}
		}
		restart := func() {
			t.Helper()
			if code := s.end(); code != 0 {
				t.Errorf("exit code %d: %s", code, s.log)
			}
			s = start()
		}

		published := s.change("POST", "/v1/policy/revisions", draft(1, ""))
		if published.text("override") != "" {
			t.Errorf("published: %s", published.body)
		}
		holds("published", published.revision(), "policy_error")
		if metrics := s.send("GET", "/metrics", ""); !strings.Contains(string(metrics.body), `steelgate_decisions_total{code="policy_error",door="decisions"} 1`) {
			t.Error("the metrics do not count it")
		}
		if log := s.log.String(); !strings.Contains(log, "by revision 2") || !strings.Contains(log, "personal_key_works_for_members_alone") || strings.Contains(log, secret) {
			t.Errorf("the log does not tell: %s", log)
		}
		restart()
		holds("restarted", published.revision(), "policy_error")

		// A candidate decides by its own reason.
		begun := s.change("PUT", "/v1/policy/shadow", draft(2, "Everybody may at the vault"))
		holds("beside a candidate", begun.revision(), "policy_error")
		s.eventually("the candidate was asked", func() bool {
			return s.send("GET", "/v1/policy/shadow", "").text("seen", "disagreed", "widened") == "3"
		})
		promoted := s.change("POST", "/v1/policy/shadow/promote", "")
		if promoted.text("revision") != "3" || promoted.text("override") != "Everybody may at the vault" {
			t.Errorf("promoted: %s", promoted.body)
		}
		holds("promoted", promoted.revision(), "allowed")
		restart()
		holds("promoted and restarted", promoted.revision(), "allowed")

		restored := s.change("POST", "/v1/policy/revisions/2/restore", "")
		holds("restored without a reason", restored.revision(), "policy_error")
		restored = other.change("POST", "/v1/policy/revisions/3/restore", "")
		holds("restored with a reason", restored.revision(), "allowed")
		restart()
		holds("restored and restarted", restored.revision(), "allowed")

		published = s.change("POST", "/v1/policy/revisions", draft(5, ""))
		holds("published anew", published.revision(), "policy_error")
		published = s.change("POST", "/v1/policy/revisions", draft(6, "For the auditors"))
		if published.text("override") != "For the auditors" {
			t.Errorf("published: %s", published.body)
		}
		holds("published with a reason", published.revision(), "allowed")
	})
}
