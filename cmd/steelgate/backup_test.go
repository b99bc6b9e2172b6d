package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A copy made beside a running server, put in the database's place with the keyring beside it, decides as was decided then.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	command(t, "import", writeFile(t, "world.ndjson", smallWorld), "--data-dir", folder).done(t)
	s := serve(t, "--data-dir", folder)
	before := s.change("POST", "/v1/keys", `{"type": "workspace", "workspace_id": "core", "name": "before"}`).text("secret")
	to := filepath.Join(t.TempDir(), "copy.db")
	if said := command(t, "backup", to, "--data-dir", folder).done(t); !strings.Contains(said, to) || !strings.Contains(said, "keyring.json") {
		t.Errorf("it says %q", said)
	}
	command(t, "backup", to, "--data-dir", folder).failed(t, 1, "is there already")
	after := s.change("POST", "/v1/keys", `{"type": "workspace", "workspace_id": "core", "name": "after"}`)
	if code := s.decide(after.text("secret"), "workflow.execute", "workflow", "invoice", after.revision()); code != "allowed" {
		t.Errorf("after: %s", code)
	}
	restored := t.TempDir()
	for from, name := range map[string]string{to: "steelgate.db", filepath.Join(folder, "keyring.json"): "keyring.json"} {
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(restored, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	again := serve(t, "--data-dir", restored)
	for secret, want := range map[string]string{before: "allowed", after.text("secret"): "key_unknown"} {
		if code := again.decide(secret, "workflow.execute", "workflow", "invoice", 0); code != want {
			t.Errorf("restored: %s, want %s", code, want)
		}
	}
	command(t, "backup", to, "--data-dir", t.TempDir()).failed(t, 1, "no database stands")
	command(t, "backup", to, "--database-url", "postgres://user:secret@127.0.0.1:1/x").failed(t, 1, "pg_dump")
	command(t, "backup").failed(t, 2, "the usage is")
}
