package api_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/steelengine/steelgate/api"
	"github.com/steelengine/steelgate/api/apitest"
	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/feed"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/policies"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/storage/decisions"
	"github.com/steelengine/steelgate/storage/sqlite"
	"github.com/steelengine/steelgate/usage"
)

var noon = time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)

// adminToken is the operator's.
const adminToken = "an-admin-token-of-more-than-32-characters"

// secretOf is the secret of the key of the world that has the name.
func secretOf(key string) string { return "sk-steelengine-secret-of-the-key-" + key }

// world is what every gate begins with. The key "x" has the id key_x and the secret secretOf("x").
const world = `
{"kind": "user", "id": "ada", "name": "Ada"}
{"kind": "user", "id": "ben", "name": "Ben"}
{"kind": "user", "id": "cleo", "name": "Cleo"}
{"kind": "user", "id": "dan", "name": "Dan"}
{"kind": "user", "id": "idle", "active": false}
{"kind": "user", "id": "root", "platform_role": "admin"}
{"kind": "organization", "id": "acme", "name": "Acme"}
{"kind": "organization", "id": "globex", "name": "Globex"}
{"kind": "organization_member", "organization_id": "acme", "user_id": "ada", "role": "admin"}
{"kind": "workspace", "id": "core", "name": "Core", "owner_id": "ada", "organization_id": "acme"}
{"kind": "workspace", "id": "off", "name": "Off", "owner_id": "dan", "organization_id": "acme", "personal_keys_enabled": false}
{"kind": "workspace", "id": "old", "name": "Old", "owner_id": "dan", "organization_id": "acme", "archived": true}
{"kind": "workspace", "id": "far", "name": "Far", "owner_id": "dan", "organization_id": "globex"}
{"kind": "workspace_member", "workspace_id": "core", "user_id": "ben", "role": "write"}
{"kind": "workspace_member", "workspace_id": "core", "user_id": "cleo", "role": "read"}
{"kind": "workspace_member", "workspace_id": "core", "user_id": "idle", "role": "admin"}
{"kind": "workspace_member", "workspace_id": "off", "user_id": "ben", "role": "write"}
{"kind": "workspace_member", "workspace_id": "old", "user_id": "ben", "role": "write"}
{"kind": "resource", "type": "workflow", "id": "invoice", "workspace_id": "core"}
{"kind": "resource", "type": "workflow", "id": "report", "workspace_id": "core"}
{"kind": "resource", "type": "workflow", "id": "draft", "workspace_id": "core", "properties": {"deployed": false}}
{"kind": "resource", "type": "workflow", "id": "etl", "workspace_id": "off"}
{"kind": "resource", "type": "workflow", "id": "dust", "workspace_id": "old"}
{"kind": "resource", "type": "workflow", "id": "assay", "workspace_id": "far"}
{"kind": "resource", "type": "mcp_server", "id": "office", "workspace_id": "core", "properties": {"workflow_ids": ["invoice", "report"]}}
{"kind": "resource", "type": "mcp_server", "id": "down", "workspace_id": "core", "properties": {"deployed": false}}
{"kind": "key", "id": "key_ada", "type": "personal", "user_id": "ada", "name": "ada", "secret": "sk-steelengine-secret-of-the-key-ada"}
{"kind": "key", "id": "key_ben", "type": "personal", "user_id": "ben", "name": "ben", "secret": "sk-steelengine-secret-of-the-key-ben"}
{"kind": "key", "id": "key_cleo", "type": "personal", "user_id": "cleo", "name": "cleo", "secret": "sk-steelengine-secret-of-the-key-cleo"}
{"kind": "key", "id": "key_idle", "type": "personal", "user_id": "idle", "name": "idle", "secret": "sk-steelengine-secret-of-the-key-idle"}
{"kind": "key", "id": "key_core", "type": "workspace", "workspace_id": "core", "name": "core", "secret": "sk-steelengine-secret-of-the-key-core"}
{"kind": "key", "id": "key_narrow", "type": "workspace", "workspace_id": "core", "name": "narrow", "workflow_ids": ["invoice"], "secret": "sk-steelengine-secret-of-the-key-narrow"}
{"kind": "key", "id": "key_acme", "type": "organization", "organization_id": "acme", "name": "CI", "grants": [{"workspace_id": "off", "permission": "read"}, {"workflow_id": "invoice", "permission": "write"}, {"workspace_id": "core", "permission": "read"}], "secret": "sk-steelengine-secret-of-the-key-acme"}
{"kind": "key", "id": "key_revoked", "type": "workspace", "workspace_id": "core", "name": "revoked", "revoked_at": "2029-01-01T00:00:00Z", "secret": "sk-steelengine-secret-of-the-key-revoked"}
{"kind": "key", "id": "key_expired", "type": "workspace", "workspace_id": "core", "name": "expired", "expires_at": "2030-01-31T12:00:00Z", "secret": "sk-steelengine-secret-of-the-key-expired"}
{"kind": "key", "id": "key_disabled", "type": "workspace", "workspace_id": "core", "name": "disabled", "disabled": true, "secret": "sk-steelengine-secret-of-the-key-disabled"}
{"kind": "key", "id": "key_office", "type": "workspace", "workspace_id": "core", "name": "office", "allowed_cidrs": ["203.0.113.0/24", "2001:db8::/32"], "secret": "sk-steelengine-secret-of-the-key-office"}
`

