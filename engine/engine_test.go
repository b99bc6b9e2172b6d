package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/snapshot"
	"github.com/steelengine/steelgate/policies"
)

var noon = time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)

// bench is an engine over one workspace with one workspace key, and a clock that stands where it is set.
type fixture struct {
	*engine.Engine
	secret apikey.Secret
	now    time.Time
	load   *snapshot.Load
}

func newFixture(t testing.TB, files map[string]string) *fixture {
	t.Helper()
	keyring, err := apikey.NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{secret: apikey.Mint(), now: noon, load: snapshot.NewLoad()}
	f.Engine = engine.New(engine.Options{
		Keyring: keyring, Clock: func() time.Time { return f.now }, TimeLimit: 200 * time.Millisecond, RevisionWait: 20 * time.Millisecond,
	})
	policy, err := engine.Compile(files, 3)
	if err != nil {
		t.Fatal(err)
	}
	f.UsePolicy(policy)
	f.load.PutUser(authz.User{ID: "u1", Active: true})
	f.load.PutWorkspace(authz.Workspace{ID: "w1", OwnerID: "u1", PersonalKeysEnabled: true})
	f.load.PutResource(authz.Resource{Type: "workflow", ID: "f1", WorkspaceID: "w1", Properties: authz.Object(`{"deployed":true}`)})
	digest, _ := keyring.Digest(f.secret)
	f.load.PutKey(authz.APIKey{ID: "key_1", Type: authz.WorkspaceKey, Name: "CI", OwnerID: "w1"}, digest)
	f.UseSnapshot(f.load.Commit(7), noon)
	return f
}

func shipped(t testing.TB) map[string]string {
	t.Helper()
	files, err := engine.ReadFiles(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// with is the shipped policy with one file replaced or added.
func with(t testing.TB, path, source string) map[string]string {
	files := shipped(t)
	files[path] = source
	return files
}

func (f *fixture) decide(t testing.TB) (authz.Decision, error) {
	t.Helper()
	view, err := f.View()
	if err != nil {
		t.Fatal(err)
	}
	return view.Decide(engine.Present(f.secret.Reveal()), execute)
}

var execute = authz.Request{Action: "workflow.execute", Resource: authz.Entity{Type: "workflow", ID: "f1"}}

func TestDecision(t *testing.T) {
	f := newFixture(t, shipped(t))
	d, err := f.decide(t)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(d.ID, "dec_") || !d.Allow || d.Status != 200 || d.Code != authz.Allowed || d.PolicyRevision != 3 || d.DataRevision != 7 {
		t.Errorf("got %+v", d)
	}
	if d.Key == nil || *d.Key != (authz.KeyRef{ID: "key_1", Name: "CI", Type: authz.WorkspaceKey}) {
		t.Errorf("key %+v", d.Key)
	}
	if d.BilledTo == nil || *d.BilledTo != (authz.Owner{Type: authz.UserOwner, ID: "u1"}) {
		t.Errorf("billed to %+v", d.BilledTo)
	}
}

// A policy that fails, in whatever way, decides nothing: never an allow.
func TestBrokenPolicyIsNoDecision(t *testing.T) {
	entry := func(rule string) string { return "package steelgate.authz\n" + rule }
	for name, rule := range map[string]string{
		"undefined":                `decision := {"allow": true, "code": "allowed"} if input.resource.id == "another"`,
		"no object":                `decision := true`,
		"a set":                    `decision := {"allow", "allowed"}`,
		"no allow":                 `decision := {"code": "allowed"}`,
		"no code":                  `decision := {"allow": true}`,
		"an empty code":            `decision := {"allow": false, "code": ""}`,
		"allow is no boolean":      `decision := {"allow": "true", "code": "allowed"}`,
		"code is no string":        `decision := {"allow": true, "code": 1}`,
		"allow with another code":  `decision := {"allow": true, "code": "outside_scope"}`,
		"deny with allowed":        `decision := {"allow": false, "code": "allowed"}`,
		"a code of authentication": `decision := {"allow": false, "code": "key_revoked"}`,
		"policy_error":             `decision := {"allow": false, "code": "policy_error"}`,
		"message is no string":     `decision := {"allow": true, "code": "allowed", "message": 1}`,
		"no such permission":       `decision := {"allow": true, "code": "allowed", "permission": {"required": "root", "granted": "read"}}`,
		"half a permission":        `decision := {"allow": true, "code": "allowed", "permission": {"required": "read"}}`,
		"grant of both":            `decision := {"allow": true, "code": "allowed", "granted_by": {"workspace_id": "a", "workflow_id": "b", "permission": "read"}}`,
		"grant of nothing":         `decision := {"allow": true, "code": "allowed", "granted_by": {"permission": "read"}}`,
		"payer without an id":      `decision := {"allow": true, "code": "allowed", "billed_to": {"type": "user"}}`,
		"a failing builtin":        `decision := {"allow": true, "code": "allowed"} if to_number("x") == 1`,
		"a failing builtin in not": `decision := {"allow": true, "code": "allowed"} if not to_number("x") == 1`,
		"conflict":                 "decision := {\"allow\": true, \"code\": \"allowed\"} if input.resource.id\ndecision := {\"allow\": false, \"code\": \"no\"} if input.resource.id",
		"a scan of all keys":       `decision := {"allow": true, "code": "allowed"} if { some id; data.keys[id].name == "CI" }`,
		"a whole collection":       `decision := {"allow": true, "code": "allowed"} if count(data.users) > 0`,
		"too long":                 endless,
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, map[string]string{"authz/decision.rego": entry(rule)})
			d, err := f.decide(t)
			if !errors.Is(err, engine.ErrPolicy) || d.Allow || d.Code != authz.PolicyError || engine.NoDecision(err) != authz.PolicyError {
				t.Errorf("got %+v, %v", d, err)
			}
		})
	}
}

