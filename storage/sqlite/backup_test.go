package sqlite_test

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/steelengine/steelgate/storage/sqlite"
)

// A copy that is made while another process writes is whole: it has every revision up to its own, and none in part.
func TestABackupIsOfOneRevision(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "steelgate.db")
	writer := childProcess(t, "write", path)
	output, err := writer.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = writer.Process.Kill()
		_ = writer.Wait()
	}()
	said := bufio.NewScanner(output)
	last := uint64(0)
	for n := range 5 {
		for range 10 {
			if !said.Scan() {
				t.Fatal("the writer ended")
			}
		}
		to := filepath.Join(folder, "copy"+string(rune('a'+n)))
		revision, err := sqlite.Backup(t.Context(), path, to)
		if err != nil {
			t.Fatal(err)
		}
		if mode, err := os.Stat(to); err != nil || mode.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", mode, err)
		}
		if stands := complete(t, open(t, to)); stands != revision || revision <= last {
			t.Errorf("the copy stands at %d, and %d was said, after %d", stands, revision, last)
		}
		last = revision
	}
}

func TestABackupTakesNobodysPlace(t *testing.T) {
	folder := t.TempDir()
	path, to := filepath.Join(folder, "steelgate.db"), filepath.Join(folder, "kept")
	store, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Backup(t.Context(), path, to); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	if text, err := os.ReadFile(to); string(text) != "kept" {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := sqlite.Backup(t.Context(), filepath.Join(folder, "none"), filepath.Join(folder, "copy")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	damaged := filepath.Join(folder, "damaged")
	if err := os.WriteFile(damaged, []byte("SQLite format 3\x00 and nothing more, for as long as it takes"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Backup(t.Context(), damaged, filepath.Join(folder, "copy")); err == nil {
		t.Error("a damaged database is copied")
	}
	left, err := filepath.Glob(filepath.Join(folder, "*copy*"))
	if hidden, _ := filepath.Glob(filepath.Join(folder, ".*copy*")); err != nil || len(left)+len(hidden) > 0 {
		t.Errorf("what failed left %v %v behind", left, hidden)
	}
}
