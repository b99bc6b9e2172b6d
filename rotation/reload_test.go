package rotation_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
)

func lines(text ...string) *strings.Reader { return strings.NewReader(strings.Join(text, "\n")) }

// copyOf is a replica's own copy of a file.
func copyOf(t *testing.T, path string) string {
	t.Helper()
	own := filepath.Join(t.TempDir(), "keyring.json")
	copyTo(t, path, own)
	return own
}

func copyTo(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestFilesThatAreNotTakenIn has a running process keep what it has, whatever happens to its file.
func TestFilesThatAreNotTakenIn(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	r := in.mustStart(in.path)
	r.fill(10)
	in.rotate()
	in.activate()
	r.takeIn()
	good := copyOf(t, in.path)
	spoil := func(what string, do func() error, want string) {
		t.Helper()
		if err := do(); err != nil {
			t.Fatal(err)
		}
		err := r.keeper.TakeIn(t.Context())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", what, err)
		}
		if held := r.keyring.Versions().Numbers(); !slices.Equal(held, []uint32{1, 2}) {
			t.Errorf("%s: versions %v are held", what, held)
		}
		r.step()
		r.wantImported(10)
		_ = os.Remove(in.path)
		copyTo(t, good, in.path)
		r.takeIn()
	}
	spoil("a missing file", func() error { return os.Remove(in.path) }, "no such file")
	spoil("half a file", func() error { return os.Truncate(in.path, 200) }, "not a keyring's JSON")
	spoil("a file that is open to others", func() error { return os.Chmod(in.path, 0o644) }, "chmod 600")
	spoil("another keyring's file", func() error { copyTo(t, newInstallation(t).path, in.path); return nil }, apikey.ErrWrongKeyring.Error())
	spoil("a file that lost what keys need", func() error { return apikey.RemoveVersion(in.path, 1) }, "version 1 is still needed by 10 keys and 0 service tokens")
	spoil("a file that lost the active version", func() error { return apikey.RemoveVersion(in.path, 2) }, "version 2 is still needed: it is the active one")
}

// TestAVersionThatIsNeverUsedMayBeLost has a file put back that is from before a version was added.
func TestAVersionThatIsNeverUsedMayBeLost(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	r := in.mustStart(in.path)
	r.fill(3)
	before := copyOf(t, in.path)
	in.rotate()
	r.takeIn()
	copyTo(t, before, in.path)
	r.takeIn()
	in.rotate() // another version of the same number
	r.takeIn()
	in.activate()
	r.moveAll()
	r.step()
	r.wantImported(3)
	in.wantStatus("1: 0 keys, 0 tokens", "2: 3 keys, 0 tokens, active")
}

// TestALateVersionIsKeptForLateData has a process hold on to a version that nothing in the database needs any more, while
// it still decides on data from before.
func TestALateVersionIsKeptForLateData(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	late, mover := in.mustStart(in.path), in.mustStart(in.path, dropping)
	mover.fill(10)
	late.step()
	in.rotate()
	late.takeIn()
	mover.takeIn()
	in.activate()
	mover.moveAll()
	if err := mover.keeper.DropOld(t.Context()); err != nil {
		t.Fatal(err)
	}
	in.wantStatus("2: 10 keys, 0 tokens, active")
	if err := late.keeper.TakeIn(t.Context()); err == nil {
		t.Error("the old version was let go, though the data needs it")
	}
	late.wantImported(10)
	late.step()
	late.wantImported(10)
	late.takeIn()
	late.wantImported(10)
	if held := late.keyring.Versions().Numbers(); !slices.Equal(held, []uint32{2}) {
		t.Errorf("versions %v are held", held)
	}
}

// TestAReplicaWithoutTheActiveVersion has a replica that was forgotten adopt nothing, make nothing and go stale, rather than
// call a key unknown that stands; and go on once it gets the file.
func TestAReplicaWithoutTheActiveVersion(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	own := copyOf(t, in.path)
	forgotten, other := in.mustStart(own), in.mustStart(in.path)
	other.fill(300)
	_, secret := other.mustCreate("made before")
	forgotten.step()
	in.rotate()
	other.takeIn()
	forgotten.takeIn()
	in.activate()
	if _, err := other.keeper.Move(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, later := other.mustCreate("made after")
	other.step()
	other.wantImported(300)

	if err := forgotten.feed.Step(t.Context()); err == nil || !strings.Contains(err.Error(), "Put the newest in its place") {
		t.Errorf("adopted: %v", err)
	}
	forgotten.wantImported(300)
	if _, _, err := forgotten.create("made here"); codeOf(err) != "keyring_outdated" {
		t.Errorf("a key was made: %v", err)
	}
	if err := forgotten.report(secretOf(0)); codeOf(err) != "keyring_outdated" {
		t.Errorf("a leak was reported: %v", err)
	}
	_, err := forgotten.Import(t.Context(), platform, lines(keyLine(1000, "")))
	if codeOf(err) != "keyring_outdated" {
		t.Errorf("an import: %v", err)
	}
	// What needs no secret goes on.
	if _, _, err := forgotten.RevokeKey(t.Context(), platform, "key_000001"); err != nil {
		t.Errorf("a key could not be revoked: %v", err)
	}
	if n, err := forgotten.keeper.Move(t.Context()); n != 0 || err != nil {
		t.Errorf("moved %d: %v", n, err)
	}
	in.pass(11 * time.Second)
	forgotten.wantCode(secret, "stale")

	copyTo(t, in.path, own)
	forgotten.takeIn()
	forgotten.step()
	forgotten.wantCode(secret, authz.Allowed)
	forgotten.wantCode(later, authz.Allowed)
	forgotten.wantCode(secretOf(1), authz.KeyRevoked)
	if _, _, err := forgotten.create("made here"); err != nil {
		t.Error(err)
	}
	forgotten.moveAll()
	in.wantStatus("1: 0 keys, 0 tokens", "2: 303 keys, 0 tokens, active")
}
