package engine_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/bench/world"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/opastore"
)

// What makes a decision quick (caches of ours, evaluations used again, input that is built by hand) changes none: stock OPA
// answers the same, with its own caches and input as JSON, over the same store.
func TestDecisionsAreThoseOfStockOPA(t *testing.T) {
	files := with(t, "site/site.rego", `package steelgate.site
deny contains {"code": "too_many", "message": input.context.note} if input.context.note
deny contains {"code": "closed", "message": "Closed."} if input.resource.properties.closed == true`)
	keyring, err := apikey.NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	w := world.World{Keys: 1000}
	s, err := w.Snapshot(keyring)
	if err != nil {
		t.Fatal(err)
	}
	policy, err := engine.Compile(files, 1)
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
	modules := map[string]*ast.Module{}
	for path, source := range files {
		modules[path] = ast.MustParseModuleWithOpts(source, engine.ParserOptions())
	}
	compiler := engine.NewCompiler()
	if compiler.Compile(modules); compiler.Failed() {
		t.Fatal(compiler.Errors)
	}
	ctx := context.Background()
	stock, err := rego.New(rego.Query(engine.Entrypoint), rego.Compiler(compiler), rego.Store(opastore.Store{}), rego.StrictBuiltinErrors(true)).PrepareForEval(ctx)
	if err != nil {
		t.Fatal(err)
	}

	random := rand.New(rand.NewPCG(1, 2))
	codes := map[authz.Code]int{}
	for n := range 3000 {
		i := random.IntN(w.Keys)
		request := vary(random, w.Question(i, n))
		got, err := view.Decide(engine.Present(world.Secret(i)), request)
		if err != nil {
			t.Fatal(err)
		}
		results, err := stock.Eval(ctx, rego.EvalInput(inputDocument(world.KeyID(i), request)), rego.EvalTransaction(opastore.NewTransaction(s, world.Now)))
		if err != nil || len(results) != 1 {
			t.Fatalf("stock OPA: %v, %v", results, err)
		}
		if told := toldBy(t, got); !reflect.DeepEqual(told, results[0].Expressions[0].Value) {
			t.Fatalf("key %d, %+v:\ngot  %v\nwant %v", i, request, told, results[0].Expressions[0].Value)
		}
		codes[got.Code]++
	}
	if len(codes) < 6 {
		t.Errorf("too few codes to tell by: %v", codes)
	}
}

// vary makes some questions other ones.
func vary(random *rand.Rand, r authz.Request) authz.Request {
	pick := func(texts ...string) string { return texts[random.IntN(len(texts))] }
	if random.IntN(3) == 0 {
		r.Action = pick("workflow.deploy", "workflow.read", "workspace.read", "mcp.call", "nothing", "")
	}
	if random.IntN(6) == 0 {
		r.Resource.Type = pick("workspace", "mcp_server", "file", "")
	}
	if random.IntN(6) == 0 {
		r.Context.ClientIP = pick("", "198.51.100.1", "::ffff:10.0.0.1", "10.0.0.1/8", "no address")
	}
	if random.IntN(6) == 0 {
		r.Resource.Properties = authz.Object(pick(`{"closed":true}`, `{"closed":1,"deployed":false}`, `{}`))
	}
	if random.IntN(6) == 0 {
		r.Context.Extra = authz.Object(pick(`{"note":"b","time":"never","client_ip":"x"}`, `{"note":false}`, `{"other":[1]}`))
	}
	return r
}

// inputDocument is what CONTRACT.md says that a policy sees of a request.
func inputDocument(keyID string, r authz.Request) map[string]any {
	object := func(text authz.Object) map[string]any {
		var fields map[string]any
		if len(text) > 0 {
			_ = json.Unmarshal(text, &fields)
		}
		return fields
	}
	resource := map[string]any{"type": r.Resource.Type, "id": r.Resource.ID}
	if properties := object(r.Resource.Properties); properties != nil {
		resource["properties"] = properties
	}
	about := map[string]any{}
	for name, value := range object(r.Context.Extra) {
		about[name] = value
	}
	delete(about, "client_ip")
	if r.Context.ClientIP != "" {
		about["client_ip"] = r.Context.ClientIP
	}
	about["time"] = world.Now.Format(time.RFC3339)
	return map[string]any{
		"subject": map[string]any{"type": "api_key", "id": keyID}, "action": map[string]any{"name": r.Action}, "resource": resource, "context": about,
	}
}

// toldBy is what of a decision the policy said.
func toldBy(t *testing.T, d authz.Decision) map[string]any {
	t.Helper()
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var told map[string]any
	if err := json.Unmarshal(text, &told); err != nil {
		t.Fatal(err)
	}
	for _, ours := range []string{"decision_id", "status", "key", "policy_revision", "data_revision"} {
		delete(told, ours)
	}
	return told
}
