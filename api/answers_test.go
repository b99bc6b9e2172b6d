package api_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// answer is what came back.
type answer struct {
	*httptest.ResponseRecorder
	t testing.TB
}

// object is the body, which must be one JSON object.
func (a answer) object() map[string]any {
	a.t.Helper()
	var object map[string]any
	if err := json.Unmarshal(a.Body.Bytes(), &object); err != nil {
		a.t.Fatalf("%d, no JSON object: %q", a.Code, a.Body)
	}
	return object
}

// text is a field, by its path; a number or a boolean is printed, null and what is absent are "".
func (a answer) text(path ...string) string {
	a.t.Helper()
	var value any = a.object()
	for _, name := range path {
		switch container := value.(type) {
		case map[string]any:
			value = container[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(container) {
				return ""
			}
			value = container[i]
		default:
			return ""
		}
	}
	if value == nil {
		return ""
	}
	if text, ok := value.(string); ok {
		return text
	}
	text, _ := json.Marshal(value)
	return string(text)
}

func (a answer) want(status int) answer {
	a.t.Helper()
	if a.Code != status {
		a.t.Errorf("answered %d, want %d: %s", a.Code, status, a.Body)
	}
	return a
}

// wantProblem checks the shape that every refusal has, and that it names the fields.
func (a answer) wantProblem(status int, code string, fields ...string) {
	a.t.Helper()
	if got := a.Header().Get("Content-Type"); got != "application/problem+json" {
		a.t.Errorf("%d is of type %q: %.200s", a.Code, got, a.Body)
		return
	}
	object := a.object()
	if a.Code != status || a.text("status") != strconv.Itoa(status) || a.text("code") != code {
		a.t.Errorf("answered %d %s, want %d %s: %.300s", a.Code, a.text("code"), status, code, a.Body)
	}
	for _, field := range []string{"type", "title", "detail"} {
		if text, ok := object[field].(string); !ok || text == "" {
			a.t.Errorf("the problem has no %s: %s", field, a.Body)
		}
	}
	for field := range object {
		if !slices.Contains([]string{"type", "title", "status", "detail", "code", "errors"}, field) {
			a.t.Errorf("the problem has %s: %s", field, a.Body)
		}
	}
	if got := a.faults(); !slices.Equal(got, fields) {
		a.t.Errorf("at fault: %q, want %q: %.300s", got, fields, a.Body)
	}
	if a.Header().Get("Cache-Control") != "no-store" || a.Header().Get("Steelgate-Revision") != "" {
		a.t.Errorf("headers %v", a.Header())
	}
	if got := a.Header().Get("WWW-Authenticate"); (got != "") != (status == 401) {
		a.t.Errorf("%d has WWW-Authenticate %q", status, got)
	}
}

// faults are the fields at fault, each with its line if it has one.
func (a answer) faults() []string {
	a.t.Helper()
	var problem struct {
		Errors []struct {
			Line           int
			Field, Message string
		}
	}
	if err := json.Unmarshal(a.Body.Bytes(), &problem); err != nil {
		a.t.Fatalf("%q: %v", a.Body, err)
	}
	var fields []string
	for _, e := range problem.Errors {
		field := e.Field
		if e.Line > 0 {
			field = strings.TrimSpace(fmt.Sprintf("%d %s", e.Line, e.Field))
		}
		if e.Message == "" {
			field += " without a message"
		}
		fields = append(fields, field)
	}
	return fields
}
