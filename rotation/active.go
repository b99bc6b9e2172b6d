package rotation

import (
	"errors"
	"fmt"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/storage"
)

// noteName is the note in the database that tells its keyring, and which version is active: the version's check value.
const noteName = "keyring_check"

// Active is the version that new secrets are made under. Ask in the transaction that stores what is made. It fails as
// apikey.Versions.Find does. A database that notes none yet is new, and takes the newest.
func Active(r storage.Reader, versions *apikey.Versions) (*apikey.Version, error) {
	note, err := r.Meta(noteName)
	if errors.Is(err, storage.ErrNotFound) {
		return versions.Newest(), nil
	}
	if err != nil {
		return nil, err
	}
	return versions.Find(note)
}

// Begin notes the newest version as active in a database that notes none yet. Any other must fit.
func Begin(tx storage.Tx, versions *apikey.Versions) error {
	_, err := tx.Meta(noteName)
	if errors.Is(err, storage.ErrNotFound) {
		return tx.PutMeta(noteName, versions.Newest().CheckValue())
	}
	if err != nil {
		return err
	}
	return Fits(tx, versions)
}

// HasBegun tells whether the database notes an active version.
func HasBegun(r storage.Reader) (bool, error) {
	_, err := r.Meta(noteName)
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// FitsActive fails where the versions are not those of the database, or lack the active one. It is a single look.
func FitsActive(r storage.Reader, versions *apikey.Versions) error {
	_, err := Active(r, versions)
	if missing, ok := errors.AsType[*apikey.MissingVersion](err); ok {
		return lacks(missing, "which this database makes its secrets under")
	}
	return err
}

// Fits fails, beside that, where a record was made under a version that is not there. The error says what to do.
func Fits(r storage.Reader, versions *apikey.Versions) error {
	if err := FitsActive(r, versions); err != nil {
		return err
	}
	counts, err := r.CountByVersion()
	if err != nil {
		return err
	}
	for _, count := range counts {
		if !versions.Has(count.Version) {
			return lacks(versions.Missing(count.Version), "which "+inWords(count)+" of this database need")
		}
	}
	return nil
}

// Check is what a process that follows a database asks before it adopts what it reads, be it the whole or what has changed:
// with another keyring it would call keys unknown that stand.
func Check(keyring *apikey.Keyring) func(r storage.Reader, whole bool) error {
	return func(r storage.Reader, whole bool) error {
		if whole {
			return Fits(r, keyring.Versions())
		}
		return FitsActive(r, keyring.Versions())
	}
}

// lacks says what to do about a version that is missing; why is a relative clause about the version.
func lacks(missing *apikey.MissingVersion, why string) error {
	if missing.Number > missing.Newest {
		return fmt.Errorf("%w, %s: it is an older copy. Put the newest in its place, the one that 'steelgate keyring rotate' changed", missing, why)
	}
	return fmt.Errorf("%w, %s: the version was dropped, or the database is an older copy. Put a copy of the keyring in its place that has the version", missing, why)
}

func inWords(c storage.VersionCount) string {
	return fmt.Sprintf("%d keys and %d service tokens", c.Keys, c.Tokens)
}
