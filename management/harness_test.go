package management_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/policycheck"
	"github.com/steelengine/steelgate/feed"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/policies"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/storage/decisions"
	"github.com/steelengine/steelgate/storage/sqlite"
	"github.com/steelengine/steelgate/strictjson"
)

var noon = time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)

// house is the service over a real database with the shipped policy, and an engine that decides on what the service did.
type house struct {
	*management.Service
	t         testing.TB
	store     storage.Store
	keyring   *apikey.Keyring
	decisions decisions.Log
	engine    *engine.Engine
	feed      *feed.Feed
	now       time.Time
	// file is the database's.
	file string
}

// world is what every house begins with.
const world = `
{"kind": "user", "id": "owner"}
{"kind": "user", "id": "admin"}
{"kind": "user", "id": "writer"}
{"kind": "user", "id": "reader"}
{"kind": "user", "id": "org_admin"}
{"kind": "user", "id": "org_member"}
{"kind": "user", "id": "stranger"}
{"kind": "user", "id": "idle", "active": false}
{"kind": "user", "id": "policy_admin", "platform_role": "policy_admin"}
{"kind": "user", "id": "platform_admin", "platform_role": "admin"}
{"kind": "organization", "id": "org", "name": "Acme"}
{"kind": "organization", "id": "org_2", "name": "Globex"}
{"kind": "organization_member", "organization_id": "org", "user_id": "org_admin", "role": "admin"}
{"kind": "organization_member", "organization_id": "org", "user_id": "org_member", "role": "member"}
{"kind": "organization_member", "organization_id": "org", "user_id": "idle", "role": "admin"}
{"kind": "workspace", "id": "ws", "name": "Core", "owner_id": "owner", "organization_id": "org"}
{"kind": "workspace", "id": "ws_b", "owner_id": "stranger", "organization_id": "org"}
{"kind": "workspace", "id": "ws_2", "owner_id": "stranger", "organization_id": "org_2"}
{"kind": "workspace", "id": "ws_solo", "owner_id": "stranger"}
{"kind": "workspace_member", "workspace_id": "ws", "user_id": "admin", "role": "admin"}
{"kind": "workspace_member", "workspace_id": "ws", "user_id": "writer", "role": "write"}
{"kind": "workspace_member", "workspace_id": "ws", "user_id": "reader", "role": "read"}
{"kind": "workspace_member", "workspace_id": "ws", "user_id": "idle", "role": "admin"}
{"kind": "resource", "type": "workflow", "id": "wf", "name": "Invoice", "workspace_id": "ws"}
{"kind": "resource", "type": "workflow", "id": "wf_other", "workspace_id": "ws"}
{"kind": "resource", "type": "workflow", "id": "wf_b", "workspace_id": "ws_b"}
{"kind": "resource", "type": "workflow", "id": "wf_2", "workspace_id": "ws_2"}
{"kind": "resource", "type": "workflow", "id": "wf_loose"}
{"kind": "resource", "type": "mcp_server", "id": "mcp", "workspace_id": "ws", "properties": {"workflow_ids": ["wf", "wf_other"]}}
`

var shippedPolicy = sync.OnceValues(func() (*engine.Policy, error) { return policyWith("", "") })

// policyWith is the shipped policy with one file replaced; "" replaces none.
func policyWith(path, source string) (*engine.Policy, error) {
	files, err := engine.ReadFiles(policies.Files)
	if err != nil {
		return nil, err
	}
	files = maps.Clone(files)
	if path != "" {
		files[path] = source
	}
	return engine.Compile(files, 1)
}

// foundation is a closed database with the world in it, and its keyring: made once, and copied for each house.
var foundation = sync.OnceValues(func() (f struct {
	database []byte
	keyring  *apikey.Keyring
}, err error) {
	folder, err := os.MkdirTemp("", "steelgate")
	if err != nil {
		return f, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "steelgate.db")
	if f.keyring, err = apikey.NewKeyring(); err != nil {
		return f, err
	}
	store, err := sqlite.Open(context.Background(), path)
	if err != nil {
		return f, err
	}
	service := management.New(management.Options{Store: store, Keyring: f.keyring, Engine: engine.New(engine.Options{Keyring: f.keyring})})
	_, err = service.Import(context.Background(), platform, strings.NewReader(world))
	if err = errors.Join(err, store.Close()); err != nil {
		return f, err
	}
	f.database, err = os.ReadFile(path)
	return f, err
})

