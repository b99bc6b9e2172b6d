package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// identityNames are the headers that steelgate vouches for.
var identityNames = []string{"X-Steelgate-Key-Id", "X-Steelgate-Key-Type", "X-Steelgate-Billed-To", "X-Steelgate-Permission", "X-Steelgate-Decision-Id"}

// reroutingNames are headers by which servers are told that a request is another.
var reroutingNames = []string{
	"x-http-method", "x-http-method-override", "x-method-override", "x-original-url", "x-original-uri", "x-original-method", "x-rewrite-url",
	"x-forwarded-uri", "x-forwarded-method", "x-forwarded-path", "x-forwarded-prefix",
}

// Whatever is sent to a proxy, either nothing comes to the API, or what comes is what steelgate decided on, with the identity that it gave.
func TestProxiesPassOnWhatWasDecided(t *testing.T) {
	t.Parallel()
	for _, proxy := range gatewaysUnderTest {
		t.Run(proxy.name, func(t *testing.T) {
			t.Parallel()
			w := newGuarded(t, serve)
			cases := evasions()
			w.attack(proxy.start(t, w), cases)
			came := map[int]int{}
			disagreements := 0
			arrivals := w.arrivals()
			logged := w.decisionLog(arrivals)
			for _, a := range arrivals {
				// What carries no number was smuggled in.
				number, err := strconv.Atoi(a.header.Get("X-Case"))
				e := evasion{name: "no case of the corpus"}
				if err == nil && number < len(cases) {
					e = cases[number]
					came[number]++
				}
				for _, fault := range w.disagreements(a, e, logged) {
					disagreements++
					t.Errorf("%s: %s\n%s %.200s %v %.200q", e.name, fault, a.method, a.uri, a.header, a.body)
				}
			}
			for number, e := range cases {
				if e.mustPass && came[number] == 0 {
					t.Errorf("%s: nothing came to the API", e.name)
				}
			}
			t.Logf("%d cases, %d of them came to the API in %d requests, %d disagreements", len(cases), len(came), len(w.arrivals()), disagreements)
			if disagreements != 0 {
				t.Errorf("%d disagreements", disagreements)
			}
		})
	}
}

// attack sends the corpus, several at a time: many cases leave the proxy waiting for more.
func (w *guarded) attack(address string, cases []evasion) {
	w.t.Helper()
	var attackers sync.WaitGroup
	next := make(chan int)
	for range 24 {
		attackers.Go(func() {
			for number := range next {
				patience := time.Second
				if cases[number].mustPass {
					patience = 30 * time.Second
				}
				request := strings.ReplaceAll(cases[number].bytes, "{case}", strconv.Itoa(number))
				for name, secret := range w.secrets {
					request = strings.ReplaceAll(request, "{"+name+"}", secret)
				}
				statuses, err := ask(w.t, address, request, patience)
				if cases[number].mustPass && (err != nil || slices.ContainsFunc(statuses, func(s string) bool { return s != "200" }) || len(statuses) == 0) {
					w.t.Errorf("%s: answered %v, %v", cases[number].name, statuses, err)
				}
			}
		})
	}
	for number := range cases {
		next <- number
	}
	close(next)
	attackers.Wait()
}

// loggedRecord is what the decision log says of a decision.
type loggedRecord struct {
	ID       string `json:"decision_id"`
	Door     string
	Key      struct{ ID string }
	Action   string
	Resource struct{ Type, ID string }
	Allow    bool
}

// decisionLog has what came to the API decided again, waits until either decision is in the log, and answers that by id.
func (w *guarded) decisionLog(arrivals []arrival) map[string]loggedRecord {
	w.t.Helper()
	records := map[string]loggedRecord{}
	ids := map[string]bool{}
	for i := range arrivals {
		arrivals[i].again = w.decideAgain(arrivals[i])
		for _, header := range []http.Header{arrivals[i].header, arrivals[i].again} {
			if id := header.Get("X-Steelgate-Decision-Id"); strings.HasPrefix(id, "dec_") && id != "dec_mallory" {
				ids[id] = true
			}
		}
	}
	w.eventually("what came is in the decision log", func() bool {
		for cursor := ""; ; {
			var page struct {
				Data       []loggedRecord
				Pagination struct{ Cursor string }
			}
			a := w.send("GET", "/v1/decision-log?allow=true&limit=1000&cursor="+cursor, "")
			if err := json.Unmarshal(a.body, &page); err != nil || a.status != http.StatusOK {
				w.t.Fatalf("%d %s: %v", a.status, a.body, err)
			}
			for _, record := range page.Data {
				records[record.ID] = record
				delete(ids, record.ID)
			}
			if cursor = page.Pagination.Cursor; cursor == "" {
				return len(ids) == 0
			}
		}
	})
	return records
}

