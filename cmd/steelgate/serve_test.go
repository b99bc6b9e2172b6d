package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// shellLine splits what --dev prints for a shell: words, and quoted texts.
var shellLine = regexp.MustCompile(`'([^']*)'|([^\s\\']+)`)

// curl does what a printed curl would.
func (s *server) curl(text string) reply {
	s.t.Helper()
	var words []string
	for _, found := range shellLine.FindAllStringSubmatch(text, -1) {
		words = append(words, found[1]+found[2])
	}
	if words[0] != "curl" {
		s.t.Fatalf("no curl: %q", text)
	}
	method, address, body, header := "GET", "", "", http.Header{}
	for i := 1; i < len(words); i++ {
		switch {
		case words[i] == "-H":
			i++
			name, value, _ := strings.Cut(words[i], ": ")
			header.Add(name, value)
		case words[i] == "--json":
			i++
			method, body = "POST", words[i]
			header.Set("Content-Type", "application/json")
		case strings.HasPrefix(words[i], "-"):
		default:
			address = words[i]
		}
	}
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header = header
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return reply{s.t, response.StatusCode, response.Header, answer}
}

// Each curl that --dev prints answers what the line above it says.
func TestDevPrintsCallsThatHold(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	var first string
	for range 2 {
		s := newDevServer(t, folder)
		s.out.line(t, s.ended, "Stop with Ctrl-C")
		text := s.out.String()
		calls := regexp.MustCompile(`(?m)^# (.*)\n(curl (?:.*\\\n)*.*)$`).FindAllStringSubmatch(text, -1)
		if len(calls) < 6 {
			t.Fatalf("%d calls: %s", len(calls), text)
		}
		for _, call := range calls {
			a := s.curl(call[2])
			denied := regexp.MustCompile(`Denied, (\w+)`).FindStringSubmatch(call[1])
			switch {
			case strings.Contains(call[2], "forward-auth") && strings.Contains(call[1], "Denied: 403"):
				if a.status != 403 || a.text("error", "code") != "outside_scope" {
					t.Errorf("%s\n%d %s", call[1], a.status, a.body)
				}
			case strings.Contains(call[2], "forward-auth"):
				if a.status != 200 || a.header.Get("X-Steelgate-Billed-To") != "user_ben" {
					t.Errorf("%s\n%d %s %v", call[1], a.status, a.body, a.header)
				}
			case denied != nil:
				if a.status != 200 || a.text("allow") != "false" || a.text("code") != denied[1] {
					t.Errorf("%s\n%d %s", call[1], a.status, a.body)
				}
			case a.status != 200 || a.text("allow") != "true" || a.text("billed_to", "id") != "user_ada":
				t.Errorf("%s\n%d %s", call[1], a.status, a.body)
			}
		}
		// The keys stay for the next start; the world is not loaded anew over what was changed.
		keys := strings.Join(regexp.MustCompile(`(?m)^  key_demo.*$`).FindAllString(text, -1), "\n")
		if strings.Count(keys, "sk-steelengine-") != 3 {
			t.Errorf("demo keys: %s", keys)
		}
		if first != "" && keys != first {
			t.Errorf("other keys at the second start: %s\n%s", first, keys)
		}
		first = keys
		if code := s.end(); code != 0 {
			t.Errorf("exit code %d: %s", code, s.log)
		}
	}
	s := newDevServer(t, folder)
	s.change("POST", "/v1/keys/key_demo_personal/revoke", "")
	s.end()
	s = newDevServer(t, folder)
	s.out.line(t, s.ended, "Stop with Ctrl-C")
	if got := s.send("GET", "/v1/keys/key_demo_personal", "").text("revoked_at"); got == "" {
		t.Error("a demo key that was revoked is back")
	}
}

func newDevServer(t testing.TB, folder string) *server {
	t.Helper()
	return serve(t, "--dev", "--data-dir", folder)
}

// Without --admin-token, --dev makes a token for the run and prints it.
func TestDevMakesAToken(t *testing.T) {
	t.Parallel()
	s := serve(t, "--dev", "--data-dir", t.TempDir(), "--admin-token", "")
	s.out.line(t, s.ended, "Stop with Ctrl-C")
	s.token = regexp.MustCompile(`sgt_[0-9A-Za-z]{49}`).FindString(s.out.String())
	if a := s.send("GET", "/v1/keys", ""); s.token == "" || a.status != 200 {
		t.Errorf("the printed token is answered %d %s", a.status, a.body)
	}
	if strings.Contains(s.log.String(), s.token) {
		t.Error("the token is in the log")
	}
}

