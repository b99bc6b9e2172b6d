package sqlstore

import (
	"fmt"

	"github.com/steelengine/steelgate/storage"
)

// transaction writes as well. It is a storage.Tx.
type transaction struct {
	*session
	changes []storage.Change
	noted   map[storage.Change]bool
}

var _ storage.Tx = (*transaction)(nil)

// note enters a change in the log, once for each record.
func (t *transaction) note(kind storage.Kind, a, b string) {
	change := storage.Change{Kind: kind, A: a, B: b}
	if t.noted == nil {
		t.noted = map[storage.Change]bool{}
	}
	if !t.noted[change] {
		t.noted[change] = true
		t.changes = append(t.changes, change)
	}
}

// put runs a statement that makes or replaces a record, and notes the change.
func (t *transaction) put(kind storage.Kind, a, b, query string, args ...any) error {
	if _, err := t.exec(query, args...); err != nil {
		return fmt.Errorf("putting a %s: %w", kind, err)
	}
	t.note(kind, a, b)
	return nil
}

// remove runs a statement that deletes one record, and notes the change.
func (t *transaction) remove(kind storage.Kind, a, b, query string, args ...any) error {
	if !storable(args) {
		return storage.ErrNotFound
	}
	n, err := t.exec(query, args...)
	if err != nil {
		return fmt.Errorf("deleting a %s: %w", kind, err)
	}
	if n == 0 {
		return storage.ErrNotFound
	}
	t.note(kind, a, b)
	return nil
}
