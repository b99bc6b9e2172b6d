package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/policy_test/model"
)

const (
	// askers is how many ask at once.
	askers = 4
	// edgeWorlds and edgeQuestions are how many worlds there are, and how often each is asked about.
	edgeWorlds    = 4
	edgeQuestions = 2500
	// edgeChanges is how many changes lie between two worlds.
	edgeChanges = 90
)

// edgeRules are an installation's own, for every kind of subject.
const edgeRules = `deny contains {"code": "frozen", "message": concat(" ", ["Not", input.action.name])} if {
	input.action.name == "workflow.update"
	data.resources.workflow[input.resource.id].properties.deployed == false
}

deny contains {"code": "asked_for", "message": input.context.note} if is_string(input.context.note)

decision := {"allow": true, "code": "allowed", "message": input.context.time} if {
	input.subject.type == "user"
	data.users[input.subject.id].active
	data.workspaces[input.resource.id].owner_id == input.subject.id
}

decision := {"allow": false, "code": "no_owner"} if {
	input.subject.type == "user"
	not data.workspaces[input.resource.id].owner_id == input.subject.id
}
`

// What a stock OPA decides on the bundle is, in every field, what the service decides: over worlds that nobody thought of, before and after
// the policy is edited, for keys and for others.
func TestAStockOPADecidesTheSame(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	if text := os.Getenv("STEELGATE_TEST_SEED"); text != "" {
		seed, _ = strconv.ParseUint(text, 10, 64)
	}
	d := &driver{
		server: serve(t, "--data-dir", t.TempDir()), Rand: rand.New(rand.NewPCG(seed, 1)), m: newMirror(),
		secrets: map[string]string{}, done: map[string]int{}, asked: map[authz.Code]int{},
	}
	e := runEdge(t, d.server)
	policy := uint64(1)
	codes := map[string]int{}
	for world := range edgeWorlds {
		for range edgeChanges {
			if what, _, a := d.change(); a.status >= 500 {
				t.Fatalf("STEELGATE_TEST_SEED=%d: %s: %d %s", seed, what, a.status, a.body)
			}
		}
		if world == edgeWorlds/2 {
			_, files := d.policyOf()
			d.publish(draftBody(files, edgeRules, "Rules for all", policy))
			policy++
		}
		e.await(fmt.Sprintf("%d:%d", policy, d.ready()))
		questions := make([]edgeQuestion, edgeQuestions)
		for i := range questions {
			questions[i] = d.edgeQuestion()
		}
		for _, difference := range d.compareEdge(e, questions, codes) {
			t.Errorf("STEELGATE_TEST_SEED=%d: world %d: %s", seed, world, difference)
		}
	}
	t.Logf("%d questions over %d worlds: %v", edgeWorlds*edgeQuestions, edgeWorlds, codes)
	for _, code := range []string{"allowed", "outside_scope", "key_unknown", "key_expired", "unknown_action", "no_owner"} {
		if codes[code] == 0 {
			t.Errorf("no question is answered %s: the worlds are too tame", code)
		}
	}
}

// publish publishes a draft.
func (d *driver) publish(draft string) {
	d.t.Helper()
	d.server.change("POST", "/v1/policy/revisions", draft)
}

// edgeQuestion is one to both.
type edgeQuestion struct {
	body string
	// isPast tells that the key's end lies before the time that the caller says.
	isPast bool
}

// edgeQuestion draws one: mostly of a key at this moment, else of others, and at other times or at none.
func (d *driver) edgeQuestion() edgeQuestion {
	q := d.question()
	for !d.oneIn(8) && model.Decide(d.m.World, q, d.m.now()).Code.Unauthenticated() {
		q = d.question()
	}
	now := time.Now().UTC().Format(time.RFC3339)
	context := map[string]any{"time": now}
	if q.Context.ClientIP != "" || d.oneIn(3) {
		context["client_ip"] = q.Context.ClientIP
	}
	if d.oneIn(5) {
		context["note"] = pick(d, []any{"noted", "noted", "", 1, nil, []any{"x"}})
	}
	subject := map[string]any{"type": authz.APIKeySubject, "id": q.KeyID}
	resource := map[string]any{"type": q.Resource.Type, "id": q.Resource.ID}
	action := map[string]any{"name": q.Action}
	if d.oneIn(8) {
		resource["properties"] = map[string]any{"deployed": true, "workspace_id": "w1", "n": 1.5}
	}
	if d.oneIn(20) {
		action["properties"] = map[string]any{"soft": true}
	}
	isPast := false
	switch {
	case d.oneIn(8):
		subject = map[string]any{"type": pick(d, []string{"user", "user", "service", "API_KEY"}), "id": pick(d, drawnUsers), "properties": map[string]any{"a": nil}}
		resource["id"] = pick(d, drawnWorkspaces)
	case d.oneIn(6):
		// The service has a clock of its own; the edge has what it is told.
		given := pick(d, []any{"2150-01-01T00:00:00Z", "2150-01-01T00:00:00.5+01:00", "never", 7, nil, "2999-12-31T00:00:00Z"})
		context["time"] = given
		key := d.m.Keys[q.KeyID]
		isPast = key.ExpiresAt != nil && (given != "2150-01-01T00:00:00Z" && given != "2150-01-01T00:00:00.5+01:00" || key.ExpiresAt.Year() < 2150)
		if given == nil {
			delete(context, "time")
		}
	}
	body, _ := json.Marshal(map[string]any{"input": map[string]any{"subject": subject, "action": action, "resource": resource, "context": context}})
	return edgeQuestion{string(body), isPast}
}

