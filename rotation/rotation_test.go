package rotation_test

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"testing"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/rotation"
	"github.com/steelengine/steelgate/storage"
)

// TestRotation goes through a whole rotation, and looks at every moment whether all is known that was known.
func TestRotation(t *testing.T) {
	t.Parallel()
	const keys = 250
	in := newInstallation(t)
	r := in.mustStart(in.path, dropping)
	r.fill(keys)
	_, old := r.mustCreate("made before")
	token := r.mustCreateToken("gateway")
	before := in.records()
	look := func(what string, versions ...string) {
		t.Helper()
		r.step()
		r.wantImported(keys)
		r.wantCode(old, authz.Allowed)
		if !r.knowsToken(token) {
			t.Errorf("%s: the token is not known", what)
		}
		in.wantStatus(versions...)
	}
	look("at first", "1: 251 keys, 1 tokens, active")

	in.rotate()
	look("rotated", "1: 251 keys, 1 tokens, active", "2: 0 keys, 0 tokens")
	r.takeIn()
	r.moveAll()
	_, between := r.mustCreate("made between")
	look("taken in", "1: 252 keys, 1 tokens, active", "2: 0 keys, 0 tokens")

	in.activate()
	_, after := r.mustCreate("made after")
	newToken := r.mustCreateToken("backend")
	look("activated", "1: 252 keys, 1 tokens", "2: 1 keys, 1 tokens, active")
	if n, err := r.keeper.Move(t.Context()); err != nil || n == 0 {
		t.Fatalf("moved %d: %v", n, err)
	}
	look("a portion moved", "1: 152 keys, 0 tokens", "2: 101 keys, 2 tokens, active")
	if p := r.keeper.Progress(); p != (rotation.Progress{Active: 2, Newest: 2, Keys: 152}) {
		t.Errorf("progress %+v", p)
	}
	if err := r.keeper.DropOld(t.Context()); err != nil {
		t.Error(err)
	}
	look("a version that is needed was not dropped", "1: 152 keys, 0 tokens", "2: 101 keys, 2 tokens, active")
	r.moveAll()
	look("moved", "1: 0 keys, 0 tokens", "2: 253 keys, 2 tokens, active")
	if err := r.keeper.DropOld(t.Context()); err != nil {
		t.Error(err)
	}
	look("dropped", "2: 253 keys, 2 tokens, active")
	r.takeIn()
	look("the old version let go", "2: 253 keys, 2 tokens, active")
	if p := r.keeper.Progress(); p != (rotation.Progress{Active: 2, Newest: 2}) {
		t.Errorf("progress %+v", p)
	}
	r.wantCode(between, authz.Allowed)
	r.wantCode(after, authz.Allowed)
	if !r.knowsToken(newToken) {
		t.Error("the new token is not known")
	}

	left := in.records()
	for id := range left {
		if _, stood := before[id]; !stood {
			delete(left, id)
		}
	}
	if !maps.Equal(left, before) {
		t.Error("the move has changed what a key is")
	}

	// A process that starts now knows all of them too, and so does whoever reports or imports one.
	again := in.mustStart(in.path)
	again.wantImported(keys)
	if err := again.report(old); err != nil {
		t.Error(err)
	}
	again.step()
	again.wantCode(old, authz.KeyRevoked)
	_, err := again.Import(t.Context(), platform, lines(`{"kind": "key", "id": "other", "type": "workspace", "workspace_id": "ws", "name": "x", "secret": "`+secretOf(3).Reveal()+`"}`))
	if codeOf(err) != "invalid_import" {
		t.Errorf("a revoked key's secret was imported anew: %v", err)
	}
}

// TestSteps has steps refused that come at the wrong time, and nothing changed by them.
func TestSteps(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	r := in.mustStart(in.path)
	r.fill(1)
	refused := func(what string, err, want error) {
		t.Helper()
		before := in.status()
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
		if after := in.status(); len(after.Versions) != len(before.Versions) || after.Active != before.Active {
			t.Errorf("%s: %+v became %+v", what, before, after)
		}
	}
	drop := func(number uint32) error {
		return rotation.Drop(context.Background(), in.store, in.path, number, noAudit)
	}
	_, err := rotation.Activate(t.Context(), in.store, in.path, noAudit)
	refused("activating what is active", err, rotation.ErrAlreadyActive)
	refused("dropping what is not there", drop(2), fs.ErrNotExist)
	refused("dropping the only version", drop(1), rotation.ErrNeeded)
	in.rotate()
	_, err = rotation.Rotate(t.Context(), in.store, in.path, noAudit)
	refused("rotating twice", err, rotation.ErrNotActiveYet)
	refused("dropping the next version", drop(2), rotation.ErrNeeded)
	in.activate()
	refused("dropping what a key needs", drop(1), rotation.ErrNeeded)
	r.takeIn()
	r.moveAll()
	id, err := in.store.Imports().Begin(t.Context(), in.clock(), "someone")
	if err != nil {
		t.Fatal(err)
	}
	refused("dropping while an import stands", drop(1), rotation.ErrNeeded)
	if err := in.store.Imports().Discard(t.Context(), id, false); err != nil {
		t.Fatal(err)
	}
	if err := drop(1); err != nil {
		t.Error(err)
	}
	in.wantStatus("2: 1 keys, 0 tokens, active")
	r.step()

	// A second rotation while the first is not done yet.
	in.rotate()
	in.activate()
	in.rotate()
	in.activate()
	r.takeIn()
	r.moveAll()
	r.step()
	r.wantImported(1)
	in.wantStatus("2: 0 keys, 0 tokens", "3: 0 keys, 0 tokens", "4: 1 keys, 0 tokens, active")
}

