package rotation_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/rotation"
	"github.com/steelengine/steelgate/storage"
)

// death is how a process ends in the middle of an update.
type death int

const (
	before death = iota // nothing of it was done
	inside              // all of it was done, and not committed: what is no database stays
	after               // it was committed, and nobody told
	deaths = 3
)

// mortalStore is a process's store: at one of its operations the process is killed, and nothing works from then on.
type mortalStore struct {
	storage.Store
	left int
	way  death
	dead bool
}

// isLast counts an operation, and tells whether the process ends in it.
func (s *mortalStore) isLast() bool {
	s.left--
	return s.left == 0
}

func (s *mortalStore) View(ctx context.Context, read func(storage.Reader) error) error {
	if s.dead || s.isLast() {
		s.dead = true
		return errLost
	}
	return s.Store.View(ctx, read)
}

func (s *mortalStore) Update(ctx context.Context, write func(storage.Tx) error) (uint64, error) {
	if s.dead {
		return 0, errLost
	}
	if !s.isLast() {
		return s.Store.Update(ctx, write)
	}
	s.dead = true
	switch s.way {
	case inside:
		_, _ = s.Store.Update(ctx, func(tx storage.Tx) error { return errors.Join(write(tx), errLost) })
	case after:
		_, _ = s.Store.Update(ctx, write)
	}
	return 0, errLost
}

// TestKilledAtAnyPoint kills processes at random operations of rotation after rotation: while a version is added, activated,
// moved to, dropped or let go. Each time the file and the database must fit, and every key be what it was.
func TestKilledAtAnyPoint(t *testing.T) {
	t.Parallel()
	keys, lives := 10_000, 50
	if testing.Short() {
		keys = 1000
	}
	in := newInstallation(t)
	in.mustStart(in.path).fill(keys)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	// made are the secrets of keys whose making was acknowledged.
	made := map[string]apikey.Secret{}
	ways := map[death]int{}
	for life := range lives {
		store := &mortalStore{Store: in.store, left: 1 + random.IntN(30), way: death(random.IntN(deaths))}
		n, way := store.left, store.way
		err := in.live(store, fmt.Sprintf("made in life %d", life), made)
		if !errors.Is(err, errLost) {
			t.Fatalf("life %d, of %d operations: %v", life, n, err)
		}
		ways[way]++
		in.inspect(fmt.Sprintf("life %d, of %d operations, ended %d", life, n, way), keys, made)
	}
	t.Logf("%d lives reached version %d; they ended %v", lives, in.status().Active, ways)
	if len(made) == 0 || in.status().Active < 3 {
		t.Errorf("%d keys were made, and version %d is active: too little was tried", len(made), in.status().Active)
	}
}

// live is a process that starts, does what a server and its operator do in a rotation, and begins the next.
func (in *installation) live(store storage.Store, name string, made map[string]apikey.Secret) error {
	ctx := context.Background()
	r, err := in.start(store, in.path, dropping)
	if err != nil {
		return err
	}
	for round := 0; ; round++ {
		if err := r.keeper.TakeIn(ctx); err != nil {
			return err
		}
		for {
			n, err := r.keeper.Move(ctx)
			if err != nil {
				return err
			}
			if n == 0 {
				break
			}
		}
		if err := r.keeper.DropOld(ctx); err != nil {
			return err
		}
		if err := r.feed.Step(ctx); err != nil {
			return err
		}
		if _, secret, err := r.create(fmt.Sprint(name, " ", round)); err == nil {
			made[name] = secret
		}
		if _, err := rotation.Rotate(ctx, store, in.path, r.audited); err != nil && !errors.Is(err, rotation.ErrNotActiveYet) {
			return err
		}
		if err := errors.Join(r.feed.Step(ctx), r.keeper.TakeIn(ctx)); err != nil {
			return err
		}
		if _, err := rotation.Activate(ctx, store, in.path, r.audited); err != nil {
			return err
		}
	}
}

func (r *replica) audited(tx storage.Tx, action string, version uint32) error {
	return r.AuditKeyring(tx, "command", action, fmt.Sprint(version))
}

