package management_test

import (
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/storage/sqlite"
)

// last is the newest entry of the audit, as the platform reads it.
func (h *house) last() management.AuditRecord {
	h.t.Helper()
	page, _, err := h.Audit(h.t.Context(), platform, management.AuditQuery{Limit: 1})
	if err != nil || len(page) != 1 {
		h.t.Fatalf("the newest entry: %v, %v", page, err)
	}
	return page[0]
}

func TestAuditSaysWhoDidWhat(t *testing.T) {
	h := newHouse(t)
	admin := as("admin")
	admin.Address = "203.0.113.9"
	key, secret, revision, err := h.CreateKey(t.Context(), admin, read[management.KeyFields](t, `{"type": "workspace", "workspace_id": "ws", "name": "CI"}`))
	if err != nil {
		t.Fatal(err)
	}
	entry := h.last()
	if entry.Action != "keys.create" || entry.Outcome != "done" || entry.Revision != revision || !entry.At.Equal(noon) ||
		entry.Target != (management.AuditTarget{Kind: "key", ID: key.ID}) ||
		entry.Actor != (management.AuditActor{TokenID: "tok_test", UserID: "admin", Address: "203.0.113.9"}) {
		t.Errorf("%+v", entry)
	}
	if len(entry.Changes) != 1 || string(entry.Changes[0].Before) != "null" || !strings.Contains(string(entry.Changes[0].After), `"name":"CI"`) {
		t.Errorf("%+v", entry.Changes)
	}
	if text := fmt.Sprintf("%+v %s", entry, entry.Changes[0].After); strings.Contains(text, secret.Reveal()) || strings.Contains(text, "digest") || strings.Contains(text, "sealed") {
		t.Errorf("the entry holds more than the record: %s", text)
	}
	if _, _, err := h.UpdateKey(t.Context(), admin, key.ID, read[management.KeyChange](t, `{"name": "Build"}`)); err != nil {
		t.Fatal(err)
	}
	changed := h.last().Changes[0]
	if !strings.Contains(string(changed.Before), `"name":"CI"`) || !strings.Contains(string(changed.After), `"name":"Build"`) {
		t.Errorf("%s -> %s", changed.Before, changed.After)
	}
}