// endless runs for longer than any time limit, in small steps.
const endless = `decision := {"allow": true, "code": "allowed"} if {
	every a in _hundred { every b in _hundred { every c in _hundred { every d in _hundred { a + b + c + d >= 0 } } } }
}

_hundred := [x | some a in _ten; some b in _ten; x := (10 * a) + b]

_ten := [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]`

func TestSiteDenyTakesAway(t *testing.T) {
	for name, c := range map[string]struct {
		rule    string
		code    authz.Code
		message string
	}{
		"denies":               {`deny contains {"code": "closed", "message": "We are closed."}`, "closed", "We are closed."},
		"first by code":        {"deny contains {\"code\": \"b\", \"message\": \"B\"}\ndeny contains {\"code\": \"a\", \"message\": \"A\"}", "a", "A"},
		"does not apply":       {`deny contains {"code": "closed", "message": "x"} if input.resource.id == "another"`, authz.Allowed, ""},
		"sees the time":        {`deny contains {"code": "night", "message": "Night."} if time.clock(time.parse_rfc3339_ns(input.context.time))[0] == 12`, "night", "Night."},
		"can not add":          {`decision := {"allow": true, "code": "allowed"}`, authz.Allowed, ""},
		"of no shape":          {`deny contains 7`, authz.PolicyError, ""},
		"without a code":       {`deny contains {"message": "x"}`, authz.PolicyError, ""},
		"with an allowed code": {`deny contains {"code": "allowed", "message": "x"}`, authz.PolicyError, ""},
		"without a message":    {`deny contains {"code": "closed"}`, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, with(t, "site/site.rego", "package steelgate.site\n"+c.rule))
			d, err := f.decide(t)
			if c.code == "" {
				if d.Allow {
					t.Errorf("allowed: %+v", d)
				}
				return
			}
			if d.Code != c.code || (err != nil) != (c.code == authz.PolicyError) || d.Allow != (c.code == authz.Allowed) {
				t.Errorf("got %+v, %v; want %s", d, err, c.code)
			}
			if c.message != "" && d.Message != c.message {
				t.Errorf("message %q", d.Message)
			}
		})
	}
}

