package steelgatetest

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	steelgate "github.com/steelengine/steelgate/sdk/go"
)

// Root is the repository's.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "..", "..")
}

// Shared reads test data that all SDKs share.
func Shared(t *testing.T, name string, dst any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(Root(), "sdk", "testdata", name))
	if err == nil {
		err = json.Unmarshal(text, dst)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Server is a process of the program with the demo world.
type Server struct {
	URL, Token string
	keys       map[string]string
}

var (
	listening = regexp.MustCompile(`"msg":"listening","address":"([^"]+)"`)
	demoKey   = regexp.MustCompile(`^ +(key_demo_\w+) +(sk-steelengine-\w+)`)
)

// Start runs one for the length of a test, on a free port, with a folder of its own.
func Start(t *testing.T) *Server {
	t.Helper()
	program := filepath.Join(Root(), "bin", "steelgate")
	if _, err := os.Stat(program); err != nil {
		t.Skip("bin/steelgate is not there: make build, or make test")
	}
	s := &Server{Token: "sdk-" + rand.Text() + rand.Text(), keys: map[string]string{}}
	command := exec.CommandContext(context.Background(), program, "serve", "--dev", "--data-dir", t.TempDir(), "--listen", "127.0.0.1:0")
	command.Env = []string{"STEELGATE_ADMIN_TOKEN=" + s.Token}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	command.Stdout, command.Stderr = writer, writer
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	_ = writer.Close()
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			_ = command.Process.Kill()
			<-ended
		}
		_ = reader.Close()
	})
	s.read(t, reader)
	return s
}

// read takes what the program prints until it serves, and throws the rest away.
func (s *Server) read(t *testing.T, reader *os.File) {
	t.Helper()
	var said strings.Builder
	lines := bufio.NewScanner(reader)
	lines.Buffer(nil, 1<<20)
	for hasDemo := false; s.URL == "" || !hasDemo; {
		if !lines.Scan() {
			t.Fatalf("the server ended: %s", said.String())
		}
		line := lines.Text()
		said.WriteString(line + "\n")
		if m := listening.FindStringSubmatch(line); m != nil {
			s.URL = "http://" + m[1]
		}
		if m := demoKey.FindStringSubmatch(line); m != nil {
			s.keys[m[1]] = m[2]
		}
		hasDemo = hasDemo || strings.Contains(line, "Stop with Ctrl-C")
	}
	go func() { _, _ = io.Copy(io.Discard, reader) }()
}

// Key is the secret of a key of the demo: key_demo_personal, key_demo_workspace or key_demo_organization.
func (s *Server) Key(t *testing.T, id string) string {
	t.Helper()
	if s.keys[id] == "" {
		t.Fatalf("the demo printed no key %s", id)
	}
	return s.keys[id]
}

// Client is one of the platform's.
func (s *Server) Client(t *testing.T, options ...func(*steelgate.Options)) *steelgate.Client {
	t.Helper()
	return client(t, steelgate.Options{URL: s.URL, Token: steelgate.NewSecret(s.Token), Timeout: 20 * time.Second}, options)
}

func client(t *testing.T, o steelgate.Options, options []func(*steelgate.Options)) *steelgate.Client {
	t.Helper()
	for _, option := range options {
		option(&o)
	}
	c, err := steelgate.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Faulty is a server of our own, for what a real one does not do when it is asked to.
type Faulty struct {
	*httptest.Server
	mu       sync.Mutex
	requests []*http.Request
}

// StartFaulty answers each request, counted from 1, as the function does.
func StartFaulty(t *testing.T, answer func(w http.ResponseWriter, count int, body []byte)) *Faulty {
	t.Helper()
	f := &Faulty{}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		f.mu.Lock()
		f.requests = append(f.requests, r)
		count := len(f.requests)
		f.mu.Unlock()
		answer(w, count, body)
	}))
	t.Cleanup(f.Close)
	return f
}

// Requests are those that came.
func (f *Faulty) Requests() []*http.Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]*http.Request(nil), f.requests...)
}

// Client asks the faulty server.
func (f *Faulty) Client(t *testing.T, options ...func(*steelgate.Options)) *steelgate.Client {
	t.Helper()
	return client(t, steelgate.Options{URL: f.URL, Token: steelgate.NewSecret("sgt_of_a_test_0123")}, options)
}

// Answer writes an answer.
func Answer(w http.ResponseWriter, status int, body string, headers ...string) {
	w.Header().Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		w.Header().Set(headers[i], headers[i+1])
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// Drop ends a connection without an answer.
func Drop(http.ResponseWriter) { panic(http.ErrAbortHandler) }
