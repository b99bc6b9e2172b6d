package engine

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Mention is a text or a number that a policy's rules turn on, or what they make others with.
type Mention struct {
	Text string `json:"text"`
	// Path and Row are where it stands first.
	Path string `json:"path"`
	Row  int    `json:"row"`
	// IsName tells that it names a field, not a value.
	IsName bool `json:"-"`
	// IsFree tells that what it names may say anything, such as what a caller adds to the context, whatever else has the name.
	IsFree bool `json:"-"`
}

// The installation's set that only ever takes away, and the one file of the shipped policy that asks for it.
var denyRule = ast.MustParseRef("data.steelgate.site.deny")

const denyFile = "authz/site.rego"

var (
	inputContext = ast.MustParseRef("input.context")
	actionName   = ast.MustParseRef("input.action.name")
	// tables are read whole elsewhere: as actions, as routes, and as operations.
	tables = []ast.Ref{ast.MustParseRef(ActionsRule), ast.MustParseRef(routesRule), ast.MustParseRef(operationsRule)}
)

// makers are the functions that make of known texts and moments what no rule mentions.
var makers = []string{
	"concat", "upper", "lower", "format_int", "sprintf", "replace", "split", "substring", "trim", "trim_left", "trim_right", "trim_prefix",
	"trim_suffix", "trim_space", "strings.reverse", "strings.replace_n", "base64.encode", "base64.decode", "base64url.encode", "base64url.decode",
	"json.marshal", "json.unmarshal", "time.date", "time.add_date", "time.diff", "time.parse_duration_ns", "units.parse", "units.parse_bytes",
}

// Mentions are those of all rules but management's, in the order of the texts.
func (p *Policy) Mentions() []Mention {
	b := newBook(p.files)
	m := &mentions{book: b, found: map[string]Mention{}, read: map[*ast.Rule]bool{}}
	for _, rule := range b.rules {
		if !rule.Module.Package.Path.HasPrefix(managementPackage) {
			m.rule(rule, false)
		}
	}
	return m.sorted()
}

// MentionsOfChange are those of the rules that only one of two policies has, and of all that these ask for, as far as the change could
// allow something. Denials that are added to the installation's can't, where none is taken away and nothing but the shipped policy asks
// for them.
func MentionsOfChange(active, draft *Policy) []Mention {
	found := map[string]Mention{}
	was, is := newBook(active.files), newBook(draft.files)
	gone, added := only(was, is), only(is, was)
	isDeny := func(rule *ast.Rule) bool { return rule.Ref().GroundPrefix().Equal(denyRule) }
	if !slices.ContainsFunc(gone, isDeny) && !is.asksForDenials() {
		added = slices.DeleteFunc(added, func(rule *ast.Rule) bool {
			return isDeny(rule) && rule.Head.RuleKind() == ast.MultiValue && rule.Else == nil
		})
	}
	for _, side := range []struct {
		book  *book
		rules []*ast.Rule
	}{{is, added}, {was, gone}} {
		m := &mentions{book: side.book, found: found, read: map[*ast.Rule]bool{}}
		for _, rule := range side.rules {
			m.rule(rule, true)
		}
	}
	return (&mentions{found: found}).sorted()
}

// book is a policy's rules as they were written: by what they say, and by their names.
type book struct {
	rules    map[string]*ast.Rule
	named    map[string][]*ast.Rule
	packages []ast.Ref
}

func newBook(files map[string]string) *book {
	b := &book{rules: map[string]*ast.Rule{}, named: map[string][]*ast.Rule{}}
	modules, _ := parse(files)
	for _, path := range slices.Sorted(maps.Keys(modules)) {
		module := modules[path]
		b.packages = append(b.packages, module.Package.Path)
		for _, rule := range module.Rules {
			b.rules[ruleText(rule)] = rule
			name := ruleName(module.Package.Path, rule.Head.Name.String())
			if head := rule.Head.Ref(); len(head) > 0 {
				name = ruleName(module.Package.Path, head[0].Value.String())
			}
			b.named[name] = append(b.named[name], rule)
		}
	}
	return b
}

