package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/storage/sqlstore"
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	maxConnections     = 20
	connectionLifetime = 30 * time.Minute
)

// Open connects to the database that a postgres:// URL names, and brings its schema up to date: one replica does, the
// others wait for it.
func Open(ctx context.Context, address string) (*sqlstore.Store, error) {
	db, err := openPool(ctx, address, maxConnections, sqlstore.Sub(migrations, "migrations"))
	if err != nil {
		return nil, err
	}
	store := sqlstore.New(sqlstore.Options{
		Reads: db, Writes: db, ReadIsolation: sql.LevelRepeatableRead, WriteIsolation: sql.LevelReadCommitted, LockRevision: lockRevision, Translate: translate,
	})
	if err := store.FoldNames(ctx); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

// openPool connects, and brings the schema that the migrations make up to date. Their versions stand in a table that the options
// may name.
func openPool(ctx context.Context, address string, connections int, migrations fs.FS, options ...goose.ProviderOption) (*sqlx.DB, error) {
	address, err := withSettings(address)
	if err != nil {
		return nil, err
	}
	db, err := sqlx.Open("postgres", address)
	if err != nil {
		return nil, errors.New("the database URL can't be used")
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	db.SetConnMaxLifetime(connectionLifetime)
	if err := migrate(ctx, db, migrations, options...); err != nil {
		return nil, errors.Join(translate(err), db.Close())
	}
	return db, nil
}

// settings are what must not be left to chance: whether the connection is encrypted, how long it may take, and that a
// question is one round trip rather than two.
var settings = map[string]string{"sslmode": "require", "connect_timeout": "5", "application_name": "steelgate", "binary_parameters": "yes"}

// withSettings adds the settings that a URL does not have. The error does not repeat the URL, which may hold a password.
func withSettings(address string) (string, error) {
	parsed, err := url.Parse(address)
	if err != nil || (parsed.Scheme != "postgres" && parsed.Scheme != "postgresql") {
		return "", errors.New("the database URL is not one of postgres://")
	}
	query := parsed.Query()
	for name, value := range settings {
		if !query.Has(name) {
			query.Set(name, value)
		}
	}
	parsed.RawQuery = query.Encode()
	return parsed.String(), nil
}

func migrate(ctx context.Context, db *sqlx.DB, migrations fs.FS, options ...goose.ProviderOption) error {
	// One that waits looks every second, for five minutes.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db.DB, migrations, append(options, goose.WithSessionLocker(locker))...)
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("the schema can't be brought up to date: %w", err)
	}
	return nil
}

// lockRevision makes updates wait for each other. Should a replica fall silent while it holds the lock, the server ends its
// transaction, lest no key can be revoked until the operating system gives the connection up.
const lockRevision = "SELECT revision FROM state, set_config('idle_in_transaction_session_timeout', '30s', true) FOR UPDATE OF state"

// unavailable are the classes and codes of SQLSTATE that say that the server is not there for us now: connection,
// resources, operator intervention; a transaction ended while it idled, or by others who were in its way; a standby.
var unavailable = map[pqerror.Code]bool{
	"08": true, "53": true, "57": true, "25P03": true, "25006": true, "40001": true, "40P01": true, "55P03": true,
}

// translate names the errors of a server that can't be reached.
func translate(err error) error {
	var network net.Error
	failure, isServers := errors.AsType[*pq.Error](err)
	if errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		isServers && (unavailable[failure.Code] || unavailable[pqerror.Code(failure.Code.Class())]) {
		return fmt.Errorf("%w: %w", storage.ErrUnavailable, err)
	}
	return err
}