// inspect starts a process on what was left, and has it know everything.
func (in *installation) inspect(when string, keys int, made map[string]apikey.Secret) {
	in.t.Helper()
	r, err := in.start(in.store, in.path)
	if err != nil {
		in.t.Fatalf("%s: it does not start: %v", when, err)
	}
	r.step()
	for i := range keys {
		if got := r.live(secretOf(i)); got != wantedCode(i) {
			in.t.Fatalf("%s: key %d: %s, want %s", when, i, got, wantedCode(i))
		}
	}
	for name, secret := range made {
		if got := r.live(secret); got != authz.Allowed {
			in.t.Fatalf("%s: the key %s: %s", when, name, got)
		}
	}
	total := 0
	for _, v := range in.status().Versions {
		total += v.Keys
	}
	// Of the keys that were made some were not acknowledged.
	if total < keys+len(made) {
		in.t.Fatalf("%s: %d keys stand, of %d", when, total, keys+len(made))
	}
	if _, err := r.VerifyAudit(context.Background(), nil); err != nil {
		in.t.Fatalf("%s: %v", when, err)
	}
}

// TestAnImportThatARotationOvertakes stages an import under one version and applies it under the next, which another process
// has moved everything to meanwhile: new secrets are made under the active version, and those that stand are recognized.
func TestAnImportThatARotationOvertakes(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	in.mustStart(in.path).fill(10)
	other := in.mustStart(in.path)
	rotate := func() { in.rotate(); in.activate(); other.takeIn(); other.moveAll() }
	store := &overtakingStore{Store: in.store, overtake: rotate}
	r, err := in.start(store, in.path)
	if err != nil {
		t.Fatal(err)
	}
	body := keyLine(100, "") + keyLine(101, "") + keyLine(1, `, "disabled": true`) +
		`{"kind": "key", "id": "without", "type": "workspace", "workspace_id": "ws", "name": "without"}` + "\n"
	// The importer does not have the version yet when it goes on: it is told so, and nothing happens.
	if _, err := r.Import(t.Context(), platform, lines(body)); codeOf(err) != "keyring_outdated" {
		t.Errorf("got %v", err)
	}
	store.overtake = func() { rotate(); r.takeIn() }
	r.takeIn()
	if _, err := r.Import(t.Context(), platform, lines(body)); err != nil {
		t.Fatal(err)
	}
	in.wantStatus("1: 0 keys, 0 tokens", "2: 0 keys, 0 tokens", "3: 13 keys, 0 tokens, active")
	r.step()
	r.wantCode(secretOf(100), authz.Allowed)
	r.wantCode(secretOf(101), authz.Allowed)
	r.wantCode(secretOf(1), authz.KeyDisabled)
	// The next rotation finds them all to be sealed as they should be.
	in.rotate()
	in.activate()
	r.takeIn()
	r.moveAll()
	in.wantStatus("1: 0 keys, 0 tokens", "2: 0 keys, 0 tokens", "3: 0 keys, 0 tokens", "4: 13 keys, 0 tokens, active")
	// Two lines with one secret are told apart from any other two, whatever happened in between.
	store.overtake = func() { rotate(); r.takeIn() }
	doubled := keyLine(200, "") + `{"kind": "key", "id": "doubled", "type": "workspace", "workspace_id": "ws", "name": "doubled", "secret": "` + secretOf(200).Reveal() + `"}`
	if _, err := r.Import(t.Context(), platform, lines(doubled)); codeOf(err) != "invalid_import" {
		t.Errorf("got %v", err)
	}
}

// overtakingStore has something happen once an import's lines are staged.
type overtakingStore struct {
	storage.Store
	overtake func()
}

func (s *overtakingStore) Imports() storage.Imports { return overtakingImports{s.Store.Imports(), s} }

type overtakingImports struct {
	storage.Imports
	store *overtakingStore
}

func (i overtakingImports) Stage(ctx context.Context, id string, lines []storage.StagedLine) error {
	err := i.Imports.Stage(ctx, id, lines)
	if overtake := i.store.overtake; overtake != nil {
		i.store.overtake = nil
		overtake()
	}
	return err
}
