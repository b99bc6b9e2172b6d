package sqlite_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/storage/sqlite"
	"github.com/steelengine/steelgate/storage/storagetest"
)

func TestStore(t *testing.T) {
	storagetest.Run(t, func(t *testing.T) storage.Store {
		return open(t, filepath.Join(t.TempDir(), "steelgate.db"))
	})
}

func BenchmarkStore(b *testing.B) {
	storagetest.Benchmark(b, open(b, filepath.Join(b.TempDir(), "steelgate.db")))
}

// open opens a database until the test ends.
func open(t testing.TB, path string) storage.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), path)
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

func TestNamesOfAnOlderProgram(t *testing.T) {
	path := filepath.Join(t.TempDir(), "steelgate.db")
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	storagetest.OlderNames(t, raw, func() storage.Store { return open(t, path) })
}
