package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/rotation"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/storage/sqlite"
)

// folder is a data folder, on which commands are run.
type folder struct {
	t    *testing.T
	path string
}

func newFolder(t *testing.T) folder { return folder{t, filepath.Join(t.TempDir(), "data")} }

func (f folder) keyring() string { return filepath.Join(f.path, "keyring.json") }

// run runs a command on the folder, and answers all that it said.
func (f folder) run(want int, line string) string {
	f.t.Helper()
	e := command(f.t, append(strings.Fields(line), "--data-dir", f.path)...)
	if e.code != want {
		f.t.Fatalf("%s: exit code %d, want %d: %s%s", line, e.code, want, e.out, e.err)
	}
	return e.out + e.err
}

// says runs a command that must say all of it.
func (f folder) says(code int, line string, want ...string) {
	f.t.Helper()
	said := f.run(code, line)
	for _, text := range want {
		if !strings.Contains(said, text) {
			f.t.Errorf("%s: %q is not in %q", line, text, said)
		}
	}
}

// activate does so without the wait: no server is there.
func (f folder) activate() {
	f.t.Helper()
	long := time.Now().Add(-time.Hour)
	if err := os.Chtimes(f.keyring(), long, long); err != nil {
		f.t.Fatal(err)
	}
	f.says(0, "keyring activate", "is active")
}

// fill imports a workspace with keys.
func (f folder) fill(keys int) {
	f.t.Helper()
	var lines strings.Builder
	lines.WriteString(`{"kind": "user", "id": "u"}
{"kind": "workspace", "id": "ws", "owner_id": "u"}
{"kind": "resource", "type": "workflow", "id": "wf", "workspace_id": "ws"}
`)
	for i := range keys {
		fmt.Fprintf(&lines, `{"kind": "key", "id": "key_%d", "type": "workspace", "workspace_id": "ws", "name": "%d", "secret": %q}`+"\n", i, i, rotatedSecret(i))
	}
	f.run(0, "import "+writeFile(f.t, "world.ndjson", lines.String()))
}

func rotatedSecret(i int) string { return fmt.Sprintf("sk-steelengine-secret-of-the-key-%06d", i) }

// store opens the folder's database beside whoever else has it open.
func (f folder) store() storage.Store {
	f.t.Helper()
	store, err := sqlite.Open(f.t.Context(), filepath.Join(f.path, "steelgate.db"))
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = store.Close() })
	return store
}

func (f folder) status() (status rotation.Status) {
	f.t.Helper()
	if err := json.Unmarshal([]byte(f.run(0, "keyring status -o json")), &status); err != nil {
		f.t.Fatal(err)
	}
	return status
}

func TestKeyringCommands(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	f.says(1, "keyring status", "no database stands")
	f.says(1, "keyring rotate", "no database stands")
	f.fill(3)
	f.run(0, "token create --name gateway --scope decide")
	f.says(0, "keyring status", "1        active  3     1")
	f.says(1, "keyring activate", "version 1 is active already")
	f.says(1, "keyring drop 1", "it is the active one")
	f.says(2, "keyring drop one", "not the number of a version")
	before := f.copy()
	f.says(0, "keyring rotate", "Added version 2", "Copy the file", "steelgate keyring activate")
	f.says(1, "keyring rotate", "not active yet")
	f.says(0, "keyring status", "2        new     0     0", "not active yet")
	f.activate()
	f.says(0, "keyring status", "1        moving  3     1", "3 keys and 1 service tokens are still to be moved to version 2")
	f.says(1, "keyring drop 1", "3 keys and 1 service tokens")
	both := f.copy()
	f.says(0, "keyring reseal", "Moved 4 records. Everything is under version 2")
	if s := f.status(); s.Active != 2 || len(s.Versions) != 1 || s.Versions[0].Keys != 3 || s.Versions[0].Tokens != 1 {
		t.Errorf("after the move: %+v", s)
	}
	f.says(0, "audit verify", "5 entries")
	f.says(1, "keyring drop 1", "has no version 1")

	// What stands in the file's place is told apart, and what to do about it.
	for _, test := range []struct{ keyring, want string }{
		{before, "does not have version 2, which this database makes its secrets under: it is an older copy. Put the newest in its place"},
		{newKeyringFile(t, 2), "is not the one that this database was made with"},
		{filepath.Join(t.TempDir(), "none.json"), "is missing, and this database's keys can't be known"},
	} {
		f.says(1, "keys list --keyring-file "+test.keyring, test.want)
	}
	f.says(0, "keys list --keyring-file "+both, "key_0")
	f.says(0, "keyring status --keyring-file "+before, "2        missing  3     1")

	// A database from before needs the version that was dropped.
	old := newFolder(t)
	old.fill(2)
	twice := old.copy()
	if _, err := apikey.AddVersion(twice); err != nil {
		t.Fatal(err)
	}
	if err := apikey.RemoveVersion(twice, 1); err != nil {
		t.Fatal(err)
	}
	old.says(1, "keys list --keyring-file "+twice, "does not have version 1", "the database is an older copy")
}

// copy keeps the keyring's file as it is now.
func (f folder) copy() string {
	f.t.Helper()
	text, err := os.ReadFile(f.keyring())
	if err != nil {
		f.t.Fatal(err)
	}
	return writeFile(f.t, "keyring.json", string(text))
}

func newKeyringFile(t *testing.T, versions int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keyring.json")
	if _, err := apikey.CreateKeyring(path); err != nil {
		t.Fatal(err)
	}
	for range versions - 1 {
		if _, err := apikey.AddVersion(path); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// Beside Postgres only the operator knows whether every replica has the file.
func TestActivatingBesidePostgres(t *testing.T) {
	t.Parallel()
	flags := []string{"--database-url", freshPostgres(t), "--keyring-file", newKeyringFile(t, 1)}
	keyring := func(args ...string) ended {
		return command(t, append(append([]string{"keyring"}, args...), flags...)...)
	}
	keyring("activate").failed(t, 1, "version 1 is active already")
	if said := keyring("rotate").done(t); !strings.Contains(said, "--all-replicas-have-it") {
		t.Errorf("rotate says %q", said)
	}
	keyring("activate").failed(t, 1, "every replica must have version 2", "steelgate_keyring_newest_version is 2", "--all-replicas-have-it")
	keyring("activate", "--all-replicas-have-it").done(t)
	keyring("reseal").done(t)
	if said := keyring("status").done(t); !strings.Contains(said, "1        old     0     0") {
		t.Errorf("status says %q", said)
	}
	keyring("drop", "1").done(t)
	if said := keyring("status").done(t); strings.Contains(said, "old") {
		t.Errorf("status says %q", said)
	}
}
