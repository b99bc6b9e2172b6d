package strictjson

import (
	"errors"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// MaxDepth is how deeply arrays and objects may stand in each other.
const MaxDepth = 32

// Decode reads one JSON value of at most limit bytes into dst. It fails with an *Error, or with what r fails with.
func Decode(r io.Reader, limit int64, dst any) error {
	text, err := read(r, limit)
	if err != nil {
		return err
	}
	return DecodeBytes(text, dst)
}

// DecodeKnown is Decode for a standard that has names pass which are not known. It is as strict in all else.
func DecodeKnown(r io.Reader, limit int64, dst any) error {
	text, err := read(r, limit)
	if err != nil {
		return err
	}
	return DecodeKnownBytes(text, dst)
}

// DecodeBytes reads one JSON value into dst. It fails with an *Error.
func DecodeBytes(text []byte, dst any) error { return decode(text, dst, true) }

// DecodeKnownBytes is DecodeBytes, and has names pass that are not known.
func DecodeKnownBytes(text []byte, dst any) error { return decode(text, dst, false) }

func read(r io.Reader, limit int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = tooLarge(limit)
	}
	return text, err
}

func decode(text []byte, dst any, refusesUnknown bool) error {
	if isTooDeep(text) {
		return malformed("The JSON is nested more deeply than 32 levels.")
	}
	err := json.Unmarshal(text, dst, json.RejectUnknownMembers(refusesUnknown))
	if err == nil {
		return nil
	}
	// A text that is no JSON at all is malformed, even where a field before the fault is of a wrong type.
	if _, isSemantic := errors.AsType[*json.SemanticError](err); isSemantic {
		if _, syntax := jsontext.AppendFormat(nil, text); syntax != nil {
			err = syntax
		}
	}
	return errorOf(err)
}

// isTooDeep counts brackets outside of strings. What it makes of a text that is no JSON does not matter.
func isTooDeep(text []byte) bool {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			if depth++; depth > MaxDepth {
				return true
			}
		case '}', ']':
			depth--
		}
	}
	return false
}
