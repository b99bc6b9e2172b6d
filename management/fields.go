package management

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/strictjson"
)

// The greatest lengths, in characters and elements.
const (
	maxName     = 200
	maxEmail    = 320
	maxTargets  = 1000
	maxNetworks = 100
)

// faults collects what is wrong with the fields of one change, so that a caller learns all of it at once.
type faults struct{ fields []Field }

func (f *faults) add(name, format string, args ...any) {
	f.fields = append(f.fields, Field{Name: name, Message: fmt.Sprintf(format, args...)})
}

// err is nil where nothing is wrong.
func (f *faults) err() error {
	if len(f.fields) == 0 {
		return nil
	}
	return invalid(f.fields...)
}

// setText takes a text that is given; null is none of its values.
func (f *faults) setText(dst *string, name string, given strictjson.Optional[string], check func(string) string) {
	if !given.Set {
		return
	}
	if given.Null {
		f.add(name, "may not be null")
		return
	}
	if message := check(given.Value); message != "" {
		f.add(name, "%s", message)
		return
	}
	*dst = given.Value
}

// setReference takes an id that is given; null is "", where that is allowed.
func (f *faults) setReference(dst *string, name string, given strictjson.Optional[string], nullable bool) {
	switch {
	case !given.Set:
	case given.Null && nullable:
		*dst = ""
	case given.Null:
		f.add(name, "may not be null")
	case !authz.ValidID(given.Value):
		f.add(name, "%s", wantID)
	default:
		*dst = given.Value
	}
}

func (f *faults) setBool(dst *bool, name string, given strictjson.Optional[bool]) {
	switch {
	case !given.Set:
	case given.Null:
		f.add(name, "may not be null")
	default:
		*dst = given.Value
	}
}

// sameID refuses a body that names another record than the path does.
func (f *faults) sameID(name, want string, given strictjson.Optional[string]) {
	if given.Set && (given.Null || given.Value != want) {
		f.add(name, "differs from the one in the path")
	}
}

const wantID = "want 1 to 128 characters of A-Z a-z 0-9 _ - . : @"

// checkID refuses a path's id that no record can have: it could not be found again.
func checkID(name, id string) error {
	if !authz.ValidID(id) {
		return invalidField(name, "%s", wantID)
	}
	return nil
}

// nameFault tells what is wrong with a name of a user, an organization, a workspace or a resource; they may be empty.
func nameFault(name string) string {
	switch {
	case utf8.RuneCountInString(name) > maxName:
		return fmt.Sprintf("want at most %d characters", maxName)
	case strings.ContainsFunc(name, unicode.IsControl):
		return "want no control characters"
	case apikey.HoldsSecret(name):
		return "want no API key or token in it"
	}
	return ""
}

// keyNameFault tells what is wrong with a key's or a token's name.
func keyNameFault(name string) string {
	switch {
	case name == "":
		return "is required"
	case strings.TrimSpace(name) != name:
		return "want no spaces around it"
	}
	return nameFault(name)
}

func emailFault(email string) string {
	at := strings.LastIndexByte(email, '@')
	switch {
	case email == "":
		return ""
	case len(email) > maxEmail, at < 1, at == len(email)-1, strings.ContainsFunc(email, unicode.IsSpace), nameFault(email) != "":
		return "want an e-mail address"
	}
	return ""
}

// checkNetworks refuses an allow-list that is empty or holds what is no network. A policy reads them by the same parser.
func (f *faults) checkNetworks(cidrs []string) {
	if len(cidrs) == 0 || len(cidrs) > maxNetworks {
		f.add("allowed_cidrs", "want 1 to %d networks, or null for any address", maxNetworks)
	}
	for i, cidr := range cidrs {
		if _, _, err := net.ParseCIDR(cidr); err != nil {
			f.add(fmt.Sprintf("allowed_cidrs[%d]", i), "want a network such as 203.0.113.0/24 or 2001:db8::/32")
		}
	}
}

// unique is a list without its doubles, in its order.
func unique(list []string) []string {
	var kept []string
	for _, text := range list {
		if !slices.Contains(kept, text) {
			kept = append(kept, text)
		}
	}
	return kept
}
