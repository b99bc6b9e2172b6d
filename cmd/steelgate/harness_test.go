package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/steelengine/steelgate/engine/policycheck/sandbox"
)

// childVariable makes the test binary be the program itself, for tests that kill it.
const childVariable = "STEELGATE_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		_ = os.Unsetenv(childVariable)
		main()
	}
	// The process that checks a draft is started without an environment.
	if len(os.Args) == 2 && os.Args[1] == sandbox.Command {
		main()
	}
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "STEELGATE_") && !strings.HasPrefix(name, "STEELGATE_TEST_") {
			_ = os.Unsetenv(name)
		}
	}
	os.Exit(m.Run())
}

// ended is how a command came out.
type ended struct {
	code     int
	out, err string
}

// command runs the program in this process.
func command(t testing.TB, args ...string) ended {
	t.Helper()
	return commandWith(t, "", args...)
}

func commandWith(t testing.TB, stdin string, args ...string) ended {
	t.Helper()
	// A server that starts where it should have refused to ends some day.
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	var out, err bytes.Buffer
	code := run(ctx, args, streams{strings.NewReader(stdin), &out, &err})
	return ended{code, out.String(), err.String()}
}

// done fails where the command did not succeed, and answers what it printed.
func (e ended) done(t testing.TB) string {
	t.Helper()
	if e.code != 0 {
		t.Fatalf("exit code %d: %s%s", e.code, e.out, e.err)
	}
	return e.out
}

// failed checks the exit code and that the message on standard error holds the words.
func (e ended) failed(t testing.TB, code int, words ...string) {
	t.Helper()
	if e.code != code {
		t.Errorf("exit code %d, want %d: %s%s", e.code, code, e.out, e.err)
	}
	for _, word := range words {
		if !strings.Contains(e.err, word) {
			t.Errorf("the message does not say %q: %s", word, e.err)
		}
	}
	if code != 0 && !strings.HasPrefix(e.err, "steelgate: ") && !strings.Contains(e.err, "\nsteelgate: ") {
		t.Errorf("no message on standard error: %q", e.err)
	}
}

// transcript is a stream that a test may watch while it is written to.
type transcript struct {
	mutex   sync.Mutex
	text    bytes.Buffer
	written chan struct{}
}

func newTranscript() *transcript { return &transcript{written: make(chan struct{})} }

func (s *transcript) Write(p []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	n, err := s.text.Write(p)
	close(s.written)
	s.written = make(chan struct{})
	return n, err
}

func (s *transcript) String() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.text.String()
}

// line waits for a whole line that holds the words, and answers it.
func (s *transcript) line(t testing.TB, ended <-chan struct{}, words string) string {
	t.Helper()
	patience := time.NewTimer(time.Minute)
	defer patience.Stop()
	for {
		s.mutex.Lock()
		text, written := s.text.String(), s.written
		s.mutex.Unlock()
		for line := range strings.Lines(text) {
			if strings.Contains(line, words) && strings.HasSuffix(line, "\n") {
				return line
			}
		}
		select {
		case <-written:
		case <-ended:
			if s.String() == text {
				t.Fatalf("the server ended, and %q was never said: %s", words, text)
			}
		case <-patience.C:
			t.Fatalf("%q is not said: %s", words, text)
		}
	}
}

// smallWorld is one of everything, for tests that need little.
const smallWorld = `{"kind": "user", "id": "ada"}
{"kind": "user", "id": "ben"}
{"kind": "organization", "id": "acme"}
{"kind": "organization_member", "organization_id": "acme", "user_id": "ada", "role": "admin"}
{"kind": "workspace", "id": "core", "owner_id": "ada", "organization_id": "acme"}
{"kind": "workspace_member", "workspace_id": "core", "user_id": "ben", "role": "write"}
{"kind": "resource", "type": "workflow", "id": "invoice", "workspace_id": "core"}
`

// writeFile puts a file into the test's own folder, and answers its path.
func writeFile(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
