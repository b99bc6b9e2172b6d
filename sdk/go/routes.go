package steelgate

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Question is what a request wants to do to what.
type Question struct {
	Action   string
	Resource Resource
	// Context is more for the policy to read. client_ip is set beside it.
	Context map[string]any
}

// Routes say what requests stand for: patterns such as "POST /api/workflows/{workflow}/execute", and questions, whose resource's id may be "{workflow}". As
// in http.ServeMux, a wildcard is one whole segment, a pattern for GET stands for HEAD too, and one without a method for every method; a path is matched
// whole. Of several that match, the one that is literal where they first differ counts, then the one with a method.
type Routes map[string]Question

// route is a pattern, compiled.
type route struct {
	method   string
	segments []string
	question Question
}

var (
	patternForm  = regexp.MustCompile(`^(?:([A-Z]+) +)?(/\S*)$`)
	wildcardForm = regexp.MustCompile(`^\{[A-Za-z_][A-Za-z0-9_]*\}$`)
	// Braces stand in wildcards alone.
	wildcardInside = regexp.MustCompile(`\{[^}]*\}`)
)

func (table Routes) compile() (routes []route, err error) {
	seen := map[string]bool{}
	for pattern, question := range table {
		r, ok := compileRoute(pattern, question)
		if !ok {
			return nil, fmt.Errorf("steelgate: the route %q: want a method, or none, and a path such as /api/workflows/{workflow}, and that wildcard in the resource's id, if any", pattern)
		}
		// Of two that no request can tell apart it would be by chance which counts.
		shape := r.method + " " + wildcardInside.ReplaceAllString(strings.Join(r.segments, "/"), "{}")
		if seen[shape] {
			return nil, fmt.Errorf("steelgate: the route %q: another one stands for the same requests", pattern)
		}
		seen[shape] = true
		routes = append(routes, r)
	}
	return routes, nil
}

func compileRoute(pattern string, question Question) (r route, ok bool) {
	parts := patternForm.FindStringSubmatch(pattern)
	if parts == nil {
		return r, false
	}
	r = route{method: parts[1], segments: strings.Split(parts[2][1:], "/"), question: question}
	seen := map[string]bool{}
	for i, segment := range r.segments {
		switch {
		case wildcardForm.MatchString(segment):
			if seen[segment] {
				return r, false
			}
			seen[segment] = true
		case strings.ContainsAny(segment, "{}%"), segment == "" && i < len(r.segments)-1:
			return r, false
		}
	}
	return r, !wildcardForm.MatchString(question.Resource.ID) || seen[question.Resource.ID]
}

// match answers what a request stands for. A path that is not canonical stands for nothing: what the application reads of it may not be what was decided on.
func match(routes []route, method, target string) (Question, bool) {
	segments, ok := canonicalSegments(target)
	if !ok {
		return Question{}, false
	}
	var best *route
	for i := range routes {
		if r := &routes[i]; r.matches(method, segments) && (best == nil || r.isMoreSpecific(best)) {
			best = r
		}
	}
	if best == nil {
		return Question{}, false
	}
	question := best.question
	if wildcardForm.MatchString(question.Resource.ID) {
		question.Resource.ID = segments[slices.Index(best.segments, question.Resource.ID)]
	}
	return question, true
}

func (r *route) matches(method string, segments []string) bool {
	if r.method != "" && r.method != method && !(r.method == http.MethodGet && method == http.MethodHead) || len(r.segments) != len(segments) {
		return false
	}
	for i, segment := range r.segments {
		if wildcardForm.MatchString(segment) {
			if segments[i] == "" {
				return false
			}
		} else if segment != segments[i] {
			return false
		}
	}
	return true
}

func (r *route) isMoreSpecific(other *route) bool {
	for i := range r.segments {
		here, there := wildcardForm.MatchString(r.segments[i]), wildcardForm.MatchString(other.segments[i])
		if here != there {
			return there
		}
	}
	if (r.method == "") != (other.method == "") {
		return other.method == ""
	}
	return r.method == http.MethodHead && other.method == http.MethodGet
}

// misleading are escapes of a separator, a dot, a percent sign, a control or an unreserved character; and what is no escape.
var misleading = regexp.MustCompile(`(?i)%[01][0-9a-f]|%7f|%(?:3[0-9]|[46][1-9a-f]|[57][0-9a])|%(?:2[def5]|5[cf]|7e)|%(?:[^0-9a-f]|$|.[^0-9a-f]|.$)`)

// canonicalSegments are those of a request target's path, decoded; false where a server may read it in another way than we do.
func canonicalSegments(target string) ([]string, bool) {
	for i := range len(target) {
		if target[i] <= ' ' || target[i] == 0x7f {
			return nil, false
		}
	}
	path, _, _ := strings.Cut(target, "?")
	if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "#\\") || strings.Contains(path, "//") || misleading.MatchString(path) {
		return nil, false
	}
	decoded, err := url.PathUnescape(path)
	if err != nil || !utf8.ValidString(decoded) {
		return nil, false
	}
	segments := strings.Split(decoded[1:], "/")
	return segments, !slices.Contains(segments, ".") && !slices.Contains(segments, "..")
}
