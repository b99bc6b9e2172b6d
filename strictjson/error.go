package strictjson

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Kind is what sort of fault a text has.
type Kind int

// The kinds.
const (
	// Malformed is a text that is not one JSON value: a 400.
	Malformed Kind = iota
	// Invalid is a field that is unknown, or whose value is of the wrong type: a 422.
	Invalid
	// TooLarge is a text beyond the limit: a 413.
	TooLarge
)

// Error says what is wrong with a text, in a sentence for whoever sent it.
type Error struct {
	Kind   Kind
	Detail string
	// Fields are at fault where Kind is Invalid.
	Fields []Field
}

// Field is a path such as decisions[0].resource.id, and what is wrong there.
type Field struct{ Field, Message string }

func (e *Error) Error() string { return e.Detail }

func malformed(detail string) *Error { return &Error{Kind: Malformed, Detail: detail} }

func tooLarge(limit int64) *Error {
	return &Error{Kind: TooLarge, Detail: fmt.Sprintf("The body is longer than %d bytes.", limit)}
}

// errorOf translates what the decoder fails with.
func errorOf(err error) *Error {
	if semantic, ok := errors.AsType[*json.SemanticError](err); ok {
		path := fieldPath(semantic.JSONPointer)
		message := wanted(semantic.GoType)
		if errors.Is(err, json.ErrUnknownName) {
			message = "is not a field here"
		}
		if path == "" {
			return &Error{Kind: Invalid, Detail: "The body must be a JSON object."}
		}
		return &Error{Kind: Invalid, Detail: "A field is at fault: see errors.", Fields: []Field{{path, message}}}
	}
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return malformed("The JSON gives a name twice in one object.")
	}
	if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return malformed("The body is empty: want a JSON object.")
	}
	if syntactic, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return malformed(fmt.Sprintf("The body is not valid JSON in UTF-8, at byte %d.", syntactic.ByteOffset))
	}
	return malformed("The body is not valid JSON.")
}

// wanted says in a caller's words what a Go type reads.
func wanted(t reflect.Type) string {
	if t == nil {
		return "is of the wrong type"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "want true or false"
	case reflect.String:
		return "want a string"
	case reflect.Uint, reflect.Uint32, reflect.Uint64:
		return "want a whole number, 0 or more"
	case reflect.Int, reflect.Int64:
		return "want a whole number"
	case reflect.Slice, reflect.Array:
		return "want an array"
	case reflect.Struct, reflect.Map:
		if t.PkgPath() == "time" {
			return "want a time as in RFC 3339, such as 2030-01-31T12:00:00Z"
		}
		return "want an object"
	}
	return "is of the wrong type or has no such value"
}

// maxPath keeps an answer short whatever names a caller invents.
const maxPath = 200

// fieldPath turns /decisions/0/resource/id into decisions[0].resource.id.
func fieldPath(pointer jsontext.Pointer) string {
	var path strings.Builder
	for token := range pointer.Tokens() {
		switch {
		case isIndex(token) && path.Len() > 0:
			path.WriteString("[" + token + "]")
		case path.Len() > 0:
			path.WriteString("." + token)
		default:
			path.WriteString(token)
		}
	}
	text := path.String()
	if len(text) > maxPath {
		text = strings.ToValidUTF8(text[:maxPath], "") + "…"
	}
	return text
}

func isIndex(token string) bool {
	for _, c := range token {
		if c < '0' || c > '9' {
			return false
		}
	}
	return token != ""
}
