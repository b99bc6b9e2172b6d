package main

import (
	"net/http/httptest"
	"testing"

	"github.com/steelengine/steelgate/sdk/go/internal/steelgatetest"
)

func TestTheExampleRuns(t *testing.T) {
	server := steelgatetest.Start(t)
	api, err := newAPI(server.Client(t))
	if err != nil {
		t.Fatal(err)
	}
	app := httptest.NewServer(api)
	defer app.Close()
	key := []string{"X-API-Key", server.Key(t, "key_demo_personal")}
	if got := steelgatetest.Send(t, "POST", app.URL+"/api/workflows/wf_invoice/execute", key...); got.Status != 200 || got.Body != `{"billed_to":{"type":"user","id":"user_ben"},"ran":"wf_invoice"}`+"\n" {
		t.Errorf("%+v", got)
	}
	for target, want := range map[string]int{"/api/workflows/wf_invoice": 200, "/api/workflows/wf_assay": 403, "/else": 403, "/healthz": 200} {
		if got := steelgatetest.Send(t, "GET", app.URL+target, key...); got.Status != want {
			t.Errorf("%s: %+v", target, got)
		}
	}
	if got := steelgatetest.Send(t, "GET", app.URL+"/api/workflows/wf_invoice"); got.Status != 401 {
		t.Errorf("%+v", got)
	}
}
