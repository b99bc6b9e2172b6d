package steelgategin_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	steelgate "github.com/steelengine/steelgate/sdk/go"
	"github.com/steelengine/steelgate/sdk/go/internal/steelgatetest"
	"github.com/steelengine/steelgate/sdk/go/steelgategin"
)

func serve(t *testing.T, o steelgategin.Options, pattern string) *httptest.Server {
	t.Helper()
	guard, err := steelgategin.New(o)
	if err != nil {
		t.Fatal(err)
	}
	gin.SetMode(gin.TestMode)
	engine := gin.New()
	billed := func(c *gin.Context) {
		d, ok := steelgategin.DecisionOf(c)
		if !ok {
			c.Status(http.StatusTeapot)
			return
		}
		c.String(http.StatusOK, d.BilledTo.ID)
	}
	if pattern == "" {
		engine.NoRoute(guard, billed)
	} else {
		engine.GET(pattern, guard, billed)
	}
	server := httptest.NewServer(engine)
	t.Cleanup(server.Close)
	return server
}

func TestAGuardJudgesAsForwardAuthDoes(t *testing.T) {
	server := steelgatetest.Start(t)
	app := serve(t, steelgategin.Options{Client: server.Client(t), Routes: steelgatetest.Routes, OnError: func(_ *gin.Context, err error) { t.Error(err) }}, "")
	steelgatetest.JudgesAsForwardAuth(t, server, app.URL)

	route := func(c *gin.Context) (steelgate.Question, bool) {
		return steelgate.Question{Action: "workflow.read", Resource: steelgate.Resource{Type: "workflow", ID: c.Param("workflow")}}, true
	}
	asked := ""
	app = serve(t, steelgategin.Options{Client: server.Client(t), Route: route, ClientIP: func(c *gin.Context) string { asked = c.FullPath(); return "" }}, "/w/:workflow")
	key := []string{"X-API-Key", server.Key(t, "key_demo_personal")}
	if got := steelgatetest.Send(t, "GET", app.URL+"/w/wf_invoice", key...); got.Status != 200 || got.Body != "user_ben" || asked != "/w/:workflow" {
		t.Errorf("%+v, %q", got, asked)
	}
	if got := steelgatetest.Send(t, "GET", app.URL+"/w/wf_assay", key...); got.Status != 403 {
		t.Errorf("%+v", got)
	}
}

func TestWhereNoDecisionCanBeMadeNothingIsLetThrough(t *testing.T) {
	faulty := steelgatetest.StartFaulty(t, func(w http.ResponseWriter, _ int, _ []byte) { steelgatetest.Answer(w, 200, "{}") })
	errs := 0
	app := serve(t, steelgategin.Options{Client: faulty.Client(t), Routes: steelgatetest.Routes, OnError: func(*gin.Context, error) { errs++ }}, "")
	if got := steelgatetest.Send(t, "GET", app.URL+"/api/workflows/wf_invoice", "X-API-Key", "sk-steelengine-legacy-0123456789"); got.Status != 503 || errs != 1 {
		t.Errorf("%+v, %d", got, errs)
	}
	if _, err := steelgategin.New(steelgategin.Options{}); err == nil {
		t.Error("a guard without a client was made")
	}
}
