package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/types"
)

// maxText is how long a text that a builtin makes may be, in bytes, maxElements how many elements an array, and maxDigits how many
// digits a product. The time limit
// is looked at between builtins alone, and memory that is not there ends the process: one call could ask for any amount of it,
// out of what a caller sent.
const (
	maxText     = 1 << 20
	maxElements = 100_000
	maxDigits   = 10_000
)

// bounded are the builtins whose result may be much larger than what they are given: how large it will be at most, and how
// large it may be.
var bounded = map[string]struct {
	size func(operands []*ast.Term) int
	most int
}{
	"concat":       {concatSize, maxText},
	"replace":      {replaceSize, maxText},
	"sprintf":      {sprintfSize, maxText},
	"array.concat": {arraySize, maxElements},
	"product":      {digits, maxDigits},
	"mul":          {digits, maxDigits},
	// Where a character is escaped it takes six.
	"json.marshal":              {firstSize, maxText},
	"json.marshal_with_options": {prettySize, maxText},
	"base64.encode":             {firstSize, maxText},
	"base64url.encode":          {firstSize, maxText},
	"base64url.encode_no_pad":   {firstSize, maxText},
}

// OPA keeps its builtins in one table for the whole process, which is to be changed before anything is evaluated.
func init() {
	for _, declared := range Capabilities().Builtins {
		if original := topdown.GetBuiltin(declared.Name); original != nil && makesSomething(declared) {
			topdown.RegisterBuiltinFunc(declared.Name, charged(declared.Name, original))
			// Without its context a builtin does not know for whom it works.
			ast.BuiltinMap[declared.Name].CanSkipBctx = false
		}
	}
}

// makesSomething tells whether a builtin's result takes memory of its own.
func makesSomething(b *ast.Builtin) bool {
	switch b.Decl.Result().(type) {
	case nil, types.Boolean, types.Null:
		return false
	}
	return !strings.HasPrefix(b.Name, "internal.") && !slices.Contains([]string{"object.get", "min", "max"}, b.Name)
}

// charged is a builtin that makes nothing too large at once, and has what it makes counted by the evaluation that asks.
func charged(name string, original topdown.BuiltinFunc) topdown.BuiltinFunc {
	b, isBounded := bounded[name]
	return func(c topdown.BuiltinContext, operands []*ast.Term, iter func(*ast.Term) error) error {
		if isBounded && b.size(operands) > b.most {
			return &topdown.Error{Code: topdown.BuiltinErr, Message: fmt.Sprintf("%s: the result would be larger than a policy may make (%d)", name, b.most), Location: c.Location}
		}
		limit, ok := c.Cancel.(*timeLimit)
		if !ok {
			return original(c, operands, iter)
		}
		if name == "json.unmarshal" {
			// Of a notation's values only the outermost is seen.
			limit.made += 16 * textSize(operands[0])
		}
		return original(c, operands, func(made *ast.Term) error {
			limit.charge(made.Value)
			return iter(made)
		})
	}
}

// textSize is the length of a term as text.
func textSize(term *ast.Term) int {
	if text, ok := term.Value.(ast.String); ok {
		return len(text)
	}
	return len(term.Value.String())
}

func concatSize(operands []*ast.Term) int {
	delimiter, size, parts := textSize(operands[0]), 0, 0
	add := func(term *ast.Term) {
		size += textSize(term)
		parts++
	}
	switch texts := operands[1].Value.(type) {
	case *ast.Array:
		texts.Foreach(add)
	case ast.Set:
		texts.Foreach(add)
	}
	return size + delimiter*parts
}

func replaceSize(operands []*ast.Term) int {
	text, ok := operands[0].Value.(ast.String)
	old, isText := operands[1].Value.(ast.String)
	if !ok || !isText {
		return 0
	}
	return len(text) + strings.Count(string(text), string(old))*textSize(operands[2])
}

// sprintfSize takes each verb for as long as the longest operand and its own width.
func sprintfSize(operands []*ast.Term) int {
	format, ok := operands[0].Value.(ast.String)
	if !ok {
		return 0
	}
	// Operands that no verb takes are written behind.
	longest, all := 0, 64
	if values, ok := operands[1].Value.(*ast.Array); ok {
		// A verb of the wrong type is written with the operand's type, and quotes may double what they hold.
		values.Foreach(func(term *ast.Term) {
			size := 2*textSize(term) + 64
			longest, all = max(longest, size), all+size
		})
	}
	size := len(format) + all
	for _, verb := range strings.Split(string(format), "%")[1:] {
		size += longest + widthOf(verb)
		if size > maxText {
			break
		}
	}
	return size
}

// widest is the greatest width that Go's fmt takes.
const widest = 1_000_000

// widthOf is the greatest number that a verb begins with; a star is any.
func widthOf(verb string) int {
	width, number := 0, 0
	for i := range len(verb) {
		switch c := verb[i]; {
		case c == '*':
			return widest
		case '0' <= c && c <= '9':
			number = min(number*10+int(c-'0'), widest)
			width = max(width, number)
		case strings.IndexByte("+-# .[]", c) >= 0:
			number = 0
		default:
			return width
		}
	}
	return width
}

func firstSize(operands []*ast.Term) int { return textSize(operands[0]) }

// digits are those of all numbers together, which a product has no more of.
func digits(operands []*ast.Term) int {
	total := 0
	for _, operand := range operands {
		switch v := operand.Value.(type) {
		case ast.Number:
			total += len(v)
		case *ast.Array:
			v.Foreach(func(n *ast.Term) { total += textSize(n) })
		case ast.Set:
			v.Foreach(func(n *ast.Term) { total += textSize(n) })
		}
	}
	return total
}

// prettySize takes every line for one of the deepest.
func prettySize(operands []*ast.Term) int {
	size := textSize(operands[0])
	options, ok := operands[1].Value.(ast.Object)
	if !ok {
		return size
	}
	prefix, indent := 0, 1
	options.Foreach(func(name, value *ast.Term) {
		switch name.Value {
		case ast.String("prefix"):
			prefix = textSize(value)
		case ast.String("indent"):
			indent = textSize(value)
		}
	})
	lines, depth := linesOf(operands[0].Value)
	return size + (lines+1)*(prefix+depth*indent+1)
}

// linesOf are how many lines a value takes with each element on one of its own, and how deep it stands in itself.
func linesOf(value ast.Value) (lines, depth int) {
	below := func(term *ast.Term) {
		l, d := linesOf(term.Value)
		lines, depth = lines+l, max(depth, d+1)
	}
	switch v := value.(type) {
	case *ast.Array:
		v.Foreach(below)
	case ast.Set:
		v.Foreach(below)
	case ast.Object:
		v.Foreach(func(_, of *ast.Term) { below(of) })
	default:
		return 1, 0
	}
	return lines + 2, depth
}

func arraySize(operands []*ast.Term) int {
	size := 0
	for _, operand := range operands {
		if array, ok := operand.Value.(*ast.Array); ok {
			size += array.Len()
		}
	}
	return size
}
