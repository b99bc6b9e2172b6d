package postgres_test

import (
	"database/sql"
	"errors"
	"net"
	"sync"
	"testing"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/storage/postgres"
)

// connect opens a plain connection to a database, to look at it from beside.
func connect(t *testing.T, address string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func putUser(t *testing.T, store storage.Store, id string) error {
	_, err := store.Update(t.Context(), func(tx storage.Tx) error { return tx.PutUser(authz.User{ID: id}) })
	return err
}

// TestReplicasStartAtOnce has many replicas find an empty database at the same moment: each is a pool of its own, as it
// would be in a process of its own.
func TestReplicasStartAtOnce(t *testing.T) {
	const replicas = 6
	address := freshDatabase(t)
	var running sync.WaitGroup
	for range replicas {
		running.Go(func() {
			store, err := postgres.Open(t.Context(), address)
			if err != nil {
				t.Errorf("opening: %v", err)
				return
			}
			if err := putUser(t, store, "usr_1"); err != nil {
				t.Error(err)
			}
			if err := store.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	if err := open(t, address).View(t.Context(), func(r storage.Reader) error {
		revision, err := r.Revision()
		if revision != replicas {
			t.Errorf("revision %d", revision)
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}

func TestAnUpdateThatLostItsConnection(t *testing.T) {
	address := freshDatabase(t)
	store, beside := open(t, address), connect(t, address)
	_, err := store.Update(t.Context(), func(tx storage.Tx) error {
		if err := tx.PutUser(authz.User{ID: "usr_1"}); err != nil {
			return err
		}
		if _, err := beside.ExecContext(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'steelgate'"); err != nil {
			return err
		}
		return tx.PutUser(authz.User{ID: "usr_2"})
	})
	if !errors.Is(err, storage.ErrUnavailable) {
		t.Errorf("error %v, want %v", err, storage.ErrUnavailable)
	}
	if err := putUser(t, store, "usr_3"); err != nil {
		t.Errorf("the next update: %v", err)
	}
	if err := store.View(t.Context(), func(r storage.Reader) error {
		revision, err := r.Revision()
		if revision != 1 {
			t.Errorf("revision %d", revision)
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}

// What the database has been told of isolation must not let an update that waited see the revision before it did.
func TestUpdatesBringTheirOwnIsolation(t *testing.T) {
	address := freshDatabase(t)
	beside := connect(t, address)
	if _, err := beside.ExecContext(t.Context(), `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = ''serializable''', current_database()); END $$`); err != nil {
		t.Fatal(err)
	}
	store := open(t, address)
	inside, release := make(chan struct{}), make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		_, err := store.Update(t.Context(), func(tx storage.Tx) error {
			close(inside)
			<-release
			return tx.PutUser(authz.User{ID: "usr_1"})
		})
		if err != nil {
			t.Errorf("the first update: %v", err)
		}
	})
	<-inside
	for range 4 {
		running.Go(func() {
			if err := putUser(t, store, "usr_1"); err != nil {
				t.Errorf("an update that waited: %v", err)
			}
		})
	}
	close(release)
	running.Wait()
}

func TestNoServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	if _, err := postgres.Open(t.Context(), "postgres://u@"+address+"/d?sslmode=disable"); !errors.Is(err, storage.ErrUnavailable) {
		t.Errorf("error %v, want %v", err, storage.ErrUnavailable)
	}
}
