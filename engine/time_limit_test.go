package engine

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// hungry is a view, with a minute for each decision, of a policy that allows where the expression is true, and a key in it.
func hungry(t *testing.T, rules, expression string) (*View, snapshot.Key) {
	t.Helper()
	policy, err := Compile(map[string]string{"a.rego": "package steelgate.authz\n\n" + rules + "\n\ndefault decision := {\"allow\": false, \"code\": \"no\"}\n\ndecision := {\"allow\": true, \"code\": \"allowed\"} if " + expression}, 1)
	if err != nil {
		t.Fatal(err)
	}
	edit := snapshot.Empty().Edit()
	edit.PutUser(authz.User{ID: "u", Active: true})
	edit.PutKey(authz.APIKey{ID: "key_1", Type: authz.PersonalKey, OwnerID: "u"}, apikey.Digest{1})
	view := Hypothetical(policy, edit.Commit(1), time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), time.Minute)
	key, _ := view.Snapshot().Key("key_1")
	return view, key
}

// A rule that takes far more steps, or makes far more, than a decision needs is ended by that, not only by the clock; and it
// never allows.
func TestWhatTakesTooMuchIsEnded(t *testing.T) {
	list := "l := [" + strings.Repeat("1, ", 199) + "1]"
	for name, c := range map[string]struct{ rules, expression string }{
		"steps":           {list, "count([1 | some a in l; some b in l; some c in l; some d in l; a + b + c + d == 4]) > 0"},
		"texts":           {list, `count([t | some i, _ in l; some j, _ in l; t := sprintf("%1000d %d", [i, j]); t2 := concat(t, split(t, " ")); count(t2) > 0]) > 0`},
		"arrays":          {list, `count([t | some i, _ in l; some j, _ in l; t := array.concat(l, [i, j])]) > 0`},
		"what a text has": {"", fmt.Sprintf(`count([v | some i in split(%q, ""); v := json.unmarshal(concat("", [%q, " ", ""]))]) > 0`, strings.Repeat("x", 200), "["+strings.Repeat("[],", 20_000)+"1]")},
	} {
		t.Run(name, func(t *testing.T) {
			view, key := hungry(t, c.rules, c.expression)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begin := time.Now()
			d, err := view.Authorize(key, authz.Request{Action: "a", Resource: authz.Entity{Type: "t", ID: "i"}})
			runtime.ReadMemStats(&after)
			if !errors.Is(err, ErrTimeLimit) || d.Allow {
				t.Errorf("%+v, %v after %v", d, err, time.Since(begin))
			}
			if taken := after.TotalAlloc - before.TotalAlloc; taken > 1<<30 {
				t.Errorf("it took %d MiB", taken>>20)
			}
		})
	}
}

// However many ask at once, as many rules that take much run as there are cores; none keeps its place.
func TestWhatTakesMuchWaitsForAPlace(t *testing.T) {
	view, key := hungry(t, "l := ["+strings.Repeat("1, ", 199)+"1]", "count([1 | some a in l; some b in l; a + b == 2]) == 40000")
	done := make(chan error)
	for range 4 * cap(heavy) {
		go func() {
			d, err := view.Authorize(key, authz.Request{Action: "a", Resource: authz.Entity{Type: "t", ID: "i"}})
			if err == nil && !d.Allow {
				err = errors.New("denied: " + string(d.Code))
			}
			done <- err
		}()
	}
	for range 4 * cap(heavy) {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if len(heavy) != 0 {
		t.Errorf("%d places are still taken", len(heavy))
	}
	// Where no place is to be had there is no decision.
	for range cap(heavy) {
		heavy <- struct{}{}
	}
	defer func() {
		for range cap(heavy) {
			<-heavy
		}
	}()
	short := Hypothetical(view.policy, view.snapshot, view.now, 50*time.Millisecond)
	if d, err := short.Authorize(key, authz.Request{Action: "a", Resource: authz.Entity{Type: "t", ID: "i"}}); !errors.Is(err, ErrTimeLimit) || d.Allow {
		t.Errorf("%+v, %v", d, err)
	}
}
