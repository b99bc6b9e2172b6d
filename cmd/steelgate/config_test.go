package main

import (
	"strings"
	"testing"
)

// isJSON tells which of the two outputs version printed: it is how these tests see the value of a flag.
func isJSON(text string) bool { return strings.HasPrefix(text, "{") }

// Flag, then environment, then config file, then default.
func TestWhereAFlagComesFrom(t *testing.T) {
	config := writeFile(t, "config.yaml", "output: json\nlisten: 127.0.0.1:1\n")
	if isJSON(command(t, "version").done(t)) {
		t.Error("the default is text")
	}
	if !isJSON(command(t, "version", "--config", config).done(t)) {
		t.Error("the config file does not come before the default")
	}
	t.Setenv("STEELGATE_OUTPUT", "text")
	if isJSON(command(t, "version", "--config", config).done(t)) {
		t.Error("the environment does not come before the config file")
	}
	if !isJSON(command(t, "version", "--config", config, "-o", "json").done(t)) {
		t.Error("the flag does not come before the environment")
	}
	t.Setenv("STEELGATE_OUTPUT", "")
	t.Setenv("STEELGATE_CONFIG", config)
	if !isJSON(command(t, "version").done(t)) {
		t.Error("the config file is not found by the environment")
	}
	t.Setenv("STEELGATE_OUTPUT", "yaml")
	command(t, "version").failed(t, 2, "STEELGATE_OUTPUT")
	command(t, "version", "-o", "text").done(t)
	// A config file serves every command: what is another's is no fault, and lists and numbers are read.
	t.Setenv("STEELGATE_OUTPUT", "")
	folder := t.TempDir()
	command(t, "migrate", "--data-dir", folder).done(t)
	many := writeFile(t, "config.yaml", "limit: 1000000\ntrusted-proxies: [10.0.0.0/8, \"::1\"]\ndev: true\nuser: ada\ndata-dir: "+folder+"\n")
	if got := command(t, "keys", "list", "--config", many); got.code != 0 {
		t.Errorf("a number in the config file: %+v", got)
	}
	wrong := writeFile(t, "config.yaml", "limit: many\n")
	command(t, "keys", "list", "--config", wrong).failed(t, 2, "config file", "--limit")
}

// Secrets may come from files, so that they stand in no list of processes and no environment.
func TestSecretsFromFiles(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("STEELGATE_DATABASE_URL_FILE", writeFile(t, "url", "sqlite://"+folder+"/elsewhere.db\n"))
	t.Setenv("STEELGATE_KEYRING_FILE", folder+"/keyring.json")
	t.Setenv("STEELGATE_ADMIN_TOKEN_FILE", writeFile(t, "token", "  the-token-that-stands-in-a-file-0123456789\n"))
	s := newServer(t)
	s.token = "the-token-that-stands-in-a-file-0123456789"
	s.runInside("serve", "--listen", "127.0.0.1:0")
	s.change("PUT", "/v1/users/ada", `{}`)
	command(t, "keys", "create", "--name", "n", "--user", "ada").done(t)
	if a := s.send("GET", "/v1/keys", ""); !strings.Contains(string(a.body), `"user_id":"ada"`) {
		t.Errorf("the command worked on another database: %s", a.body)
	}

	t.Setenv("STEELGATE_TOKEN_FILE", writeFile(t, "token", s.token+"\n"))
	if got := command(t, "keys", "list", "--server", s.url); got.code != 0 || !strings.Contains(got.out, "ada") {
		t.Errorf("by a token from a file: %+v", got)
	}
	// The variable itself comes first.
	t.Setenv("STEELGATE_TOKEN", "another-token-of-32-characters-or-more")
	command(t, "keys", "list", "--server", s.url).failed(t, 1, "token")
	t.Setenv("STEELGATE_TOKEN", "")
	t.Setenv("STEELGATE_TOKEN_FILE", "/no/such/file")
	command(t, "keys", "list", "--server", s.url).failed(t, 1, "STEELGATE_TOKEN_FILE")
	// Only secrets are read so.
	t.Setenv("STEELGATE_LISTEN_FILE", "/no/such/file")
	command(t, "healthcheck", "--listen", strings.TrimPrefix(s.url, "http://")).done(t)
}
