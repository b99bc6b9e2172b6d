package steelgatetest

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	steelgate "github.com/steelengine/steelgate/sdk/go"
)

// Routes are some of the product's own.
var Routes = steelgate.Routes{
	"GET /api/workflows/{workflow}":          {Action: "workflow.read", Resource: steelgate.Resource{Type: "workflow", ID: "{workflow}"}},
	"POST /api/workflows/{workflow}/execute": {Action: "workflow.execute", Resource: steelgate.Resource{Type: "workflow", ID: "{workflow}"}},
	"POST /api/workflows/{workflow}/deploy":  {Action: "workflow.deploy", Resource: steelgate.Resource{Type: "workflow", ID: "{workflow}"}},
}

// Got is an answer.
type Got struct {
	Status int
	Header http.Header
	Body   string
}

// Send sends a request with headers as they stand: names and values by turns.
func Send(t *testing.T, method, url string, headers ...string) Got {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Add(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return Got{response.StatusCode, response.Header, string(body)}
}

// JudgesAsForwardAuth holds an application, which is guarded by Routes and answers whom it would bill, to what forward-auth answers.
func JudgesAsForwardAuth(t *testing.T, s *Server, application string) {
	t.Helper()
	personal := s.Key(t, "key_demo_personal")
	var credentials []struct{ Headers [][2]string }
	Shared(t, "credentials.json", &credentials)
	for _, c := range credentials {
		headers := []string{}
		for _, h := range c.Headers {
			headers = append(headers, h[0], strings.ReplaceAll(h[1], "KEY", personal))
		}
		s.compare(t, application, "POST", "/api/workflows/wf_invoice/execute", headers)
	}
	for _, r := range [][2]string{
		{"GET", "/api/workflows/wf_invoice"}, {"HEAD", "/api/workflows/wf_invoice"}, {"POST", "/api/workflows/wf_invoice/execute?dry=1"}, {"POST", "/api/workflows/wf_invoice/deploy"},
		{"POST", "/api/workflows/wf_etl/execute"}, {"POST", "/api/workflows/wf_assay/execute"}, {"POST", "/api/workflows/wf_draft/execute"}, {"POST", "/api/workflows/none/execute"},
		{"POST", "/api/workflows/a%2fb/execute"}, {"POST", "/api/workflows/%2e%2e/execute"}, {"PURGE", "/api/workflows/wf_invoice"}, {"GET", "/else"},
	} {
		for _, key := range []string{personal, s.Key(t, "key_demo_organization"), "sk-steelengine-0000000000000000", ""} {
			s.compare(t, application, r[0], r[1], []string{"X-API-Key", key})
		}
	}
}

func (s *Server) compare(t *testing.T, application, method, target string, headers []string) {
	t.Helper()
	want := Send(t, method, s.URL+"/v1/forward-auth", append([]string{"X-Forwarded-Method", method, "X-Forwarded-Uri", target}, headers...)...)
	got := Send(t, method, application+target, headers...)
	if got.Status != want.Status || got.Header.Get("WWW-Authenticate") != want.Header.Get("WWW-Authenticate") {
		t.Errorf("%s %s %v: %+v, want %+v", method, target, headers, got, want)
		return
	}
	if method == http.MethodHead {
		return
	}
	if want.Status == http.StatusOK {
		if billed := want.Header.Get("X-Steelgate-Billed-To"); billed == "" || got.Body != billed {
			t.Errorf("%s %s: %q is billed, want %q", method, target, got.Body, billed)
		}
		return
	}
	mine, theirs := errorOf(t, got), errorOf(t, want)
	if mine.ID == "" || got.Header.Get("Content-Type") != want.Header.Get("Content-Type") {
		t.Errorf("%s %s: %+v", method, target, got)
	}
	if mine.ID, theirs.ID = "", ""; mine != theirs {
		t.Errorf("%s %s %v: %+v, want %+v", method, target, headers, mine, theirs)
	}
}

type told struct {
	Code    string
	Message string
	ID      string `json:"decision_id"`
}

func errorOf(t *testing.T, got Got) told {
	t.Helper()
	var body struct{ Error told }
	if err := json.Unmarshal([]byte(got.Body), &body); err != nil {
		t.Errorf("%s: %v", got.Body, err)
	}
	return body.Error
}
