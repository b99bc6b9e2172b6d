package steelgate

import (
	"bytes"
	"encoding/json"
)

// Change is what becomes of a field: the zero Change leaves it as it is, Set gives it a value, and Clear takes it away.
type Change[T any] struct {
	isMade bool
	value  *T
}

// Set gives a field a value. A list that is empty is sent as such, and not taken for none.
func Set[T any](value T) Change[T] { return Change[T]{isMade: true, value: &value} }

// Clear takes a field's value away: an expiry, an allow-list, a narrowing.
func Clear[T any]() Change[T] { return Change[T]{isMade: true} }

// IsZero tells whether nothing is to change.
func (c Change[T]) IsZero() bool { return !c.isMade }

// MarshalJSON writes the value, or null.
func (c Change[T]) MarshalJSON() ([]byte, error) {
	if c.value == nil {
		return []byte("null"), nil
	}
	text, err := json.Marshal(*c.value)
	if err == nil && bytes.Equal(text, []byte("null")) {
		// Of what is set here only a list that is nil is written so.
		return []byte("[]"), nil
	}
	return text, err
}
