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
	folder     string
}

var (
	listening = regexp.MustCompile(`"msg":"listening","address":"([^"]+)"`)
	demoKey   = regexp.MustCompile(`^ +(key_demo_\w+) +(sk-steelengine-\w+)`)
)

// Start runs one for the length of a test, on a free port, with a folder of its own.
func Start(t *testing.T) *Server {
	t.Helper()
	s := &Server{Token: "sdk-" + rand.Text() + rand.Text(), keys: map[string]string{}, folder: t.TempDir()}
	serves := false
	s.URL = run(t, []string{"STEELGATE_ADMIN_TOKEN=" + s.Token}, func(line string) bool {
		if m := demoKey.FindStringSubmatch(line); m != nil {
			s.keys[m[1]] = m[2]
		}
		serves = serves || strings.Contains(line, "Stop with Ctrl-C")
		return serves
	}, "serve", "--dev", "--data-dir", s.folder, "--listen", "127.0.0.1:0")
	return s
}

// StartGateway runs steelgate's own gateway over the same data before an API, and answers where it is.
func (s *Server) StartGateway(t *testing.T, upstream string) string {
	t.Helper()
	stands := false
	url := run(t, nil, func(line string) bool {
		stands = stands || strings.Contains(line, "steelgate stands before")
		return stands
	}, "gateway", "--data-dir", s.folder, "--upstream", upstream, "--listen", "127.0.0.1:0")
	// Until it has the data it refuses all, for whatever reason; then who shows no key, because of that.
	Await(t, func() bool { return Send(t, "GET", url+"/").Status == http.StatusUnauthorized })
	return url
}

// run runs the program for the length of a test, until what it printed says that it is ready, and answers where it listens.
func run(t *testing.T, env []string, isReady func(line string) bool, args ...string) string {
	t.Helper()
	program := filepath.Join(Root(), "bin", "steelgate")
	if _, err := os.Stat(program); err != nil {
		t.Skip("bin/steelgate is not there: make build, or make test")
	}
	command := exec.CommandContext(context.Background(), program, args...)
	command.Env = append([]string{"PATH="}, env...)
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
	var said strings.Builder
	lines := bufio.NewScanner(reader)
	lines.Buffer(nil, 1<<20)
	url, ready := "", false
	for url == "" || !ready {
		if !lines.Scan() {
			t.Fatalf("steelgate ended: %s", said.String())
		}
		said.WriteString(lines.Text() + "\n")
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			url = "http://" + m[1]
		}
		ready = isReady(lines.Text())
	}
	// What it says from now on is thrown away.
	go func() { _, _ = io.Copy(io.Discard, reader) }()
	return url
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

// Await asks until something has happened, for ten seconds at most. It asks no oftener than steelgate takes wrong keys of one address.
func Await(t *testing.T, hasHappened func() bool) {
	t.Helper()
	ticks := time.NewTicker(25 * time.Millisecond)
	defer ticks.Stop()
	for until := time.Now().Add(10 * time.Second); !hasHappened(); <-ticks.C {
		if time.Now().After(until) {
			t.Fatal("it does not happen")
		}
	}
}
