package engine

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Entrypoint is the rule that decides.
const Entrypoint = "data.steelgate.authz.decision"

// Policy is a set of Rego files, compiled, with its routes. It never changes.
type Policy struct {
	revision   uint64
	files      map[string]string
	entrypoint *query
	// management is nil where the policy has no such rule.
	management *query
	routes     *Routes
	// unguarded lets an allow pass that breaks an invariant.
	unguarded bool
	// sight is what of its input a decision can depend on.
	sight func() []ast.Ref
	// vocabulary is nil until somebody has asked for it.
	vocabulary atomic.Pointer[Vocabulary]
}

// Diagnostic says what is wrong with a policy, and where. Row and column count from 1; 0 is the whole file, and an empty
// path the whole policy.
type Diagnostic struct {
	Path     string `json:"path"`
	Row      int    `json:"row"`
	Col      int    `json:"col"`
	Severity string `json:"severity"`
	Code     string `json:"code"`
	Message  string `json:"message"`
}

func (d Diagnostic) String() string {
	return fmt.Sprintf("%s:%d:%d: %s: %s (%s)", d.Path, d.Row, d.Col, d.Severity, d.Message, d.Code)
}

// Diagnostics is the error of a policy that does not compile.
type Diagnostics []Diagnostic

func (ds Diagnostics) Error() string {
	lines := make([]string, len(ds))
	for i, d := range ds {
		lines[i] = d.String()
	}
	return strings.Join(lines, "\n")
}

// ReadFiles reads every .rego file of a tree, by its path there.
func ReadFiles(tree fs.FS) (map[string]string, error) {
	files := map[string]string{}
	err := fs.WalkDir(tree, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".rego") {
			return err
		}
		source, err := fs.ReadFile(tree, path)
		files[path] = string(source)
		return err
	})
	return files, err
}

// IsTest tells whether a policy file holds tests.
func IsTest(path string) bool { return strings.HasSuffix(path, "_test.rego") }

// Option is how a policy decides.
type Option func(*Policy)

// Unguarded has the policy's allow stand though it breaks an invariant: for whoever asks what a draft says, and lets nobody in.
func Unguarded(p *Policy) { p.unguarded = true }

// Overridden is Unguarded for a policy that was published with a reason why it may break an invariant; "" is no reason.
func Overridden(reason string) Option {
	return func(p *Policy) { p.unguarded = p.unguarded || reason != "" }
}

// Compile makes a policy of Rego v1 files, tests left out. What it allows a key against an invariant is no decision, unless an option
// says otherwise. Where it fails the error is Diagnostics, be it that OPA panics: no draft may end the process.
func Compile(files map[string]string, revision uint64, options ...Option) (p *Policy, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			p, err = nil, Diagnostics{{Severity: "error", Code: "rego_error", Message: fmt.Sprintf("the compiler panicked: %v", fault)}}
		}
	}()
	p, err = compile(files, revision)
	if err != nil {
		return nil, err
	}
	for _, option := range options {
		option(p)
	}
	return p, nil
}

func compile(files map[string]string, revision uint64) (*Policy, error) {
	modules, diagnostics := parse(files)
	if len(diagnostics) > 0 {
		return nil, diagnostics
	}
	compiler := NewCompiler()
	Compiling(func() { compiler.Compile(modules) })
	if compiler.Failed() {
		return nil, diagnose(compiler.Errors)
	}
	p := &Policy{revision: revision, files: maps.Clone(files)}
	var err error
	if p.entrypoint, err = prepare(compiler, Entrypoint); err != nil {
		return nil, diagnoseRule(compiler, Entrypoint, "entrypoint", err)
	}
	if p.entrypoint == nil {
		return nil, Diagnostics{{Severity: "error", Code: "entrypoint", Message: "no rule " + Entrypoint + " stands: nothing would decide"}}
	}
	if p.management, err = prepare(compiler, ManagementRule); err != nil {
		return nil, diagnoseRule(compiler, ManagementRule, "management", err)
	}
	if p.routes, err = compileRoutes(compiler); err != nil {
		return nil, diagnoseRule(compiler, routesRule, "routes", err)
	}
	p.sight = sync.OnceValue(func() []ast.Ref { return sightOf(compiler, Entrypoint) })
	return p, nil
}

