package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/authz"
)

// Each way to say which service a command speaks to: the database itself, and a server.
func eachService(t *testing.T, test func(t *testing.T, flags []string)) {
	t.Run("database", func(t *testing.T) {
		t.Parallel()
		folder := t.TempDir()
		command(t, "import", writeFile(t, "world.ndjson", smallWorld), "--data-dir", folder).done(t)
		test(t, []string{"--data-dir", folder})
	})
	t.Run("server", func(t *testing.T) {
		t.Parallel()
		s := serve(t, "--data-dir", t.TempDir())
		flags := []string{"--server", s.url, "--token", s.token}
		command(t, append([]string{"import", writeFile(t, "world.ndjson", smallWorld)}, flags...)...).done(t)
		test(t, flags)
	})
}

func decode[T any](t testing.TB, text string) (value T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("no JSON: %q", text)
	}
	return value
}

// A key's life by the commands alone.
func TestKeysCommands(t *testing.T) {
	t.Parallel()
	eachService(t, func(t *testing.T, flags []string) {
		on := func(args ...string) ended { t.Helper(); return command(t, append(args, flags...)...) }
		created := on("keys", "create", "--name", "ci", "--workspace", "core", "--workflow", "invoice", "--allow-cidr", "10.0.0.0/8", "--allow-cidr", "::1/128", "--expires-in", "2160h")
		secret := strings.TrimSpace(created.done(t))
		if !strings.HasPrefix(secret, "sk-steelengine-") || strings.Contains(secret, "\n") || !strings.Contains(created.err, "shown once") || strings.Contains(created.err, secret) {
			t.Errorf("create: %q, %q", created.out, created.err)
		}
		check := func(key string, args ...string) ended {
			t.Helper()
			return commandWith(t, key+"\n", append(append([]string{"keys", "check"}, args...), flags...)...)
		}
		allowed := check(secret, "workflow.execute", "workflow", "invoice", "--client-ip", "10.1.2.3")
		if allowed.code != 0 || !strings.HasPrefix(allowed.out, "ALLOW  200 allowed") || !strings.Contains(allowed.out, "billed to   user ada") || !strings.Contains(allowed.out, "write required, write granted") {
			t.Errorf("check: %+v", allowed)
		}
		denied := check(secret, "workflow.execute", "workflow", "invoice")
		denied.failed(t, 1, "denied")
		if !strings.HasPrefix(denied.out, "DENY  403 ip_not_allowed") {
			t.Errorf("check: %q", denied.out)
		}
		file := writeFile(t, "key.txt", secret+"\n")
		d := decode[authz.Decision](t, on("keys", "check", "workflow.read", "workflow", "invoice", "--key-file", file, "--client-ip", "::1", "-o", "json").done(t))
		if !d.Allow || d.BilledTo == nil || d.Key == nil || d.Key.Name != "ci" {
			t.Errorf("check -o json: %+v", d)
		}
		check("", "workflow.read", "workflow", "invoice").failed(t, 1, "denied")

		personal := decode[keyRecord](t, on("keys", "create", "--name", "laptop", "--user", "ben", "-o", "json").done(t))
		organization := decode[keyRecord](t, on("keys", "create", "--name", "partner", "--organization", "acme", "--grant", "workspace:core:write", "--grant", "workflow:invoice:read", "-o", "json").done(t))
		if personal.Secret == "" || *personal.UserID != "ben" || len(organization.Grants) != 2 || organization.Grants[0] != (authz.Grant{WorkspaceID: "core", Permission: authz.Write}) {
			t.Errorf("created %+v and %+v", personal, organization)
		}
		on("keys", "create", "--name", "PARTNER", "--organization", "acme", "--grant", "workspace:core:read").failed(t, 1, "Another key of this owner has the name")

		list := on("keys", "list").done(t)
		if rows := strings.Split(strings.TrimSpace(list), "\n"); len(rows) != 4 || !strings.HasPrefix(rows[0], "ID ") || !strings.Contains(rows[1], "partner") || !strings.Contains(rows[1], "active") || strings.Contains(list, secret) {
			t.Errorf("list:\n%s", list)
		}
		keys := decode[[]keyRecord](t, on("keys", "list", "--workspace", "core", "-o", "json").done(t))
		if len(keys) != 1 || keys[0].Name != "ci" || keys[0].Secret != "" || keys[0].ExpiresAt == nil {
			t.Errorf("list -o json: %+v", keys)
		}
		short := on("keys", "list", "--limit", "2")
		if len(strings.Split(strings.TrimSpace(short.out), "\n")) != 3 || !strings.Contains(short.err, "There are more") {
			t.Errorf("list --limit: %+v", short)
		}
		if got := on("keys", "list", "--status", "revoked").done(t); got != "No key matches.\n" {
			t.Errorf("list of none: %q", got)
		}
		if got := strings.TrimSpace(on("keys", "list", "--status", "revoked", "-o", "json").done(t)); got != "[]" {
			t.Errorf("list of none as JSON: %q", got)
		}

		updated := decode[keyRecord](t, on("keys", "update", keys[0].ID, "--any-address", "--never-expires", "--whole-workspace", "--name", "ci 2", "-o", "json").done(t))
		if updated.AllowedCIDRs != nil || updated.ExpiresAt != nil || updated.WorkflowIDs != nil || updated.Name != "ci 2" {
			t.Errorf("update: %+v", updated)
		}
		on("keys", "update", keys[0].ID, "--disabled").done(t)
		check(secret, "workflow.read", "workflow", "invoice").failed(t, 1)
		on("keys", "update", keys[0].ID, "--disabled=false").done(t)
		check(secret, "workflow.read", "workflow", "invoice").done(t)

		rotated := on("keys", "rotate", keys[0].ID, "--overlap", "1h")
		next := strings.TrimSpace(rotated.done(t))
		if !strings.Contains(rotated.err, "takes the place of "+keys[0].ID) {
			t.Errorf("rotate: %+v", rotated)
		}
		check(secret, "workflow.read", "workflow", "invoice").done(t)
		check(next, "workflow.read", "workflow", "invoice").done(t)
		if got := on("keys", "list", "--status", "replaced").done(t); !strings.Contains(got, "replaced") {
			t.Errorf("list of the replaced: %q", got)
		}

		revoked := on("keys", "revoke", keys[0].ID).done(t)
		if again := on("keys", "revoke", keys[0].ID).done(t); again != revoked || !strings.Contains(revoked, "is revoked since") {
			t.Errorf("revoke: %q, and again %q", revoked, again)
		}
		denied = check(secret, "workflow.read", "workflow", "invoice")
		if denied.code != 1 || !strings.HasPrefix(denied.out, "DENY  401 key_revoked") {
			t.Errorf("check of the revoked: %+v", denied)
		}
		if record := decode[keyRecord](t, on("keys", "revoke", keys[0].ID, "-o", "json").done(t)); record.RevokedAt == nil || record.Secret != "" {
			t.Errorf("revoke -o json: %+v", record)
		}
	})
}

