package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/jmoiron/sqlx"
)

// Backup copies the database file at from to a new file (mode 0600), as it stands at one revision, which it answers. Whoever writes goes on
// meanwhile. The copy appears under its name whole, looked through and on the disk, or not at all: where to is there already, it is kept, and
// that is an error (fs.ErrExist).
func Backup(ctx context.Context, from, to string) (revision uint64, err error) {
	if to, err = filepath.Abs(to); err != nil {
		return 0, err
	}
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("the copy %s: %w", to, errors.Join(err, fs.ErrExist))
	}
	folder, err := os.MkdirTemp(filepath.Dir(to), "."+filepath.Base(to)+"-")
	if err != nil {
		return 0, fmt.Errorf("the copy: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	made := filepath.Join(folder, "copy")
	if err := makePrivate(made); err != nil {
		return 0, fmt.Errorf("the copy: %w", err)
	}
	if err := copyInto(ctx, from, made); err != nil {
		return 0, err
	}
	if revision, err = lookThrough(ctx, made); err != nil {
		return 0, fmt.Errorf("the copy: %w", err)
	}
	if err := settle(made); err != nil {
		return 0, fmt.Errorf("the copy: %w", err)
	}
	// A link, unlike a renaming, takes nobody's place.
	if err := os.Link(made, to); err != nil {
		return 0, fmt.Errorf("the copy: %w", err)
	}
	return revision, settle(filepath.Dir(to))
}

// copyInto has SQLite write what is there at one moment into an empty file.
func copyInto(ctx context.Context, from, to string) error {
	if _, err := os.Stat(from); err != nil {
		return fmt.Errorf("the database file: %w", err)
	}
	from, err := filepath.Abs(from)
	if err != nil {
		return err
	}
	db, err := open(ctx, from, url.Values{"_pragma": pragmas()})
	if err != nil {
		return translate(err)
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", to)
	return translate(errors.Join(err, db.Close()))
}

// lookThrough checks a copy, page by page, and answers its revision.
func lookThrough(ctx context.Context, path string) (revision uint64, err error) {
	db, err := open(ctx, path, url.Values{"_pragma": pragmas("query_only(ON)")})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var found string
	if err := sqlx.GetContext(ctx, db, &found, "PRAGMA integrity_check(1)"); err != nil {
		return 0, err
	}
	if found != "ok" {
		return 0, fmt.Errorf("the database is damaged: %s", found)
	}
	return revision, sqlx.GetContext(ctx, db, &revision, "SELECT revision FROM state")
}

// settle has a file, or a folder's names, on the disk.
func settle(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}
