package apikey

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
)

// AddVersion adds a random version to a keyring's file, and answers its number: the next. Whoever edits the file has to see
// to it that nobody else does at the same time.
func AddVersion(path string) (number uint32, err error) {
	err = edit(path, func(versions []*Version) ([]*Version, error) {
		newest := versions[len(versions)-1].number
		if newest == math.MaxUint32 {
			return nil, errors.New("there is no higher number for a version")
		}
		number = newest + 1
		v, err := mintVersion(number)
		return append(versions, v), err
	})
	return number, err
}

// RemoveVersion removes a version from a keyring's file; one that is not there is fs.ErrNotExist. Whoever edits the file has
// to see to it that nothing needs the version, and that nobody else edits at the same time.
func RemoveVersion(path string, number uint32) error {
	return edit(path, func(versions []*Version) ([]*Version, error) {
		left := slices.DeleteFunc(versions, func(v *Version) bool { return v.number == number })
		switch len(left) {
		case len(versions):
			return nil, fmt.Errorf("version %d: %w", number, fs.ErrNotExist)
		case 0:
			return nil, fmt.Errorf("version %d is the only one", number)
		}
		return left, nil
	})
}

// edit puts a changed file in the place of the one that stands. A crash leaves the one or the other, whole.
func edit(path string, change func([]*Version) ([]*Version, error)) error {
	// What a link points to is edited, and the link stays.
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	keyring, err := LoadKeyring(path)
	if err != nil {
		return err
	}
	versions, err := change(slices.Clone(keyring.Versions().inOrder))
	if err != nil {
		return err
	}
	text, err := newKeyring(keyring.auditing, versions...).text()
	if err != nil {
		return err
	}
	if err := replace(path, text); err != nil {
		return fmt.Errorf("changing the keyring: %w", err)
	}
	return nil
}

// replace writes a file beside another and then puts it in its place, so that whoever reads finds the one or the other. It
// belongs to whom the other belongs to: an operator may be root, and the server must still read it.
func replace(path string, text []byte) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	beside := path + ".new"
	// What a crash left there.
	if err := os.Remove(beside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := writeNew(beside, text); err != nil {
		return err
	}
	if err := giveTo(beside, info); err != nil {
		return errors.Join(err, os.Remove(beside))
	}
	if err := os.Rename(beside, path); err != nil {
		return errors.Join(err, os.Remove(beside))
	}
	return syncFolder(path)
}
