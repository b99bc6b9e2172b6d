package postgres_test

import (
	"testing"

	"github.com/steelengine/steelgate/storage/decisions"
	"github.com/steelengine/steelgate/storage/decisions/decisionstest"
	"github.com/steelengine/steelgate/storage/postgres"
)

func TestDecisions(t *testing.T) {
	freshDatabase(t)
	decisionstest.Run(t, func(t *testing.T) decisions.Log {
		log, err := postgres.OpenDecisions(t.Context(), freshDatabase(t))
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
