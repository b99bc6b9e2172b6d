package apikey_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/steelengine/steelgate/apikey"
)

// newFile makes a keyring's file with the versions 1 to n.
func newFile(t *testing.T, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keyring.json")
	if _, err := apikey.CreateKeyring(path); err != nil {
		t.Fatal(err)
	}
	for want := uint32(2); want <= uint32(n); want++ {
		if got, err := apikey.AddVersion(path); err != nil || got != want {
			t.Fatalf("version %d was added, want %d: %v", got, want, err)
		}
	}
	return path
}

func load(t *testing.T, path string) *apikey.Keyring {
	t.Helper()
	keyring, err := apikey.LoadKeyring(path)
	if err != nil {
		t.Fatal(err)
	}
	return keyring
}

func wantVersions(t *testing.T, v *apikey.Versions, want ...uint32) {
	t.Helper()
	if got := v.Numbers(); !slices.Equal(got, want) {
		t.Errorf("versions %v, want %v", got, want)
	}
}

func TestVersionsOfAFile(t *testing.T) {
	path := newFile(t, 1)
	before, secret := load(t, path), apikey.Mint()
	old, _ := before.Digest(secret)
	sealed, err := before.Seal(secret, "key_1", "user", "u1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := apikey.AddVersion(path); err != nil {
		t.Fatal(err)
	}
	both := load(t, path)
	wantVersions(t, both.Versions(), 1, 2)
	digest, number := both.Digest(secret)
	if number != 2 || digest == old {
		t.Errorf("version %d digests", number)
	}
	if all := both.Digests(nil, secret); !slices.Equal(all, []apikey.Digest{digest, old}) {
		t.Error("the digests are not those of both, the newest first")
	}
	if opened, err := both.Open(1, sealed, "key_1", "user", "u1"); err != nil || opened.Reveal() != secret.Reveal() {
		t.Errorf("what the old version sealed is not opened: %v", err)
	}
	if before.AuditMAC([32]byte{}, nil) != both.AuditMAC([32]byte{}, nil) {
		t.Error("the audit key is another")
	}

	for _, number := range []uint32{3, 0} {
		if err := apikey.RemoveVersion(path, number); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("removing version %d: %v", number, err)
		}
	}
	if err := apikey.RemoveVersion(path, 1); err != nil {
		t.Fatal(err)
	}
	wantVersions(t, load(t, path).Versions(), 2)
	if err := apikey.RemoveVersion(path, 2); err == nil {
		t.Error("the last version was removed")
	}
	if number, err := apikey.AddVersion(path); err != nil || number != 3 {
		t.Errorf("version %d was added: %v", number, err)
	}
}

// A version's check value is known to every keyring that has the version, and tells what is wrong of the others.
func TestFind(t *testing.T) {
	path := newFile(t, 2)
	keyring := load(t, path)
	first, second := checkValue(t, path, 1), keyring.Versions().Newest().CheckValue()
	for number, check := range map[uint32]string{1: first, 2: second} {
		if v, err := keyring.Versions().Find(check); err != nil || v.Number() != number {
			t.Errorf("version %d is not found: %v", number, err)
		}
	}
	if err := apikey.RemoveVersion(path, 1); err != nil {
		t.Fatal(err)
	}
	for what, test := range map[string]struct {
		keyring *apikey.Keyring
		check   string
		missing uint32
	}{
		"a version that was removed":       {load(t, path), first, 1},
		"a version that is not there yet":  {newKeyring(t), second, 2},
		"another version of the same name": {newKeyring(t), first, 0},
		"no check value":                   {keyring, "", 0},
		"a number alone":                   {keyring, "2", 0},
		"a number that is too high":        {keyring, "4294967298:00", 0},
	} {
		_, err := test.keyring.Versions().Find(test.check)
		missing, ok := errors.AsType[*apikey.MissingVersion](err)
		switch {
		case test.missing == 0 && !errors.Is(err, apikey.ErrWrongKeyring), test.missing != 0 && (!ok || missing.Number != test.missing):
			t.Errorf("%s: %v", what, err)
		}
	}
}

func checkValue(t *testing.T, path string, number uint32) string {
	t.Helper()
	alone := filepath.Join(t.TempDir(), "alone.json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(alone, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, other := range load(t, path).Versions().Numbers() {
		if other == number {
			continue
		}
		if err := apikey.RemoveVersion(alone, other); err != nil {
			t.Fatal(err)
		}
	}
	return load(t, alone).Versions().Newest().CheckValue()
}

func TestReload(t *testing.T) {
	path := newFile(t, 1)
	held, secret := load(t, path), apikey.Mint()
	pinned := held.Versions()
	if _, err := apikey.AddVersion(path); err != nil {
		t.Fatal(err)
	}
	refused := errors.New("refused")
	never := func(lost []uint32) error { t.Errorf("lost %v", lost); return refused }
	if err := held.Reload(load(t, path), never); err != nil {
		t.Fatal(err)
	}
	wantVersions(t, held.Versions(), 1, 2)
	wantVersions(t, pinned, 1)
	if n := len(pinned.Digests(nil, secret)); n != 1 {
		t.Errorf("what was pinned has %d versions", n)
	}
	if err := held.Reload(newKeyring(t), never); !errors.Is(err, apikey.ErrWrongKeyring) {
		t.Errorf("a foreign keyring was taken in: %v", err)
	}
	wantVersions(t, held.Versions(), 1, 2)
	if err := apikey.RemoveVersion(path, 1); err != nil {
		t.Fatal(err)
	}
	for _, answer := range []error{refused, nil} {
		err := held.Reload(load(t, path), func(lost []uint32) error {
			if !slices.Equal(lost, []uint32{1}) {
				t.Errorf("lost %v", lost)
			}
			return answer
		})
		if !errors.Is(err, answer) {
			t.Errorf("got %v, want %v", err, answer)
		}
		if answer != nil {
			wantVersions(t, held.Versions(), 1, 2)
		}
	}
	wantVersions(t, held.Versions(), 2)

	other := newFile(t, 2)
	for what, test := range map[string]struct {
		of   *apikey.Versions
		want []uint32
	}{
		"to itself":       {held.Versions(), nil},
		"to older ones":   {pinned, []uint32{2}},
		"to another file": {load(t, other).Versions(), []uint32{2}},
	} {
		if lost := held.Versions().Lost(test.of); !slices.Equal(lost, test.want) {
			t.Errorf("%s: lost %v, want %v", what, lost, test.want)
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, value := range []any{held, held.Versions(), held.Versions().Newest()} {
			if printed := fmt.Sprintf(verb, value); printed != apikey.Redacted {
				t.Errorf("%T prints as %q", value, printed)
			}
		}
	}
}

// The file is put in its place at once, keeps its mode, and a link to it stays a link.
func TestEditingAFile(t *testing.T) {
	path := newFile(t, 1)
	link := filepath.Join(t.TempDir(), "link.json")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	// What a crash may leave, with a mode that it must not get.
	if err := os.WriteFile(path+".new", []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := apikey.AddVersion(link); err != nil {
		t.Fatal(err)
	}
	wantVersions(t, load(t, path).Versions(), 1, 2)
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("left beside it: %v, %v", entries, err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := apikey.AddVersion(path); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a file that is open to others was edited: %v", err)
	}
}
