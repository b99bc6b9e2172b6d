package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/steelengine/steelgate/storage/decisions"
	"github.com/steelengine/steelgate/storage/decisions/decisionstest"
	"github.com/steelengine/steelgate/storage/sqlite"
)

func TestDecisions(t *testing.T) {
	decisionstest.Run(t, func(t *testing.T) decisions.Log {
		log, err := sqlite.OpenDecisions(t.Context(), filepath.Join(t.TempDir(), "decisions.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := log.Close(); err != nil {
				t.Error(err)
			}
		})
		return log
	})
}

func BenchmarkDecisions(b *testing.B) {
	log, err := sqlite.OpenDecisions(b.Context(), filepath.Join(b.TempDir(), "decisions.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close()
	decisionstest.BenchmarkAppend(b, log)
}
