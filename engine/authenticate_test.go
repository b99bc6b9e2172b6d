package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
)

func TestWhatIsPresented(t *testing.T) {
	f := newFixture(t, shipped(t))
	view, err := f.View()
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]authz.Code{
		f.secret.Reveal():                  "",
		apikey.Mint().Reveal():             authz.KeyUnknown,
		"":                                 authz.KeyMissing,
		" ":                                authz.KeyMalformed,
		"sk-steelengine-":                  authz.KeyMalformed,
		"sk-other-0123456789abcde":         authz.KeyMalformed,
		f.secret.Reveal() + " ":            authz.KeyMalformed,
		strings.ToUpper(f.secret.Reveal()): authz.KeyMalformed,
	} {
		key, code := view.Authenticate(engine.Present(text))
		if code != want || (key.ID() == "key_1") != (want == "") {
			t.Errorf("%q: got %q", text, code)
		}
	}
	if _, code := view.Authenticate(engine.Ambiguous()); code != authz.KeyMalformed {
		t.Errorf("ambiguous: %q", code)
	}
	if _, code := view.Authenticate(engine.Credential{}); code == "" {
		t.Error("the zero credential is a live key")
	}
}

// Whatever is presented is answered with a code, is no key but the one that it is, and is not printed.
func FuzzPresent(f *testing.F) {
	fixture := newFixture(f, shipped(f))
	view, err := fixture.View()
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"", "sk-steelengine-0123456789abcdef", fixture.secret.Reveal(), "sk-steelengine-" + strings.Repeat("x", 240), "sgt_0", "sk-steelengine-é123456789abcdef", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		credential := engine.Present(text)
		key, code := view.Authenticate(credential)
		if live := text == fixture.secret.Reveal(); live != (code == "") || live != (key.ID() != "") {
			t.Fatalf("%q: key %q, code %q", text, key.ID(), code)
		}
		if code != "" && !code.Unauthenticated() {
			t.Fatalf("%q: code %q", text, code)
		}
		if code == authz.KeyUnknown && strings.Contains(fmt.Sprintf("%v %+v %#v", credential, credential, credential), text) {
			t.Fatalf("%q is printed", text)
		}
	})
}
