package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
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
	address, err := withSettings(address)
	if err != nil {
		return nil, err
	}
	db, err := sqlx.Open("postgres", address)
	if err != nil {
		return nil, errors.New("the database URL can't be used")
	}
	db.SetMaxOpenConns(maxConnections)
	db.SetMaxIdleConns(maxConnections)
	db.SetConnMaxLifetime(connectionLifetime)
	if err := migrate(ctx, db); err != nil {
		return nil, errors.Join(translate(err), db.Close())
	}
	return sqlstore.New(sqlstore.Options{
		Reads: db, Writes: db, ReadIsolation: sql.LevelRepeatableRead, LockRevision: " FOR UPDATE", Translate: translate,
	}), nil
}

// withSettings adds what must not be left to chance: whether the connection is encrypted, and how long it may take. The
// error does not repeat the URL, which may hold a password.
func withSettings(address string) (string, error) {
	parsed, err := url.Parse(address)
	if err != nil || (parsed.Scheme != "postgres" && parsed.Scheme != "postgresql") {
		return "", errors.New("the database URL is not one of postgres://")
	}
	query := parsed.Query()
	for name, value := range map[string]string{"sslmode": "require", "connect_timeout": "5", "application_name": "steelgate"} {
		if !query.Has(name) {
			query.Set(name, value)
		}
	}
	parsed.RawQuery = query.Encode()
	return parsed.String(), nil
}

func migrate(ctx context.Context, db *sqlx.DB) error {
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db.DB, sqlstore.Sub(migrations), goose.WithSessionLocker(locker))
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("the schema can't be brought up to date: %w", err)
	}
	return nil
}

// unavailable are the classes of SQLSTATE that say that the server is not there for us now: connection, resources,
// operator intervention.
var unavailable = map[pq.ErrorClass]bool{"08": true, "53": true, "57": true}

// translate names the errors of a server that can't be reached.
func translate(err error) error {
	var network net.Error
	failure, isServers := errors.AsType[*pq.Error](err)
	if errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || isServers && unavailable[failure.Code.Class()] {
		return fmt.Errorf("%w: %w", storage.ErrUnavailable, err)
	}
	return err
}
