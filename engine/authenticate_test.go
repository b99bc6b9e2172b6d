package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/snapshot"
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

// A key that is asked about is recognized as one that is used is, and is not used by that.
func TestToRecognizeAKeyIsNoUseOfIt(t *testing.T) {
	keyring, err := apikey.NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	used := 0
	e := engine.New(engine.Options{Keyring: keyring, KeyUsed: func(string, time.Time) { used++ }})
	secret := apikey.Mint()
	digest, _ := keyring.Digest(secret)
	edit := snapshot.Empty().Edit()
	edit.PutWorkspace(authz.Workspace{ID: "w", OwnerID: "u"})
	edit.PutKey(authz.APIKey{ID: "key_1", Type: authz.WorkspaceKey, OwnerID: "w"}, digest)
	e.UseSnapshot(edit.Commit(1), time.Now())
	policy, err := engine.Compile(shipped(t), 1)
	if err != nil {
		t.Fatal(err)
	}
	e.UsePolicy(policy)
	view, err := e.View()
	if err != nil {
		t.Fatal(err)
	}
	for n, find := range []func(engine.Credential) (snapshot.Key, authz.Code){view.Recognize, view.Authenticate} {
		if key, code := find(engine.Present(secret.Reveal())); key.ID() != "key_1" || code != "" || used != n {
			t.Errorf("found %q, %q, used %d times, want %d", key.ID(), code, used, n)
		}
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
