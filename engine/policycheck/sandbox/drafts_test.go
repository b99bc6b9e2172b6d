package sandbox_test

import (
	"context"
	"fmt"
	"net"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/policycheck"
	"github.com/steelengine/steelgate/engine/policycheck/sandbox"
	"github.com/steelengine/steelgate/engine/snapshot"
	"github.com/steelengine/steelgate/policies"
)

// listener counts who calls it.
func listener(t *testing.T) (address string, calls *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	calls = &atomic.Int64{}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			calls.Add(1)
			c.Close()
		}
	}()
	return l.Addr().String(), calls
}

// Whatever somebody hands in: it is refused with a reason, or decides within the limits. Nobody is called.
func TestHostileDrafts(t *testing.T) {
	address, calls := listener(t)
	files, err := engine.ReadFiles(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	checker := &sandbox.Checker{Limits: sandbox.Limits{Time: 10 * time.Second, CPU: 6 * time.Second, Memory: 512 << 20}}
	all := drafts(address)
	if len(all) < 40 {
		t.Errorf("%d drafts, not forty", len(all))
	}
	t.Run("each", func(t *testing.T) {
		for _, h := range all {
			t.Run(h.name, func(t *testing.T) {
				draft := h.over(files)
				begin := time.Now()
				v, err := checker.Check(t.Context(), draft)
				if err != nil {
					t.Fatal(err)
				}
				refusals := refusalsOf(v)
				t.Logf("%v, OK %t: %.300v", time.Since(begin).Round(time.Millisecond), v.OK, refusals)
				if v.OK && len(refusals) > 0 {
					t.Error("it is refused and OK")
				}
				if len(h.codes) > 0 && !isRefusedFor(h, refusals) {
					t.Errorf("it is not refused for any of %v in %q", h.codes, h.path)
				}
				if len(refusals) == 0 {
					decides(t, draft)
				}
			})
		}
	})
	if n := calls.Load(); n != 0 {
		t.Errorf("somebody was called %d times", n)
	}
}

func refusalsOf(v policycheck.Verdict) (refusals engine.Diagnostics) {
	for _, d := range v.Diagnostics {
		if d.Severity == "error" {
			refusals = append(refusals, d)
		}
	}
	return refusals
}

func isRefusedFor(h hostile, refusals engine.Diagnostics) bool {
	for _, d := range refusals {
		for _, code := range h.codes {
			if d.Code == code && d.Message != "" && (h.path == "-" || d.Path == h.path || d.Code == "path" && d.Path != "") {
				return true
			}
		}
	}
	return false
}

// decides asks what was not refused for decisions, as a server would.
func decides(t *testing.T, files map[string]string) {
	t.Helper()
	const limit = time.Second
	policy, err := engine.Compile(files, 1)
	if err != nil {
		t.Fatalf("it passed the check, and does not compile: %v", err)
	}
	keyring, err := apikey.NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)
	e := engine.New(engine.Options{Keyring: keyring, Clock: func() time.Time { return now }, TimeLimit: limit})
	e.UsePolicy(policy)
	load := snapshot.NewLoad()
	load.PutUser(authz.User{ID: "ada", Active: true})
	load.PutWorkspace(authz.Workspace{ID: "core", OwnerID: "ada", PersonalKeysEnabled: true})
	load.PutResource(authz.Resource{Type: "workflow", ID: "invoice", WorkspaceID: "core", Properties: authz.Object(`{"deployed":true}`)})
	secrets := map[string]apikey.Secret{}
	for _, id := range []string{"live", "revoked", "expired", "disabled"} {
		key := authz.APIKey{ID: id, Type: authz.WorkspaceKey, OwnerID: "core", Disabled: id == "disabled"}
		switch id {
		case "revoked":
			key.RevokedAt = &now
		case "expired":
			key.ExpiresAt = &now
		}
		secrets[id] = apikey.Mint()
		digest, _ := keyring.Digest(secrets[id])
		load.PutKey(key, digest)
	}
	e.UseSnapshot(load.Commit(1), now)
	view, err := e.View()
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for id, secret := range secrets {
		for _, extra := range []string{"", `{"x": 1}`, `{"x": [1, {"y": null}]}`} {
			begin := time.Now()
			d, err := view.Decide(engine.Present(secret.Reveal()), authz.Request{
				Action: "workflow.execute", Resource: authz.Entity{Type: "workflow", ID: "invoice"}, Context: authz.Context{Extra: authz.Object(extra)},
			})
			if took := time.Since(begin); took > 3*limit {
				t.Errorf("a decision took %v", took)
			}
			if d.Allow && (id != "live" || err != nil) {
				t.Errorf("the %s key is allowed, with the error %v", id, err)
			}
		}
	}
	runtime.ReadMemStats(&after)
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 512<<20 {
		t.Errorf("twelve decisions took %d MiB", taken>>20)
	}
}