// gate is the real handler over a real database, with an engine that sees changes when it is stepped.
type gate struct {
	http.Handler
	t          testing.TB
	store      storage.Store
	engine     *engine.Engine
	management *management.Service
	feed       *feed.Feed
	usage      *usage.Tracker
	now        time.Time
	log        *bytes.Buffer
	metrics    *prometheus.Registry
	keyring    *apikey.Keyring
	// options changes what the doors stand on, where a test wants that.
	options func(*api.Options)
	// logged is what the doors recorded.
	logged []authz.LoggedDecision
	mutex  sync.Mutex
}

// foundation is a closed database with the world in it, and its keyring: made once, and copied for each gate.
var foundation = sync.OnceValues(func() (f struct {
	database []byte
	keyring  *apikey.Keyring
	policy   *engine.Policy
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
	if f.policy, err = policyWith("", ""); err != nil {
		return f, err
	}
	store, err := sqlite.Open(context.Background(), path)
	if err != nil {
		return f, err
	}
	service := management.New(management.Options{
		Store: store, Keyring: f.keyring, Engine: engine.New(engine.Options{Keyring: f.keyring}), Clock: func() time.Time { return noon },
	})
	platform := management.Actor{Token: authz.ServiceToken{ID: "test", Scopes: []authz.TokenScope{authz.AdminScope}}}
	_, err = service.Import(context.Background(), platform, strings.NewReader(world))
	if err = errors.Join(err, store.Close()); err != nil {
		return f, err
	}
	f.database, err = os.ReadFile(path)
	return f, err
})

// policyWith is the shipped policy with one file replaced or added; "" replaces none.
func policyWith(path, source string) (*engine.Policy, error) {
	files, err := engine.ReadFiles(policies.Files)
	if err != nil {
		return nil, err
	}
	if path != "" {
		files[path] = source
	}
	return engine.Compile(files, 1)
}

// newGate opens a fresh database with the world in it, and loads it.
func newGate(t testing.TB) *gate {
	t.Helper()
	return newGateWith(t, func(*api.Options) {})
}

// newGateWith is one whose doors have other options.
func newGateWith(t testing.TB, change func(*api.Options)) *gate {
	t.Helper()
	g := newColdGateWith(t, change)
	g.step()
	return g
}

// newColdGate is one that has loaded nothing yet.
func newColdGate(t testing.TB) *gate {
	t.Helper()
	return newColdGateWith(t, func(*api.Options) {})
}

func newColdGateWith(t testing.TB, change func(*api.Options)) *gate {
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
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return newGateOver(t, store, built.keyring, built.policy, change)
}

func newGateOver(t testing.TB, store storage.Store, keyring *apikey.Keyring, policy *engine.Policy, change func(*api.Options)) *gate {
	t.Helper()
	g := &gate{t: t, store: store, now: noon, log: &bytes.Buffer{}, metrics: prometheus.NewRegistry(), keyring: keyring}
	clock := func() time.Time { return g.now }
	log := slog.New(slog.NewTextHandler(g.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	g.engine = engine.New(engine.Options{Keyring: keyring, Clock: clock, RevisionWait: 20 * time.Millisecond, MaxStaleness: 10 * time.Second})
	g.engine.UsePolicy(policy)
	g.feed = feed.New(store, g.engine, feed.Options{Clock: clock, Log: log})
	g.options = change
	g.usage = usage.New(store, log)
	g.mount(nil)
	return g
}

// mount makes the handler, with a decision log to read from or none.
func (g *gate) mount(readable decisions.Log) {
	g.t.Helper()
	g.metrics = prometheus.NewRegistry()
	clock := func() time.Time { return g.now }
	log := slog.New(slog.NewTextHandler(g.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	g.management = management.New(management.Options{
		Store: g.store, Keyring: g.keyring, Engine: g.engine, Decisions: readable, Clock: clock, Log: log, SessionUsed: g.usage.Session, ReplicaID: "rep_self",
	})
	admin, err := apikey.ParseAdminToken(adminToken)
	if err != nil {
		g.t.Fatal(err)
	}
	options := api.Options{
		Engine: g.engine, Management: g.management, AdminToken: admin, Metrics: g.metrics, Log: log, Clock: clock, Record: g.record,
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")},
	}
	g.options(&options)
	g.Handler = api.New(options)
}

func (g *gate) record(d authz.LoggedDecision) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.logged = append(g.logged, d)
}

// in is the gate as part of a test below the one that made it. Only the first one's clock can be set.
func (g *gate) in(t testing.TB) *gate {
	return &gate{Handler: g.Handler, t: t, store: g.store, engine: g.engine, feed: g.feed, now: g.now, log: g.log, metrics: g.metrics, keyring: g.keyring}
}

// step has the engine see all that was changed.
func (g *gate) step() {
	g.t.Helper()
	if err := g.feed.Step(context.Background()); err != nil {
		g.t.Fatal(err)
	}
}

func (g *gate) usePolicy(path, source string) {
	g.t.Helper()
	policy, err := policyWith(path, source)
	if err != nil {
		g.t.Fatal(err)
	}
	g.engine.UsePolicy(policy)
}

func (g *gate) revision() (revision uint64) {
	g.t.Helper()
	if err := g.store.View(context.Background(), func(r storage.Reader) (err error) {
		revision, err = r.Revision()
		return err
	}); err != nil {
		g.t.Fatal(err)
	}
	return revision
}

// ask sends a request from a trusted proxy's address. A header is a line such as "X-API-Key: sk-…"; one may come twice.
func (g *gate) ask(method, path, body string, headers ...string) answer {
	g.t.Helper()
	return g.askFrom("10.1.2.3:4567", method, path, body, headers...)
}

func (g *gate) askFrom(peer, method, path, body string, headers ...string) answer {
	g.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.RemoteAddr = peer
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	return g.send(r, body)
}

// send has a request answered, and holds both to the document.
func (g *gate) send(r *http.Request, body string) answer {
	g.t.Helper()
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	apitest.Check(g.t, apitest.Exchange{Request: r, Sent: []byte(body), Status: w.Code, Header: w.Header(), Body: w.Body.Bytes()})
	return answer{w, g.t}
}

const asAdmin = "Authorization: Bearer " + adminToken

// admin asks as the platform.
func (g *gate) admin(method, path, body string, headers ...string) answer {
	g.t.Helper()
	return g.ask(method, path, body, append(headers, asAdmin)...)
}

// change is admin that must succeed, and that the engine sees.
func (g *gate) change(method, path, body string) answer {
	g.t.Helper()
	a := g.admin(method, path, body)
	if a.Code >= 300 {
		g.t.Fatalf("%s %s: %d %s", method, path, a.Code, a.Body)
	}
	g.step()
	return a
}

// token makes a service token, and is the header that presents it.
func (g *gate) token(scopes ...string) string {
	g.t.Helper()
	made := g.change("POST", "/v1/tokens", fmt.Sprintf(`{"name": "test", "scopes": ["%s"]}`, strings.Join(scopes, `", "`)))
	return "Authorization: Bearer " + made.text("secret")
}

// unchanged runs what must change nothing.
func (g *gate) unchanged(do func()) {
	g.t.Helper()
	before := g.revision()
	if do(); g.revision() != before {
		g.t.Errorf("the data went from revision %d to %d, and nothing should have changed", before, g.revision())
	}
}
