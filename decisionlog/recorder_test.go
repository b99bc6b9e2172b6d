package decisionlog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/decisionlog"
	"github.com/steelengine/steelgate/storage/decisions"
	"github.com/steelengine/steelgate/storage/sqlite"
)

var noon = time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)

func decision(n int) authz.LoggedDecision {
	return authz.LoggedDecision{
		ID: fmt.Sprintf("dec_%032x", n), Time: noon.Add(time.Duration(n) * time.Microsecond), Door: "decisions", KeyID: fmt.Sprintf("key_%d", n%1000),
		KeyType: authz.WorkspaceKey, KeyOwner: authz.Owner{Type: authz.WorkspaceOwner, ID: "core"}, Code: authz.Allowed, Allow: true,
		Request: authz.Request{Action: "workflow.execute", Resource: authz.Entity{Type: "workflow", ID: fmt.Sprintf("wf_%d", n%100)}}, WorkspaceID: "core",
	}
}

// probe is a sink that a test holds up or has fail.
type probe struct {
	mutex  sync.Mutex
	made   []authz.LoggedDecision
	at     []time.Time
	fails  bool
	holdUp chan struct{}
}

func (p *probe) Append(ctx context.Context, made []authz.LoggedDecision) error {
	if p.holdUp != nil {
		select {
		case <-p.holdUp:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.fails {
		return errors.New("no")
	}
	p.made = append(p.made, made...)
	p.at = append(p.at, time.Now())
	return nil
}

func (*probe) Retain(context.Context, decisions.Limit) error { return nil }

func (p *probe) setFails(fails bool) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.fails = fails
}

// running is a recorder that runs until stop is called.
func running(o decisionlog.Options) (r *decisionlog.Recorder, stop func()) {
	r = decisionlog.New(o)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.Run(ctx)
	}()
	return r, func() { cancel(); <-done }
}

// count is a metric of the recorder's.
func count(t testing.TB, r *decisionlog.Recorder, name string) int {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(r.Metrics()...)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return int(f.GetMetric()[0].GetCounter().GetValue() + f.GetMetric()[0].GetGauge().GetValue())
		}
	}
	t.Fatalf("no metric is called %s", name)
	return 0
}

// At the end everything that was recorded stands in the store, once.
func TestNothingIsLostAtTheEnd(t *testing.T) {
	const n, writers = 100_000, 4
	log, err := sqlite.OpenDecisions(t.Context(), filepath.Join(t.TempDir(), "decisions.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	r, stop := running(decisionlog.Options{Sink: log})
	var recording sync.WaitGroup
	for w := range writers {
		recording.Go(func() {
			for i := w; i < n; i += writers {
				r.Record(decision(i))
			}
		})
	}
	recording.Wait()
	stop()
	next := 0
	err = log.Replay(t.Context(), decisions.Filter{}, func(d authz.LoggedDecision) error {
		if want := decision(next); d.ID != want.ID || d.KeyID != want.KeyID || !d.Time.Equal(want.Time) {
			return fmt.Errorf("the %dth is %+v", next, d)
		}
		next++
		return nil
	})
	if shed := count(t, r, "steelgate_decision_log_shed_total"); err != nil || next != n || shed != 0 {
		t.Errorf("%d of %d read back, %d shed, %v", next, n, shed, err)
	}
	if written := count(t, r, "steelgate_decision_log_written_total"); written != n {
		t.Errorf("%d counted as written", written)
	}
}

// A decision waits a tenth of a second at most; a whole batch does not wait.
func TestDecisionsAreWrittenSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &probe{}
		r, stop := running(decisionlog.Options{Sink: p})
		defer stop()
		for range 3 {
			time.Sleep(17 * time.Second)
			began := time.Now()
			r.Record(decision(1))
			time.Sleep(50 * time.Millisecond)
			r.Record(decision(2))
			time.Sleep(time.Second)
			synctest.Wait()
			if took := p.at[len(p.at)-1].Sub(began); took > 100*time.Millisecond || len(p.made)%2 != 0 {
				t.Errorf("written after %v: %d", took, len(p.made))
			}
		}
		began := time.Now()
		for i := range 1000 {
			r.Record(decision(i))
		}
		synctest.Wait()
		if len(p.made) != 1006 || time.Since(began) != 0 {
			t.Errorf("%d are written after %v", len(p.made), time.Since(began))
		}
	})
}