// TestStepsAreAudited has each step enter what it did in its own transaction, and not be done where that fails.
func TestStepsAreAudited(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	r := in.mustStart(in.path)
	r.fill(1)
	var done []string
	audit := func(tx storage.Tx, action string, version uint32) error {
		done = append(done, action)
		return r.AuditKeyring(tx, "command", action, "2")
	}
	if _, err := rotation.Rotate(t.Context(), in.store, in.path, audit); err != nil {
		t.Fatal(err)
	}
	failing := func(storage.Tx, string, uint32) error { return errLost }
	if _, err := rotation.Activate(t.Context(), in.store, in.path, failing); !errors.Is(err, errLost) {
		t.Errorf("an activation that can't be audited: %v", err)
	}
	in.wantStatus("1: 1 keys, 0 tokens, active", "2: 0 keys, 0 tokens")
	if _, err := rotation.Activate(t.Context(), in.store, in.path, audit); err != nil {
		t.Fatal(err)
	}
	r.takeIn()
	r.moveAll()
	if err := rotation.Drop(t.Context(), in.store, in.path, 1, audit); err != nil {
		t.Fatal(err)
	}
	if len(done) != 3 {
		t.Errorf("audited %v", done)
	}
	// The import of the world was the first.
	if at, err := r.VerifyAudit(t.Context(), nil); err != nil || at.Seq != 4 {
		t.Errorf("entry %d, %v", at.Seq, err)
	}
}

// TestBrokenSeals has records that can't be opened stay as they are, out of the others' way.
func TestBrokenSeals(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	r := in.mustStart(in.path, dropping)
	r.fill(300)
	token := r.mustCreateToken("gateway")
	in.update(func(tx storage.Tx) error {
		for _, id := range []string{"key_000000", "key_000150", "key_000299"} {
			k, err := tx.Key(id)
			if err != nil {
				return err
			}
			k.Sealed[len(k.Sealed)-1] ^= 1
			if err := tx.PutKey(k); err != nil {
				return err
			}
		}
		tokens, err := tx.ListTokens()
		if err != nil {
			return err
		}
		tokens[0].Sealed = nil
		return tx.PutToken(tokens[0])
	})
	in.rotate()
	in.activate()
	r.takeIn()
	moved, err := r.keeper.MoveAll(t.Context(), func(rotation.Progress) {})
	if err != nil || moved != 297 || len(r.keeper.Broken()) != 4 {
		t.Errorf("moved %d, %v are broken: %v", moved, r.keeper.Broken(), err)
	}
	if err := r.keeper.DropOld(t.Context()); err != nil {
		t.Error(err)
	}
	in.wantStatus("1: 3 keys, 1 tokens", "2: 297 keys, 0 tokens, active")
	r.step()
	r.wantImported(300)
	if !r.knowsToken(token) {
		t.Error("the token is not known")
	}
	// They are tried again after a while, and not before.
	if n, err := r.keeper.Move(t.Context()); err != nil || n != 0 {
		t.Errorf("dealt with %d: %v", n, err)
	}
	in.pass(rotation.Interval * 1000)
	if n, err := r.keeper.Move(t.Context()); err != nil || n != 4 {
		t.Errorf("dealt with %d: %v", n, err)
	}
}

// TestFits has a process not start on a file that lacks what the database needs, and say what to do.
func TestFits(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	in.mustStart(in.path).fill(3)
	older := copyOf(t, in.path)
	in.rotate()
	if _, err := in.start(in.store, older); err != nil {
		t.Errorf("the older file does before the new version is active: %v", err)
	}
	in.activate()
	lacking := copyOf(t, in.path)
	if err := apikey.RemoveVersion(lacking, 1); err != nil {
		t.Fatal(err)
	}
	foreign := newInstallation(t).path
	for what, test := range map[string]struct{ path, want string }{
		"an older file":                       {older, "the keyring does not have version 2, which this database makes its secrets under: it is an older copy. Put the newest in its place, the one that 'steelgate keyring rotate' changed"},
		"a file without what records need":    {lacking, "the keyring does not have version 1, which 3 keys and 0 service tokens of this database need: the version was dropped, or the database is an older copy. Put a copy of the keyring in its place that has the version"},
		"another database's file, one behind": {foreign, "the keyring does not have version 2, which this database makes its secrets under: it is an older copy. Put the newest in its place, the one that 'steelgate keyring rotate' changed"},
	} {
		if _, err := in.start(in.store, test.path); err == nil || err.Error() != test.want {
			t.Errorf("%s:\n%v, want\n%s", what, err, test.want)
		}
	}
	if _, err := apikey.AddVersion(foreign); err != nil {
		t.Fatal(err)
	}
	if _, err := in.start(in.store, foreign); !errors.Is(err, apikey.ErrWrongKeyring) {
		t.Errorf("another database's file: %v", err)
	}
	in.mustStart(in.path)
}
