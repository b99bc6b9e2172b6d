package engine_test

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/bench/world"
	"github.com/steelengine/steelgate/engine"
)

// Who watches a decision changes nothing of it, and is told what the policy says, whole.
func TestWatchingChangesNoDecision(t *testing.T) {
	policy, err := engine.Compile(with(t, "site/site.rego", `package steelgate.site
deny contains {"code": "closed", "message": "Closed."} if input.resource.properties.closed == true
decision := {"allow": true, "code": "allowed", "seen": input.subject, "numbers": {1, 2}} if input.subject.type == "user"`), 1)
	if err != nil {
		t.Fatal(err)
	}
	keyring, err := apikey.NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	w := world.World{Keys: 100}
	s, err := w.Snapshot(keyring)
	if err != nil {
		t.Fatal(err)
	}
	e := engine.New(engine.Options{Keyring: keyring, Clock: func() time.Time { return world.Now }, TimeLimit: time.Minute})
	e.UsePolicy(policy)
	e.UseSnapshot(s, world.Now)
	view, err := e.View()
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(3, 4))
	for n := range 500 {
		i := random.IntN(w.Keys)
		request := vary(random, w.Question(i, n))
		plain, err := view.Decide(engine.Present(world.Secret(i)), request)
		if err != nil {
			t.Fatal(err)
		}
		var said any
		watch := &engine.Watch{Answer: func(v ast.Value) (err error) {
			said, err = ast.JSON(v)
			return err
		}}
		var events topdown.BufferTracer
		if n%3 == 1 {
			watch.Tracer = &events
		}
		if n%3 == 2 {
			watch.Metrics = metrics.New()
		}
		watched, err := view.Watched(watch).Decide(engine.Present(world.Secret(i)), request)
		if err != nil {
			t.Fatal(err)
		}
		watched.ID = plain.ID
		if !reflect.DeepEqual(watched, plain) {
			t.Fatalf("watched %+v, else %+v", watched, plain)
		}
		if !plain.Code.Unauthenticated() && !reflect.DeepEqual(said, any(toldBy(t, plain))) {
			t.Fatalf("told %v, decided %v", said, toldBy(t, plain))
		}
		if !plain.Code.Unauthenticated() && (watch.Tracer != nil && len(events) == 0 || watch.Metrics != nil && watch.Metrics.Timer(metrics.RegoQueryEval).Int64() == 0) {
			t.Fatal("who watches closely was told nothing")
		}
	}

	var said []byte
	watch := &engine.Watch{Answer: func(v ast.Value) error {
		value, err := ast.JSON(v)
		said, _ = json.Marshal(value)
		return err
	}}
	user := authz.Entity{Type: "user", ID: "ada", Properties: authz.Object(`{"team":"a"}`)}
	if d, err := view.Watched(watch).AuthorizeSubject(user, authz.Request{Action: "read"}); err != nil || !d.Allow {
		t.Errorf("%+v, %v", d, err)
	}
	if want := `{"allow":true,"code":"allowed","numbers":[1,2],"seen":{"id":"ada","properties":{"team":"a"},"type":"user"}}`; string(said) != want {
		t.Errorf("told %s, want %s", said, want)
	}
}

// What is no decision is told to nobody, and what a watch can't take is no decision.
func TestWhatIsNoDecisionIsToldToNobody(t *testing.T) {
	failing := errors.New("can't take it")
	for decision, fails := range map[string]error{`{"allow": true}`: nil, `{"allow": true, "code": "key_revoked"}`: nil, `{"allow": true, "code": "allowed"}`: failing} {
		policy, err := engine.Compile(map[string]string{"a.rego": "package steelgate.authz\n\ndecision := " + decision}, 1)
		if err != nil {
			t.Fatal(err)
		}
		isTold := false
		s, err := world.World{Keys: 1}.Snapshot(mustKeyring(t))
		if err != nil {
			t.Fatal(err)
		}
		view := engine.Hypothetical(policy, s, world.Now, time.Second).Watched(&engine.Watch{Answer: func(ast.Value) error {
			isTold = true
			return fails
		}})
		d, err := view.AuthorizeSubject(authz.Entity{Type: "user", ID: "ada"}, authz.Request{})
		if !errors.Is(err, engine.ErrPolicy) || d.Allow || isTold != (fails != nil) {
			t.Errorf("%s: %+v, %v, told: %t", decision, d, err, isTold)
		}
	}
}

func mustKeyring(t *testing.T) *apikey.Keyring {
	t.Helper()
	keyring, err := apikey.NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	return keyring
}
