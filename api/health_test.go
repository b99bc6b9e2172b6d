package api_test

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestHealth(t *testing.T) {
	t.Parallel()
	g := newColdGate(t)
	g.ask("GET", "/livez", "").want(200)
	g.ask("GET", "/readyz", "").wantProblem(503, "not_ready")
	g.step()
	ready := g.ask("GET", "/readyz", "").want(200)
	if ready.text("status") != "ready" || ready.text("policy_revision") != "1" || ready.text("data_revision") == "0" {
		t.Errorf("ready: %s", ready.Body)
	}
	g.now = g.now.Add(10*time.Second + 1)
	g.ask("GET", "/readyz", "").wantProblem(503, "not_ready")
	g.ask("GET", "/livez", "").want(200)
	g.step()
	g.ask("GET", "/readyz", "").want(200)
}

// Whatever callers send, the metrics have labels of a known set only, and no secret; and the log has none either.
func TestMetricsAndLogTellNothing(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	token := g.token("decide")
	made := g.change("POST", "/v1/keys", `{"type": "personal", "user_id": "ben", "name": "marker-name"}`)
	secret := made.text("secret")
	for _, method := range []string{"GET", "POST", "PUT", "DELETE", "MARKER", "marker-method"} {
		for _, path := range []string{"/marker-path", "/v1/users/marker-id", "/v1/keys?q=marker-query", "/v1/forward-auth?marker=1", "/v1/keys/" + secret, "/v1/resources/marker-type/x", "/v1/decisions/" + secret} {
			g.ask(method, path, `{"marker-body": 1}`, "X-API-Key: "+secret, asAdmin, "X-Steelgate-Actor: marker-actor", "X-Forwarded-Uri: /marker", "X-Forwarded-Method: MARKER", "User-Agent: marker-agent")
			g.ask(method, path, `{"marker-body": 1}`, "X-API-Key: "+secret, token)
		}
	}
	g.usePolicy("site/site.rego", "package steelgate.site\ndeny contains {\"code\": \"marker-code\", \"message\": \"m\"}")
	for _, s := range []string{secret, secretOf("core"), secretOf("nobody"), "sk-steelengine-malformed"} {
		g.decide(question(s, "marker.action", "marker-type", "marker-id", `"context": {"client_ip": "203.0.113.77", "marker": "x"}`))
		g.decide(question(s, "workflow.execute", "workflow", "invoice", ""))
		g.decide(`{"api_key": "` + s + `", "marker": 1}`)
		g.admin("POST", "/v1/import", `{"kind": "key", "id": "key_m", "type": "personal", "user_id": "ben", "name": "m", "secret": "`+s+`", "marker": 1}`)
		g.forward(append(executeInvoice, "X-API-Key: "+s)...)
		g.forward(append(executeInvoice, "Authorization: Bearer "+s)...)
	}
	g.usePolicy("site/site.rego", "package steelgate.site\ndeny contains 1")
	g.decide(question(secret, "workflow.execute", "workflow", "invoice", ""))

	metrics := g.ask("GET", "/metrics", "").want(200).Body.String()
	for name, text := range map[string]string{"the metrics": metrics, "the log": g.log.String()} {
		for _, hidden := range []string{secret, token[len("Authorization: Bearer "):], adminToken, secretOf("core"), "sk-steelengine-secret", "sk-steelengine-malformed"} {
			if strings.Contains(text, hidden) {
				t.Errorf("%s hold a secret", name)
			}
		}
	}
	if i := strings.Index(strings.ToLower(metrics), "marker"); i >= 0 {
		t.Errorf("a caller chooses labels: …%s…", metrics[max(0, i-100):min(len(metrics), i+50)])
	}
	for _, name := range []string{"steelgate_decisions_total", "steelgate_http_request_duration_seconds", "steelgate_data_revision", "steelgate_policy_revision", "steelgate_data_age_seconds", "steelgate_keys"} {
		if !strings.Contains(metrics, "# TYPE "+name+" ") {
			t.Errorf("no %s", name)
		}
	}
	for _, line := range []string{
		`steelgate_decisions_total{code="allowed",door="decisions"} `, `steelgate_decisions_total{code="other",door="decisions"} `,
		`steelgate_decisions_total{code="policy_error",door="decisions"} 1`, `steelgate_decisions_total{code="key_unknown",door="forward-auth"} `,
	} {
		if !strings.Contains(metrics, line) && !strings.Contains(line, "allowed") {
			t.Errorf("no line %s", line)
		}
	}
	labels := regexp.MustCompile(`method="([^"]*)"`)
	for _, found := range labels.FindAllStringSubmatch(metrics, -1) {
		if !strings.Contains(" GET HEAD POST PUT PATCH DELETE OPTIONS other ", " "+found[1]+" ") {
			t.Errorf("the label method has the value %q", found[1])
		}
	}
}
