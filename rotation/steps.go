package rotation

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/storage"
)

// Audit writes down that a step was done to a version of the keyring, in the step's own transaction.
type Audit func(tx storage.Tx, action string, version uint32) error

// The actions as the audit names them.
const (
	rotated   = "keyring.rotate"
	activated = "keyring.activate"
	dropped   = "keyring.drop"
)

// Why a step was refused.
var (
	// ErrNotActiveYet says that a version was added before and waits to be activated.
	ErrNotActiveYet = errors.New("it is not active yet: 'steelgate keyring activate' is next")
	// ErrAlreadyActive says that the newest version is active.
	ErrAlreadyActive = errors.New("is active already: 'steelgate keyring rotate' makes a new one")
	// ErrNeeded says that a version can't be dropped.
	ErrNeeded = errors.New("is still needed")
)

// Every step edits under the database's lock of writers, so that no two processes edit one file at a time.

// Rotate adds a version to the file, and answers its number. Nothing is made under it before it is activated.
func Rotate(ctx context.Context, store storage.Store, path string, audit Audit) (number uint32, err error) {
	_, err = store.Update(ctx, func(tx storage.Tx) error {
		versions, active, err := read(tx, path)
		if err != nil {
			return err
		}
		if newest := versions.Newest(); newest != active {
			return fmt.Errorf("version %d is in the keyring, and %w", newest.Number(), ErrNotActiveYet)
		}
		if number, err = apikey.AddVersion(path); err != nil {
			return err
		}
		return audit(tx, rotated, number)
	})
	return number, err
}

// Activate has everything new made under the newest version of the file, and answers its number. Every process that serves
// the database must have the version by then.
func Activate(ctx context.Context, store storage.Store, path string, audit Audit) (number uint32, err error) {
	_, err = store.Update(ctx, func(tx storage.Tx) error {
		versions, active, err := read(tx, path)
		if err != nil {
			return err
		}
		newest := versions.Newest()
		if number = newest.Number(); newest == active {
			return fmt.Errorf("version %d %w", number, ErrAlreadyActive)
		}
		return errors.Join(tx.PutMeta(noteName, newest.CheckValue()), audit(tx, activated, number))
	})
	return number, err
}

// Drop removes a version from the file that nothing needs any more. It fails with ErrNeeded where something does, and with
// fs.ErrNotExist where the version is not there.
func Drop(ctx context.Context, store storage.Store, path string, number uint32, audit Audit) error {
	_, err := store.Update(ctx, func(tx storage.Tx) error {
		versions, active, err := read(tx, path)
		switch {
		case err != nil:
			return err
		case !versions.Has(number):
			return fmt.Errorf("version %d: %w", number, fs.ErrNotExist)
		case number > active.Number():
			return fmt.Errorf("version %d %w: it is to be the next", number, ErrNeeded)
		}
		if err := needed(tx, active.Number(), number); err != nil {
			return err
		}
		if err := apikey.RemoveVersion(path, number); err != nil {
			return err
		}
		return audit(tx, dropped, number)
	})
	return err
}

// read is what the file holds now, and which of it is active.
func read(r storage.Reader, path string) (*apikey.Versions, *apikey.Version, error) {
	keyring, err := apikey.LoadKeyring(path)
	if err != nil {
		return nil, nil, err
	}
	versions := keyring.Versions()
	if err := FitsActive(r, versions); err != nil {
		return nil, nil, err
	}
	active, err := Active(r, versions)
	return versions, active, err
}

// needed fails with ErrNeeded where one of the versions is still needed. What a database has of an older version than the
// active one becomes less, and never more.
func needed(r storage.Reader, active uint32, versions ...uint32) error {
	if slices.Contains(versions, active) {
		return fmt.Errorf("version %d %w: it is the active one", active, ErrNeeded)
	}
	stands, err := r.ImportStands()
	if err != nil {
		return err
	}
	if stands {
		return fmt.Errorf("version %d %w by an import, perhaps: wait until it is done. One that was broken off is forgotten after a day", versions[0], ErrNeeded)
	}
	counts, err := r.CountByVersion()
	if err != nil {
		return err
	}
	for _, count := range counts {
		if slices.Contains(versions, count.Version) {
			return fmt.Errorf("version %d %w by %s: a running server moves them, or 'steelgate keyring reseal'", count.Version, ErrNeeded, inWords(count))
		}
	}
	return nil
}
