package main

import (
	"encoding/json"
	"net"
	"os"
	"strings"
	"testing"
)

// A mistake in how a command is called is exit code 2, says what is wrong, and points at the help.
func TestUsageErrors(t *testing.T) {
	t.Parallel()
	broken := writeFile(t, "config.yaml", "listen: [1, {}]\n")
	unknown := writeFile(t, "config.yaml", "lissten: 127.0.0.1:0\n")
	noYAML := writeFile(t, "config.yaml", "listen: 'x\n")
	for line, words := range map[string]string{
		"fly":                                 `"fly" is not a command of steelgate`,
		"keys fly":                            `"fly" is not a command of steelgate keys`,
		"serve now":                           `"now" is not a command of steelgate serve, which takes no arguments`,
		"polcy":                               `"polcy" is not a command of steelgate: did you mean policy?`,
		"policy publsh":                       `"publsh" is not a command of steelgate policy: did you mean publish?`,
		"policy shadow stats":                 "did you mean status?",
		"policy publish":                      "0 arguments are given: the usage is 'steelgate policy publish PATH… --message TEXT [flags]'\n",
		"policy restore 1 2":                  "2 arguments are given: the usage is 'steelgate policy restore REVISION [flags]'\n",
		"policy diff":                         "the usage is 'steelgate policy diff FROM [TO] [flags]'\n",
		"policy impact x --since soon":        "want a length of time such as 90m, 24h or 7d",
		"policy impact x --since 1w":          "want a length of time such as 90m, 24h or 7d",
		"serve --no-such-flag":                "--no-such-flag",
		"serve --listen":                      "listen",
		"serve --dev=maybe":                   "dev",
		"serve --dev --listen 0.0.0.0:0":      "loopback",
		"serve --dev --listen 192.0.2.1:0":    "loopback",
		"serve --dev --listen :0":             "loopback",
		"serve --admin-token short":           "32",
		"serve --trusted-proxies 10.0.0.0/40": "CIDR",
		"serve --trusted-proxies nowhere":     "CIDR",
		"serve --decision-log disk":           "store, file, otlp or none",
		"serve --decision-log otlp":           "go together",
		"serve --decision-log-otlp-endpoint http://x/v1/logs":      "go together",
		"serve --decision-log otlp --decision-log-otlp-endpoint x": "--decision-log-otlp-endpoint",
		"serve --decision-log-file x":                              "--decision-log file",
		"serve --decision-log-max-age -1h":                         "--decision-log-max-age",
		"serve --decision-log-max-size 1TB":                        "GiB",
		"serve --decision-log-max-size 0GiB":                       "1MiB or more",
		"serve --log-level loud":                                   "loud",
		"serve --tls-cert-file x":                                  "go together",
		"serve --tls-key-file x":                                   "go together",
		"serve --redis-url http://x":                               "--redis-url",
		"serve --public-url keys.example":                          "--public-url",
		"serve --public-url https://a.example/gate":                "no path",
		"serve --public-url https://u@a.example":                   "--public-url",
		"serve --product-url api.example":                          "--product-url",
		"serve --product-url https://u:p@a.example":                "--product-url",
		"serve --oidc-issuer https://a.example":                    "go together",
		"serve --oidc-client-id x":                                 "go together",
		"serve --oidc-client-secret x":                             "go together",
		"serve --oidc-client-id x --oidc-issuer http://a.example":  "--oidc-issuer",
		"serve --oidc-client-id x --oidc-issuer ldap://a.example":  "--oidc-issuer",
		"serve --listen 0.0.0.0:0 --oidc-client-id x --oidc-issuer https://a.example --data-dir /proc/no/such": "--public-url is required",
		"serve --listen 127.0.0.1:0 --database-url mysql://u:hunter2@h/d":                                      "postgres://",
		"version -o yaml":                                                "json",
		"version --config " + broken:                                     "listen",
		"version --config " + unknown:                                    "lissten",
		"version --config " + noYAML:                                     "YAML",
		"version --config /no/such/file":                                 "config file",
		"keys create":                                                    "--name is required",
		"keys create --name n":                                           "one of --user",
		"keys create --name n --user a --workspace b":                    "one of --user",
		"keys create --name n --organization o --grant x":                "workspace:ID:PERMISSION",
		"keys create --name n --organization o --grant workspace:a:root": "root",
		"keys create --name n --organization o --grant robot:a:read":     "workspace:ID:PERMISSION",
		"keys create --name n --user a --expires-in soon":                "soon",
		"keys create --name n --user a --expires-in -1h":                 "-1h",
		"keys list --limit 0":                                            "--limit",
		"keys list --user a --workspace b":                               "at most one",
		"keys revoke":                                                    "arg",
		"keys revoke a b":                                                "arg",
		"keys update a":                                                  "what to change",
		"keys update a --never-expires --expires-in 1h":                  "contradict",
		"keys rotate a --overlap 1500ms":                                 "whole seconds",
		"keys rotate a --overlap -1s":                                    "whole seconds",
		"keys rotate a --overlap 1w":                                     "such as 90m, 24h or 7d",
		"keys check workflow.read workflow":                              "arg",
		"keys list --server nowhere":                                     "--server",
		"keys list --server http://127.0.0.1:1":                          "token",
		"keys list --server http://127.0.0.1:1 --token x":                "--token",
		"token create --name n":                                          "--scope is required",
		"token create --scope decide":                                    "--name is required",
		"import":                                                         "arg",
		"policy check /no/such/folder":                                   "no such file",
		"policy test " + broken:                                          ".rego",
		"healthcheck --listen x":                                         "HOST:PORT",
		"keyring create now":                                             `"now" is not a command`,
		"migrate --database-url file:x":                                  "--database-url",
	} {
		got := command(t, strings.Fields(line)...)
		if got.code != 2 || !strings.Contains(got.err, words) || !strings.Contains(got.err, "--help") || got.out != "" {
			t.Errorf("%s: exit code %d, %q, %q", line, got.code, got.err, got.out)
		}
		if strings.Contains(got.err, "hunter2") {
			t.Errorf("%s: the message repeats a password: %s", line, got.err)
		}
	}
}

