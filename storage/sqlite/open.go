package sqlite

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"runtime"

	"github.com/jmoiron/sqlx"
	"github.com/pressly/goose/v3"
	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/storage/sqlstore"
)

//go:embed migrations/*.sql
var migrations embed.FS

func init() { sqlx.BindDriver("sqlite", sqlx.QUESTION) }

// busyTimeout is how long a transaction waits for another process's, in milliseconds.
const busyTimeout = 5000

// writerCache is 64 MiB of pages: the digests of a million keys are looked up in no order.
const writerCache = "cache_size(-65536)"

// Open opens the database file at path, makes it where there is none (mode 0600), and brings its schema up to date.
func Open(ctx context.Context, path string) (*sqlstore.Store, error) {
	if err := makePrivate(path); err != nil {
		return nil, fmt.Errorf("the database file: %w", err)
	}
	// A write is durable when it is acknowledged. Updates begin as writers, for one that begins as a reader may find that
	// it can't become one.
	writes, err := open(ctx, path, url.Values{"_txlock": {"immediate"}, "_pragma": pragmas("journal_mode(WAL)", "synchronous(FULL)", writerCache)})
	if err != nil {
		return nil, err
	}
	writes.SetMaxOpenConns(1)
	if err := migrate(ctx, writes); err != nil {
		return nil, errors.Join(err, writes.Close())
	}
	reads, err := open(ctx, path, url.Values{"_pragma": pragmas("query_only(ON)")})
	if err != nil {
		return nil, errors.Join(err, writes.Close())
	}
	reads.SetMaxOpenConns(4 + runtime.GOMAXPROCS(0))
	return sqlstore.New(sqlstore.Options{Reads: reads, Writes: writes, Translate: translate}), nil
}

func pragmas(more ...string) []string {
	return append([]string{fmt.Sprintf("busy_timeout(%d)", busyTimeout), "temp_store(MEMORY)"}, more...)
}

// makePrivate makes the file before the driver does, which would let the umask decide who may read it. What SQLite puts
// beside it gets the same mode.
func makePrivate(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(file.Chmod(0o600), file.Close())
}

func open(ctx context.Context, path string, options url.Values) (*sqlx.DB, error) {
	name := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: options.Encode()}
	db, err := sqlx.Open("sqlite", name.String())
	if err != nil {
		return nil, err
	}
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("the database %s can't be opened: %w", path, err), db.Close())
	}
	return db, nil
}

func migrate(ctx context.Context, db *sqlx.DB) error {
	provider, err := goose.NewProvider(goose.DialectSQLite3, db.DB, sqlstore.Sub(migrations))
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("the schema can't be brought up to date: %w", err)
	}
	return nil
}

// translate names the errors of a database that is locked for too long, full, or gone.
func translate(err error) error {
	failure, ok := errors.AsType[*driver.Error](err)
	if !ok {
		return err
	}
	switch failure.Code() & 0xff {
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_FULL, lib.SQLITE_IOERR, lib.SQLITE_CANTOPEN, lib.SQLITE_READONLY:
		return fmt.Errorf("%w: %w", storage.ErrUnavailable, err)
	}
	return err
}
