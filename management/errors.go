package management

import (
	"errors"
	"fmt"

	"github.com/steelengine/steelgate/storage"
)

// Reason is why an operation was refused.
type Reason int

// The reasons.
const (
	// NoActor says that nobody who could do it asked: no user is named, or none that is active.
	NoActor Reason = iota
	// Forbidden says that the actor may not do it.
	Forbidden
	// NotFound says that what is named is not there, or not for the actor to know of.
	NotFound
	// Conflict says that what stands now is in the way.
	Conflict
	// Invalid says that fields are at fault.
	Invalid
	// Busy says that it can be done in a while.
	Busy
)

// Error is an operation's refusal. Nothing was changed.
type Error struct {
	Reason Reason
	// Code is a snake_case name for programs.
	Code string
	// Detail is a sentence for people that says what to do.
	Detail string
	// Fields are at fault where Reason is Invalid.
	Fields []Field
	// concealed tells that the actor may not know, rather than that nothing is there.
	concealed bool
}

// Field is what is wrong with one field, of one line where it came by import. Lines count from 1.
type Field struct {
	Line    int
	Name    string
	Message string
}

func (e *Error) Error() string {
	text := e.Code + ": " + e.Detail
	for _, f := range e.Fields {
		text += fmt.Sprintf("\n  line %d: %s: %s", f.Line, f.Name, f.Message)
	}
	return text
}

func refuse(reason Reason, code, format string, args ...any) *Error {
	return &Error{Reason: reason, Code: code, Detail: fmt.Sprintf(format, args...)}
}

func invalid(fields ...Field) *Error {
	return &Error{Reason: Invalid, Code: "invalid_field", Detail: "A field is at fault: see errors.", Fields: fields}
}

func invalidField(name, format string, args ...any) *Error {
	return invalid(Field{Name: name, Message: fmt.Sprintf(format, args...)})
}

// merged is one refusal of several; an error that is none comes first.
func merged(errs ...error) error {
	var fields []Field
	for _, err := range errs {
		refused, ok := errors.AsType[*Error](err)
		switch {
		case err == nil:
		case !ok || len(refused.Fields) == 0:
			return err
		default:
			fields = append(fields, refused.Fields...)
		}
	}
	if len(fields) == 0 {
		return nil
	}
	return invalid(fields...)
}

func notFound(what string) *Error {
	return refuse(NotFound, "not_found", "No such %s stands here.", what)
}

// concealed says of what the actor may not know the same as of what is not there.
func concealed(what string) *Error {
	refused := notFound(what)
	refused.concealed = true
	return refused
}

// isDenial tells whether the actor was refused, and not what they asked for.
func (e *Error) isDenial() bool {
	return e.Reason == Forbidden || e.Reason == NoActor || e.concealed
}

// orNotFound names what a store did not find; every other error stays as it is.
func orNotFound(err error, what string) error {
	if errors.Is(err, storage.ErrNotFound) {
		return notFound(what)
	}
	return err
}

var errBusy = refuse(Busy, "import_in_progress", "An import is being applied: until it is done keys can be revoked and nothing else changed. Try again shortly.")

// translated turns what a store says of the data into a refusal.
func translated(err error) error {
	switch {
	case errors.Is(err, storage.ErrNameTaken):
		return refuse(Conflict, "name_taken", "Another key of this owner has the name: choose another, or revoke that key.")
	case errors.Is(err, storage.ErrSecretTaken):
		return refuse(Conflict, "secret_taken", "Another key has the same secret.")
	case errors.Is(err, storage.ErrIdentityTaken):
		return refuse(Conflict, "identity_taken", "The person is linked with another user, or the user with another person of this provider: undo that link first.")
	case errors.Is(err, storage.ErrImportInProgress):
		return errBusy
	case errors.Is(err, storage.ErrUnstorable):
		return refuse(Invalid, "invalid_text", "A text holds what can't be stored: a NUL, or what is not UTF-8.")
	}
	return err
}