// A command that looks for something makes no empty database to find nothing in.
func TestLookingMakesNoDatabase(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"keys list", "keys revoke x", "token list", "audit verify", "audit head", "keys check a b c"} {
		folder := t.TempDir()
		command(t, append(strings.Fields(line), "--data-dir", folder)...).failed(t, 1, "no database stands at")
		if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
			t.Errorf("%s left %v, %v", line, left, err)
		}
	}
}

// What fails for another reason is exit code 1.
func TestFailures(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	folder := t.TempDir()
	command(t, "migrate", "--data-dir", folder).done(t)
	for line, words := range map[string]string{
		"serve --listen " + taken.Addr().String() + " --data-dir " + folder:                 "in use",
		"serve --listen 127.0.0.1:0 --tls-cert-file /no/cert --tls-key-file /no/key":        "TLS certificate",
		"keys revoke key_none --data-dir " + folder:                                         "No such key",
		"keys create --name n --user nobody --data-dir " + folder:                           "user_id: no such user",
		"token revoke tok_none --data-dir " + folder:                                        "No such service token",
		"token create --name n --scope all --data-dir " + folder:                            "scopes[0]",
		"import /no/such/file --data-dir " + folder:                                         "no such file",
		"keys list --server http://127.0.0.1:1 --token " + testAdminToken:                   "can't be reached",
		"keys list --status dead --data-dir " + folder:                                      "status: want active",
		"keys check workflow.read workflow x --key-file /no/such/file --data-dir " + folder: "no such file",
		"keys list --database-url postgres://u:hunter2@127.0.0.1:1/d?connect_timeout=1":     "database",
		"keys list --data-dir /dev/null/x":                                                  "data folder",
	} {
		got := command(t, strings.Fields(line)...)
		got.failed(t, 1, words)
		if strings.Contains(got.err, "hunter2") {
			t.Errorf("%s: the message repeats a password: %s", line, got.err)
		}
	}
}

// Help is no failure, on every command, and each has an example.
func TestHelp(t *testing.T) {
	t.Parallel()
	if got := command(t); got.code != 0 || !strings.Contains(got.out, "steelgate serve --dev") {
		t.Errorf("without arguments: %+v", got)
	}
	for _, line := range []string{
		"serve", "import", "keys", "keys create", "keys list", "keys update", "keys rotate", "keys revoke", "keys check", "token", "token create", "token list", "token revoke",
		"policy", "policy check", "policy test", "keyring", "keyring create", "migrate", "healthcheck", "version",
	} {
		args := strings.Fields(line)
		got := command(t, append(args, "--help")...)
		if got.code != 0 || !strings.Contains(got.out, "Usage:") || got.err != "" {
			t.Errorf("%s --help: %+v", line, got)
		}
		if isGroup := !strings.Contains(got.out, "Examples:"); isGroup != strings.Contains(got.out, "Available Commands:") {
			t.Errorf("%s --help has no example: %s", line, got.out)
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	if got := command(t, "version").done(t); !strings.HasPrefix(got, "steelgate ") {
		t.Errorf("got %q", got)
	}
	var about map[string]string
	if err := json.Unmarshal([]byte(command(t, "version", "-o", "json").done(t)), &about); err != nil || about["version"] == "" || about["go"] == "" {
		t.Errorf("got %v, %v", about, err)
	}
}
