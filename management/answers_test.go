package management_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/storage"
)

// codeOf is a refusal's code, "" for none; any other error is printed.
func codeOf(err error) string {
	if err == nil {
		return ""
	}
	refused, ok := errors.AsType[*management.Error](err)
	if !ok {
		return fmt.Sprintf("an error that is no refusal: %v", err)
	}
	return refused.Code
}

// faultsOf names the fields that a refusal finds at fault, in its order; with their lines where it came by import.
func faultsOf(err error) []string {
	refused, ok := errors.AsType[*management.Error](err)
	if !ok {
		return []string{fmt.Sprintf("no refusal: %v", err)}
	}
	var names []string
	for _, f := range refused.Fields {
		name := f.Name
		if f.Line > 0 {
			name = strings.TrimSpace(fmt.Sprintf("%d %s", f.Line, f.Name))
		}
		if f.Message == "" {
			name += " without a message"
		}
		names = append(names, name)
	}
	return names
}

func wantCode(t testing.TB, err error, want string) {
	t.Helper()
	if got := codeOf(err); got != want {
		t.Errorf("got %q, want %q (%v)", got, want, err)
	}
}

func wantFaults(t testing.TB, err error, want ...string) {
	t.Helper()
	if got := faultsOf(err); !slices.Equal(got, want) {
		t.Errorf("at fault: %q, want %q", got, want)
	}
}

// unchanged runs what must change nothing.
func (h *house) unchanged(do func()) {
	h.t.Helper()
	before := h.revision()
	do()
	if after := h.revision(); after != before {
		h.t.Errorf("the data went from revision %d to %d, and nothing should have changed", before, after)
	}
}

func positionOf(key authz.APIKey) *storage.KeyPosition {
	return &storage.KeyPosition{CreatedAt: key.CreatedAt, ID: key.ID}
}

// lines is an import's body.
func lines(text ...string) *strings.Reader { return strings.NewReader(strings.Join(text, "\n")) }

// jsonOf is a record's text, by which two are compared whole.
func jsonOf(record any) string {
	text, err := json.Marshal(record)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