// disagreements are where what came to the API is not what was decided.
func (w *guarded) disagreements(a arrival, e evasion, logged map[string]loggedRecord) (faults []string) {
	add := func(format string, values ...any) { faults = append(faults, fmt.Sprintf(format, values...)) }
	if e.mustNot {
		add("it came to the API")
	}
	for _, name := range identityNames {
		if values := a.header.Values(name); len(values) != 1 {
			add("%s is %q", name, values)
		}
	}
	for name, values := range a.header {
		plain := strings.ToLower(strings.ReplaceAll(name, "_", "-"))
		if plain == "x-api-key" || slices.Contains(reroutingNames, plain) || strings.HasPrefix(plain, "x-steelgate-") && !slices.Contains(identityNames, http.CanonicalHeaderKey(name)) {
			add("the API got %s: %q", name, values)
		}
		if (plain == "x-forwarded-for" || plain == "x-real-ip" || plain == "forwarded") && strings.Contains(strings.Join(values, ","), "203.0.113.9") {
			add("the API is told that the client is elsewhere: %s: %s", name, values)
		}
		for _, secret := range w.secrets {
			if strings.Contains(strings.Join(values, "\n"), secret) && plain != "cookie" {
				add("the API got a key, in %s", name)
			}
		}
	}
	if upgrade := a.header.Get("Upgrade"); upgrade != "" && !strings.EqualFold(upgrade, "websocket") || a.header.Get("Http2-Settings") != "" {
		add("the API is offered another protocol: %q", upgrade)
	}
	record, isLogged := logged[a.header.Get("X-Steelgate-Decision-Id")]
	name, isKnown := w.names[a.header.Get("X-Steelgate-Key-Id")]
	if !isLogged || !isKnown || !record.Allow || record.Key.ID != a.header.Get("X-Steelgate-Key-Id") {
		add("the log knows no such decision: %+v", record)
		return faults
	}
	if e.bytes != "" && !strings.Contains(e.bytes, "{"+name+"}") {
		add("it is said to be of the key %s", name)
	}
	again := logged[a.again.Get("X-Steelgate-Decision-Id")]
	if again.Action != record.Action || again.Resource != record.Resource || !again.Allow {
		add("decided on %s of %v, and what came is %s of %v (%v)", record.Action, record.Resource, again.Action, again.Resource, again.Allow)
	}
	for _, name := range identityNames[:4] {
		if a.header.Get(name) != a.again.Get(name) {
			add("%s is %q where steelgate says %q", name, a.header.Get(name), a.again.Get(name))
		}
	}
	return faults
}

// decideAgain asks forward-auth, as a proxy would that read the request as the API did, and answers the identity; none where it is refused.
func (w *guarded) decideAgain(a arrival) http.Header {
	w.t.Helper()
	secret := w.secrets[w.names[a.header.Get("X-Steelgate-Key-Id")]]
	again := w.send("GET", "/v1/forward-auth", "", "Authorization: ", "X-API-Key: "+secret, "X-Forwarded-Method: "+a.method, "X-Forwarded-Uri: "+a.uri, "X-Forwarded-For: "+clientAddress)
	if again.status != http.StatusOK {
		return nil
	}
	return again.header
}

// The judge of the corpus is not lenient: what a proxy would have to be blamed for, it blames.
func TestDisagreementsAreSeen(t *testing.T) {
	t.Parallel()
	w := newGuarded(t, serve)
	first := arrival{method: "POST", uri: executes, header: http.Header{}}
	for id, name := range w.names {
		if name == "core" {
			first.header.Set("X-Steelgate-Key-Id", id)
		}
	}
	header := w.decideAgain(first)
	for name := range header {
		if !slices.Contains(identityNames, name) {
			header.Del(name)
		}
	}
	e := evasion{bytes: "{core}"}
	judge := func(a arrival, e evasion) []string {
		arrivals := []arrival{a}
		logged := w.decisionLog(arrivals)
		return w.disagreements(arrivals[0], e, logged)
	}
	if faults := judge(arrival{method: "POST", uri: executes, header: header}, e); len(faults) != 0 {
		t.Fatal(faults)
	}
	with := func(name string, values ...string) http.Header {
		h := maps.Clone(header)
		h[name] = values
		return h
	}
	for what, c := range map[string]struct {
		arrival
		evasion
	}{
		"another path":          {arrival{method: "POST", uri: "/api/workflows/a:b/execute", header: header}, e},
		"another method":        {arrival{method: "GET", uri: executes, header: header}, e},
		"another action":        {arrival{method: "GET", uri: "/api/workflows/invoice", header: header}, e},
		"a path with two":       {arrival{method: "POST", uri: "/api/workflows/invoice//execute", header: header}, e},
		"another key":           {arrival{method: "POST", uri: executes, header: header}, evasion{bytes: "{side}"}},
		"what must not come":    {arrival{method: "POST", uri: executes, header: header}, evasion{bytes: "{core}", mustNot: true}},
		"no identity":           {arrival{method: "POST", uri: executes, header: http.Header{}}, e},
		"two identities":        {arrival{method: "POST", uri: executes, header: with("X-Steelgate-Key-Id", header.Get("X-Steelgate-Key-Id"), "key_mallory")}, e},
		"an identity made up":   {arrival{method: "POST", uri: executes, header: with("X-Steelgate-Billed-To", "mallory")}, e},
		"a decision made up":    {arrival{method: "POST", uri: executes, header: with("X-Steelgate-Decision-Id", "dec_mallory")}, e},
		"an underscored one":    {arrival{method: "POST", uri: executes, header: with("X_steelgate_key_id", "key_mallory")}, e},
		"the key":               {arrival{method: "POST", uri: executes, header: with("X-Other", w.secrets["core"])}, e},
		"another method, asked": {arrival{method: "POST", uri: executes, header: with("X-Http-Method-Override", "DELETE")}, e},
		"another protocol":      {arrival{method: "POST", uri: executes, header: with("Upgrade", "h2c")}, e},
		"another address":       {arrival{method: "POST", uri: executes, header: with("X-Forwarded-For", "203.0.113.9, 127.0.0.2")}, e},
	} {
		if len(judge(c.arrival, c.evasion)) == 0 {
			t.Errorf("%s is not seen", what)
		}
	}
}

// The API of the tests answers, and has noted what came.
func TestTheGuardedAPINotes(t *testing.T) {
	t.Parallel()
	w := &guarded{}
	w.note(httptest.NewRecorder(), httptest.NewRequest("PUT", "/x%2fy", strings.NewReader("body")))
	if came := w.arrivals(); len(came) != 1 || came[0].method != "PUT" || came[0].uri != "/x%2fy" || came[0].body != "body" {
		t.Errorf("%+v", came)
	}
}