// A request that is under way is finished, and no other begun.
func TestShutdownDrains(t *testing.T) {
	t.Parallel()
	s := serve(t, "--data-dir", t.TempDir())
	body, write := io.Pipe()
	request, err := http.NewRequest("POST", s.url+"/v1/import", body)
	if err != nil {
		t.Fatal(err)
	}
	// The body is read once the handler asks for it: then the request is under way.
	request.Header = http.Header{"Authorization": {"Bearer " + s.token}, "Expect": {"100-continue"}}
	client := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: 1 << 40}}
	type outcome struct {
		status int
		text   []byte
		err    error
	}
	answered := make(chan outcome, 1)
	go func() {
		response, err := client.Do(request)
		if err != nil {
			answered <- outcome{err: err}
			return
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		answered <- outcome{response.StatusCode, text, err}
	}()
	if _, err := io.WriteString(write, "{\"kind\": \"user\", \"id\": \"ada\"}\n"); err != nil {
		t.Fatal(err)
	}
	s.stop()
	s.log.line(t, s.ended, "draining")
	s.eventuallyRefuses()
	if _, err := io.WriteString(write, "{\"kind\": \"user\", \"id\": \"ben\"}\n"); err != nil {
		t.Fatal(err)
	}
	write.Close()
	if got := <-answered; got.err != nil || got.status != 200 || !bytes.Contains(got.text, []byte(`"lines":2`)) {
		t.Errorf("the request under way got %d %s, %v", got.status, got.text, got.err)
	}
	<-s.ended
	if s.code != 0 || !strings.Contains(s.log.String(), `"msg":"stopped"`) {
		t.Errorf("exit code %d: %s", s.code, s.log)
	}
}

// eventuallyRefuses waits until no new connection is taken.
func (s *server) eventuallyRefuses() {
	s.t.Helper()
	s.eventually("the server takes no new connections", func() bool {
		connection, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err == nil {
			connection.Close()
		}
		return err != nil
	})
}

// A command that works on the database is seen by the server that runs over it, and the other way round.
func TestCommandBesideAServer(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, database []string) {
		world := writeFile(t, "world.ndjson", smallWorld)
		command(t, append([]string{"import", world}, database...)...).done(t)
		s := serve(t, database...)
		revision := s.ready()
		secret := strings.TrimSpace(command(t, append([]string{"keys", "create", "--name", "ci", "--workspace", "core"}, database...)...).done(t))
		if got := s.decide(secret, "workflow.execute", "workflow", "invoice", revision+1); got != "allowed" {
			t.Errorf("a key that a command made: %s", got)
		}
		made := s.change("POST", "/v1/keys", `{"type": "personal", "user_id": "ben", "name": "laptop"}`)
		check := commandWith(t, made.text("secret")+"\n", append([]string{"keys", "check", "workflow.execute", "workflow", "invoice"}, database...)...)
		if check.code != 0 || !strings.HasPrefix(check.out, "ALLOW") {
			t.Errorf("a key that the server made: %+v", check)
		}
		command(t, append([]string{"keys", "revoke", made.text("id")}, database...)...).done(t)
		if got := s.decide(made.text("secret"), "workflow.execute", "workflow", "invoice", made.revision()+1); got != "key_revoked" {
			t.Errorf("a key that a command revoked: %s", got)
		}
		token := strings.TrimSpace(command(t, append([]string{"token", "create", "--name", "n", "--scope", "decide"}, database...)...).done(t))
		s.decide(secret, "workflow.read", "workflow", "invoice", made.revision()+2)
		if a := s.send("POST", "/v1/decisions", `{"action": "a", "resource": {"type": "b", "id": "c"}}`, "Authorization: Bearer "+token); a.status != 200 {
			t.Errorf("a token that a command made: %d %s", a.status, a.body)
		}
		if code := s.end(); code != 0 {
			t.Errorf("exit code %d: %s", code, s.log)
		}
	})
}

func TestHealthcheck(t *testing.T) {
	t.Parallel()
	s := serve(t, "--data-dir", t.TempDir())
	address := strings.TrimPrefix(s.url, "http://")
	_, port, _ := net.SplitHostPort(address)
	for _, listen := range []string{address, "0.0.0.0:" + port, "[::]:" + port, ":" + port} {
		if got := command(t, "healthcheck", "--listen", listen); got.code != 0 || got.out != "ready\n" {
			t.Errorf("%s: %+v", listen, got)
		}
	}
	if got := command(t, "healthcheck", "--listen", address, "--tls-cert-file", "x"); got.code != 1 {
		t.Errorf("HTTPS to a server of plain HTTP: %+v", got)
	}
	s.end()
	command(t, "healthcheck", "--listen", address).failed(t, 1, "does not answer")
	command(t, "healthcheck", "--listen", "nonsense").failed(t, 2, "HOST:PORT")
	notReady := httptest.NewServer(http.NotFoundHandler())
	defer notReady.Close()
	command(t, "healthcheck", "--listen", strings.TrimPrefix(notReady.URL, "http://")).failed(t, 1, "not ready")
}

// What is stored belongs to its owner's eyes alone.
func TestDataFolderIsPrivate(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "new", "data")
	s := serve(t, "--data-dir", folder)
	s.change("PUT", "/v1/users/u", `{}`)
	entries := 0
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if entries++; err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has the mode %v", filepath.Base(path), info.Mode())
		}
		return err
	})
	if err != nil || entries < 3 {
		t.Errorf("%d entries, %v", entries, err)
	}
}