// compilation is held by whoever compiles.
var compilation sync.Mutex

// Compiling runs a compilation while no other runs. The type checker of OPA 1.22 writes into the types of builtin functions, which all
// compilers share.
func Compiling(compile func()) {
	compilation.Lock()
	defer compilation.Unlock()
	compile()
}

// NewCompiler is OPA's compiler as every policy is compiled: strict, and with the capabilities of a policy alone.
func NewCompiler() *ast.Compiler {
	return ast.NewCompiler().WithCapabilities(Capabilities()).WithStrict(true)
}

// ParserOptions are those that every policy is parsed with.
func ParserOptions() ast.ParserOptions {
	return ast.ParserOptions{RegoVersion: ast.RegoV1, ProcessAnnotation: true, Capabilities: Capabilities()}
}

func parse(files map[string]string) (map[string]*ast.Module, Diagnostics) {
	modules := make(map[string]*ast.Module, len(files))
	var diagnostics Diagnostics
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if IsTest(path) {
			continue
		}
		module, err := ast.ParseModuleWithOpts(path, files[path], ParserOptions())
		if err != nil {
			diagnostics = append(diagnostics, Diagnose(path, err)...)
			continue
		}
		modules[path] = module
	}
	return modules, diagnostics
}

// Diagnose turns an error of OPA's parser or compiler into diagnostics.
func Diagnose(path string, err error) Diagnostics {
	switch err := err.(type) {
	case ast.Errors:
		return diagnose(err)
	case *ast.Error:
		return diagnose(ast.Errors{err})
	}
	return Diagnostics{{Path: path, Severity: "error", Code: "rego_error", Message: err.Error()}}
}

func diagnose(errs ast.Errors) Diagnostics {
	diagnostics := make(Diagnostics, len(errs))
	for i, e := range errs {
		diagnostics[i] = Diagnostic{Severity: "error", Code: e.Code, Message: e.Message}
		if e.Location != nil {
			diagnostics[i].Path, diagnostics[i].Row, diagnostics[i].Col = e.Location.File, e.Location.Row, e.Location.Col
			if e.Location.Row == 0 && e.Location.File != "" {
				// OPA names no place in a file that holds nothing.
				diagnostics[i].Row, diagnostics[i].Col = 1, 1
			}
		}
	}
	return diagnostics
}

// diagnoseRule says what is wrong with a rule, at the place where it stands first.
func diagnoseRule(compiler *ast.Compiler, rule, code string, err error) Diagnostics {
	diagnostic := Diagnostic{Severity: "error", Code: code, Message: err.Error()}
	for _, r := range compiler.GetRulesExact(ast.MustParseRef(rule)) {
		if at := r.Loc(); at != nil {
			diagnostic.Path, diagnostic.Row, diagnostic.Col = at.File, at.Row, at.Col
			break
		}
	}
	return Diagnostics{diagnostic}
}

// prepare compiles the question for a rule's value; nil where no such rule stands.
func prepare(compiler *ast.Compiler, rule string) (*query, error) {
	if len(compiler.GetRulesExact(ast.MustParseRef(rule))) == 0 {
		return nil, nil
	}
	return prepareQuery(compiler, rule)
}

// prepareQuery is prepare for a rule that is known to stand.
func prepareQuery(compiler *ast.Compiler, rule string) (*query, error) {
	const variable = "result"
	body, err := ast.ParseBodyWithOpts(rule+" = "+variable, ParserOptions())
	if err != nil {
		return nil, err
	}
	queryCompiler := compiler.QueryCompiler()
	compiled, err := queryCompiler.Compile(body)
	if err != nil {
		return nil, err
	}
	return &query{rules: compiler, body: compiled, compiler: queryCompiler, variable: variable, constants: constantsOf(compiler)}, nil
}

// Revision is the policy's number in its history.
func (p *Policy) Revision() uint64 { return p.revision }

// Files are the sources, by path.
func (p *Policy) Files() map[string]string { return maps.Clone(p.files) }