func ruleText(rule *ast.Rule) string {
	return fmt.Sprint(rule.Module.Package.Path, rule.Module.Imports, rule)
}

// shippedRules are those whose every condition is known. They are nil where they can't be read.
var shippedRules = sync.OnceValue(func() map[string]*ast.Rule {
	files := shippedFiles()
	if files == nil {
		return nil
	}
	return newBook(files).rules
})

func ruleName(pkg ast.Ref, name string) string { return pkg.String() + " " + strings.Trim(name, `"`) }

// only are the rules that one has and the other has not, in an order that is always the same.
func only(one, other *book) (rules []*ast.Rule) {
	for _, text := range slices.Sorted(maps.Keys(one.rules)) {
		if _, stands := other.rules[text]; !stands {
			rules = append(rules, one.rules[text])
		}
	}
	return rules
}

// asksForDenials tells whether a rule other than the shipped one looks at what is denied, and so might take a denial for a yes.
func (b *book) asksForDenials() (asks bool) {
	for _, rule := range b.rules {
		if rule.Location.File == denyFile {
			continue
		}
		own := rule.Module.Package.Path.Equal(denyRule[:len(denyRule)-1])
		ast.WalkTerms(rule.Body, func(term *ast.Term) bool {
			switch value := term.Value.(type) {
			case ast.Ref:
				asks = asks || value.HasPrefix(denyRule) || denyRule.HasPrefix(value.GroundPrefix()) && len(value.GroundPrefix()) > 1
			case ast.Var:
				asks = asks || own && value == "deny"
			}
			return false
		})
		for _, imported := range rule.Module.Imports {
			if path, ok := imported.Path.Value.(ast.Ref); ok && denyRule.HasPrefix(path) {
				asks = true
			}
		}
	}
	return asks
}

// mentions collects what rules turn on, with the place where each stands first.
type mentions struct {
	book  *book
	found map[string]Mention
	read  map[*ast.Rule]bool
}

func (m *mentions) sorted() []Mention {
	return slices.SortedFunc(maps.Values(m.found), func(a, b Mention) int { return cmp.Compare(a.Text, b.Text) })
}

func (m *mentions) add(made Mention, at *ast.Location) {
	if at != nil {
		made.Path, made.Row = at.File, at.Row
	}
	if known, ok := m.found[made.Text]; ok {
		made.IsName, made.IsFree = made.IsName || known.IsName, made.IsFree || known.IsFree
		if cmp.Or(cmp.Compare(known.Path, made.Path), cmp.Compare(known.Row, made.Row)) <= 0 {
			made.Path, made.Row = known.Path, known.Row
		}
	}
	m.found[made.Text] = made
}

// rule takes what a rule turns on and, where follow is set, what the rules do that it asks for. What a decision says to people is no
// condition.
func (m *mentions) rule(rule *ast.Rule, follow bool) {
	if m.read[rule] {
		return
	}
	m.read[rule] = true
	v := &mentionVisitor{mentions: m, module: rule.Module, imports: map[ast.Var]ast.Ref{}, follow: follow}
	for _, imported := range rule.Module.Imports {
		if path, ok := imported.Path.Value.(ast.Ref); ok {
			v.imports[imported.Name()] = path
		}
	}
	isTable := slices.ContainsFunc(tables, func(table ast.Ref) bool { return rule.Ref().GroundPrefix().Equal(table) }) && len(rule.Body) <= 1
	for r := rule; r != nil; r = r.Else {
		v.at = r.Location
		v.walk(r.Body)
		v.walk(r.Head.Args)
		if isTable {
			continue
		}
		v.inHead = true
		for _, part := range append([]*ast.Term{r.Head.Key, r.Head.Value}, r.Head.Reference[1:]...) {
			if part != nil {
				v.walk(part)
			}
		}
		v.inHead = false
	}
}

type mentionVisitor struct {
	*mentions
	module  *ast.Module
	imports map[ast.Var]ast.Ref
	follow  bool
	inHead  bool
	at      *ast.Location
}

func (v *mentionVisitor) walk(x any) { ast.NewGenericVisitor(v.visit).Walk(x) }

