package sqlite

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/jmoiron/sqlx"
	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema of a file up to date. Another process may be doing the same: each step is a transaction that waits for
// the other's and then fails where that has been, which is no failure, for the next try finds less to do.
func migrate(ctx context.Context, db *sqlx.DB, migrations fs.FS) error {
	provider, err := goose.NewProvider(goose.DialectSQLite3, db.DB, migrations)
	if err != nil {
		return err
	}
	for tries := len(provider.ListSources()) + 2; ; tries-- {
		_, err := provider.Up(ctx)
		if err == nil {
			return nil
		}
		if tries == 0 || ctx.Err() != nil {
			return fmt.Errorf("the schema can't be brought up to date: %w", err)
		}
	}
}
