package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/rotation"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/storage/sqlite"
)

// commandLine has the test's binary, run again, be the command itself.
const commandLine = "STEELGATE_TEST_COMMAND_LINE"

// TestAsCommand is no test, but the command in a process of its own, which can be killed.
func TestAsCommand(t *testing.T) {
	line := os.Getenv(commandLine)
	if line == "" {
		t.Skip("this is what other tests run")
	}
	os.Exit(run(context.Background(), strings.Fields(line), streams{os.Stdin, os.Stdout, os.Stderr}))
}

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
	var said bytes.Buffer
	code := run(f.t.Context(), append(strings.Fields(line), "--data-dir", f.path), streams{strings.NewReader(""), &said, &said})
	if code != want {
		f.t.Fatalf("%s: exit code %d, want %d: %s", line, code, want, &said)
	}
	return said.String()
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
		fmt.Fprintf(&lines, `{"kind": "key", "id": "key_%d", "type": "workspace", "workspace_id": "ws", "name": "%d", "secret": %q}`+"\n", i, i, secretOf(i))
	}
	file := filepath.Join(f.t.TempDir(), "world.ndjson")
	if err := os.WriteFile(file, []byte(lines.String()), 0o600); err != nil {
		f.t.Fatal(err)
	}
	f.run(0, "import "+file)
}

func secretOf(i int) string { return fmt.Sprintf("sk-steelengine-secret-of-the-key-%06d", i) }

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
	f.says(1, "keyring status", "keyring.json")
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
	text, err := os.ReadFile(old.keyring())
	if err != nil {
		t.Fatal(err)
	}
	twice := filepath.Join(t.TempDir(), "keyring.json")
	if err := os.WriteFile(twice, text, 0o600); err != nil {
		t.Fatal(err)
	}
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
	path := filepath.Join(f.t.TempDir(), "keyring.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		f.t.Fatal(err)
	}
	return path
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

// child is the command in a process of its own.
type child struct {
	*exec.Cmd
	said *bufio.Reader
}

func (f folder) start(line string) child {
	f.t.Helper()
	command := exec.CommandContext(f.t.Context(), os.Args[0], "-test.run=^TestAsCommand$")
	command.Env = append(os.Environ(), commandLine+"="+line+" --data-dir "+f.path)
	said, err := command.StderrPipe()
	if err != nil {
		f.t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		f.t.Fatal(err)
	}
	return child{command, bufio.NewReader(said)}
}

// kill ends it as the kernel would.
func (c child) kill(t *testing.T) {
	t.Helper()
	_ = c.Process.Kill()
	_, _ = io.Copy(io.Discard, c.said)
	_ = c.Wait()
}

// left is how many keys are not under the active version.
func left(t *testing.T, store storage.Store, active uint32) (keys int) {
	t.Helper()
	if err := store.View(t.Context(), func(r storage.Reader) error {
		counts, err := r.CountByVersion()
		for _, c := range counts {
			if c.Version != active {
				keys += c.Keys
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return keys
}

// awaitLeft waits until as few keys as that are left to move.
func awaitLeft(t *testing.T, store storage.Store, active uint32, most int) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for {
		if n := left(t, store, active); n <= most {
			return n
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%d keys are left to move", left(t, store, active))
		case <-ticker.C:
		}
	}
}

// TestResealIsKilled kills real processes that move keys, and has the next go on.
func TestResealIsKilled(t *testing.T) {
	t.Parallel()
	const keys = 3000
	f := newFolder(t)
	f.fill(keys)
	f.run(0, "keyring rotate")
	f.activate()
	store := f.store()
	at := keys
	for kills := 0; at > keys/4 && kills < 6; kills++ {
		c := f.start("keyring reseal")
		at = awaitLeft(t, store, 2, at-1-rand.IntN(keys/6))
		c.kill(t)
		f.says(0, "keyring status", "moving")
	}
	f.says(0, "keyring reseal", "Everything is under version 2")
	if s := f.status(); len(s.Versions) != 1 || s.Versions[0].Keys != keys {
		t.Errorf("%+v", s)
	}
	server := f.serve()
	defer server.kill(t)
	for i := range keys {
		if i%10 == 0 {
			server.wantAllowed(i)
		}
	}
}

// server is one in a process of its own.
type server struct {
	child
	t   *testing.T
	url string
}

const serverToken = "an-admin-token-of-the-tests-of-the-command"

func (f folder) serve() server {
	f.t.Helper()
	s := server{f.start("serve --listen 127.0.0.1:0 --admin-token " + serverToken), f.t, ""}
	for s.url == "" {
		text, err := s.said.ReadString('\n')
		if err != nil {
			f.t.Fatalf("the server ended: %v", err)
		}
		var line struct{ Msg, Address string }
		if json.Unmarshal([]byte(text), &line) == nil && line.Msg == "listening" {
			s.url = "http://" + line.Address
		}
	}
	go func() { _, _ = io.Copy(io.Discard, s.said) }()
	s.await("data", func() bool { _, status := s.call("GET", "/readyz", ""); return status == 200 })
	return s
}

func (s server) call(method, path, body string) (text string, status int) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+serverToken)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(answer), response.StatusCode
}

func (s server) await(what string, holds func() bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			s.t.Fatalf("%s: it does not come to pass", what)
		case <-ticker.C:
		}
	}
}

