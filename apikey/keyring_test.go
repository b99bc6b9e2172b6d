package apikey_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/apikey"
)

func newKeyring(t testing.TB) *apikey.Keyring {
	t.Helper()
	keyring, err := apikey.NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	return keyring
}

func TestDigest(t *testing.T) {
	one, other := newKeyring(t), newKeyring(t)
	a, b := apikey.Mint(), apikey.Mint()
	digest, version := one.Digest(a)
	if again, _ := one.Digest(a); again != digest || version != 1 {
		t.Error("a digest is not the same twice")
	}
	if of, _ := one.Digest(b); of == digest {
		t.Error("two secrets have one digest")
	}
	if by, _ := other.Digest(a); by == digest {
		t.Error("two keyrings give one digest")
	}
	if all := one.Digests(nil, a); len(all) != 1 || all[0] != digest {
		t.Error("Digests does not agree with Digest")
	}
}

func TestDigestsAllocateNothing(t *testing.T) {
	keyring, secret := newKeyring(t), apikey.Mint()
	var digests [4]apikey.Digest
	if n := testing.AllocsPerRun(100, func() { keyring.Digests(digests[:0], secret) }); n > 0 && !underRace {
		t.Errorf("%v allocations", n)
	}
}

func TestSealIsBoundToItsRecord(t *testing.T) {
	keyring, secret := newKeyring(t), apikey.Mint()
	sealed, err := keyring.Seal(secret, "key_1", "user", "u1")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte(secret.Reveal())) {
		t.Fatal("the sealed secret is in clear")
	}
	opened, err := keyring.Open(1, sealed, "key_1", "user", "u1")
	if err != nil || opened.Reveal() != secret.Reveal() {
		t.Fatalf("not opened: %v", err)
	}
	broken := bytes.Clone(sealed)
	broken[len(broken)-1] ^= 1
	for name, open := range map[string]func() (apikey.Secret, error){
		"another id":         func() (apikey.Secret, error) { return keyring.Open(1, sealed, "key_2", "user", "u1") },
		"another owner type": func() (apikey.Secret, error) { return keyring.Open(1, sealed, "key_1", "workspace", "u1") },
		"another owner":      func() (apikey.Secret, error) { return keyring.Open(1, sealed, "key_1", "user", "u2") },
		"another version":    func() (apikey.Secret, error) { return keyring.Open(2, sealed, "key_1", "user", "u1") },
		"another keyring":    func() (apikey.Secret, error) { return newKeyring(t).Open(1, sealed, "key_1", "user", "u1") },
		"a changed byte":     func() (apikey.Secret, error) { return keyring.Open(1, broken, "key_1", "user", "u1") },
		"nothing":            func() (apikey.Secret, error) { return keyring.Open(1, nil, "key_1", "user", "u1") },
	} {
		if got, err := open(); !errors.Is(err, apikey.ErrSealBroken) || !got.IsZero() {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKeyringFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keyring.json")
	made, err := apikey.CreateKeyring(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	if _, err := apikey.CreateKeyring(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("made over another: %v", err)
	}
	loaded, err := apikey.LoadKeyring(path)
	if err != nil {
		t.Fatal(err)
	}
	secret := apikey.Mint()
	want, _ := made.Digest(secret)
	if got, _ := loaded.Digest(secret); got != want {
		t.Error("the loaded keyring is another")
	}
	if _, err := loaded.Versions().Find(made.Versions().Newest().CheckValue()); err != nil {
		t.Error(err)
	}
	if _, err := loaded.Versions().Find(newKeyring(t).Versions().Newest().CheckValue()); !errors.Is(err, apikey.ErrWrongKeyring) {
		t.Errorf("a foreign check value passes: %v", err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if printed := fmt.Sprintf(verb, loaded); printed != apikey.Redacted {
			t.Errorf("a keyring prints as %q", printed)
		}
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := apikey.LoadKeyring(path); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a file open to others is used: %v", err)
	}
	if _, err := apikey.LoadKeyring(path + ".other"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	broken := filepath.Join(t.TempDir(), "keyring.json")
	if err := os.WriteFile(broken, text[:len(text)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := apikey.LoadKeyring(broken); err == nil || strings.Contains(err.Error(), "pepper") {
		t.Errorf("a broken file: %v", err)
	}
}

func BenchmarkDigest(b *testing.B) {
	keyring, secret := newKeyring(b), apikey.Mint()
	var digests [4]apikey.Digest
	for b.Loop() {
		keyring.Digests(digests[:0], secret)
	}
}
