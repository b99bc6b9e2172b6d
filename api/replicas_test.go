package api_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/steelengine/steelgate/storage"
)

// Servers are listed for those who look after them, each as it said that it was.
func TestReplicasAreListed(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	if empty := g.admin("GET", "/v1/replicas", "").want(200); empty.text("data") != "[]" {
		t.Errorf("nobody runs: %s", empty.Body)
	}
	age := 1500 * time.Microsecond
	for _, r := range []storage.Replica{
		{ID: "rep_self", Version: "v2", StartedAt: noon, SeenAt: noon, DataRevision: 12, PolicyRevision: 3, DataAge: &age, IsReady: true},
		{ID: "rep_old", Version: "v1", StartedAt: noon.Add(-time.Hour), SeenAt: noon.Add(-time.Minute)},
		{ID: "rep_gone", Version: "v1", StartedAt: noon.Add(-time.Hour), SeenAt: noon.Add(-time.Hour)},
	} {
		if err := g.store.PutReplica(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	const (
		old  = `{"data_revision":0,"fresh_ms":null,"id":"rep_old","policy_revision":0,"ready":false,"seen_at":"2030-01-31T11:59:00Z","self":false,"started_at":"2030-01-31T11:00:00Z","version":"v1"}`
		self = `{"data_revision":12,"fresh_ms":1,"id":"rep_self","policy_revision":3,"ready":true,"seen_at":"2030-01-31T12:00:00Z","self":true,"started_at":"2030-01-31T12:00:00Z","version":"v2"}`
	)
	manage := g.token("manage")
	for _, who := range [][]string{{asAdmin}, {manage, "X-Steelgate-Actor: root"}} {
		if a := g.ask("GET", "/v1/replicas", "", who...).want(200); a.text("data") != fmt.Sprintf("[%s,%s]", old, self) || a.text("pagination") != `{"cursor":null,"has_more":false}` {
			t.Errorf("got %s", a.Body)
		}
	}
	g.ask("GET", "/v1/replicas", "", manage, "X-Steelgate-Actor: ada").wantProblem(403, "forbidden")
	g.ask("GET", "/v1/replicas", "", g.token("decide")).wantProblem(403, "insufficient_scope")
	g.ask("GET", "/v1/replicas", "").wantProblem(401, "unauthenticated")
	g.admin("GET", "/v1/replicas?limit=1", "").wantProblem(422, "invalid_field", "limit")
}
