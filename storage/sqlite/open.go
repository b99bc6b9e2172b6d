package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/jmoiron/sqlx"
	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/storage/sqlstore"
)

func init() { sqlx.BindDriver("sqlite", sqlx.QUESTION) }

const (
	// busyTimeout is how long a transaction waits for another process's, in milliseconds.
	busyTimeout = 5000
	// writerCache is 64 MiB of pages: the digests of a million keys are looked up in no order.
	writerCache = "cache_size(-65536)"
	// logLimit is what the write-ahead log is cut back to after a large import, in bytes.
	logLimit = "journal_size_limit(67108864)"
)

// Open opens the database file at path, makes it where there is none (mode 0600), and brings its schema up to date.
func Open(ctx context.Context, path string) (*sqlstore.Store, error) {
	// Made absolute, a path means a file whatever it is called, and goes on to mean the same one.
	path, err := filepath.Abs(path)
	if err == nil {
		err = makePrivate(path)
	}
	if err != nil {
		return nil, fmt.Errorf("the database file: %w", err)
	}
	writes, err := openWriter(ctx, path)
	if err != nil {
		return nil, translate(err)
	}
	if err := migrate(ctx, writes, sqlstore.Sub(migrations, "migrations")); err != nil {
		return nil, errors.Join(translate(err), writes.Close())
	}
	reads, err := openReaders(ctx, path)
	if err != nil {
		return nil, errors.Join(translate(err), writes.Close())
	}
	store := sqlstore.New(sqlstore.Options{Reads: reads, Writes: writes, LockRevision: "SELECT revision FROM state", Translate: translate})
	if err := store.FoldNames(ctx); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

// openWriter opens the one connection that writes. A write is durable when it is acknowledged. Updates begin as writers, for
// one that begins as a reader may find that it can't become one.
func openWriter(ctx context.Context, path string) (*sqlx.DB, error) {
	db, err := open(ctx, path, url.Values{"_txlock": {"immediate"}, "_pragma": pragmas("journal_mode(WAL)", "synchronous(FULL)", writerCache, logLimit)})
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

// openReaders opens the connections that read. They are kept: to open one is to read the schema again.
func openReaders(ctx context.Context, path string) (*sqlx.DB, error) {
	readers := 4 + runtime.GOMAXPROCS(0)
	db, err := open(ctx, path, url.Values{"_pragma": pragmas("query_only(ON)")})
	if err == nil {
		db.SetMaxOpenConns(readers)
		db.SetMaxIdleConns(readers)
	}
	return db, err
}

func pragmas(more ...string) []string {
	return append([]string{fmt.Sprintf("busy_timeout(%d)", busyTimeout), "temp_store(MEMORY)"}, more...)
}

// makePrivate makes the file before the driver does, which would let the umask decide who may read it. What SQLite puts
// beside it gets the same mode. A file that is there is not opened: to close it would end the locks that this process
// holds on it, if it has it open already.
func makePrivate(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return os.Chmod(path, 0o600)
	}
	if err != nil {
		return err
	}
	return file.Close()
}

func open(ctx context.Context, path string, options url.Values) (*sqlx.DB, error) {
	name := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: options.Encode()}
	db, err := sqlx.Open("sqlite", name.String())
	if err != nil {
		return nil, err
	}
	if err := ping(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("the database %s can't be opened: %w", path, err), db.Close())
	}
	return db, nil
}

// ping opens the first connection. Where another process is turning the database to its write-ahead log, SQLite does not wait
// as it does for every other lock, but fails.
func ping(ctx context.Context, db *sqlx.DB) error {
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for patience := busyTimeout / 20; ; patience-- {
		err := db.PingContext(ctx)
		failure, ok := errors.AsType[*driver.Error](err)
		if !ok || failure.Code()&0xff != lib.SQLITE_BUSY || patience == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-again.C:
		}
	}
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
