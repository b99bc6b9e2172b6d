package management_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
)

// What is answered as not there, because the actor may not know of it, is written down as what it is.
func TestAnAttemptOnAnothersKeyIsRecorded(t *testing.T) {
	h := newHouse(t)
	key, _ := h.createKey(`{"type": "personal", "user_id": "owner", "name": "laptop"}`)
	_, _, err := h.RevokeKey(t.Context(), as("stranger"), key.ID)
	wantCode(t, err, "not_found")
	entry := h.last()
	if entry.Outcome != "denied" || entry.Action != "keys.revoke" || entry.Target.ID != key.ID || entry.Actor.UserID != "stranger" || entry.Owner != key.Owner() {
		t.Errorf("%+v", entry)
	}
	_, _, err = h.RevokeKey(t.Context(), platform, "key_nobodys")
	wantCode(t, err, "not_found")
	if h.last().Seq != entry.Seq {
		t.Error("what is not there, for the platform, was called a denied attempt")
	}
}

func TestWhomATokenOnlyClaimsToActFor(t *testing.T) {
	h := newHouse(t)
	liar := token(authz.DecideScope)
	liar.UserID = "admin"
	_, _, _, err := h.CreateKey(t.Context(), liar, read[management.KeyFields](t, `{"type": "workspace", "workspace_id": "ws", "name": "CI"}`))
	wantCode(t, err, "insufficient_scope")
	if actor := h.last().Actor; actor.UserID != "" || actor.ClaimedUserID != "admin" {
		t.Errorf("%+v", actor)
	}
}

func TestARefusedImportIsRecorded(t *testing.T) {
	h := newHouse(t)
	_, err := h.Import(t.Context(), as("owner"), strings.NewReader(`{"kind": "user", "id": "x"}`))
	wantCode(t, err, "forbidden")
	if entry := h.last(); entry.Action != "import" || entry.Outcome != "denied" {
		t.Errorf("%+v", entry)
	}
}

// Denials are written down as long as there are not too many of one actor's; then they are counted.
func TestAFloodOfDenialsIsCounted(t *testing.T) {
	h := newHouse(t)
	before := h.last().Seq
	try := func(who management.Actor) {
		_, err := h.DeleteToken(t.Context(), who, "x")
		wantCode(t, err, "forbidden")
	}
	for range 100 {
		try(as("reader"))
	}
	if got := h.last().Seq - before; got != 60 {
		t.Errorf("%d of 100 denials are written down", got)
	}
	try(as("writer"))
	if h.last().Actor.UserID != "writer" {
		t.Error("another actor's denial was lost in the flood")
	}
	h.now = h.now.Add(time.Minute)
	try(as("reader"))
	if got := h.last().Suppressed; got != 40 {
		t.Errorf("%d are said to be missing, want 40", got)
	}
}

// An operation that changes very much is several entries, so that none is too large to read.
func TestALargeChangeIsSeveralEntries(t *testing.T) {
	h := newHouse(t)
	var lines strings.Builder
	for n := range 1100 {
		fmt.Fprintf(&lines, `{"kind": "resource", "type": "workflow", "id": "many_%d", "workspace_id": "ws_solo"}`+"\n", n)
	}
	h.mustImport(lines.String())
	revision, err := h.DeleteWorkspace(t.Context(), platform, "ws_solo")
	if err != nil {
		t.Fatal(err)
	}
	page, _, err := h.Audit(t.Context(), platform, management.AuditQuery{Action: "workspaces.delete", Limit: 10})
	if err != nil || len(page) != 3 {
		t.Fatalf("%d entries, %v", len(page), err)
	}
	changes := 0
	for _, entry := range page {
		if changes += len(entry.Changes); entry.Revision != revision {
			t.Errorf("an entry is of revision %d, not %d", entry.Revision, revision)
		}
	}
	if changes != 1101 {
		t.Errorf("%d changes", changes)
	}
	if _, err := h.VerifyAudit(t.Context(), nil); err != nil {
		t.Error(err)
	}
}