// patient are limits for a machine that runs other tests beside.
var patient = sandbox.Limits{Time: 2 * time.Minute, CPU: 2 * time.Minute, Memory: 1 << 30}

func TestTheShippedPolicyIsFine(t *testing.T) {
	begin := time.Now()
	checker := sandbox.Checker{Limits: patient}
	v, err := checker.Check(t.Context(), shipped(t))
	if err != nil || !v.OK || len(v.Diagnostics) != 0 || v.Tests.Passed == 0 || v.Coverage != 100 || len(v.Invariants) != 5 {
		t.Errorf("%v, OK %t, %v, %d passed, %d failed, %.1f %%, %v", err, v.OK, v.Diagnostics, v.Tests.Passed, v.Tests.Failed, v.Coverage, v.Invariants)
	}
	t.Logf("checked in %v", time.Since(begin))
}

// burning is what does not end: tests that each loop over 1.6 billion combinations, as long as a test may.
func burning() map[string]string {
	tests := "package steelgate.a_test\n\nl := [" + strings.Repeat("1, ", 199) + "1]\n"
	for i := range 12 {
		tests += fmt.Sprintf("\ntest_%d if {\n\tsome a in l\n\tsome b in l\n\tsome c in l\n\tsome d in l\n\ta + b + c + d == 0\n}\n", i)
	}
	return map[string]string{"a.rego": "package steelgate.authz\n\ndecision := {\"allow\": false, \"code\": \"no\"}\n", "a_test.rego": tests}
}

func TestEachLimitEndsACheckAndSaysWhich(t *testing.T) {
	// Forty thousand texts of 800 KiB each, in a test: it may take longer than a decision may.
	numbers := make([]string, 200)
	for i := range numbers {
		numbers[i] = strconv.Itoa(i)
	}
	large := map[string]string{
		"a.rego": "package steelgate.authz\n\ndecision := {\"allow\": false, \"code\": \"no\"}\n",
		"a_test.rego": "package steelgate.a_test\n\nr := \"" + strings.Repeat("x", 200<<10) + "\"\n\nl := [" + strings.Join(numbers, ", ") +
			"]\n\nmany := [t |\n\tsome i in l\n\tsome j in l\n\tt := concat(\"\", [r, r, r, r, format_int((i * 1000) + j, 10)])\n]\n\ntest_many if count(many) < 0\n",
	}
	for name, c := range map[string]struct {
		limits sandbox.Limits
		files  map[string]string
		says   string
	}{
		"time":      {sandbox.Limits{Time: 500 * time.Millisecond, CPU: time.Minute, Memory: 1 << 30}, burning(), "longer than 500ms"},
		"processor": {sandbox.Limits{Time: time.Minute, CPU: time.Second, Memory: 1 << 30}, burning(), "of the processor"},
		"memory":    {sandbox.Limits{Time: time.Minute, CPU: time.Minute, Memory: 512 << 20}, large, "512 MiB of memory"},
	} {
		t.Run(name, func(t *testing.T) {
			checker := sandbox.Checker{Limits: c.limits}
			v, err := checker.Check(t.Context(), c.files)
			refusals := refusalsOf(v)
			if err != nil || v.OK || len(refusals) != 1 || refusals[0].Code != "limits" || !strings.Contains(refusals[0].Message, c.says) {
				t.Errorf("got %v, %v", v.Diagnostics, err)
			}
		})
	}
}

func TestTheContextEndsACheck(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := new(sandbox.Checker).Check(ctx, burning()); err == nil {
		t.Error("no error")
	}
}
