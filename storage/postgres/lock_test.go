package postgres

import (
	"database/sql"
	"os"
	"testing"
)

// A replica that falls silent within an update must not hold up the others' for long: the lock brings a limit with it, and
// the connection loses that again.
func TestTheLockBringsALimit(t *testing.T) {
	address := os.Getenv("STEELGATE_TEST_POSTGRES_URL")
	if address == "" {
		t.Skip("STEELGATE_TEST_POSTGRES_URL is not set: scripts/test-servers run … starts a Postgres and sets it")
	}
	db, err := sql.Open("postgres", address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(t.Context(), "CREATE TEMPORARY TABLE state AS SELECT 7 AS revision"); err != nil {
		t.Fatal(err)
	}
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var revision int
	if err := tx.QueryRowContext(t.Context(), lockRevision).Scan(&revision); err != nil || revision != 7 {
		t.Fatalf("revision %d, %v", revision, err)
	}
	const show = "SHOW idle_in_transaction_session_timeout"
	var within, after string
	if err := tx.QueryRowContext(t.Context(), show).Scan(&within); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := db.QueryRowContext(t.Context(), show).Scan(&after); err != nil {
		t.Fatal(err)
	}
	if within != "30s" || after != "0" {
		t.Errorf("the limit is %s within an update and %s after it", within, after)
	}
}
