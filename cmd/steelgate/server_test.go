package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/steelengine/steelgate/api/apitest"
)

const testAdminToken = "a-token-of-the-tests-own-0123456789"

// server is one that runs, in this process or in a child.
type server struct {
	t     testing.TB
	url   string
	token string
	out   *transcript
	log   *transcript
	// network is how it is reached; nil is as every server is.
	network http.RoundTripper
	// ended is closed once it has ended, with code.
	ended chan struct{}
	code  int
	// stop asks it to end, kill does not ask.
	stop, kill func()
	// process is the child's; nil is a server in this process.
	process *os.Process
}

// serve runs a server in this process until the test ends.
func serve(t testing.TB, args ...string) *server {
	t.Helper()
	s := newServer(t)
	s.runInside(serveArgs(args)...)
	return s
}

func (s *server) runInside(args ...string) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s.stop, s.kill = cancel, cancel
	go func() {
		defer close(s.ended)
		s.code = run(ctx, args, streams{strings.NewReader(""), s.out, s.log})
	}()
	s.awaitListening()
}

// serveChild runs a server in a process of its own.
func serveChild(t testing.TB, args ...string) *server {
	t.Helper()
	s := newServer(t)
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(binary, serveArgs(args)...)
	child.Env = append(os.Environ(), childVariable+"=1")
	child.Stdout, child.Stderr = s.out, s.log
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	s.stop = func() { _ = child.Process.Signal(os.Interrupt) }
	s.kill = func() { _ = child.Process.Kill() }
	s.process = child.Process
	go func() {
		defer close(s.ended)
		_ = child.Wait()
		s.code = child.ProcessState.ExitCode()
	}()
	s.awaitListening()
	return s
}

func newServer(t testing.TB) *server {
	s := &server{t: t, token: testAdminToken, out: newTranscript(), log: newTranscript(), ended: make(chan struct{})}
	t.Cleanup(func() {
		if s.kill != nil {
			s.kill()
			<-s.ended
		}
	})
	return s
}

func serveArgs(args []string) []string {
	return append([]string{"serve", "--listen", "127.0.0.1:0", "--admin-token", testAdminToken}, args...)
}

func (s *server) awaitListening() {
	s.t.Helper()
	var entry struct {
		Address string
		TLS     bool
	}
	if err := json.Unmarshal([]byte(s.log.line(s.t, s.ended, `"msg":"listening"`)), &entry); err != nil {
		s.t.Fatal(err)
	}
	if s.url = "http://" + entry.Address; entry.TLS {
		s.url = "https://" + entry.Address
	}
	s.ready()
}

// end stops the server and answers its exit code.
func (s *server) end() int {
	s.t.Helper()
	s.stop()
	<-s.ended
	return s.code
}

// reply is an answer over HTTP.
type reply struct {
	t      testing.TB
	status int
	header http.Header
	body   []byte
}

// try sends a request with a token of scope admin; an error is the connection's.
func (s *server) try(method, path string, body io.Reader, headers ...string) (reply, error) {
	r, err := http.NewRequest(method, s.url+path, body)
	if err != nil {
		return reply{}, err
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	client := http.Client{Transport: apitest.Transport(s.t, s.network)}
	response, err := client.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return reply{s.t, response.StatusCode, response.Header, text}, err
}

// send is try that must be answered.
func (s *server) send(method, path, body string, headers ...string) reply {
	s.t.Helper()
	a, err := s.try(method, path, strings.NewReader(body), headers...)
	if err != nil {
		s.t.Fatalf("%s %s: %v\n%s", method, path, err, s.log)
	}
	return a
}

// change is send that must succeed.
func (s *server) change(method, path, body string) reply {
	s.t.Helper()
	a := s.send(method, path, body)
	if a.status >= 300 {
		s.t.Fatalf("%s %s %s: %d %s", method, path, body, a.status, a.body)
	}
	return a
}

// ready waits until the server decides, and answers the revision of its data.
func (s *server) ready() (revision uint64) {
	s.t.Helper()
	s.eventually("the server is ready", func() bool {
		a := s.send("GET", "/readyz", "")
		if a.status == http.StatusOK {
			revision, _ = strconv.ParseUint(a.text("data_revision"), 10, 64)
		}
		return a.status == http.StatusOK
	})
	return revision
}

// eventually asks again and again.
func (s *server) eventually(what string, holds func() bool) {
	s.t.Helper()
	patience := time.NewTimer(time.Minute)
	defer patience.Stop()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for !holds() {
		select {
		case <-again.C:
		case <-s.ended:
			s.t.Fatalf("%s: the server ended before: %s", what, s.log)
		case <-patience.C:
			s.t.Fatalf("%s: not in a minute: %s", what, s.log)
		}
	}
}

func (a reply) revision() uint64 {
	a.t.Helper()
	revision, err := strconv.ParseUint(a.header.Get("Steelgate-Revision"), 10, 64)
	if err != nil {
		a.t.Fatalf("no revision: %d %v", a.status, a.header)
	}
	return revision
}

// text is a field of the body's object, printed.
func (a reply) text(path ...string) string {
	a.t.Helper()
	var value any
	if err := json.Unmarshal(a.body, &value); err != nil {
		a.t.Fatalf("%d, no JSON: %q", a.status, a.body)
	}
	for _, name := range path {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		text, _ := json.Marshal(v)
		return string(text)
	}
}

// decide asks about a key at a revision, and answers the code.
func (s *server) decide(secret, action, resourceType, id string, minRevision uint64) string {
	s.t.Helper()
	body := fmt.Sprintf(`{"api_key": %q, "action": %q, "resource": {"type": %q, "id": %q}, "min_revision": %d}`, secret, action, resourceType, id, minRevision)
	return s.send("POST", "/v1/decisions", body).text("code")
}
