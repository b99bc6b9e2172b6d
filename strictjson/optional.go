package strictjson

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Optional is a field that may be absent, null, or have a value: three things that a change to a record tells apart.
type Optional[T any] struct {
	// Set tells that the field is there; Null, that it is null, and Value is zero.
	Set, Null bool
	Value     T
}

// Some is a field that is there with a value.
func Some[T any](value T) Optional[T] { return Optional[T]{Set: true, Value: value} }

// UnmarshalJSONFrom reads the field.
func (o *Optional[T]) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	*o = Optional[T]{Set: true}
	if dec.PeekKind() == 'n' {
		o.Null = true
		return dec.SkipValue()
	}
	return json.UnmarshalDecode(dec, &o.Value)
}

// MarshalJSONTo writes the value, or null. An absent field is left out by the tag omitzero.
func (o Optional[T]) MarshalJSONTo(enc *jsontext.Encoder) error {
	if !o.Set || o.Null {
		return enc.WriteToken(jsontext.Null)
	}
	return json.MarshalEncode(enc, o.Value)
}
