package main

import (
	"os"
	"path/filepath"
	"testing"
)

// A keyring that is lost, another's, or open to others ends the start with a message that says what to do; and no start
// makes one in its place.
func TestKeyringMustFit(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	keyring := filepath.Join(folder, "keyring.json")
	command(t, "token", "create", "--name", "n", "--scope", "decide", "--data-dir", folder).done(t)
	info, err := os.Stat(keyring)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the keyring that was made: %v, %v", info, err)
	}
	kept, err := os.ReadFile(keyring)
	if err != nil {
		t.Fatal(err)
	}
	start := func() ended { return command(t, "serve", "--listen", "127.0.0.1:0", "--data-dir", folder) }

	if err := os.Remove(keyring); err != nil {
		t.Fatal(err)
	}
	start().failed(t, 1, "is missing", "restore it from your backup", "--keyring-file")
	if _, err := os.Stat(keyring); err == nil {
		t.Error("another keyring was made in its place")
	}
	command(t, "keyring", "create", "--keyring-file", keyring).done(t)
	start().failed(t, 1, "not the one that this database was made with", "restore")
	command(t, "keyring", "create", "--keyring-file", keyring).failed(t, 1, "not overwritten")

	if err := os.WriteFile(keyring, kept, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(keyring, 0o640); err != nil {
		t.Fatal(err)
	}
	start().failed(t, 1, "open to others", "chmod 600")
	if err := os.Chmod(keyring, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "{}", "nonsense", string(kept[:len(kept)/2])} {
		if err := os.WriteFile(keyring, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		start().failed(t, 1, "can't be used")
	}
	if err := os.WriteFile(keyring, kept, 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, "token", "list", "--data-dir", folder).done(t)
	// It may be kept elsewhere.
	elsewhere := filepath.Join(t.TempDir(), "k.json")
	if err := os.Rename(keyring, elsewhere); err != nil {
		t.Fatal(err)
	}
	command(t, "token", "list", "--data-dir", folder, "--keyring-file", elsewhere).done(t)
}

func TestKeyringCreate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "keyring.json")
	command(t, "keyring", "create", "--keyring-file", path).done(t)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

// Beside Postgres no keyring is made by a start: each replica would make its own.
func TestPostgresNeedsAKeyring(t *testing.T) {
	t.Parallel()
	address := freshPostgres(t)
	keyring := filepath.Join(t.TempDir(), "keyring.json")
	start := func() ended {
		return command(t, "serve", "--listen", "127.0.0.1:0", "--database-url", address, "--keyring-file", keyring)
	}
	start().failed(t, 1, "steelgate keyring create")
	if _, err := os.Stat(keyring); err == nil {
		t.Error("a keyring was made")
	}
	command(t, "keyring", "create", "--keyring-file", keyring).done(t)
	command(t, "token", "list", "--database-url", address, "--keyring-file", keyring).done(t)
	if err := os.Remove(keyring); err != nil {
		t.Fatal(err)
	}
	start().failed(t, 1, "restore it from your backup")
}
