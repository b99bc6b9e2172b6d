package sandbox_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/policies"
	"github.com/steelengine/steelgate/policy_test"
)

// shipped is the shipped policy with its tests.
func shipped(t testing.TB) map[string]string {
	t.Helper()
	files, err := engine.ReadFiles(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	tests, err := engine.ReadFiles(policy_test.Files)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(files, tests)
	return files
}

const (
	sitePath     = "site/site.rego"
	decisionPath = "authz/decision.rego"
)

// hostile is a draft that somebody might hand in by mistake or on purpose. It is laid over the shipped files.
type hostile struct {
	name string
	// files are by their paths; one that is "-" is taken away.
	files map[string]string
	// codes are those of which one refuses it. Without any it is harmless: it may or may not pass.
	codes []string
	// path is that of the diagnostic; "" is none, for what no place is known of.
	path string
}

// site is a draft of the installation's own package.
func site(rules string) map[string]string {
	return map[string]string{sitePath: "package steelgate.site\n\n" + rules + "\n"}
}

// denying has a condition that each decision asks.
func denying(condition string) map[string]string {
	return site("deny contains {\"code\": \"closed\", \"message\": \"Closed.\"} if {\n\t" + condition + "\n}")
}

// deciding takes the place of the shipped decision.
func deciding(rules string) map[string]string {
	return map[string]string{
		"authz/decision.rego": "package steelgate.authz\n\n" + rules + "\n", "authz/refusal.rego": "-", "authz/reach.rego": "-", "authz/site.rego": "-",
		"authz/network.rego": "-", "authz/mcp_server.rego": "-", "authz/organization.rego": "-", "authz/personal.rego": "-", "authz/workspace.rego": "-",
		"authz/actions.rego": "-", "authz/permissions.rego": "-",
	}
}

// nested is a comprehension in a comprehension, so many deep.
func nested(depth int) string {
	text := "input.context.x"
	for i := range depth {
		text = fmt.Sprintf("[x%d | x%d := %s]", i, i, text)
	}
	return text
}

// doubling is rules that each use the one before twice.
func doubling(rules int, first, rule string) string {
	text := "r0 := " + first + "\n\n"
	for i := 1; i < rules; i++ {
		text += strings.ReplaceAll(strings.ReplaceAll(rule, "NEW", fmt.Sprint("r", i)), "OLD", fmt.Sprint("r", i-1)) + "\n\n"
	}
	return text + fmt.Sprintf("deny contains {\"code\": \"closed\"} if r%d == input.context.x", rules-1)
}

// product loops over so many lists of a hundred.
func product(lists int) string {
	text := "l := [" + strings.Repeat("1, ", 99) + "1]\n\ndeny contains {\"code\": \"closed\"} if {\n"
	sum := "0"
	for i := range lists {
		text += fmt.Sprintf("\tsome v%d in l\n", i)
		sum += fmt.Sprintf(" + v%d", i)
	}
	return text + "\t" + sum + " == 0\n}"
}

// drafts are all of them; address is one that nobody may call.
func drafts(address string) []hostile {
	rego := func(codes ...string) []string { return codes }
	in := func(path string, codes ...string) func(string, map[string]string) hostile {
		return func(name string, files map[string]string) hostile { return hostile{name, files, codes, path} }
	}
	onSite := func(name string, files map[string]string, codes ...string) hostile {
		return hostile{name, files, codes, sitePath}
	}
	onDecision := func(name string, rules string, codes ...string) hostile {
		return hostile{name, deciding(rules), codes, decisionPath}
	}
	harmless := func(name string, files map[string]string) hostile { return hostile{name: name, files: files} }
	many := strings.Builder{}
	for i := range 10_000 {
		fmt.Fprintf(&many, "r%d if x\n", i)
	}
	schema := "# METADATA\n# schemas:\n#   - input: {\"$ref\": \"http://" + address + "/schema.json\"}\n"
	return []hostile{
		// What reaches out.
		onSite("http.send", denying(`http.send({"method": "GET", "url": "http://`+address+`/"}).status_code == 200`), "rego_type_error"),
		onSite("a name is looked up", denying(`net.lookup_ip_addr("localhost")`), "rego_type_error"),
		onSite("the environment is read", denying(`opa.runtime().env.HOME`), "rego_type_error"),
		onSite("a schema is fetched", map[string]string{sitePath: "package steelgate.site\n\n" + schema + "deny contains {\"code\": \"closed\"} if input.context.x"}, "schemas"),
		onSite("a schema is fetched for the package", map[string]string{sitePath: schema + "package steelgate.site\n\ndeny contains {\"code\": \"closed\"} if input.context.x"}, "schemas"),
		onSite("a schema is fetched to match", denying(`json.match_schema({}, {"$ref": "http://`+address+`/"})[0]`), "rego_type_error"),

		// What burns.
		harmless("comprehensions 8 deep", denying("x := "+nested(8)+"; x == [1]")),
		onSite("comprehensions 14 deep", denying("x := "+nested(14)+"; x == 1"), "nesting"),
		onSite("comprehensions 18 deep", denying("x := "+nested(18)+"; x == 1"), "nesting"),
		onSite("numbers.range", denying(`count(numbers.range(1, 1000000000)) == 1`), "rego_type_error"),
		{"a huge product", site(product(6)), rego("decision", "limits"), "-"},
		{"a text that doubles", site(doubling(60, `"xxxxxxxx"`, `NEW := concat("", [OLD, OLD])`)), rego("limits", "decision"), "-"},
		{"a list that doubles", site(doubling(40, `[1]`, `NEW := array.concat(OLD, OLD)`)), rego("limits", "decision"), "-"},
		{"a function that calls the one before twice", site("f0(x) := x\n" + doublingFunctions(40) + "deny contains {\"code\": \"closed\"} if f39(input.resource.id) == input.context.x"), rego("limits", "decision"), "-"},
		harmless("a type that doubles", site(doubling(60, `{"a": input.context.x}`, `NEW := {"a": OLD, "b": OLD}`))),
		harmless("a regex of a catastrophic shape", denying(`regex.match("^(a+)+$", concat("", [a | some _ in [`+strings.Repeat("1, ", 500)+`1]; a := "a"]))`)),
		harmless("a regex that repeats a repetition", denying(`regex.match("((a{1,30}){1,30}){1,30}", input.resource.id)`)),
		harmless("a glob of many stars", denying(`glob.match("`+strings.Repeat("*a", 200)+`", [], "`+strings.Repeat("a", 400)+`b")`)),
		harmless("a glob of many alternatives", denying(`glob.match("`+strings.Repeat("{a,b,", 40)+"c"+strings.Repeat("}", 40)+`", [], input.resource.id)`)),
		harmless("a width of a billion", denying(`sprintf("%999999999d", [1]) == "x"`)),
		harmless("an exponent of a billion", denying(`units.parse("1e1000000000") == 1`)),
		harmless("an exponent of a billion in bytes", denying(`units.parse_bytes("1e1000000000K") == 1`)),
		harmless("a number with an exponent of a billion", denying(`to_number("1e1000000000") > 1`)),
		onSite("a walk", denying(`walk(input, [p, v]); v == 1; p == []`), "rego_type_error"),
		onSite("10 MB of source", site(`x := "`+strings.Repeat("x", 10_000_000)+`"`), "bounds"),
		harmless("10,000 rules", map[string]string{"site/many.rego": "package steelgate.many\n\nx if input.context.x\n\n" + many.String()}),
		{"100,000 brackets", site("x := " + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)), rego("limits", "rego_parse_error"), "-"},
		{"1,000 brackets", site("x := " + strings.Repeat("[", 1000) + strings.Repeat("]", 1000)), nil, ""},
		{"201 files", manyFiles(201), rego("bounds"), ""},

		// What stands where it should not.
		in("users/users.rego", "shadowed_data")("stored users are shadowed", map[string]string{"users/users.rego": "package users\n\nada := {\"active\": true}"}),
		in("users/keys.rego", "shadowed_data")("a stored key is shadowed", map[string]string{"users/keys.rego": "package keys.key_1\n\ntype := \"personal\""}),
		onSite("input is shadowed", denying(`input := {"resource": {}}; input.resource == {}`), "rego_compile_error", "rego_parse_error"),
		onSite("data is assigned", denying(`data := {"keys": {}}; data.keys == {}`), "rego_compile_error", "rego_parse_error"),
		in("site/system.rego", "reserved_package")("a package of OPA's own", map[string]string{"site/system.rego": "package system.authz\n\nallow := true"}),
		harmless("package data", map[string]string{"site/data.rego": "package data\n\nkeys := {}"}),
		onSite("stored records are replaced", denying(`data.steelgate.authz.actions with data.keys as {}`), "replaced_data"),
		in("authz/more_test.rego", "test_rule")("a test file decides", map[string]string{"authz/more_test.rego": "package steelgate.authz\n\nroutes[\"GET /x\"] := {}"}),

		// What answers something else.
		onDecision("allow is no boolean", `decision := {"allow": "yes", "code": "allowed"}`, "decision"),
		onDecision("allow with another code", `decision := {"allow": true, "code": "fine"}`, "decision"),
		onDecision("a code of the 401 row", `decision := {"allow": false, "code": "key_revoked"}`, "decision"),
		onDecision("no object", `decision := true`, "decision"),
		onDecision("a set", `decision contains {"allow": true, "code": "allowed"}`, "decision"),
		{"no entrypoint", deciding(`verdict := {"allow": true, "code": "allowed"}`), rego("entrypoint"), ""},
		onDecision("two values", "decision := {\"allow\": true, \"code\": \"allowed\"} if input.action.name\n\ndecision := {\"allow\": false, \"code\": \"outside_scope\"} if input.resource.id", "decision"),
		onDecision("undefined", `decision := {"allow": true, "code": "allowed"} if input.context.x == 1`, "decision"),
		harmless("a default alone", deciding(`default decision := {"allow": false, "code": "outside_scope"}`)),
		harmless("everything is allowed", deciding(`decision := {"allow": true, "code": "allowed"}`)),
		onDecision("a failing builtin is negated",
			"decision := {\"allow\": true, \"code\": \"allowed\"} if not blocked\n\nelse := {\"allow\": false, \"code\": \"outside_scope\"}\n\nblocked if to_number(input.resource.id) > 0", "decision"),
		onDecision("recursion", "decision := {\"allow\": true, \"code\": \"allowed\"} if again\n\nagain if decision", "rego_recursion_error"),
		{"a deny that is no set", site(`deny := true`), rego("decision"), sitePath},

		// What is not well written.
		onSite("an unsafe variable", denying(`x == 1`), "rego_unsafe_var_error"),
		onSite("an unknown builtin", denying(`nonsense.of(1)`), "rego_type_error"),
		onSite("a package that is missing", map[string]string{sitePath: "package steelgate.site\n\nimport data.lib.hours\n\ndeny contains {\"code\": \"closed\"} if not hours.open"}, "unknown_reference"),
		onSite("a field that is misspelt", denying(`input.resorce.id == "x"`), "rego_type_error"),
		onSite("a stored field that is misspelt", denying(`data.workspaces[input.resource.id].owner == "x"`), "rego_type_error"),
		onSite("keys are searched", denying(`some key in data.keys; key.type == "personal"`), "scan"),
		onSite("users are counted", denying(`count(data.users) > 3`), "scan"),
		onSite("workflows are iterated", denying(`data.resources.workflow[_].name == "x"`), "scan"),
		onSite("members are searched by every", denying(`every member in data.workspace_members[input.resource.id] { member.role == "read" }`), "scan"),
		harmless("future keywords", map[string]string{sitePath: "package steelgate.site\n\nimport future.keywords.in\n\ndeny contains {\"code\": \"closed\"} if input.context.x in {1}"}),
		onSite("not UTF-8", map[string]string{sitePath: "package steelgate.site\n\n# \xff\n"}, "encoding"),
		onSite("a NUL byte", map[string]string{sitePath: "package steelgate.site\n\n# \x00\n"}, "encoding"),
		harmless("CRLF", map[string]string{sitePath: "package steelgate.site\r\n\r\ndeny contains {\"code\": \"closed\"} if input.context.x\r\n"}),
		harmless("a byte order mark", map[string]string{sitePath: "\ufeffpackage steelgate.site\n"}),
		onSite("an empty file", map[string]string{sitePath: ""}, "rego_parse_error", "rego_error"),
		{"a path that leads out", map[string]string{"../etc/x.rego": "package x"}, rego("path"), ""},
		{"an absolute path", map[string]string{"/etc/x.rego": "package x"}, rego("path"), ""},
		{"a path with a backslash", map[string]string{`site\x.rego`: "package x"}, rego("path"), ""},
		{"a path that is not canonical", map[string]string{"site/./x.rego": "package x"}, rego("path"), ""},
		{"a path with a NUL", map[string]string{"site/\x00.rego": "package x"}, rego("path"), ""},
		{"a file of another kind", map[string]string{"site/run.sh": "rm"}, rego("path"), ""},
		in("site/b.rego", "rego_type_error")("a package described twice", map[string]string{
			"site/a.rego": "# METADATA\n# title: A\npackage steelgate.x\n\na := 1", "site/b.rego": "# METADATA\n# title: B\npackage steelgate.x\n\nb := 1",
		}),
		harmless("a flood of prints", map[string]string{"site/own_test.rego": "package steelgate.own_test\n\ntest_prints if {\n\tl := [" + strings.Repeat("1, ", 999) + "1]\n\tevery a in l { every b in l { print(a, b, \"" + strings.Repeat("x", 100) + "\") } }\n}"}),
		harmless("a flood of traces", denying(`trace("x")`)),
		{"a test that never ends", map[string]string{"site/own_test.rego": "package steelgate.own_test\n\nl := [" + strings.Repeat("1, ", 999) + "1]\n\ntest_ends if {\n\tsome a in l\n\tsome b in l\n\tsome c in l\n\tsome d in l\n\ta + b + c + d == 0\n}"}, nil, ""},
	}
}

func doublingFunctions(n int) (text string) {
	for i := 1; i < n; i++ {
		text += fmt.Sprintf("f%d(x) := concat(\"\", [f%d(concat(\"\", [x, \"a\"])), f%d(concat(\"\", [x, \"b\"]))])\n", i, i-1, i-1)
	}
	return text
}

func manyFiles(n int) map[string]string {
	files := map[string]string{}
	for i := range n {
		files[fmt.Sprintf("many/f%d.rego", i)] = fmt.Sprintf("package steelgate.many.f%d\n\nx := 1", i)
	}
	return files
}

// over lays the draft over the shipped files.
func (h hostile) over(files map[string]string) map[string]string {
	files = maps.Clone(files)
	for _, path := range slices.Sorted(maps.Keys(h.files)) {
		if h.files[path] == "-" {
			delete(files, path)
		} else {
			files[path] = h.files[path]
		}
	}
	return files
}
