package engine

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Mention is a text that a policy's rules turn on.
type Mention struct {
	Text string `json:"text"`
	// Path and Row are where it stands first.
	Path string `json:"path"`
	Row  int    `json:"row"`
	// IsName tells that it names a field, not a value.
	IsName bool `json:"-"`
}

// denyRule is the installation's set that only ever takes away; tables are read whole elsewhere, as actions and as routes.
var (
	denyRule = ast.MustParseRef("data.steelgate.site.deny")
	tables   = []ast.Ref{ast.MustParseRef(actionsRule), ast.MustParseRef(routesRule)}
)

// Mentions are the texts of all rules but those of management, in order.
func (p *Policy) Mentions() []Mention {
	m := newMentions(p)
	for _, rule := range rulesOf(p) {
		m.read(rule)
	}
	return m.sorted()
}

// MentionsOfChange are the texts of the rules that only one of two policies has, as far as the change could allow something: a denial
// that is added to the installation's can't, but one that is taken away can.
func MentionsOfChange(active, draft *Policy) []Mention {
	m := newMentions(active, draft)
	was, is := rulesOf(active), rulesOf(draft)
	for text, rule := range is {
		if _, stood := was[text]; !stood && !rule.Ref().GroundPrefix().Equal(denyRule) {
			m.read(rule)
		}
	}
	for text, rule := range was {
		if _, stands := is[text]; !stands {
			m.read(rule)
		}
	}
	return m.sorted()
}

// rulesOf are the rules as they were written, by what they say.
func rulesOf(p *Policy) map[string]*ast.Rule {
	rules := map[string]*ast.Rule{}
	modules, _ := parse(p.files)
	for _, module := range modules {
		if module.Package.Path.HasPrefix(managementPackage) {
			continue
		}
		for _, rule := range module.Rules {
			rules[fmt.Sprint(module.Package.Path, module.Imports, rule)] = rule
		}
	}
	return rules
}

// mentions collects texts, with the place where each stands first.
type mentions struct {
	packages []ast.Ref
	found    map[string]Mention
}

func newMentions(policies ...*Policy) *mentions {
	m := &mentions{found: map[string]Mention{}}
	for _, p := range policies {
		for _, module := range p.entrypoint.rules.Modules {
			m.packages = append(m.packages, module.Package.Path)
		}
	}
	return m
}

func (m *mentions) sorted() []Mention {
	return slices.SortedFunc(maps.Values(m.found), func(a, b Mention) int { return cmp.Compare(a.Text, b.Text) })
}

func (m *mentions) add(text string, isName bool, at *ast.Location) {
	made := Mention{Text: text, IsName: isName}
	if at != nil {
		made.Path, made.Row = at.File, at.Row
	}
	if known, ok := m.found[text]; ok {
		made.IsName = made.IsName || known.IsName
		if cmp.Or(cmp.Compare(known.Path, made.Path), cmp.Compare(known.Row, made.Row)) <= 0 {
			made.Path, made.Row = known.Path, known.Row
		}
	}
	m.found[text] = made
}

// read takes what a rule turns on. What a denial says to people is no condition.
func (m *mentions) read(rule *ast.Rule) {
	imports := map[ast.Var]ast.Ref{}
	for _, imported := range rule.Module.Imports {
		if path, ok := imported.Path.Value.(ast.Ref); ok {
			imports[imported.Name()] = path
		}
	}
	visitor := &mentionVisitor{mentions: m, imports: imports}
	isTable := slices.ContainsFunc(tables, func(table ast.Ref) bool { return rule.Ref().GroundPrefix().Equal(table) })
	for r := rule; r != nil; r = r.Else {
		visitor.at = r.Location
		visitor.walk(r.Body)
		if isTable {
			continue
		}
		for _, part := range append([]*ast.Term{r.Head.Key, r.Head.Value}, r.Head.Reference[1:]...) {
			if part != nil {
				visitor.walk(part)
			}
		}
	}
}

type mentionVisitor struct {
	*mentions
	imports map[ast.Var]ast.Ref
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
	case ast.Object:
		x.Foreach(func(key, value *ast.Term) {
			if name, ok := key.Value.(ast.String); ok && (name == "code" || name == "message") {
				return
			}
			v.walk(key)
			v.walk(value)
		})
		return true
	case ast.String:
		v.add(string(x), false, v.at)
	}
	return false
}

// call reads operands; what sprintf is to write is no condition.
func (v *mentionVisitor) call(terms []*ast.Term) {
	operands := terms[1:]
	if len(operands) > 0 && terms[0].String() == "sprintf" {
		operands = operands[1:]
	}
	for _, operand := range operands {
		v.walk(operand)
	}
}

// ref reads the names of fields, but not those of packages and rules.
func (v *mentionVisitor) ref(r ast.Ref) {
	if head, ok := r[0].Value.(ast.Var); ok {
		if path, imported := v.imports[head]; imported {
			r = path.Concat(r[1:])
		}
	} else {
		v.walk(r[0])
	}
	skip := 1
	for _, path := range v.packages {
		if r.HasPrefix(path) {
			skip = max(skip, min(len(path)+1, len(r)))
		}
	}
	for _, part := range r[skip:] {
		if name, ok := part.Value.(ast.String); ok {
			v.add(string(name), true, v.at)
			continue
		}
		v.walk(part)
	}
}
