package rotation_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/feed"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/policies"
	"github.com/steelengine/steelgate/rotation"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/storage/sqlite"
)

var shippedPolicy = sync.OnceValues(func() (*engine.Policy, error) {
	files, err := engine.ReadFiles(policies.Files)
	if err != nil {
		return nil, err
	}
	return engine.Compile(files, 1)
})

// installation is a database and a keyring's file.
type installation struct {
	t     *testing.T
	store storage.Store
	path  string
	now   atomic.Int64
	// patience is how long a replica waits for a revision.
	patience time.Duration
}

func newInstallation(t *testing.T) *installation {
	t.Helper()
	store, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "steelgate.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return newInstallationOn(t, store)
}

func newInstallationOn(t *testing.T, store storage.Store) *installation {
	t.Helper()
	in := &installation{t: t, store: store, path: filepath.Join(t.TempDir(), "keyring.json"), patience: 10 * time.Millisecond}
	keyring, err := apikey.CreateKeyring(in.path)
	if err != nil {
		t.Fatal(err)
	}
	in.update(func(tx storage.Tx) error { return rotation.Begin(tx, keyring.Versions()) })
	return in
}

func (in *installation) clock() time.Time {
	return time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC).Add(time.Duration(in.now.Load()))
}

func (in *installation) pass(d time.Duration) { in.now.Add(int64(d)) }

func (in *installation) update(write func(storage.Tx) error) {
	in.t.Helper()
	if _, err := in.store.Update(context.Background(), write); err != nil {
		in.t.Fatal(err)
	}
}

func noAudit(storage.Tx, string, uint32) error { return nil }

func (in *installation) rotate() {
	in.t.Helper()
	if _, err := rotation.Rotate(context.Background(), in.store, in.path, noAudit); err != nil {
		in.t.Fatal(err)
	}
}

func (in *installation) activate() {
	in.t.Helper()
	if _, err := rotation.Activate(context.Background(), in.store, in.path, noAudit); err != nil {
		in.t.Fatal(err)
	}
}

func (in *installation) status() (status rotation.Status) {
	in.t.Helper()
	keyring, err := apikey.LoadKeyring(in.path)
	if err != nil {
		in.t.Fatal(err)
	}
	if err := in.store.View(context.Background(), func(r storage.Reader) error {
		status, err = rotation.StatusOf(r, keyring.Versions())
		return err
	}); err != nil {
		in.t.Fatal(err)
	}
	return status
}

// wantStatus compares what stands with lines such as "2 active, in the file: 3 keys, 1 tokens".
func (in *installation) wantStatus(want ...string) {
	in.t.Helper()
	var got []string
	for _, v := range in.status().Versions {
		text := fmt.Sprintf("%d: %d keys, %d tokens", v.Version, v.Keys, v.Tokens)
		if v.Active {
			text += ", active"
		}
		if !v.InFile {
			text += ", missing"
		}
		got = append(got, text)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		in.t.Errorf("the keyring is\n%q, want\n%q", got, want)
	}
}

// replica is a process over the installation: all that serves, and its keeper.
type replica struct {
	*management.Service
	in      *installation
	path    string
	keyring *apikey.Keyring
	engine  *engine.Engine
	feed    *feed.Feed
	keeper  *rotation.Keeper
	log     *bytes.Buffer
}

// start begins a process as the command does. The file may be the installation's, or a replica's own copy.
func (in *installation) start(store storage.Store, path string, edits ...func(*rotation.Options)) (*replica, error) {
	keyring, err := apikey.LoadKeyring(path)
	if err != nil {
		return nil, err
	}
	if err := store.View(context.Background(), func(r storage.Reader) error { return rotation.Fits(r, keyring.Versions()) }); err != nil {
		return nil, err
	}
	policy, err := shippedPolicy()
	if err != nil {
		return nil, err
	}
	r := &replica{in: in, path: path, keyring: keyring, log: &bytes.Buffer{}}
	r.engine = engine.New(engine.Options{Keyring: keyring, Clock: in.clock, RevisionWait: in.patience, TimeLimit: time.Minute})
	r.engine.UsePolicy(policy)
	r.feed = feed.New(store, r.engine, feed.Options{Clock: in.clock, Interval: 5 * time.Millisecond, Check: rotation.Check(keyring)})
	log := slog.New(slog.NewTextHandler(r.log, nil))
	r.Service = management.New(management.Options{Store: store, Keyring: keyring, Engine: r.engine, Clock: in.clock, Log: log})
	options := rotation.Options{Store: store, Keyring: keyring, Path: path, Await: r.engine.Await, Clock: in.clock, Log: log}
	for _, edit := range edits {
		edit(&options)
	}
	r.keeper = rotation.New(options)
	return r, nil
}

func (in *installation) mustStart(path string, edits ...func(*rotation.Options)) *replica {
	in.t.Helper()
	r, err := in.start(in.store, path, edits...)
	if err != nil {
		in.t.Fatal(err)
	}
	r.step()
	return r
}

func dropping(o *rotation.Options) { o.DropsOld = true }

// step has the engine see all that was changed.
func (r *replica) step() {
	r.in.t.Helper()
	if err := r.feed.Step(context.Background()); err != nil {
		r.in.t.Fatal(err)
	}
}

func (r *replica) takeIn() {
	r.in.t.Helper()
	if err := r.keeper.TakeIn(context.Background()); err != nil {
		r.in.t.Fatal(err)
	}
}

// moveAll moves until nothing is left to do.
func (r *replica) moveAll() {
	r.in.t.Helper()
	for {
		n, err := r.keeper.Move(context.Background())
		if err != nil {
			r.in.t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// code is that of a decision by what the engine sees now.
func (r *replica) code(secret apikey.Secret) authz.Code {
	view, err := r.engine.View()
	if errors.Is(err, engine.ErrStale) {
		return "stale"
	}
	if err != nil {
		return authz.Code(err.Error())
	}
	d, err := view.Decide(engine.Present(secret.Reveal()), authz.Request{Action: "workflow.execute", Resource: authz.Entity{Type: "workflow", ID: "wf"}})
	if err != nil {
		return authz.Code(err.Error())
	}
	return d.Code
}

// live is the code by which a key is found not to be live, or allowed: what a rotation could break, and quickly asked.
func (r *replica) live(secret apikey.Secret) authz.Code {
	view, err := r.engine.View()
	if err != nil {
		return authz.Code(err.Error())
	}
	if _, code := view.Authenticate(engine.Present(secret.Reveal())); code != "" {
		return code
	}
	return authz.Allowed
}

func (r *replica) wantCode(secret apikey.Secret, want authz.Code) {
	r.in.t.Helper()
	if got := r.code(secret); got != want {
		r.in.t.Errorf("decided %s, want %s", got, want)
	}
}

// knowsToken tells whether the engine recognizes a service token.
func (r *replica) knowsToken(secret apikey.Secret) bool {
	r.in.t.Helper()
	view, err := r.engine.View()
	if err != nil {
		r.in.t.Fatal(err)
	}
	_, known := view.ServiceToken(secret)
	return known
}
