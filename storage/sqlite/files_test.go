package sqlite_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/storage/sqlite"
)

func putUser(t *testing.T, store storage.Store, id string) {
	t.Helper()
	if _, err := store.Update(t.Context(), func(tx storage.Tx) error { return tx.PutUser(authz.User{ID: id}) }); err != nil {
		t.Fatal(err)
	}
}

func modes(t *testing.T, folder string) map[string]fs.FileMode {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]fs.FileMode{}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		found[entry.Name()] = info.Mode()
	}
	return found
}

func TestOnlyTheOwnerMayReadTheFiles(t *testing.T) {
	// No test runs beside this one, for the umask is the process's.
	defer syscall.Umask(syscall.Umask(0))
	for name, prepare := range map[string]func(path string) error{
		"a new database":    func(string) error { return nil },
		"a file of all may": func(path string) error { return os.WriteFile(path, nil, 0o666) },
	} {
		folder := t.TempDir()
		path := filepath.Join(folder, "steelgate.db")
		if err := prepare(path); err != nil {
			t.Fatal(err)
		}
		store := open(t, path)
		putUser(t, store, "usr_1")
		found := modes(t, folder)
		for _, file := range []string{"steelgate.db", "steelgate.db-wal", "steelgate.db-shm"} {
			if mode, is := found[file]; !is || mode != 0o600 {
				t.Errorf("%s: %s has the mode %v", name, file, mode)
			}
		}
		if len(found) != 3 {
			t.Errorf("%s: files are %v", name, found)
		}
	}
}

func TestPathsMeanWhatTheySay(t *testing.T) {
	for _, name := range []string{
		"plain.db", "with space.db", "question?mode=memory.db", "hash#tag.db", "percent%41.db", "100%", "a+b;c&d=e.db", "ünï.db", "back\\slash.db", ":memory:", "file:x.db",
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			t.Chdir(folder)
			for _, path := range []string{name, filepath.Join(folder, name), "./" + name, "/" + filepath.Join(folder, name)} {
				store, err := sqlite.Open(t.Context(), path)
				if err != nil {
					t.Fatalf("%s: %v", path, err)
				}
				putUser(t, store, "usr_1")
				revision, err := store.Update(t.Context(), func(storage.Tx) error { return nil })
				if err != nil || revision == 0 {
					t.Errorf("%s: revision %d, %v", path, revision, err)
				}
				if err := store.Close(); err != nil {
					t.Error(err)
				}
			}
			// One file, whichever way it was named, with all four updates in it.
			found := modes(t, folder)
			if _, is := found[name]; !is || len(found) != 1 {
				t.Errorf("files are %v", found)
			}
			store := open(t, name)
			if err := store.View(t.Context(), func(r storage.Reader) error {
				revision, err := r.Revision()
				if revision != 4 {
					t.Errorf("revision %d", revision)
				}
				return err
			}); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestWhatIsNoDatabase(t *testing.T) {
	folder := t.TempDir()
	text := filepath.Join(folder, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{folder, text, filepath.Join(folder, "none", "steelgate.db")} {
		store, err := sqlite.Open(t.Context(), path)
		if err == nil {
			t.Errorf("%s was opened", path)
			_ = store.Close()
		}
	}
}
