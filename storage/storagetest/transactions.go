package storagetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/steelengine/steelgate/storage"
)

var errRefused = errors.New("refused")

// putOneOfEach puts a record of every kind, and a note.
func putOneOfEach(tx storage.Tx) error {
	return first(
		tx.PutUser(users.second), tx.PutOrganization(organizations.second), tx.PutOrganizationMember(organizationMembers.second),
		tx.PutWorkspace(workspaces.second), tx.PutWorkspaceMember(workspaceMembers.second), tx.PutResource(resources.second),
		tx.PutKey(keys.second), tx.PutToken(tokens.second), tx.PutMeta("note", "value"),
	)
}

// failedUpdate proves that nothing is left of an update that failed, and that its error comes back as it was.
func failedUpdate(t *testing.T, store storage.Store) {
	nothing := func(what string) {
		t.Helper()
		view(t, store, func(r storage.Reader) error {
			for _, err := range []error{
				failure(users.get(r)), failure(organizations.get(r)), failure(organizationMembers.get(r)), failure(workspaces.get(r)),
				failure(workspaceMembers.get(r)), failure(resources.get(r)), failure(keys.get(r)), failure(tokens.get(r)), failure(r.Meta("note")),
			} {
				wantError(t, what, err, storage.ErrNotFound)
			}
			found, err := r.KeysTargeting(storage.Target{WorkflowID: "wf_1"})
			same(t, what+": keys by target", []any{len(found), err}, []any{0, nil})
			return nil
		})
		same(t, what+": revision", revisionOf(t, store), uint64(0))
		same(t, what+": changes", len(changesAfter(t, store, 0)), 0)
	}
	revision, err := store.Update(t.Context(), func(tx storage.Tx) error { return first(putOneOfEach(tx), errRefused) })
	if err != errRefused || revision != 0 {
		t.Errorf("revision %d, error %v, want the very error of the update", revision, err)
	}
	nothing("after a failure")

	func() {
		defer func() { same(t, "panic", recover(), "no") }()
		_, _ = store.Update(t.Context(), func(tx storage.Tx) error {
			if err := putOneOfEach(tx); err != nil {
				return err
			}
			panic("no")
		})
	}()
	nothing("after a panic")
	same(t, "the next revision", update(t, store, putOneOfEach), uint64(1))
}

func failure[T any](_ T, err error) error { return err }

// emptyUpdate proves that an update that changes nothing makes no revision.
func emptyUpdate(t *testing.T, store storage.Store) {
	same(t, "revision", update(t, store, func(storage.Tx) error { return nil }), uint64(0))
	update(t, store, putOneOfEach)
	for what, write := range map[string]func(storage.Tx) error{
		"nothing": func(storage.Tx) error { return nil },
		"a look":  func(tx storage.Tx) error { return failure(tx.Key("key_1")) },
		"a note":  func(tx storage.Tx) error { return tx.PutMeta("note", "other") },
		"a miss":  func(tx storage.Tx) error { _ = tx.DeleteUser("usr_unknown"); return nil },
		"a refuse": func(tx storage.Tx) error {
			_ = tx.PutKey(key("key_9", func(k *storage.Key) { k.Digest = keys.second.Digest }))
			return nil
		},
	} {
		same(t, what, update(t, store, write), uint64(1))
	}
	same(t, "changes", len(changesAfter(t, store, 1)), 0)
	same(t, "the next revision", update(t, store, putKeys(key("key_2"))), uint64(2))
}

// readOwnWrites proves that a Tx reads what it wrote, by every way of reading.
func readOwnWrites(t *testing.T, store storage.Store) {
	update(t, store, putKeys(key("key_old")))
	update(t, store, func(tx storage.Tx) error {
		if err := putOneOfEach(tx); err != nil {
			return err
		}
		k, err := tx.KeyByDigest(keys.second.Digest)
		same(t, "key", []any{k, err}, []any{keys.second, nil})
		user, err := users.get(tx)
		same(t, "user", []any{user, err}, []any{users.second, nil})
		page, _, err := tx.ListKeys(storage.KeyFilter{Limit: 10})
		same(t, "list", []any{idsOf(page), err}, []any{[]string{"key_1", "key_old"}, nil})
		var seen []string
		err = tx.EachKey(func(k storage.Key) error { seen = append(seen, k.ID); return nil })
		same(t, "stream", []any{len(seen), err}, []any{2, nil})
		if err := tx.DeleteUser("usr_1"); err != nil {
			return err
		}
		_, err = users.get(tx)
		wantError(t, "a user deleted here", err, storage.ErrNotFound)
		return tx.PutUser(users.first)
	})
	same(t, "user", ask(t, store, users.get), users.first)
}

