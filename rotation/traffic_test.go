package rotation_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/rotation"
	"github.com/steelengine/steelgate/storage/postgres"
)

// TestTrafficWhileRotating has two replicas over one database, that look at their files at different moments, make, use,
// disable, revoke and rotate keys while the keyring is rotated twice under them. Whatever was acknowledged is decided so.
func TestTrafficWhileRotating(t *testing.T) {
	t.Parallel()
	rotateUnderTraffic(t, newInstallation(t), 700)
}

func TestTrafficWhileRotatingOnPostgres(t *testing.T) {
	t.Parallel()
	address := os.Getenv("STEELGATE_TEST_POSTGRES_URL")
	if address == "" {
		t.Skip("STEELGATE_TEST_POSTGRES_URL is not set: scripts/test-servers run … starts a Postgres and sets it")
	}
	store, err := postgres.Open(t.Context(), freshDatabase(t, address))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	rotateUnderTraffic(t, newInstallationOn(t, store), 400)
}

func rotateUnderTraffic(t *testing.T, in *installation, keys int) {
	in.patience = time.Minute
	// The second reads a copy of its own, which it is given later.
	own := copyOf(t, in.path)
	replicas := []*replica{
		in.mustStart(in.path, func(o *rotation.Options) { o.Interval, o.Clock = 3*time.Millisecond, time.Now }),
		in.mustStart(own, func(o *rotation.Options) { o.Interval, o.Clock = 11*time.Millisecond, time.Now }),
	}
	replicas[0].fill(keys)
	ctx, stop := context.WithCancel(context.Background())
	calling, hangUp := context.WithCancel(context.Background())
	var running, callers sync.WaitGroup
	defer running.Wait()
	defer stop()
	// Callers end first: they wait for what the others bring.
	defer callers.Wait()
	defer hangUp()
	for i, r := range replicas {
		r.step()
		running.Go(func() { r.keeper.Run(ctx) })
		running.Go(func() { r.feed.Run(ctx) })
		callers.Go(func() { r.callers(calling, i, keys) })
	}
	awaitNewest := func(number uint32) {
		for _, r := range replicas {
			eventually(t, func() bool { return r.keyring.Versions().Newest().Number() == number })
		}
	}
	for number := uint32(2); number <= 3; number++ {
		in.rotate()
		eventually(t, func() bool { return replicas[0].keyring.Versions().Newest().Number() == number })
		copyInto(t, in.path, own)
		awaitNewest(number)
		in.activate()
		eventually(t, func() bool { s := in.status(); return s.KeysToMove+s.TokensToMove == 0 })
		if err := rotation.Drop(ctx, in.store, in.path, number-1, noAudit); err != nil {
			t.Fatal(err)
		}
		copyInto(t, in.path, own)
		for _, r := range replicas {
			eventually(t, func() bool { return len(r.keyring.Versions().Numbers()) == 1 })
		}
	}
	hangUp()
	callers.Wait()
	stop()
	running.Wait()
	for _, r := range replicas {
		r.step()
		r.wantImported(keys)
	}
}

// copyInto replaces a replica's file at once, as an orchestrator does.
func copyInto(t *testing.T, from, to string) {
	t.Helper()
	copyTo(t, from, to+".incoming")
	if err := os.Rename(to+".incoming", to); err != nil {
		t.Fatal(err)
	}
}

// callers use imported keys, and keys that they make and end themselves.
func (r *replica) callers(ctx context.Context, replica, keys int) {
	random := rand.New(rand.NewPCG(7, uint64(replica)))
	for round := 0; ctx.Err() == nil; round++ {
		for n := range 20 {
			i := random.IntN(keys)
			decide := r.live
			if n == 0 {
				decide = r.code
			}
			if got := decide(secretOf(i)); got != wantedCode(i) {
				r.in.t.Errorf("the imported key %d: decided %s, want %s", i, got, wantedCode(i))
			}
		}
		if err := r.lifeOfAKey(fmt.Sprintf("%d of replica %d", round, replica), random.IntN(3)); err != nil && ctx.Err() == nil {
			r.in.t.Error(err)
			return
		}
	}
}

// lifeOfAKey makes a key, uses it, and ends it in one of three ways. What was acknowledged is seen from its revision on.
func (r *replica) lifeOfAKey(name string, end int) error {
	ctx := context.Background()
	key, secret, revision, err := r.CreateKey(ctx, platform, fieldsOf(name))
	if err != nil {
		return err
	}
	if err := r.seen(revision, secret, authz.Allowed); err != nil {
		return fmt.Errorf("made: %w", err)
	}
	switch end {
	case 0:
		if _, revision, err = r.RevokeKey(ctx, platform, key.ID); err != nil {
			return err
		}
		return r.seen(revision, secret, authz.KeyRevoked)
	case 1:
		if _, revision, err = r.UpdateKey(ctx, platform, key.ID, management.KeyChange{Disabled: some(true)}); err != nil {
			return err
		}
		return r.seen(revision, secret, authz.KeyDisabled)
	}
	_, next, revision, err := r.RotateKey(ctx, platform, key.ID, 0)
	if err != nil {
		return err
	}
	if err := r.seen(revision, next, authz.Allowed); err != nil {
		return err
	}
	return r.seen(revision, secret, authz.KeyExpired)
}

func (r *replica) seen(revision uint64, secret apikey.Secret, want authz.Code) error {
	if err := r.engine.Await(context.Background(), revision); err != nil {
		return err
	}
	if got := r.code(secret); got != want {
		return fmt.Errorf("decided %s, want %s", got, want)
	}
	return nil
}

// eventually waits until something holds that is under way.
func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatal("it does not come to pass")
		case <-ticker.C:
		}
	}
}

var databases atomic.Int64

// freshDatabase makes a database in the tests' server, until the test ends, and answers its URL.
func freshDatabase(t *testing.T, address string) string {
	t.Helper()
	server, err := sql.Open("postgres", address)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("steelgate_rotation_%d_%d", os.Getpid(), databases.Add(1))
	if _, err := server.ExecContext(t.Context(), "CREATE DATABASE "+name+" TEMPLATE template0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := server.Exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("dropping the database: %v", err)
		}
		_ = server.Close()
	})
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	parsed.Path = "/" + name
	return parsed.String()
}
