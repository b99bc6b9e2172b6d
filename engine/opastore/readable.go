package opastore

import (
	"bytes"
	"errors"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/steelengine/steelgate/authz"
)

// ErrUnreadable says that an object holds what no policy can read: a number that is too large. Nothing is decided on what is left of it,
// for what a rule would deny by it is gone too.
var ErrUnreadable = errors.New("an object holds a number that is too large to be read")

// manyDigits is the length from which on a number without an exponent may be too large.
const manyDigits = 10_000

// Object is a JSON object as OPA's value; nil is none. The error is ErrUnreadable.
func Object(text authz.Object) (ast.Object, error) {
	if len(text) == 0 {
		return nil, nil
	}
	value, err := ast.ValueFromReader(bytes.NewReader(text))
	if err != nil {
		return nil, ErrUnreadable
	}
	object, ok := value.(ast.Object)
	if !ok {
		return nil, ErrUnreadable
	}
	return object, nil
}

// IsReadable tells whether Object would read a text that is a JSON object, and spares the reading of nearly all. It is on the
// decision's path, so that nothing is copied that needs no reading.
func IsReadable[T string | authz.Object](text T) bool {
	if len(text) < manyDigits && !hasExponent(text) {
		return true
	}
	_, err := Object(authz.Object(text))
	return err == nil
}

// hasExponent tells whether a digit stands before an e anywhere, be it in a string.
func hasExponent[T string | authz.Object](text T) bool {
	for i := 1; i < len(text); i++ {
		if text[i]|0x20 == 'e' && text[i-1] >= '0' && text[i-1] <= '9' {
			return true
		}
	}
	return false
}
