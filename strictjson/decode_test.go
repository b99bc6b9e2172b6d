package strictjson_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/steelengine/steelgate/strictjson"
)

type body struct {
	Name     strictjson.Optional[string]         `json:"name"`
	Count    uint64                              `json:"count"`
	At       strictjson.Optional[time.Time]      `json:"at"`
	Items    []item                              `json:"items"`
	Anything strictjson.Optional[jsontext.Value] `json:"anything"`
}

type item struct {
	ID strictjson.Optional[string] `json:"id"`
}

func TestFaultsAreNamed(t *testing.T) {
	deep := strings.Repeat("[", 40) + strings.Repeat("]", 40)
	for name, c := range map[string]struct {
		text  string
		kind  strictjson.Kind
		field string
	}{
		"empty":                       {``, strictjson.Malformed, ""},
		"blank":                       {"  \n", strictjson.Malformed, ""},
		"cut off":                     {`{"name": "a`, strictjson.Malformed, ""},
		"trailing value":              {`{} {}`, strictjson.Malformed, ""},
		"trailing garbage":            {`{}x`, strictjson.Malformed, ""},
		"doubled name":                {`{"name": "a", "name": "b"}`, strictjson.Malformed, ""},
		"doubled name, escaped":       {`{"name": "a", "n\u0061me": "b"}`, strictjson.Malformed, ""},
		"doubled name in a raw value": {`{"anything": {"a": 1, "a": 2}}`, strictjson.Malformed, ""},
		"doubled after unknown":       {`{"nome": 1, "name": "a", "name": "b"}`, strictjson.Malformed, ""},
		"invalid UTF-8":               {"{\"name\": \"\xff\"}", strictjson.Malformed, ""},
		"lone surrogate":              {`{"name": "\ud800"}`, strictjson.Malformed, ""},
		"too deep":                    {`{"anything": ` + deep + `}`, strictjson.Malformed, ""},
		"unknown field":               {`{"nome": "a"}`, strictjson.Invalid, "nome"},
		"other case":                  {`{"Name": "a"}`, strictjson.Invalid, "Name"},
		"unknown field below":         {`{"items": [{"id": "a"}, {"di": "a"}]}`, strictjson.Invalid, "items[1].di"},
		"number for a string":         {`{"name": 1}`, strictjson.Invalid, "name"},
		"string for a number":         {`{"count": "1"}`, strictjson.Invalid, "count"},
		"negative":                    {`{"count": -1}`, strictjson.Invalid, "count"},
		"no time":                     {`{"at": "tomorrow"}`, strictjson.Invalid, "at"},
		"an array":                    {`[]`, strictjson.Invalid, ""},
		"a string":                    {`"x"`, strictjson.Invalid, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var b body
			err := strictjson.Decode(strings.NewReader(c.text), 1000, &b)
			var fault *strictjson.Error
			if !errors.As(err, &fault) {
				t.Fatalf("got %v, want an *Error", err)
			}
			if fault.Kind != c.kind {
				t.Errorf("kind %d, want %d (%s)", fault.Kind, c.kind, fault.Detail)
			}
			if c.field != "" && (len(fault.Fields) != 1 || fault.Fields[0].Field != c.field) {
				t.Errorf("fields %v, want %s", fault.Fields, c.field)
			}
			if fault.Detail == "" {
				t.Error("no detail")
			}
		})
	}
}

// Who passes over names that are not known is as strict in all else, and within what is passed over.
func TestUnknownNamesPass(t *testing.T) {
	var b body
	if err := strictjson.DecodeKnown(strings.NewReader(`{"nome": {"a": [1]}, "name": "a", "Name": "b", "items": [{"di": 1, "id": "c"}]}`), 1000, &b); err != nil {
		t.Fatal(err)
	}
	if b.Name != strictjson.Some("a") || b.Items[0].ID != strictjson.Some("c") {
		t.Errorf("got %+v", b)
	}
	for name, text := range map[string]string{
		"doubled name": `{"name": "a", "name": "b"}`, "doubled unknown name": `{"nome": 1, "nome": 2}`, "doubled below": `{"nome": [{"a": 1, "a": 2}]}`,
		"invalid UTF-8": "{\"nome\": \"\xff\"}", "too deep": `{"nome": ` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`,
		"trailing": `{} {}`, "wrong type": `{"nome": 1, "name": 1}`, "too large": `{"nome": "` + strings.Repeat("a", 1000) + `"}`,
	} {
		err := strictjson.DecodeKnown(strings.NewReader(text), 1000, &b)
		if _, ok := errors.AsType[*strictjson.Error](err); !ok {
			t.Errorf("%s: got %v, want an *Error", name, err)
		}
	}
}

func TestLimit(t *testing.T) {
	var b body
	text := `{"name": "abc"}`
	if err := strictjson.Decode(strings.NewReader(text), int64(len(text)), &b); err != nil {
		t.Fatal(err)
	}
	err := strictjson.Decode(strings.NewReader(text+" "), int64(len(text)), &b)
	var fault *strictjson.Error
	if !errors.As(err, &fault) || fault.Kind != strictjson.TooLarge {
		t.Fatalf("got %v, want too large", err)
	}
}

func TestOptionalTellsAbsentFromNull(t *testing.T) {
	for text, want := range map[string]strictjson.Optional[string]{
		`{}`:             {},
		`{"name": null}`: {Set: true, Null: true},
		`{"name": ""}`:   strictjson.Some(""),
		`{"name": "a"}`:  strictjson.Some("a"),
	} {
		var b body
		if err := strictjson.DecodeBytes([]byte(text), &b); err != nil {
			t.Fatal(err)
		}
		if b.Name != want {
			t.Errorf("%s: got %+v, want %+v", text, b.Name, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{}`, `{"name":"a","items":[{"id":null}]}`, `{"anything":{"a":[1,2e9]}}`, "{\"name\":\"\xff\"}", `[[[[`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var b body
		err := strictjson.DecodeBytes(text, &b)
		if fault, ok := err.(*strictjson.Error); err != nil && (!ok || fault.Detail == "") {
			t.Fatalf("not an *Error with a detail: %v", err)
		}
	})
}