// visit says whether it has taken all that x holds.
func (v *mentionVisitor) visit(x any) bool {
	switch x := x.(type) {
	case *ast.Expr:
		v.at = x.Location
		if terms, ok := x.Terms.([]*ast.Term); ok {
			v.call(terms)
			for _, with := range x.With {
				v.walk(with)
			}
			return true
		}
	case ast.Call:
		v.call(x)
		return true
	case ast.Ref:
		v.ref(x)
		return true
	case ast.Var:
		v.ask(v.module.Package.Path, string(x))
	case ast.Object:
		x.Foreach(func(key, value *ast.Term) {
			if name, ok := key.Value.(ast.String); ok && v.inHead && (name == "code" || name == "message") {
				return
			}
			v.walk(key)
			v.walk(value)
		})
		return true
	case ast.String:
		v.add(Mention{Text: string(x)}, v.at)
	case ast.Number:
		// The hours of a day are asked about.
		if n, ok := x.Int(); !ok || n < 0 || n > 23 {
			v.add(Mention{Text: x.String()}, v.at)
		}
	}
	return false
}

// call reads operands, and what is called.
func (v *mentionVisitor) call(terms []*ast.Term) {
	name := terms[0].String()
	if slices.Contains(makers, name) {
		v.add(Mention{Text: name, IsFree: true}, v.at)
	}
	if called, ok := terms[0].Value.(ast.Ref); ok {
		if head, isVar := called[0].Value.(ast.Var); isVar && len(called) == 1 {
			v.ask(v.module.Package.Path, string(head))
		} else {
			v.rulesOf(v.resolved(called))
		}
	}
	for _, operand := range terms[1:] {
		v.walk(operand)
	}
}

// resolved is a reference with an import's name replaced by what it stands for.
func (v *mentionVisitor) resolved(r ast.Ref) ast.Ref {
	if head, ok := r[0].Value.(ast.Var); ok {
		if path, imported := v.imports[head]; imported {
			return path.Concat(r[1:])
		}
	}
	return r
}

// ask reads the rules of a name, where they are to be followed, but for those that are shipped. An unchanged denial takes away as it did.
func (v *mentionVisitor) ask(pkg ast.Ref, name string) {
	if !v.follow || pkg.Append(ast.StringTerm(name)).Equal(denyRule) {
		return
	}
	for _, rule := range v.book.named[ruleName(pkg, name)] {
		if shipped := shippedRules(); shipped == nil || shipped[ruleText(rule)] == nil {
			v.rule(rule, true)
		}
	}
}

// rulesOf follows a reference into a package, and says how much of it names the package and the rule. A rule of a computed name is any.
func (v *mentionVisitor) rulesOf(r ast.Ref) (named int) {
	for _, path := range v.book.packages {
		if !r.HasPrefix(path) {
			continue
		}
		named = max(named, len(path))
		if len(r) > len(path) {
			if name, ok := r[len(path)].Value.(ast.String); ok {
				named = max(named, len(path)+1)
				v.ask(path, string(name))
				continue
			}
		}
		v.add(Mention{Text: r.String(), IsFree: true}, v.at)
	}
	return named
}

// ref reads the names of fields, but not those of packages and rules.
func (v *mentionVisitor) ref(r ast.Ref) {
	if head, ok := r[0].Value.(ast.Var); ok && v.imports[head] == nil {
		v.ask(v.module.Package.Path, string(head))
	} else if !ok {
		v.walk(r[0])
	}
	r = v.resolved(r)
	if len(r) <= len(inputContext) && inputContext.HasPrefix(r) {
		// Whatever callers say, of any name.
		v.add(Mention{Text: r.String(), IsFree: true}, v.at)
		return
	}
	for at, part := range r[max(1, v.rulesOf(r)):] {
		name, ok := part.Value.(ast.String)
		if !ok {
			v.walk(part)
			continue
		}
		isAdded := r.HasPrefix(inputContext) && at > 0 && name != "time" && name != "client_ip"
		v.add(Mention{Text: string(name), IsName: true, IsFree: isAdded || name == "name" && !r.Equal(actionName)}, v.at)
	}
}
