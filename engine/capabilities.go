package engine

import (
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
)

// allowedBuiltins are the functions that a policy may call: cheap, deterministic, and reaching nothing outside. OPA has
// others that ran for seconds past a deadline, took a gigabyte, or fetched from the network. A name that ends in a dot
// stands for all that begin with it.
var allowedBuiltins = []string{
	// comparison and assignment
	"eq", "assign", "equal", "neq", "lt", "lte", "gt", "gte", "internal.",
	// arithmetic
	"plus", "minus", "mul", "div", "rem", "abs", "round", "ceil", "floor",
	// aggregates, membership, sets, arrays, objects
	"count", "sum", "product", "max", "min", "sort", "and", "or", "intersection", "union",
	"array.concat", "array.reverse", "array.slice", "array.flatten",
	"object.get", "object.keys", "object.union", "object.union_n", "object.remove", "object.filter", "object.subset",
	// types
	"is_array", "is_boolean", "is_null", "is_number", "is_object", "is_set", "is_string", "type_name", "to_number",
	// strings
	"concat", "contains", "endswith", "startswith", "format_int", "indexof", "indexof_n", "lower", "upper", "replace",
	"split", "sprintf", "substring", "trim", "trim_left", "trim_prefix", "trim_right", "trim_space", "trim_suffix",
	"strings.any_prefix_match", "strings.any_suffix_match", "strings.count", "strings.reverse",
	// patterns
	"regex.match", "glob.match",
	// time, of instants that the input gives
	"time.parse_rfc3339_ns", "time.clock", "time.date", "time.weekday", "time.add_date", "time.diff",
	// networks
	"net.cidr_contains", "net.cidr_is_valid",
	// encodings and notations
	"json.filter", "json.is_valid", "json.marshal", "json.marshal_with_options", "json.patch", "json.remove", "json.unmarshal",
	"base64.decode", "base64.encode", "base64.is_valid", "base64url.decode", "base64url.encode", "base64url.encode_no_pad",
	"units.parse", "units.parse_bytes", "semver.compare", "semver.is_valid",
}

// Capabilities is what a policy may use of OPA. Nobody may change them: every parser and compiler is given the same.
var Capabilities = sync.OnceValue(func() *ast.Capabilities {
	all := ast.CapabilitiesForThisVersion()
	all.Builtins = slices.DeleteFunc(all.Builtins, func(b *ast.Builtin) bool {
		return !slices.ContainsFunc(allowedBuiltins, func(allowed string) bool {
			return b.Name == allowed || strings.HasSuffix(allowed, ".") && strings.HasPrefix(b.Name, allowed)
		})
	})
	all.AllowNet = []string{}
	return all
})