func TestTokenCommands(t *testing.T) {
	t.Parallel()
	eachService(t, func(t *testing.T, flags []string) {
		on := func(args ...string) ended { t.Helper(); return command(t, append(args, flags...)...) }
		if got := on("token", "list").done(t); !strings.Contains(got, "no service tokens") {
			t.Errorf("list of none: %q", got)
		}
		created := on("token", "create", "--name", "gateway", "--scope", "decide", "--scope", "bundle", "--expires-in", "720h")
		secret := strings.TrimSpace(created.done(t))
		if !strings.HasPrefix(secret, "sgt_") || len(secret) != 53 || strings.Contains(created.err, secret) {
			t.Errorf("create: %+v", created)
		}
		made := decode[tokenRecord](t, on("token", "create", "--name", "backend", "--scope", "manage,directory", "-o", "json").done(t))
		if made.Secret == "" || len(made.Scopes) != 2 {
			t.Errorf("create -o json: %+v", made)
		}
		list := on("token", "list").done(t)
		if rows := strings.Split(strings.TrimSpace(list), "\n"); len(rows) != 3 || !strings.Contains(list, "decide,bundle") || strings.Contains(list, "sgt_") {
			t.Errorf("list:\n%s", list)
		}
		if got := on("token", "revoke", made.ID).done(t); !strings.Contains(got, made.ID) {
			t.Errorf("revoke: %q", got)
		}
		on("token", "revoke", made.ID).failed(t, 1, "No such service token")
		if tokens := decode[[]tokenRecord](t, on("token", "list", "-o", "json").done(t)); len(tokens) != 1 || tokens[0].Name != "gateway" || tokens[0].Secret != "" {
			t.Errorf("list -o json: %+v", tokens)
		}
	})
}

