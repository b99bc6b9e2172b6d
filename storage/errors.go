package storage

import (
	"errors"
	"fmt"
)

// What a store's methods fail with, beside a cancelled context. Test with errors.Is.
var (
	// ErrNotFound says that no such row stands.
	ErrNotFound = errors.New("not found")
	// ErrNameTaken says that another key of the same owner, neither revoked nor replaced, has the name.
	ErrNameTaken = errors.New("name taken")
	// ErrSecretTaken says that another key or token has the same secret.
	ErrSecretTaken = errors.New("secret taken")
	// ErrIdentityTaken says that a person of a provider is linked to another user already, or a user to another person.
	ErrIdentityTaken = errors.New("identity taken")
	// ErrUnstorable says that text is not UTF-8, or has a NUL in it, which not every database keeps.
	ErrUnstorable = errors.New("text that is not UTF-8, or has a NUL in it, can't be stored")
	// ErrChangesPruned says that the change log no longer reaches back to the revision asked for: load anew.
	ErrChangesPruned = errors.New("changes pruned")
	// ErrUnavailable says that the database could not be reached or did not answer in time; a retry may work.
	ErrUnavailable = errors.New("the database is unavailable")
)

// ErrImportInProgress says that an import is being applied, and that this change has to wait until it is done.
var ErrImportInProgress = errors.New("an import is being applied")

// DoubledLine says that two lines of an import name the same record.
type DoubledLine struct{ First, Second int }

func (e *DoubledLine) Error() string {
	return fmt.Sprintf("line %d names the same record as line %d", e.Second, e.First)
}