// decide asks whether a key may execute the workflow.
func (s server) decide(secret string) string {
	s.t.Helper()
	text, _ := s.call("POST", "/v1/decisions", fmt.Sprintf(`{"api_key": %q, "action": "workflow.execute", "resource": {"type": "workflow", "id": "wf"}}`, secret))
	var d struct{ Code string }
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		s.t.Fatalf("%q: %v", text, err)
	}
	return d.Code
}

func (s server) wantAllowed(i int) {
	s.t.Helper()
	if got := s.decide(secretOf(i)); got != "allowed" {
		s.t.Errorf("key %d: decided %s", i, got)
	}
}

// metric is a gauge's line.
func (s server) metric(name string) string {
	s.t.Helper()
	text, _ := s.call("GET", "/metrics", "")
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// TestServerIsRotated rotates the keyring under a real server with the commands that an operator types, kills the server in
// the middle of the move, and has the next one finish, while keys are made, used and revoked.
func TestServerIsRotated(t *testing.T) {
	t.Parallel()
	const keys = 3000
	f := newFolder(t)
	f.fill(keys)
	s := f.serve()
	f.run(0, "keyring rotate")
	s.await("version 2 is taken in", func() bool { return s.metric("steelgate_keyring_newest_version") == "2" })
	f.says(0, "keyring activate", "Version 2 is active")
	store := f.store()
	for _, most := range []int{keys - 1, keys / 2} {
		if n := awaitLeft(t, store, 2, most); n == 0 {
			t.Error("the move is over, and the server was not killed in it")
		}
		text, status := s.call("POST", "/v1/keys", fmt.Sprintf(`{"type": "workspace", "workspace_id": "ws", "name": "made with %d left"}`, most))
		var made struct{ ID, Secret string }
		if err := json.Unmarshal([]byte(text), &made); err != nil || status != http.StatusCreated {
			t.Fatalf("%d %s", status, text)
		}
		if got := s.decide(made.Secret); got != "allowed" {
			t.Errorf("a new key: decided %s", got)
		}
		s.kill(t)
		s = f.serve()
		if got := s.decide(made.Secret); got != "allowed" {
			t.Errorf("a key made before the server was killed: decided %s", got)
		}
		if text, status := s.call("POST", "/v1/keys/"+made.ID+"/revoke", ""); status != http.StatusOK {
			t.Errorf("%d %s", status, text)
		}
		if got := s.decide(made.Secret); got != "key_revoked" {
			t.Errorf("a revoked key: decided %s", got)
		}
		for range 50 {
			s.wantAllowed(rand.IntN(keys))
		}
	}
	defer func() { s.kill(t) }()
	awaitLeft(t, store, 2, 0)
	s.await("the old version is dropped", func() bool { return len(f.status().Versions) == 1 })
	s.await("the end is told", func() bool {
		return s.metric("steelgate_keyring_active_version") == "2" && s.metric(`steelgate_keyring_records_to_move{kind="key"}`) == "0"
	})
	for i := range keys {
		if i%10 == 0 {
			s.wantAllowed(i)
		}
	}
}
