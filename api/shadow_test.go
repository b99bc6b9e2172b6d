package api_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/steelengine/steelgate/api"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/shadow"
)

// Whoever asks, through whichever door, is compared. A gateway's request that no route matches is decided by no policy: there is
// nothing that a candidate could decide otherwise.
func TestEveryDoorsDecisionIsCompared(t *testing.T) {
	beside := shadow.New(prometheus.NewRegistry(), func() time.Time { return noon })
	g := newGateWith(t, func(o *api.Options) { o.Shadow = beside })
	candidate, err := engine.Compile(g.engine.Policy().Files(), g.engine.Policy().Revision())
	if err != nil {
		t.Fatal(err)
	}
	beside.Use("cand_1", candidate)
	for _, uri := range []string{"/elsewhere", "/api/workflows/invoice"} {
		g.ask("GET", "/v1/forward-auth", "", "X-API-Key: "+secretOf("ben"), "X-Forwarded-Method: GET", "X-Forwarded-Uri: "+uri)
	}
	g.admin("POST", "/access/v1/evaluation", `{"subject": {"type": "user", "id": "ben"}, "action": {"name": "workflow.read"}, "resource": {"type": "workflow", "id": "invoice"}}`, "Content-Type: application/json")
	g.admin("POST", "/v1/decisions", fmt.Sprintf(`{"api_key": %q, "action": "workflow.read", "resource": {"type": "workflow", "id": "invoice"}}`, secretOf("ben")))
	g.admin("POST", "/v1/decisions", `{"api_key": "no key", "action": "workflow.read", "resource": {"type": "workflow", "id": "invoice"}}`)
	const compared = 3
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		beside.Run(ctx)
	}()
	// They are compared in their order: whatever stands between two that are, was.
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for beside.Report("cand_1").Compared < compared {
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatal("not all are compared")
		}
	}
	stop()
	<-ended
	if seen := beside.Report("cand_1"); seen.Compared != compared || len(seen.Disagreements) != 0 {
		t.Errorf("%+v", seen)
	}
}
