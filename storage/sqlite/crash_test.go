package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/storage/sqlite"
)

// The test's binary, run again, is the other process of a test: child names what it does, with the database at childPath.
const (
	child     = "STEELGATE_TEST_CHILD"
	childPath = "STEELGATE_TEST_CHILD_PATH"
)

func TestMain(m *testing.M) {
	path := os.Getenv(childPath)
	switch os.Getenv(child) {
	case "":
		os.Exit(m.Run())
	case "write":
		exit(writeOn(path))
	case "open":
		exit(openAndWrite(path))
	}
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func childProcess(t *testing.T, does, path string) *exec.Cmd {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Env = append(os.Environ(), child+"="+does, childPath+"="+path)
	command.Stderr = os.Stderr
	return command
}

// writeOn makes one revision after the other, and says each as soon as it is acknowledged.
func writeOn(path string) error {
	store, err := sqlite.Open(context.Background(), path)
	if err != nil {
		return err
	}
	for {
		revision, err := store.Update(context.Background(), putTogether)
		if err != nil {
			return err
		}
		if _, err := fmt.Println(revision); err != nil {
			return err
		}
	}
}

// putTogether puts records that are there together or not at all, named after the revision that they make.
func putTogether(tx storage.Tx) error {
	current, err := tx.Revision()
	if err != nil {
		return err
	}
	id := strconv.FormatUint(current+1, 10)
	if err := tx.PutUser(authz.User{ID: id}); err != nil {
		return err
	}
	return tx.PutOrganization(authz.Organization{ID: id})
}

// TestWhatWasAcknowledgedOutlivesTheProcess kills a writer at some moment, again and again on the same file.
func TestWhatWasAcknowledgedOutlivesTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "steelgate.db")
	for round := range 6 {
		lines := 1 + rand.N(60)
		acknowledged := killAfter(t, path, lines)
		store, err := sqlite.Open(t.Context(), path)
		if err != nil {
			t.Fatalf("round %d, killed after %d lines: %v", round, lines, err)
		}
		stands := complete(t, store)
		// One more may have been made, and not told any more.
		if stands < acknowledged || stands > acknowledged+1 {
			t.Errorf("round %d, killed after %d lines: revision %d was acknowledged, %d stands", round, lines, acknowledged, stands)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
}

// killAfter runs a writer, kills it soon after it has said so many revisions, and answers the last that it said.
func killAfter(t *testing.T, path string, lines int) (acknowledged uint64) {
	t.Helper()
	writer := childProcess(t, "write", path)
	output, err := writer.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Start(); err != nil {
		t.Fatal(err)
	}
	said := bufio.NewReader(output)
	for seen := 1; ; seen++ {
		line, err := said.ReadString('\n')
		if err == io.EOF {
			break // without its end a line was not said
		}
		if err != nil {
			t.Fatal(err)
		}
		if acknowledged, err = strconv.ParseUint(line[:len(line)-1], 10, 64); err != nil {
			t.Fatal(err)
		}
		if seen == lines {
			if err := writer.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := writer.Wait(); err == nil {
		t.Fatal("the writer ended by itself")
	}
	return acknowledged
}

// complete checks that every revision up to the one that stands is there whole, and answers that.
func complete(t *testing.T, store storage.Store) (revision uint64) {
	t.Helper()
	if err := store.View(t.Context(), func(r storage.Reader) (err error) {
		if revision, err = r.Revision(); err != nil {
			return err
		}
		changes, err := r.Changes(0, 1_000_000)
		if err != nil || len(changes) != 2*int(revision) {
			t.Errorf("revision %d with %d changes: %v", revision, len(changes), err)
		}
		for n := range revision {
			id := strconv.FormatUint(n+1, 10)
			if _, err := r.User(id); err != nil {
				t.Errorf("user %s: %v", id, err)
			}
			if _, err := r.Organization(id); err != nil {
				t.Errorf("organization %s: %v", id, err)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return revision
}

// openAndWrite makes ten revisions.
func openAndWrite(path string) error {
	store, err := sqlite.Open(context.Background(), path)
	if err != nil {
		return err
	}
	for range 10 {
		if _, err := store.Update(context.Background(), putTogether); err != nil {
			return err
		}
	}
	return store.Close()
}

// TestProcessesOpenAtOnce has many processes find no database at the same moment.
func TestProcessesOpenAtOnce(t *testing.T) {
	const processes = 6
	path := filepath.Join(t.TempDir(), "steelgate.db")
	var running sync.WaitGroup
	for range processes {
		process := childProcess(t, "open", path)
		running.Go(func() {
			if err := process.Run(); err != nil {
				t.Errorf("a process: %v", err)
			}
		})
	}
	running.Wait()
	if revision := complete(t, open(t, path)); revision != 10*processes {
		t.Errorf("revision %d", revision)
	}
}
