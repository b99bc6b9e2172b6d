package explain

import (
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/engine"
)

const (
	// maxText is the length of the longest text that is told, in bytes.
	maxText = 200
	// maxParts is how many elements and texts a value is told with.
	maxParts = 50
	// leftOut stands for what is not told.
	leftOut = "…"
)

// shorten cuts a text that nobody would read to the end.
func shorten(text string) string {
	if len(text) <= maxText {
		return text
	}
	cut := maxText
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + leftOut
}

// render is a value as JSON, cut short where it is long. What users are called, and what looks like a secret, is left out.
func (r *recorder) render(value ast.Value, sight *engine.Sight) (_ jsontext.Value, cut bool) {
	w := writer{recorder: r, sight: sight, parts: maxParts}
	w.value(value)
	return jsontext.Value(w.text), w.cut
}

type writer struct {
	*recorder
	sight *engine.Sight
	text  []byte
	parts int
	cut   bool
}

func (w *writer) value(value ast.Value) {
	w.parts--
	switch v := value.(type) {
	case ast.Null:
		w.raw("null")
	case ast.Boolean:
		w.raw(v.String())
	case ast.Number:
		if len(v) > maxText {
			w.cut = true
			w.quote(string(v))
			return
		}
		w.raw(string(v))
	case ast.String:
		w.quote(string(v))
	case *ast.Array:
		w.list(v.Len(), v.Until)
	case ast.Set:
		w.list(v.Len(), v.Until)
	case ast.Object:
		w.object(v)
	default:
		w.quote(value.String())
	}
}

func (w *writer) raw(text string) { w.text = append(w.text, text...) }

func (w *writer) quote(text string) {
	told := shorten(w.clean(text, w.sight))
	w.cut = w.cut || told != text
	// What comes out of OPA is UTF-8, or is made so here.
	quoted, err := jsontext.AppendQuote(w.text, strings.ToValidUTF8(told, leftOut))
	if err != nil {
		quoted = append(w.text, `""`...)
	}
	w.text = quoted
}

func (w *writer) list(length int, until func(func(*ast.Term) bool) bool) {
	w.raw("[")
	n := 0
	until(func(element *ast.Term) bool {
		if w.parts <= 0 {
			return true
		}
		if n++; n > 1 {
			w.raw(",")
		}
		w.value(element.Value)
		return false
	})
	w.cut = w.cut || n < length
	w.raw("]")
}

func (w *writer) object(o ast.Object) {
	w.raw("{")
	n := 0
	names := map[string]bool{}
	o.Until(func(key, element *ast.Term) bool {
		if w.parts <= 0 {
			return true
		}
		name, ok := key.Value.(ast.String)
		if !ok {
			name = ast.String(key.Value.String())
		}
		told := shorten(w.clean(string(name), w.sight))
		if names[told] {
			return false // Cut short, two are alike.
		}
		names[told] = true
		if n++; n > 1 {
			w.raw(",")
		}
		w.quote(told)
		w.raw(":")
		w.value(element.Value)
		return false
	})
	w.cut = w.cut || n < o.Len()
	w.raw("}")
}

// minCalled is the length of the shortest name that is looked for inside of other texts.
const minCalled = 4

// clean leaves out of a text what users whose records were read are called, and what reads like a secret.
func (r *recorder) clean(text string, sight *engine.Sight) string {
	text = apikey.Redact(text)
	for id := range sight.UsersRead() {
		user, ok := r.snapshot.User(id)
		if !ok || text == id {
			continue
		}
		for _, called := range []string{user.Email(), user.Name()} {
			// However a policy spells it.
			if called != "" && (strings.EqualFold(text, called) || len(called) >= minCalled && strings.Contains(strings.ToLower(text), strings.ToLower(called))) {
				return leftOut
			}
		}
	}
	return text
}