// A stuck sink holds up no decision. What there is no room for is counted and said; the rest comes through in the end.
func TestAStuckSinkShedsAndSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said bytes.Buffer
		p := &probe{holdUp: make(chan struct{})}
		r, stop := running(decisionlog.Options{Sink: p, Log: slog.New(slog.NewTextHandler(&said, nil))})
		const n = 200_000
		for i := range n {
			r.Record(decision(i))
		}
		shed := count(t, r, "steelgate_decision_log_shed_total")
		if shed == 0 || shed > n/2 {
			t.Errorf("%d of %d shed", shed, n)
		}
		time.Sleep(5 * time.Minute)
		if complaints := strings.Count(said.String(), "are not in the decision log"); complaints != 1 {
			t.Errorf("said %d times: %s", complaints, said.String())
		}
		close(p.holdUp)
		stop()
		if len(p.made) != n-shed || !strings.Contains(said.String(), fmt.Sprintf("decisions=%d", shed)) || !strings.Contains(said.String(), "written again") {
			t.Errorf("%d written, %d shed: %s", len(p.made), shed, said.String())
		}
		if queued := count(t, r, "steelgate_decision_log_queued"); queued != 0 {
			t.Errorf("%d wait", queued)
		}
	})
}

// What failed is tried again, and comes through once.
func TestAFailedWriteIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &probe{fails: true}
		r, stop := running(decisionlog.Options{Sink: p})
		for i := range 10 {
			r.Record(decision(i))
		}
		time.Sleep(time.Minute)
		p.setFails(false)
		time.Sleep(time.Second)
		synctest.Wait()
		if len(p.made) != 10 || count(t, r, "steelgate_decision_log_failures_total") < 10 {
			t.Errorf("%d written", len(p.made))
		}
		stop()
	})
}

// A sink that fails at the end as well does not hold up the end, and what it did not take is counted.
func TestTheEndIsNotHeldUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said bytes.Buffer
		p := &probe{holdUp: make(chan struct{})}
		r, stop := running(decisionlog.Options{Sink: p, Log: slog.New(slog.NewTextHandler(&said, nil))})
		r.Record(decision(1))
		time.Sleep(time.Second)
		r.Record(decision(2))
		began := time.Now()
		stop()
		if took := time.Since(began); took > 11*time.Second || count(t, r, "steelgate_decision_log_shed_total") != 2 || !strings.Contains(said.String(), "decisions=2") {
			t.Errorf("after %v: %s", took, said.String())
		}
	})
}

