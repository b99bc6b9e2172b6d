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
	"github.com/steelengine/steelgate/rotation"
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

// folder is the data's, where it stands: a server's database needs none.
func (f *databaseFlags) folder() string {
	if info, err := os.Stat(f.dataDir); err == nil && info.IsDir() {
		return f.dataDir
	}
	return ""
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
		return missingDatabase(path)
	}
	return nil
}

// missingDatabase is the path of an embedded database that is not there; it is fs.ErrNotExist.
type missingDatabase string

func (m missingDatabase) Error() string {
	return fmt.Sprintf("no database stands at %s: name the right one with --data-dir or --database-url, or a server with --server where the command takes it; 'steelgate serve' makes a new one", string(m))
}

// Is implements what errors.Is asks.
func (missingDatabase) Is(target error) bool { return target == fs.ErrNotExist }

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
	if err := makeFolder(path); err != nil {
		return nil, false, err
	}
	store, err = sqlite.Open(ctx, path)
	return store, true, err
}

// makeFolder makes the folder that a file of ours belongs into, for this user alone.
func makeFolder(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("the data folder: %w", err)
	}
	return nil
}

// openKeyring loads the database's keyring. Only beside an embedded database that never had one does it make one: anywhere
// else a fresh keyring would turn every key in the database into an unknown one.
func (f *databaseFlags) openKeyring(ctx context.Context, store storage.Store, embedded bool) (*apikey.Keyring, error) {
	keyring, err := f.fittingKeyring(ctx, store, embedded)
	if _, ok := errors.AsType[*apikey.MissingVersion](err); ok {
		// Between the look at the file and that at the database, a version may have come into use.
		keyring, err = f.fittingKeyring(ctx, store, embedded)
	}
	return keyring, err
}

func (f *databaseFlags) fittingKeyring(ctx context.Context, store storage.Store, embedded bool) (*apikey.Keyring, error) {
	keyring, failed := apikey.LoadKeyring(f.keyringPath())
	isMissing := errors.Is(failed, fs.ErrNotExist)
	if failed != nil && !isMissing {
		return nil, failed
	}
	var begun bool
	err := store.View(ctx, func(r storage.Reader) (err error) {
		if begun, err = rotation.HasBegun(r); err == nil && begun && !isMissing {
			err = rotation.Fits(r, keyring.Versions())
		}
		return err
	})
	switch {
	case err != nil:
		return nil, f.unfit(err)
	case begun && isMissing:
		return nil, fmt.Errorf("the keyring %s is missing, and this database's keys can't be known without the one that it was made with: restore it from your backup, or name it with --keyring-file", f.keyringPath())
	case begun:
		return keyring, nil
	case isMissing && !embedded:
		return nil, fmt.Errorf("the keyring %s is missing: make one with 'steelgate keyring create', keep a copy apart from the database, and give the same to every replica", f.keyringPath())
	case isMissing:
		if keyring, err = apikey.CreateKeyring(f.keyringPath()); err != nil {
			return nil, err
		}
	}
	// Another process may be first.
	_, err = store.Update(ctx, func(tx storage.Tx) error { return rotation.Begin(tx, keyring.Versions()) })
	return keyring, f.unfit(err)
}

// unfit says which file does not fit the database.
func (f *databaseFlags) unfit(err error) error {
	if errors.Is(err, apikey.ErrWrongKeyring) {
		return fmt.Errorf("%w: %s does not fit it; name the right one with --keyring-file, or restore it from your backup", err, f.keyringPath())
	}
	if _, ok := errors.AsType[*apikey.MissingVersion](err); ok {
		return fmt.Errorf("%s does not fit this database: %w", f.keyringPath(), err)
	}
	return err
}
