package sqlite_test

import (
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