// Nothing that reads like a secret is handed on, wherever a caller put it and however it is written; nor what is too large.
func TestWhatIsLeftOut(t *testing.T) {
	const secret = "sk-steelengine-0123456789abcdefghij"
	escaped := strings.Replace(secret, "steel", `\u0073teel`, 1)
	request := func(change func(*authz.Request)) authz.Request {
		made := authz.Request{Action: "a.b", Resource: authz.Entity{Type: "t", ID: "i_d"}}
		change(&made)
		return made
	}
	for name, c := range map[string]struct {
		request authz.Request
		cut     bool
	}{
		"nothing odd":             {request(func(r *authz.Request) { r.Context.Extra = authz.Object(`{"a":"sk-other","b":[1]}`) }), false},
		"a secret as an id":       {request(func(r *authz.Request) { r.Resource.ID = secret }), true},
		"a secret as an action":   {request(func(r *authz.Request) { r.Action = "x" + secret }), true},
		"a secret as a type":      {request(func(r *authz.Request) { r.Resource.Type = secret }), true},
		"a secret as an address":  {request(func(r *authz.Request) { r.Context.ClientIP = secret }), true},
		"a secret in the context": {request(func(r *authz.Request) { r.Context.Extra = authz.Object(`{"a":{"b":["` + secret + `"]}}`) }), true},
		"an escaped one":          {request(func(r *authz.Request) { r.Context.Extra = authz.Object(`{"a":"` + escaped + `"}`) }), true},
		"as a name":               {request(func(r *authz.Request) { r.Resource.Properties = authz.Object(`{"` + escaped + `":1}`) }), true},
		"a long id":               {request(func(r *authz.Request) { r.Resource.ID = strings.Repeat("ü", 200) }), true},
		"long properties": {request(func(r *authz.Request) {
			r.Resource.Properties = authz.Object(`{"a":"` + strings.Repeat("x", 5000) + `"}`)
		}), true},
		"both together": {request(func(r *authz.Request) {
			long := authz.Object(`{"a":"` + strings.Repeat("x", 2500) + `"}`)
			r.Resource.Properties, r.Context.Extra = long, long
		}), true},
		"what still fits": {request(func(r *authz.Request) {
			r.Resource.Properties = authz.Object(`{"a":"` + strings.Repeat("x", 4000) + `"}`)
		}), false},
		"a NUL":                      {request(func(r *authz.Request) { r.Resource.ID = "a\x00b" }), true},
		"what is not UTF-8":          {request(func(r *authz.Request) { r.Resource.ID = "a\xffb" }), true},
		"what is no JSON":            {request(func(r *authz.Request) { r.Context.Extra = authz.Object(`{"a":`) }), true},
		"what is more than one JSON": {request(func(r *authz.Request) { r.Context.Extra = authz.Object(`{} {}`) }), true},
	} {
		t.Run(name, func(t *testing.T) {
			p := &probe{}
			r, stop := running(decisionlog.Options{Sink: p})
			r.Record(authz.LoggedDecision{ID: "dec_1", Time: noon, Request: c.request})
			stop()
			got := p.made[0].Request
			text := fmt.Sprintf("%s %s %s %s %s %s", got.Action, got.Resource.Type, got.Resource.ID, got.Context.ClientIP, got.Context.Extra, got.Resource.Properties)
			if strings.Contains(text, "0123456789abcdef") || strings.IndexByte(text, 0) >= 0 || !utf8.ValidString(text) || len(text) > 5000 || p.made[0].Cut != c.cut {
				t.Errorf("cut: %t, %.500s", p.made[0].Cut, text)
			}
			if !c.cut && !reflect.DeepEqual(got, c.request) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// Nor is it where somebody asks who is no key.
func TestWhatIsLeftOutOfSubjects(t *testing.T) {
	const secret = "sk-steelengine-0123456789abcdefghij"
	object := func(text string) authz.Object { return authz.Object(`{"a":"` + text + `"}`) }
	for name, c := range map[string]struct {
		subject    authz.Entity
		parameters authz.Object
		cut        bool
	}{
		"nothing odd":                {authz.Entity{Type: "user", ID: "ada", Properties: object("b")}, object("c"), false},
		"a secret as an id":          {authz.Entity{Type: "user", ID: secret}, nil, true},
		"as a type":                  {authz.Entity{Type: secret, ID: "ada"}, nil, true},
		"in properties":              {authz.Entity{Type: "user", ID: "ada", Properties: object(secret)}, nil, true},
		"in those of the action":     {authz.Entity{Type: "user", ID: "ada"}, object(secret), true},
		"a long id":                  {authz.Entity{Type: "user", ID: strings.Repeat("ü", 200)}, nil, true},
		"long properties":            {authz.Entity{Type: "user", ID: "ada", Properties: object(strings.Repeat("x", 5000))}, nil, true},
		"long ones of the action":    {authz.Entity{Type: "user", ID: "ada"}, object(strings.Repeat("x", 5000)), true},
		"long only in their company": {authz.Entity{Type: "user", ID: "ada", Properties: object(strings.Repeat("x", 2500))}, object(strings.Repeat("x", 2500)), true},
	} {
		t.Run(name, func(t *testing.T) {
			p := &probe{}
			r, stop := running(decisionlog.Options{Sink: p})
			r.Record(authz.LoggedDecision{ID: "dec_1", Time: noon, Subject: c.subject, Request: authz.Request{Action: "a", ActionProperties: c.parameters}})
			stop()
			got := p.made[0]
			text := fmt.Sprintf("%s %s %s %s", got.Subject.Type, got.Subject.ID, got.Subject.Properties, got.Request.ActionProperties)
			if strings.Contains(text, "0123456789abcdef") || len(text) > 5000 || got.Cut != c.cut {
				t.Errorf("cut: %t, %.500s", got.Cut, text)
			}
			if !c.cut && (!reflect.DeepEqual(got.Subject, c.subject) || string(got.Request.ActionProperties) != string(c.parameters)) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// What a policy calls a code is kept whatever it is, for a sink that can't hold it would else be stuck with it.
func TestAPolicysOwnWordsAreStorable(t *testing.T) {
	p := &probe{}
	r, stop := running(decisionlog.Options{Sink: p})
	r.Record(authz.LoggedDecision{ID: "dec_1", Time: noon, Code: "odd\x00code", Route: "GET /\xff"})
	stop()
	if d := p.made[0]; strings.IndexByte(string(d.Code), 0) >= 0 || !utf8.ValidString(d.Route) {
		t.Errorf("got %q, %q", d.Code, d.Route)
	}
}

// What a decision pays for being recorded, while a sink that costs nothing takes what waits.
func BenchmarkRecord(b *testing.B) {
	d := decision(1)
	p := &forgetful{}
	r, stop := running(decisionlog.Options{Sink: p})
	defer stop()
	for i := 1; b.Loop(); i++ {
		r.Record(d)
		if i%1000 == 0 {
			b.StopTimer()
			for p.taken.Load() < int64(i) {
				runtime.Gosched()
			}
			b.StartTimer()
		}
	}
}

// forgetful is a sink that only counts.
type forgetful struct{ taken atomic.Int64 }

func (f *forgetful) Append(_ context.Context, made []authz.LoggedDecision) error {
	f.taken.Add(int64(len(made)))
	return nil
}

func (*forgetful) Retain(context.Context, decisions.Limit) error { return nil }
