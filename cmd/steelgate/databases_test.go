package main

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	_ "github.com/lib/pq"
)

// databases are the backends that a test runs on, each with what makes a fresh one and answers the flags that name it.
var databases = map[string]func(testing.TB) []string{
	"sqlite": func(t testing.TB) []string { return []string{"--data-dir", t.TempDir()} },
	"postgres": func(t testing.TB) []string {
		keyring := filepath.Join(t.TempDir(), "keyring.json")
		command(t, "keyring", "create", "--keyring-file", keyring).done(t)
		return []string{"--database-url", freshPostgres(t), "--keyring-file", keyring}
	},
}

// onEach runs a test on every backend that there is.
func onEach(t *testing.T, test func(*testing.T, []string)) {
	for name, fresh := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, fresh(t))
		})
	}
}

var postgresCount atomic.Int64

// freshPostgres makes a database in the tests' server, until the test ends, and answers its URL.
func freshPostgres(t testing.TB) string {
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
	name := fmt.Sprintf("steelgate_e2e_%d_%d", os.Getpid(), postgresCount.Add(1))
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
