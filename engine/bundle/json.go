package bundle

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/open-policy-agent/opa/v1/ast"
)

// appendMember appends a name of an object, after a comma where others stand before it.
func appendMember(text []byte, isFollowing bool, name string) []byte {
	if isFollowing {
		text = append(text, ',')
	}
	// Ids are of characters that need no quoting; a text that is not UTF-8 can't come in.
	quoted, _ := jsontext.AppendQuote(text, name)
	return append(quoted, ':')
}

// appendJSON appends a record as JSON, its fields in the order of their names, but for those that are left out. It writes what OPA's own
// encoding means, and spares the values that this would make of every record on the way.
func appendJSON(text []byte, value ast.Value, without []string) (_ []byte, err error) {
	switch v := value.(type) {
	case ast.Null:
		return append(text, "null"...), nil
	case ast.Boolean:
		if v {
			return append(text, "true"...), nil
		}
		return append(text, "false"...), nil
	case ast.Number:
		return append(text, v...), nil
	case ast.String:
		return jsontext.AppendQuote(text, string(v))
	case *ast.Array:
		text = append(text, '[')
		for i := range v.Len() {
			if i > 0 {
				text = append(text, ',')
			}
			if text, err = appendJSON(text, v.Elem(i).Value, nil); err != nil {
				return nil, err
			}
		}
		return append(text, ']'), nil
	case ast.Object:
		return appendObject(text, v, without)
	}
	return nil, fmt.Errorf("a value of type %s is in no record", ast.ValueName(value))
}

func appendObject(text []byte, object ast.Object, without []string) ([]byte, error) {
	text = append(text, '{')
	isFollowing := false
	err := object.Iter(func(key, value *ast.Term) (err error) {
		name, ok := key.Value.(ast.String)
		if !ok {
			return fmt.Errorf("a name of type %s is in no record", ast.ValueName(key.Value))
		}
		for _, left := range without {
			if string(name) == left {
				return nil
			}
		}
		text = appendMember(text, isFollowing, string(name))
		isFollowing = true
		text, err = appendJSON(text, value.Value, nil)
		return err
	})
	return append(text, '}'), err
}