func TestImportCommand(t *testing.T) {
	t.Parallel()
	eachService(t, func(t *testing.T, flags []string) {
		on := func(stdin string, args ...string) ended {
			t.Helper()
			return commandWith(t, stdin, append(args, flags...)...)
		}
		got := on("", "import", writeFile(t, "more.ndjson", "{\"kind\": \"user\", \"id\": \"x\"}\n{\"kind\": \"user\", \"id\": \"y\"}\n"))
		if out := got.done(t); !strings.HasPrefix(out, "Imported 2 lines; the data is at revision ") || got.err != "" {
			t.Errorf("off a terminal no progress is drawn: %q, %q", out, got.err)
		}
		result := decode[map[string]any](t, on(`{"kind": "user", "id": "z"}`, "import", "-", "-o", "json").done(t))
		if result["lines"] != 1.0 || result["revision"] == nil {
			t.Errorf("from standard input: %v", result)
		}
		refused := on("{\"kind\": \"user\", \"id\": \"good\"}\n{\"kind\": \"user\", \"id\": \"b a d\"}\n", "import", "-")
		refused.failed(t, 1, "nothing was imported", "Line 2", "id")
		on("", "import", "-").failed(t, 1, "no lines")
		on("", "keys", "create", "--name", "n", "--user", "good").failed(t, 1, "no such user")
		on("", "keys", "create", "--name", "n", "--user", "z").done(t)
	})
}

// The --server with a token of too little scope says so.
func TestServerRefusesAToken(t *testing.T) {
	t.Parallel()
	s := serve(t, "--data-dir", t.TempDir())
	made := s.change("POST", "/v1/tokens", `{"name": "n", "scopes": ["decide"]}`)
	command(t, "keys", "list", "--server", s.url, "--token", made.text("secret")).failed(t, 1, "scope")
	command(t, "keys", "list", "--server", s.url, "--token", "sgt_"+strings.Repeat("0", 49)).failed(t, 1, "service token")
	command(t, "keys", "list", "--server", s.url+"/elsewhere", "--token", s.token).failed(t, 1)
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for range 2 {
		if got := command(t, "migrate", "--data-dir", folder).done(t); got != "The schema is up to date.\n" {
			t.Errorf("got %q", got)
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "steelgate.db")); err != nil {
		t.Error(err)
	}
	t.Run("postgres", func(t *testing.T) {
		address := freshPostgres(t)
		for range 2 {
			command(t, "migrate", "--database-url", address).done(t)
		}
	})
}

