package engine

import (
	"fmt"
	"go/token"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/steelengine/steelgate/authz"
)

const routesRule = "data.steelgate.authz.routes"

// Routes say what a request to the product's own API is in a policy's words. They are the policy's object `routes`,
// compiled once: patterns in the syntax of net/http.ServeMux.
type Routes struct {
	mux *http.ServeMux
	// targets are what the patterns lead to.
	targets map[string]RouteTarget
}

// route is what a pattern stands for. The id is a literal, or the name of one of the pattern's wildcards.
type route struct {
	action       string
	resourceType string
	id           string
	isWildcard   bool
}

// compileRoutes reads the object that routesRule has in an empty world. A policy without one has no routes.
func compileRoutes(compiler *ast.Compiler) (*Routes, error) {
	routes := &Routes{mux: http.NewServeMux(), targets: map[string]RouteTarget{}}
	q, err := prepare(compiler, routesRule)
	if err != nil || q == nil {
		return routes, err
	}
	var table map[string]any
	err = q.evaluate(time.Second, noWorld, ast.Null{}, func(term *ast.Term) error {
		value, err := ast.JSON(term.Value)
		table, _ = value.(map[string]any)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("routes: %w", err)
	}
	if table == nil {
		return nil, fmt.Errorf("routes: want an object of patterns")
	}
	for _, pattern := range slices.Sorted(maps.Keys(table)) {
		r, err := readRoute(pattern, table[pattern])
		if err == nil {
			err = routes.add(pattern, r)
		}
		if err != nil {
			return nil, fmt.Errorf("route %q: %w", pattern, err)
		}
		routes.targets[pattern] = r.target()
	}
	return routes, nil
}

func readRoute(pattern string, value any) (route, error) {
	entry, _ := value.(map[string]any)
	action, hasAction := entry["action"].(string)
	resource, _ := entry["resource"].(map[string]any)
	resourceType, hasType := resource["type"].(string)
	id, hasID := resource["id"].(string)
	if !hasAction || !hasType || !hasID {
		return route{}, fmt.Errorf(`want {"action": …, "resource": {"type": …, "id": …}}`)
	}
	r := route{action: action, resourceType: resourceType, id: id}
	if name, ok := strings.CutPrefix(id, "{"); ok && strings.HasSuffix(name, "}") {
		r.id, r.isWildcard = strings.TrimSuffix(name, "}"), true
		if !token.IsIdentifier(r.id) || !strings.Contains(pattern, "{"+r.id+"}") && !strings.Contains(pattern, "{"+r.id+"...}") {
			return route{}, fmt.Errorf("the resource's id is {%s}, which the pattern does not have", r.id)
		}
	}
	return r, nil
}

// add answers as an error what ServeMux panics with: a pattern that it can't read, or two that conflict.
func (routes *Routes) add(pattern string, r route) (err error) {
	path := pattern
	if space := strings.IndexAny(pattern, " \t"); space >= 0 {
		path = strings.TrimLeft(pattern[space:], " \t")
	}
	if !strings.HasPrefix(path, "/") {
		return fmt.Errorf("want a method and a path that begins with /, or the path alone")
	}
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%v", fault)
		}
	}()
	routes.mux.Handle(pattern, r)
	return nil
}

// Match answers the request that a method and a URI stand for, and the pattern that they match. It is false where the URI is
// not canonical or no route matches.
func (routes *Routes) Match(method, uri string) (request authz.Request, pattern string, ok bool) {
	raw, decoded, ok := canonicalPath(uri)
	if !ok || method == "" {
		return authz.Request{}, "", false
	}
	found := &match{}
	routes.mux.ServeHTTP(found, &http.Request{
		Method: method,
		URL:    &url.URL{Path: decoded, RawPath: raw},
		Proto:  "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	})
	return found.request, found.pattern, found.matched
}

// match collects what the mux finds; whatever else the mux answers (a redirect, not found, a wrong method) is no match.
type match struct {
	request authz.Request
	pattern string
	matched bool
}

func (*match) Header() http.Header            { return http.Header{} }
func (*match) Write(body []byte) (int, error) { return len(body), nil }
func (*match) WriteHeader(int)                {}

// ServeHTTP is called by the mux for the pattern that matches best.
func (r route) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	found, ok := w.(*match)
	if !ok {
		return
	}
	id := r.id
	if r.isWildcard {
		id = request.PathValue(r.id)
	}
	found.request = authz.Request{Action: r.action, Resource: authz.Entity{Type: r.resourceType, ID: id}}
	found.pattern, found.matched = request.Pattern, true
}