func TestAuditOfWhatFollows(t *testing.T) {
	h := newHouse(t)
	key, _ := h.createKey(`{"type": "personal", "user_id": "writer", "name": "laptop"}`)
	if _, err := h.DeleteUser(t.Context(), platform, "writer"); err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, change := range h.last().Changes {
		kinds = append(kinds, string(change.Kind)+" "+change.ID)
	}
	if got, want := strings.Join(kinds, ", "), "workspace_member ws/writer, key "+key.ID+", user writer"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAuditOfADeniedAttempt(t *testing.T) {
	h := newHouse(t)
	before := h.revision()
	_, _, _, err := h.CreateKey(t.Context(), as("reader"), read[management.KeyFields](t, `{"type": "workspace", "workspace_id": "ws", "name": "CI"}`))
	wantCode(t, err, "forbidden")
	entry := h.last()
	if entry.Outcome != "denied" || entry.Reason != "forbidden" || entry.Actor.UserID != "reader" || entry.Owner != (authz.Owner{Type: authz.WorkspaceOwner, ID: "ws"}) || len(entry.Changes) != 0 {
		t.Errorf("%+v", entry)
	}
	if h.revision() != before {
		t.Error("a denied attempt changed the data revision")
	}
}

func TestWhatChangesNothingIsNotAudited(t *testing.T) {
	h := newHouse(t)
	key, _ := h.createKey(`{"type": "personal", "user_id": "writer", "name": "laptop"}`)
	for range 2 {
		if _, _, err := h.RevokeKey(t.Context(), platform, key.ID); err != nil {
			t.Fatal(err)
		}
	}
	page, _, err := h.Audit(t.Context(), platform, management.AuditQuery{Action: "keys.revoke", Limit: 10})
	if err != nil || len(page) != 1 {
		t.Errorf("%d entries, %v: want 1", len(page), err)
	}
}

func TestWhoSeesTheAudit(t *testing.T) {
	h := newHouse(t)
	h.createKey(`{"type": "personal", "user_id": "writer", "name": "laptop"}`)
	h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "CI"}`)
	h.createKey(`{"type": "organization", "organization_id": "org", "name": "Partner", "grants": [{"workspace_id": "ws", "permission": "read"}]}`)
	user, workspace, organization := authz.Owner{Type: authz.UserOwner, ID: "writer"}, authz.Owner{Type: authz.WorkspaceOwner, ID: "ws"}, authz.Owner{Type: authz.OrganizationOwner, ID: "org"}
	for _, c := range []struct {
		who   management.Actor
		owner authz.Owner
		sees  bool
	}{
		{platform, authz.Owner{}, true}, {as("platform_admin"), authz.Owner{}, true}, {as("platform_admin"), user, true},
		{as("writer"), user, true}, {as("reader"), user, false}, {as("owner"), user, false},
		{as("admin"), workspace, true}, {as("owner"), workspace, true}, {as("writer"), workspace, false}, {as("stranger"), workspace, false},
		{as("org_admin"), organization, true}, {as("org_member"), organization, false}, {as("admin"), organization, false},
		{as("policy_admin"), workspace, false}, {token(authz.DirectoryScope), workspace, false}, {token(authz.DecideScope), authz.Owner{}, false},
	} {
		page, _, err := h.Audit(t.Context(), c.who, management.AuditQuery{Owner: c.owner, Limit: 50})
		if (err == nil) != c.sees {
			t.Errorf("%+v asks for %+v: %v", c.who, c.owner, err)
		}
		for _, entry := range page {
			for _, change := range entry.Changes {
				if c.owner.ID != "" && change.Owner != c.owner {
					t.Errorf("%+v sees what happened to %+v", c.who, change.Owner)
				}
			}
		}
	}
	page, _, err := h.Audit(t.Context(), as("writer"), management.AuditQuery{Limit: 50})
	if err != nil || len(page) != 2 {
		t.Errorf("a user's own entries: %d, %v: want the import's and the key's", len(page), err)
	}
}

// TestTampering edits, deletes, swaps and cuts entries in the database file itself. Every one of it is found.
func TestTampering(t *testing.T) {
	h := newHouse(t)
	for n := range 40 {
		h.createKey(fmt.Sprintf(`{"type": "personal", "user_id": "writer", "name": "key %d"}`, n))
	}
	head, err := h.AuditHead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if at, err := h.VerifyAudit(t.Context(), &head); err != nil || at != head {
		t.Fatalf("the audit as it is: %v, %v", at, err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	file := filepath.Join(t.TempDir(), "audit.db")
	h.copyTo(file)
	store, err := sqlite.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	// What is put right again a moment later need not reach the disk.
	raw, err := sql.Open("sqlite", "file:"+file+"?_pragma=synchronous(OFF)")
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	verifier := h.over(store)
	for n := range 1000 {
		what, undo := tamper(t, raw, random, int(head.Seq))
		_, err := verifier.VerifyAudit(t.Context(), &head)
		if fault, ok := errors.AsType[*management.AuditFault](err); !ok {
			t.Fatalf("tampering %d was not found: %s: %v, %v", n, what, fault, err)
		}
		undo()
	}
	if _, err := verifier.VerifyAudit(t.Context(), &head); err != nil {
		t.Errorf("put right again: %v", err)
	}
}

// tamper changes one thing, and answers what, and how to undo it.
func tamper(t *testing.T, db *sql.DB, random *rand.Rand, entries int) (what string, undo func()) {
	t.Helper()
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := db.Exec(query, args...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	exec("CREATE TABLE IF NOT EXISTS audit_kept AS SELECT * FROM audit")
	exec("CREATE TABLE IF NOT EXISTS owners_kept AS SELECT * FROM audit_owners")
	undo = func() {
		exec("DELETE FROM audit; INSERT INTO audit SELECT * FROM audit_kept; DELETE FROM audit_owners; INSERT INTO audit_owners SELECT * FROM owners_kept")
	}
	seq, other := 1+random.IntN(entries), 1+random.IntN(entries)
	for other == seq {
		other = 1 + random.IntN(entries)
	}
	switch random.IntN(8) {
	case 0:
		column := []string{"actor", "action", "target"}[random.IntN(3)]
		exec("UPDATE audit SET "+column+" = "+column+" || 'x' WHERE seq = ?", seq)
		return "a column edited", undo
	case 1:
		exec("UPDATE audit SET body = CAST(REPLACE(CAST(body AS TEXT), 'tok_test', 'tok_tesu') AS BLOB) WHERE seq = ?", seq)
		return "a body edited", undo
	case 2:
		exec("UPDATE audit SET at = at + 1 WHERE seq = ?", seq)
		return "a time moved", undo
	case 3:
		exec("DELETE FROM audit WHERE seq = ?", seq)
		return "an entry deleted", undo
	case 4:
		exec("UPDATE audit SET seq = -1 WHERE seq = ?", seq)
		exec("UPDATE audit SET seq = ? WHERE seq = ?", seq, other)
		exec("UPDATE audit SET seq = ? WHERE seq = -1", other)
		return "two entries swapped", undo
	case 5:
		exec("DELETE FROM audit WHERE seq >= ?", seq)
		return "the tail cut off", undo
	case 6:
		exec("DELETE FROM audit WHERE seq = ?", seq)
		exec("UPDATE audit SET seq = seq - 1 WHERE seq > ?", seq)
		return "an entry deleted and the gap closed", undo
	}
	exec("UPDATE audit_owners SET owner_id = owner_id || 'x' WHERE seq = ?", seq)
	return "an owner edited", undo
}

func TestParseAuditHead(t *testing.T) {
	head := management.AuditHead{Seq: 17, MAC: [32]byte{1, 2, 255}}
	if got, err := management.ParseAuditHead(head.String()); err != nil || got != head {
		t.Errorf("%v, %v", got, err)
	}
	for _, text := range []string{"", "17", "17:", "17:01", "x:" + strings.Repeat("0", 64), head.String() + "0", " " + head.String()} {
		if _, err := management.ParseAuditHead(text); err == nil {
			t.Errorf("%q was taken for a head", text)
		}
	}
}

// copyTo copies the database with all that is in it into a file.
func (h *house) copyTo(path string) {
	h.t.Helper()
	db, err := sql.Open("sqlite", h.file)
	if err != nil {
		h.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("VACUUM INTO ?", path); err != nil {
		h.t.Fatal(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		h.t.Fatal(err)
	}
}
