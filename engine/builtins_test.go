package engine

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// A builtin that would make very much of what a caller sent makes nothing, and there is no decision; in what people write it
// works as ever.
func TestBuiltinsMakeNoBombs(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 400_000)
	for name, c := range map[string]struct {
		expression string
		context    string
		allowed    bool
	}{
		"concat":                      {`count(concat(input.context.s, split(input.context.f, ","))) > 0`, fmt.Sprintf(`{"s": %q, "f": %q}`, long, strings.Repeat(",", 400_000)), false},
		"sprintf":                     {`count(sprintf(input.context.f, [input.context.s])) > 0`, fmt.Sprintf(`{"s": %q, "f": %q}`, long, strings.Repeat("%[1]s", 100_000)), false},
		"a width":                     {`count(sprintf("%999999d%999999d%999999d", [1, 2, 3])) > 0`, `{}`, false},
		"a width of an operand":       {`count(sprintf("%*d%*d", [900000, 1, 900000, 2])) > 0`, `{}`, false},
		"replace":                     {`count(replace(replace(input.context.s, "a", input.context.s), "a", input.context.s)) > 0`, fmt.Sprintf(`{"s": %q}`, long[:10_000]), false},
		"an empty text":               {`count(replace(input.context.s, "", input.context.s)) > 0`, fmt.Sprintf(`{"s": %q}`, long[:10_000]), false},
		"array.concat":                {`count(array.concat(split(input.context.s, "a"), split(input.context.s, "a"))) > 0`, fmt.Sprintf(`{"s": %q}`, long), false},
		"pretty":                      {`count(json.marshal_with_options(split(input.context.f, ","), {"prefix": input.context.s})) > 0`, fmt.Sprintf(`{"s": %q, "f": %q}`, long[:10_000], strings.Repeat(",", 10_000)), false},
		"a deep indent":               {`count(json.marshal_with_options([[[[[[[[[input.context.f]]]]]]]]], {"indent": input.context.s})) > 0`, fmt.Sprintf(`{"s": %q, "f": [1, 2]}`, long), false},
		"base64":                      {`count(base64.encode(concat("", [input.context.s, base64.encode(input.context.s), base64.encode(input.context.s)]))) > 0`, fmt.Sprintf(`{"s": %q}`, long), false},
		"a product":                   {`product([x | some i, _ in split(input.context.f, ","); x := 999999999999999999 + i]) > 0`, fmt.Sprintf(`{"f": %q}`, strings.Repeat(",", 10_000)), false},
		"numbers that people write":   {`product([6, 7]) * 1000000 == 42000000`, `{}`, true},
		"notations that people write": {`json.unmarshal(json.marshal_with_options({"a": [1, {"b": null}]}, {"pretty": true, "indent": "  "})) == json.unmarshal(json.marshal({"a": [1, {"b": null}]}))`, `{}`, true},
		"what people write":           {`sprintf("%s: %5d, %v, %q, %-8s|%d %%", [concat(", ", ["a", "b"]), 7, {"x": [1]}, "q", replace("xyx", "x", "ab"), 9]) == "a, b:     7, {\"x\": [1]}, \"q\", abyab   |9 %"`, `{}`, true},
		"arrays that people write":    {`array.concat([1, 2], [3]) == [1, 2, 3]`, `{}`, true},
	} {
		policy, err := Compile(map[string]string{"a.rego": "package steelgate.authz\n\ndefault decision := {\"allow\": false, \"code\": \"no\"}\n\ndecision := {\"allow\": true, \"code\": \"allowed\"} if " + c.expression}, 1)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		edit := snapshot.Empty().Edit()
		edit.PutUser(authz.User{ID: "u", Active: true})
		edit.PutKey(authz.APIKey{ID: "key_1", Type: authz.PersonalKey, OwnerID: "u"}, apikey.Digest{1})
		view := Hypothetical(policy, edit.Commit(1), time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), time.Minute)
		key, _ := view.Snapshot().Key("key_1")
		d, err := view.Authorize(key, authz.Request{Action: "a", Resource: authz.Entity{Type: "t", ID: "i"}, Context: authz.Context{Extra: authz.Object(c.context)}})
		if c.allowed && (err != nil || !d.Allow) {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
		if !c.allowed && (!errors.Is(err, ErrPolicy) || d.Allow) {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
}

// What is worked out before is never less than what is made.
func TestSizesAreNoLess(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		format string
		values []any
	}{
		{"%s", []any{"abc"}}, {"%q", []any{"\"\"\""}}, {"%d", []any{"not a number"}}, {"%08.3f %x", []any{1.5, "abc"}}, {"%[2]s%[1]s", []any{"a", "bcd"}},
		{"%v %v", []any{map[string]any{"a": []any{1, 2}}, true}}, {"%!", nil}, {"100%", []any{"x"}}, {"%s", []any{"a", "b", "c"}}, {"%50s", []any{"a"}}, {"%-50s|%+d", []any{"a", 3}}, {"%x", []any{"ääää"}},
	} {
		var values []*ast.Term
		for _, v := range c.values {
			values = append(values, ast.NewTerm(ast.MustInterfaceToValue(v)))
		}
		made := fmt.Sprintf(c.format, c.values...)
		if size := sprintfSize([]*ast.Term{ast.StringTerm(c.format), ast.ArrayTerm(values...)}); size < len(made) {
			t.Errorf("%q: %d for %d bytes", c.format, size, len(made))
		}
	}
}