// newHouse opens a fresh database with the world in it.
func newHouse(t testing.TB) *house {
	t.Helper()
	built, err := foundation()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "steelgate.db")
	if err := os.WriteFile(path, built.database, 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	decisionLog, err := sqlite.OpenDecisions(t.Context(), filepath.Join(t.TempDir(), "decisions.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(store.Close(), decisionLog.Close()); err != nil {
			t.Error(err)
		}
	})
	policy, err := shippedPolicy()
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, store: store, keyring: built.keyring, decisions: decisionLog, now: noon, file: path}
	clock := func() time.Time { return h.now }
	// No policy of these tests runs away, and the machine may be busy.
	h.engine = engine.New(engine.Options{Keyring: h.keyring, Clock: clock, TimeLimit: time.Minute})
	h.engine.UsePolicy(policy)
	h.feed = feed.New(store, h.engine, feed.Options{Clock: clock})
	h.Service = h.over(store)
	return h
}

// over is a service like the house's over another view of its database.
func (h *house) over(store storage.Store) *management.Service {
	return management.New(management.Options{
		Store: store, Keyring: h.keyring, Engine: h.engine, Decisions: h.decisions, Clock: func() time.Time { return h.now },
		Drafts: &judge{verdict: policycheck.Verdict{OK: true}},
	})
}

// The actors that nearly every test needs.
var platform = token(authz.AdminScope)

func token(scopes ...authz.TokenScope) management.Actor {
	return management.Actor{Token: authz.ServiceToken{ID: "tok_test", Scopes: scopes}}
}

// as is a manage token that acts for a user.
func as(userID string) management.Actor {
	a := token(authz.ManageScope)
	a.UserID = userID
	return a
}

// read decodes a change as the API does.
func read[T any](t testing.TB, text string) (change T) {
	t.Helper()
	if err := strictjson.DecodeBytes([]byte(text), &change); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return change
}

func (h *house) mustImport(lines string) {
	h.t.Helper()
	if _, err := h.Import(h.t.Context(), platform, strings.NewReader(lines)); err != nil {
		h.t.Fatal(err)
	}
}

// createKey makes a key as the platform.
func (h *house) createKey(body string) (authz.APIKey, apikey.Secret) {
	h.t.Helper()
	key, secret, _, err := h.CreateKey(h.t.Context(), platform, read[management.KeyFields](h.t, body))
	if err != nil {
		h.t.Fatalf("%s: %v", body, err)
	}
	return key, secret
}

func (h *house) key(id string) authz.APIKey {
	h.t.Helper()
	key, err := h.Key(h.t.Context(), platform, id)
	if err != nil {
		h.t.Fatal(err)
	}
	return key
}

func (h *house) revision() (revision uint64) {
	h.t.Helper()
	if err := h.store.View(h.t.Context(), func(r storage.Reader) (err error) {
		revision, err = r.Revision()
		return err
	}); err != nil {
		h.t.Fatal(err)
	}
	return revision
}

// decide asks the engine, once it has seen all that was changed.
func (h *house) decide(secret apikey.Secret, action, resourceType, id string) authz.Code {
	h.t.Helper()
	if err := h.feed.Step(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	view, err := h.engine.View()
	if err != nil {
		h.t.Fatal(err)
	}
	d, err := view.Decide(engine.Present(secret.Reveal()), authz.Request{Action: action, Resource: authz.Entity{Type: resourceType, ID: id}})
	if err != nil {
		h.t.Fatal(err)
	}
	return d.Code
}

// expect compares the code of a decision; what is "action type id".
func (h *house) expect(secret apikey.Secret, what string, want authz.Code) {
	h.t.Helper()
	words := strings.Fields(what)
	if got := h.decide(secret, words[0], words[1], words[2]); got != want {
		h.t.Errorf("%s: got %s, want %s", what, got, want)
	}
}