// A policy that allows everything does not bring a dead key back.
func TestNoPolicyRevivesAKey(t *testing.T) {
	hour := time.Hour
	past := noon.Add(-hour)
	for name, c := range map[string]struct {
		change func(f *fixture, key authz.APIKey) authz.APIKey
		code   authz.Code
	}{
		"revoked":   {func(_ *fixture, k authz.APIKey) authz.APIKey { k.RevokedAt = &past; return k }, authz.KeyRevoked},
		"expired":   {func(_ *fixture, k authz.APIKey) authz.APIKey { now := noon; k.ExpiresAt = &now; return k }, authz.KeyExpired},
		"disabled":  {func(_ *fixture, k authz.APIKey) authz.APIKey { k.Disabled = true; return k }, authz.KeyDisabled},
		"ownerless": {func(_ *fixture, k authz.APIKey) authz.APIKey { k.OwnerID = "gone"; return k }, authz.OwnerInactive},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, map[string]string{"authz/decision.rego": "package steelgate.authz\ndecision := {\"allow\": true, \"code\": \"allowed\"}"})
			keyring, err := apikey.NewKeyring()
			if err != nil {
				t.Fatal(err)
			}
			f.Engine = engine.New(engine.Options{Keyring: keyring, Clock: func() time.Time { return noon }})
			policy, err := engine.Compile(map[string]string{"a.rego": "package steelgate.authz\ndecision := {\"allow\": true, \"code\": \"allowed\"}"}, 1)
			if err != nil {
				t.Fatal(err)
			}
			f.UsePolicy(policy)
			digest, _ := keyring.Digest(f.secret)
			edit := snapshot.Empty().Edit()
			edit.PutWorkspace(authz.Workspace{ID: "w1", OwnerID: "u1"})
			edit.PutKey(c.change(f, authz.APIKey{ID: "key_1", Type: authz.WorkspaceKey, Name: "CI", OwnerID: "w1"}), digest)
			f.UseSnapshot(edit.Commit(1), noon)
			d, err := f.decide(t)
			if err != nil || d.Allow || d.Code != c.code || d.Status != 401 || d.Key == nil {
				t.Errorf("got %+v, %v", d, err)
			}
		})
	}
}

func TestStaleness(t *testing.T) {
	f := newFixture(t, shipped(t))
	f.now = noon.Add(10 * time.Second)
	if err := f.Ready(); err != nil {
		t.Errorf("stale at the limit: %v", err)
	}
	f.now = noon.Add(10*time.Second + 1)
	if _, err := f.View(); !errors.Is(err, engine.ErrStale) {
		t.Errorf("not stale beyond the limit: %v", err)
	}
	f.Vouch(f.now)
	if err := f.Ready(); err != nil {
		t.Errorf("stale after a vouch: %v", err)
	}
	if _, err := engine.New(engine.Options{}).View(); !errors.Is(err, engine.ErrStale) {
		t.Errorf("an empty engine decides: %v", err)
	}
}

func TestAwait(t *testing.T) {
	f := newFixture(t, shipped(t))
	ctx := context.Background()
	if err := f.Await(ctx, 7); err != nil {
		t.Error(err)
	}
	if err := f.Await(ctx, 8); !errors.Is(err, engine.ErrStale) {
		t.Errorf("did not wait for what never comes: %v", err)
	}
	f.OnBehind(func() {
		f.Vouch(noon)
		f.UseSnapshot(f.Snapshot().Edit().Commit(8), noon)
	})
	if err := f.Await(ctx, 8); err != nil {
		t.Errorf("the wake-up did not help: %v", err)
	}
}

func TestPermits(t *testing.T) {
	management := func(rule string) map[string]string {
		return with(t, "management/allow.rego", "package steelgate.management\n"+rule)
	}
	for name, c := range map[string]struct {
		rule      string
		permitted bool
		fails     bool
	}{
		"allows":            {`allow if input.operation == "keys.create"`, true, false},
		"undefined":         {`allow if input.operation == "another"`, false, false},
		"false":             {`allow := false`, false, false},
		"no boolean":        {`allow := "yes"`, false, true},
		"sees no data":      {`allow if data.users.u1.active`, false, false},
		"a failing builtin": {`allow if not to_number("x") == 1`, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, management(c.rule))
			permitted, err := f.Permits(map[string]any{"operation": "keys.create"})
			if permitted != c.permitted || errors.Is(err, engine.ErrPolicy) != c.fails {
				t.Errorf("got %t, %v", permitted, err)
			}
		})
	}
}