// compareEdge asks both every question, and answers where they differ, and counts the edge's codes.
func (d *driver) compareEdge(e *edge, questions []edgeQuestion, codes map[string]int) (differences []string) {
	d.t.Helper()
	here := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: askers}}
	defer here.CloseIdleConnections()
	var (
		asking sync.WaitGroup
		mutex  sync.Mutex
	)
	for part := range slices.Chunk(questions, (len(questions)+askers-1)/askers) {
		asking.Go(func() {
			for _, q := range part {
				code, difference := d.compareOne(e, here, q)
				mutex.Lock()
				codes[code]++
				if difference != "" && len(differences) < 5 {
					differences = append(differences, difference)
				}
				mutex.Unlock()
			}
		})
	}
	asking.Wait()
	return differences
}

func (d *driver) compareOne(e *edge, here *http.Client, q edgeQuestion) (code, difference string) {
	var want map[string]any
	err := fmt.Errorf("not asked")
	// A machine that is busy enough may keep it from deciding in time.
	for tries := 0; err != nil && tries < 10; tries++ {
		want, err = resultOf(here, d.url+"/v1/data/steelgate/authz/decision", q.body, d.token)
	}
	if err != nil {
		return "", fmt.Sprintf("%s: %v", q.body, err)
	}
	got, err := e.decide(q.body)
	if err != nil {
		return "", fmt.Sprintf("%s: %v", q.body, err)
	}
	switch code, _ := want["code"].(string); {
	case authz.Code(code).Unauthenticated():
		// It was not live when the bundle was built, and is not in it.
		want = map[string]any{"allow": false, "code": "key_unknown", "message": "No such API key exists."}
	case q.isPast:
		want = map[string]any{"allow": false, "code": "key_expired", "message": "The API key has expired."}
	}
	code, _ = got["code"].(string)
	if !reflect.DeepEqual(want, got) {
		return code, fmt.Sprintf("%s:\nhere  %v\nthere %v", q.body, want, got)
	}
	return code, ""
}

// What is told beside the result has the shapes that OPA's own has.
func TestTheDataAPITellsMoreAsOPADoes(t *testing.T) {
	t.Parallel()
	s := serve(t, "--data-dir", t.TempDir())
	s.change("POST", "/v1/import", smallWorld)
	key := s.change("POST", "/v1/keys", `{"type": "workspace", "workspace_id": "core", "name": "ci"}`).text("id")
	e := runEdge(t, s)
	e.await(fmt.Sprintf("1:%d", s.ready()))
	body := fmt.Sprintf(`{"input": {"subject": {"type": "api_key", "id": %q}, "action": {"name": "workflow.deploy"}, "resource": {"type": "workflow", "id": "invoice"}, "context": {}}}`, key)
	for _, query := range []string{
		"", "pretty", "metrics=true", "provenance", "explain=notes", "explain=fails", "explain=full", "explain=debug", "explain=nothing", "explain",
		"pretty=true&explain=notes", "pretty&explain=fails", "pretty&explain=full", "pretty&explain=debug", "pretty=false&metrics=TRUE",
	} {
		var here, there map[string]any
		path := "/v1/data/steelgate/authz/decision?" + query
		// OPA prepares a question when it comes for the first time, and tells how long that took.
		for range 2 {
			if status, err := post(e.client, "http://edge"+path, body, "", &there); status != http.StatusOK || err != nil {
				t.Fatalf("%s: OPA answers %d, %v", query, status, err)
			}
		}
		if status, err := post(http.DefaultClient, s.url+path, body, s.token, &here); status != http.StatusOK || err != nil {
			t.Fatalf("%s: answered %d, %v", query, status, err)
		}
		delete(here, "decision_id")
		if !reflect.DeepEqual(here["result"], there["result"]) || here["result"] == nil {
			t.Errorf("%s: here %v, there %v", query, here["result"], there["result"])
		}
		if is, want := shapeOf(here), shapeOf(there); !slices.Equal(is, want) {
			t.Errorf("%s:\nhere  %v\nthere %v", query, is, want)
		}
	}
}

// shapeOf are the names of an answer, with those of its parts one level down, in their order; of a list's elements, which differ, those that all have.
func shapeOf(answer map[string]any) (names []string) {
	for name, part := range answer {
		names = append(names, name)
		switch part := part.(type) {
		case map[string]any:
			for below := range part {
				names = append(names, name+"."+below)
			}
		case []any:
			for _, element := range part {
				kind := fmt.Sprintf("%s[] %T", name, element)
				if event, ok := element.(map[string]any); ok {
					delete(event, "message")
					kind = fmt.Sprintf("%s[] %v", name, slices.Sorted(maps.Keys(event)))
				}
				if !slices.Contains(names, kind) {
					names = append(names, kind)
				}
			}
		}
	}
	slices.Sort(names)
	return names
}