// snapshotIsolation proves that a reader sees one revision while updates go on beside it.
func snapshotIsolation(t *testing.T, store storage.Store) {
	update(t, store, func(tx storage.Tx) error { return first(tx.PutUser(users.first), tx.PutKey(key("key_1"))) })
	look := func(r storage.Reader) []any {
		revision, err := r.Revision()
		user, err2 := users.get(r)
		page, _, err3 := r.ListKeys(storage.KeyFilter{Limit: 10})
		changes, err4 := r.Changes(0, 10)
		_, err5 := r.Key("key_2")
		return []any{revision, user, idsOf(page), len(changes), err, err2, err3, err4, err5}
	}
	before := []any{uint64(1), users.first, []string{"key_1"}, 2, nil, nil, nil, nil, storage.ErrNotFound}
	view(t, store, func(r storage.Reader) error {
		same(t, "before the update", look(r), before)
		for range 3 {
			update(t, store, func(tx storage.Tx) error { return first(tx.PutUser(users.second), tx.PutKey(key("key_2"))) })
			if err := store.Prune(t.Context(), 1); err != nil {
				t.Errorf("pruning beside a reader: %v", err)
			}
			same(t, "after an update", look(r), before)
		}
		return nil
	})
	user := ask(t, store, users.get)
	same(t, "what a new reader sees", []any{revisionOf(t, store), user}, []any{uint64(4), users.second})
}

// failedVisit proves that a visit's error ends the stream, and comes back as it was.
func failedVisit(t *testing.T, store storage.Store) {
	update(t, store, putKeys(key("key_1"), key("key_2"), key("key_3")))
	visits := 0
	err := store.View(t.Context(), func(r storage.Reader) error {
		return r.EachKey(func(storage.Key) error { visits++; return errRefused })
	})
	if err != errRefused || visits != 1 {
		t.Errorf("%d visits, error %v", visits, err)
	}
	// The store is none the worse for it.
	same(t, "a key", ask(t, store, func(r storage.Reader) (storage.Key, error) { return r.Key("key_3") }), key("key_3"))
}

// contexts proves that every method answers the error of a context that has ended.
func contexts(t *testing.T, store storage.Store) {
	id, err := store.Imports().Begin(t.Context(), noon, "tok_1")
	if err != nil {
		t.Fatal(err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	expired, cancel := context.WithDeadline(t.Context(), noon.AddDate(-20, 0, 0))
	defer cancel()
	imports := store.Imports()
	for want, ctx := range map[error]context.Context{context.Canceled: cancelled, context.DeadlineExceeded: expired} {
		for what, call := range map[string]func() error{
			"View":          func() error { return store.View(ctx, func(r storage.Reader) error { return failure(r.Revision()) }) },
			"Update":        func() error { return failure(store.Update(ctx, putOneOfEach)) },
			"Prune":         func() error { return store.Prune(ctx, 1) },
			"Begin":         func() error { return failure(imports.Begin(ctx, noon, "tok_1")) },
			"Stage":         func() error { return imports.Stage(ctx, id, []storage.StagedLine{staged(1, 1, "usr_1")}) },
			"Lines":         func() error { return failure(imports.Lines(ctx, id, storage.StagedPosition{}, 10)) },
			"StartApplying": func() error { return imports.StartApplying(ctx, id) },
			"Applying":      func() error { _, _, err := imports.Applying(ctx); return err },
			"Discard":       func() error { return imports.Discard(ctx, id, true) },
			"DiscardStaged": func() error { return imports.DiscardStaged(ctx, noon.Add(time.Hour)) },
		} {
			wantError(t, what, call(), want)
		}
	}
	same(t, "revision", revisionOf(t, store), uint64(0))
}

// contextWhileWaiting proves that an update that waits for another gives up with its context.
func contextWhileWaiting(t *testing.T, store storage.Store) {
	inside, release, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- failure(store.Update(t.Context(), func(tx storage.Tx) error {
			close(inside)
			<-release
			return putOneOfEach(tx)
		}))
	}()
	await(t, inside, "the first update")
	waiting, cancel := context.WithCancel(t.Context())
	second := make(chan error, 1)
	go func() { second <- failure(store.Update(waiting, putKeys(key("key_2")))) }()
	// Readers do not wait for it.
	same(t, "revision beside the update", revisionOf(t, store), uint64(0))
	cancel()
	wantError(t, "the second update", await(t, second, "the second update to give up"), context.Canceled)
	close(release)
	wantError(t, "the first update", await(t, done, "the first update"), nil)
	same(t, "the next revision", update(t, store, putKeys(key("key_3"))), uint64(2))
}

// contextWhileWriting proves that nothing is left of an update whose context ended before it did.
func contextWhileWriting(t *testing.T, store storage.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	revision, err := store.Update(ctx, func(tx storage.Tx) error {
		err := putOneOfEach(tx)
		cancel()
		return err
	})
	wantError(t, "an update cancelled at its end", err, context.Canceled)
	same(t, "revision", []uint64{revision, revisionOf(t, store)}, []uint64{0, 0})

	ctx, cancel = context.WithCancel(t.Context())
	err = store.View(ctx, func(r storage.Reader) error {
		cancel()
		return failure(r.Revision())
	})
	wantError(t, "a view cancelled within", err, context.Canceled)
	same(t, "the next revision", update(t, store, putOneOfEach), uint64(1))
}
