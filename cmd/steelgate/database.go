package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/storage/postgres"
	"github.com/steelengine/steelgate/storage/sqlite"
)

// databaseFlags say where the truth lives, and the keyring that belongs to it.
type databaseFlags struct {
	url     string
	dataDir string
	keyring string
}

func (f *databaseFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.url, "database-url", "", "sqlite://PATH or postgres://… (default: SQLite under --data-dir)")
	flags.StringVar(&f.dataDir, "data-dir", "./steelgate-data", "folder of the embedded database and the keyring")
	flags.StringVar(&f.keyring, "keyring-file", "", "the keyring (default: keyring.json under --data-dir)")
}

// sqlitePath is the file of the embedded database, or false for a server's.
func (f *databaseFlags) sqlitePath() (string, bool, error) {
	switch {
	case f.url == "" || f.url == "sqlite://":
		return filepath.Join(f.dataDir, "steelgate.db"), true, nil
	case strings.HasPrefix(f.url, "sqlite://"):
		return strings.TrimPrefix(f.url, "sqlite://"), true, nil
	case strings.HasPrefix(f.url, "postgres://"), strings.HasPrefix(f.url, "postgresql://"):
		return "", false, nil
	}
	// The URL may hold a password, so it is not repeated.
	return "", false, usageError("--database-url: want sqlite://PATH or postgres://…")
}

func (f *databaseFlags) keyringPath() string {
	if f.keyring != "" {
		return f.keyring
	}
	return filepath.Join(f.dataDir, "keyring.json")
}

// mustStand refuses an embedded database that is not there: a command that looks for something must not make an empty one,
// and find nothing in it.
func (f *databaseFlags) mustStand() error {
	path, embedded, err := f.sqlitePath()
	if err != nil || !embedded {
		return err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("no database stands at %s: name the right one with --data-dir or --database-url, or ask a server with --server", path)
	}
	return nil
}

// open opens the database, brings its schema up to date, and finds the keyring that belongs to it.
func (f *databaseFlags) open(ctx context.Context) (storage.Store, *apikey.Keyring, error) {
	store, embedded, err := f.openStore(ctx)
	if err != nil {
		return nil, nil, err
	}
	keyring, err := f.openKeyring(ctx, store, embedded)
	if err != nil {
		return nil, nil, errors.Join(err, store.Close())
	}
	return store, keyring, nil
}

func (f *databaseFlags) openStore(ctx context.Context) (store storage.Store, embedded bool, err error) {
	path, embedded, err := f.sqlitePath()
	if err != nil {
		return nil, false, err
	}
	if !embedded {
		store, err = postgres.Open(ctx, f.url)
		return store, false, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, false, fmt.Errorf("the data folder: %w", err)
	}
	store, err = sqlite.Open(ctx, path)
	return store, true, err
}

// checkName is the note in the database that tells its keyring.
const checkName = "keyring_check"

// openKeyring loads the database's keyring. Only beside an embedded database that never had one does it make one: anywhere
// else a fresh keyring would turn every key in the database into an unknown one.
func (f *databaseFlags) openKeyring(ctx context.Context, store storage.Store, embedded bool) (*apikey.Keyring, error) {
	path := f.keyringPath()
	var check string
	err := store.View(ctx, func(r storage.Reader) (err error) {
		check, err = r.Meta(checkName)
		return err
	})
	isNew := errors.Is(err, storage.ErrNotFound)
	if err != nil && !isNew {
		return nil, err
	}
	keyring, err := apikey.LoadKeyring(path)
	if errors.Is(err, fs.ErrNotExist) {
		switch {
		case !isNew:
			return nil, fmt.Errorf("the keyring %s is missing, and this database's keys can't be known without the one that it was made with: restore it from your backup, or name it with --keyring-file", path)
		case !embedded:
			return nil, fmt.Errorf("the keyring %s is missing: make one with 'steelgate keyring create', keep a copy apart from the database, and give the same to every replica", path)
		}
		keyring, err = apikey.CreateKeyring(path)
	}
	if err != nil {
		return nil, err
	}
	if !isNew {
		if err := keyring.Check(check); err != nil {
			return nil, fmt.Errorf("%w: %s does not fit it; name the right one with --keyring-file, or restore it from your backup", err, path)
		}
		return keyring, nil
	}
	_, err = store.Update(ctx, func(tx storage.Tx) error { return noteKeyring(tx, keyring) })
	return keyring, err
}

// noteKeyring writes the check value down, unless another process was first.
func noteKeyring(tx storage.Tx, keyring *apikey.Keyring) error {
	check, err := tx.Meta(checkName)
	if errors.Is(err, storage.ErrNotFound) {
		return tx.PutMeta(checkName, keyring.CheckValue())
	}
	if err != nil {
		return err
	}
	return keyring.Check(check)
}
