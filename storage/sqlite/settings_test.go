package sqlite

import (
	"path/filepath"
	"testing"

	"github.com/jmoiron/sqlx"
)

// The settings are asked of the connections themselves, for SQLite ignores a pragma that it does not know.
func TestSettingsAreInForce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "steelgate.db")
	writes, err := openWriter(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer writes.Close()
	reads, err := openReaders(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer reads.Close()
	for _, test := range []struct {
		db           *sqlx.DB
		pragma, want string
	}{
		{writes, "journal_mode", "wal"},
		{writes, "synchronous", "2"}, // FULL
		{writes, "busy_timeout", "5000"},
		{writes, "query_only", "0"},
		{writes, "cache_size", "-65536"},
		{writes, "journal_size_limit", "67108864"},
		{reads, "journal_mode", "wal"},
		{reads, "busy_timeout", "5000"},
		{reads, "query_only", "1"},
	} {
		var got string
		if err := test.db.GetContext(t.Context(), &got, "PRAGMA "+test.pragma); err != nil || got != test.want {
			t.Errorf("%s is %q (%v), want %q", test.pragma, got, err, test.want)
		}
	}
	if most := writes.Stats().MaxOpenConnections; most != 1 {
		t.Errorf("%d connections may write", most)
	}
}

// A transaction of the writer takes the lock when it begins: two that began as readers could not both go on.
func TestUpdatesBeginAsWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "steelgate.db")
	one, err := openWriter(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	other, err := openWriter(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := other.ExecContext(t.Context(), "PRAGMA busy_timeout(0)"); err != nil {
		t.Fatal(err)
	}
	held, err := one.BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Rollback()
	if second, err := other.BeginTxx(t.Context(), nil); err == nil {
		t.Error("two transactions write at once")
		_ = second.Rollback()
	}
}
