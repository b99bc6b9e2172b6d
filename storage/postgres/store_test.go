package postgres_test

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"sync/atomic"
	"testing"

	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/storage/postgres"
	"github.com/steelengine/steelgate/storage/storagetest"
)

func TestStore(t *testing.T) {
	freshDatabase(t)
	storagetest.Run(t, func(t *testing.T) storage.Store { return open(t, freshDatabase(t)) })
}

func BenchmarkStore(b *testing.B) { storagetest.Benchmark(b, open(b, freshDatabase(b))) }

// open opens a database until the test ends.
func open(t testing.TB, address string) storage.Store {
	t.Helper()
	store, err := postgres.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Errorf("closing the store: %v", err)
		}
	})
	return store
}

var databases atomic.Int64

// freshDatabase makes a database in the tests' server, until the test ends, and answers its URL.
func freshDatabase(t testing.TB) string {
	t.Helper()
	address := os.Getenv("STEELGATE_TEST_POSTGRES_URL")
	if address == "" {
		t.Skip("STEELGATE_TEST_POSTGRES_URL is not set: scripts/test-servers run … starts a Postgres and sets it")
	}
	server, err := sql.Open("postgres", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	name := fmt.Sprintf("steelgate_test_%d_%d", os.Getpid(), databases.Add(1))
	if _, err := server.ExecContext(t.Context(), "CREATE DATABASE "+name+" TEMPLATE template0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := server.Exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("dropping the database: %v", err)
		}
	})
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	parsed.Path = "/" + name
	return parsed.String()
}

func TestNamesOfAnOlderProgram(t *testing.T) {
	address := freshDatabase(t)
	raw, err := sql.Open("postgres", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	storagetest.OlderNames(t, raw, func() storage.Store { return open(t, address) })
}