// The policy commands work on files alone; their exit codes tell what is wrong.
func TestPolicyCommands(t *testing.T) {
	t.Parallel()
	if got := command(t, "policy", "check").done(t); !strings.Contains(got, "files compile") {
		t.Errorf("check of the shipped: %q", got)
	}
	if got := command(t, "policy", "test").done(t); !strings.Contains(got, " 0 failed") {
		t.Errorf("test of the shipped: %q", got)
	}
	broken := writeFile(t, "site/site.rego", "package steelgate.site\n\ndeny contains {\"code\": x, \"message\": \"m\"}\n")
	got := command(t, "policy", "check", broken)
	got.failed(t, 3, "does not compile")
	if !strings.Contains(got.out, "site/site.rego:3") {
		t.Errorf("check: %q", got.out)
	}
	got = command(t, "policy", "check", filepath.Dir(filepath.Dir(broken)), "-o", "json")
	got.failed(t, 3)
	report := decode[struct {
		OK          bool
		Diagnostics []struct {
			Path     string
			Row, Col int
			Severity string
			Code     string
			Message  string
		}
	}](t, got.out)
	if report.OK || len(report.Diagnostics) != 1 || report.Diagnostics[0].Path != "site/site.rego" || report.Diagnostics[0].Row != 3 {
		t.Errorf("check -o json: %+v", report)
	}
	command(t, "policy", "test", broken).failed(t, 3)
	forbidden := writeFile(t, "site/site.rego", "package steelgate.site\n\ndeny contains {\"code\": \"x\", \"message\": \"m\"} if http.send({\"method\": \"GET\", \"url\": \"http://127.0.0.1\"}).status_code == 200\n")
	command(t, "policy", "check", forbidden).failed(t, 3)
	misspelt := writeFile(t, "site/site.rego", "package steelgate.site\n\ndeny contains {\"code\": \"x\"} if input.resorce.id == \"x\"\n")
	if got := command(t, "policy", "check", misspelt); got.code != 3 || !strings.Contains(got.out, "site/site.rego:3:32") {
		t.Errorf("check of a misspelt field: exit code %d, %q", got.code, got.out)
	}
	widened := writeFile(t, "authz/personal.rego", `package steelgate.authz

_granted_to("personal") := "admin" if _workspace

_role(workspace, _) := "admin" if workspace
`)
	if got := command(t, "policy", "check", widened); got.code != 3 || !strings.Contains(got.out, "BROKEN  A personal key never") || !strings.Contains(got.out, "FAIL  ") {
		t.Errorf("check of a broken invariant: exit code %d, %q", got.code, got.out)
	}
	failing := writeFile(t, "site/own_test.rego", "package steelgate.site_own_test\n\ntest_fails if 1 == 2\n")
	if got := command(t, "policy", "check", failing); got.code != 4 || !strings.Contains(got.out, "FAIL  site/own_test.rego:3 ") || !strings.Contains(got.out, "1 == 2") {
		t.Errorf("check of a failing test: exit code %d, %q", got.code, got.out)
	}

	folder := filepath.Dir(writeFile(t, "site/own_test.rego", "package steelgate.site_test\n\ntest_holds if true\n\ntest_fails if 1 == 2\n\ntodo_test_later if false\n"))
	got = command(t, "policy", "test", folder+"/own_test.rego", "-v")
	got.failed(t, 4, "1 of ")
	if !strings.Contains(got.out, "FAIL  site/own_test.rego") || !strings.Contains(got.out, "test_fails") || !strings.Contains(got.out, "test_holds") {
		t.Errorf("test: %q", got.out)
	}
	for line := range strings.Lines(got.out) {
		if strings.Contains(line, "todo_") && strings.HasPrefix(line, "FAIL") {
			t.Errorf("a skipped test is called failed: %s", line)
		}
	}
	fine := writeFile(t, "site/site.rego", "package steelgate.site\n\ndeny contains {\"code\": \"closed\", \"message\": \"m\"} if input.context.closed\n")
	command(t, "policy", "check", fine).done(t)
	if report := decode[map[string]any](t, command(t, "policy", "test", fine, "-o", "json").done(t)); report["failed"] != 0.0 {
		t.Errorf("test -o json: %v", report["failed"])
	}
}

// A command that makes a database says so: who meant another one, or a server, sees it at once.
func TestACommandThatMakesADatabaseSaysSo(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	create := func() ended {
		return command(t, "token", "create", "--name", "t", "--scope", "decide", "--data-dir", folder)
	}
	first := create()
	if first.done(t); !strings.Contains(first.err, "a new one was made") || strings.Contains(first.out, "new one") {
		t.Errorf("the first: %+v", first)
	}
	if second := create(); second.code != 0 || strings.Contains(second.err, "new one") {
		t.Errorf("the second: %+v", second)
	}
	command(t, "keys", "list", "--organization", "acme", "--data-dir", t.TempDir()).failed(t, 1, "no database stands")
}
