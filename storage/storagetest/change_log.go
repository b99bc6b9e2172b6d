package storagetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

// changeLog proves that an update's changes are in the log in their order, each record once, under one revision.
func changeLog(t *testing.T, store storage.Store) {
	update(t, store, func(tx storage.Tx) error {
		return first(
			tx.PutUser(authz.User{ID: "usr_2"}), tx.PutUser(authz.User{ID: "usr_1"}), tx.PutKey(key("key_1")), tx.PutUser(authz.User{ID: "usr_2", Name: "again"}),
			tx.PutWorkspaceMember(workspaceMembers.first), tx.DeleteUser("usr_1"),
		)
	})
	update(t, store, func(tx storage.Tx) error { return first(tx.DeleteUser("usr_2"), tx.PutUser(authz.User{ID: "usr_2"})) })
	same(t, "changes", changesAfter(t, store, 0), []storage.Change{
		{Revision: 1, Kind: storage.UserKind, A: "usr_2"}, {Revision: 1, Kind: storage.UserKind, A: "usr_1"}, {Revision: 1, Kind: storage.KeyKind, A: "key_1"},
		{Revision: 1, Kind: storage.WorkspaceMemberKind, A: "ws_1", B: "usr_1"}, {Revision: 2, Kind: storage.UserKind, A: "usr_2"},
	})
	for after, want := range []int{5, 1, 0, 0} {
		same(t, fmt.Sprint("changes after ", after), len(changesAfter(t, store, uint64(after))), want)
	}
}

// putUsers is an update that puts many users.
func putUsers(writer string, n int) func(storage.Tx) error {
	return func(tx storage.Tx) error {
		for i := range n {
			if err := tx.PutUser(authz.User{ID: fmt.Sprintf("usr_%s_%d", writer, i)}); err != nil {
				return err
			}
		}
		return nil
	}
}

// changeLogLimit proves that a limit never cuts a revision.
func changeLogLimit(t *testing.T, store storage.Store) {
	for revision, changes := range []int{2, 1, 5, 1} {
		update(t, store, putUsers(fmt.Sprint(revision), changes))
	}
	for _, test := range []struct {
		after uint64
		limit int
		want  []uint64
	}{
		{0, 1, []uint64{1, 1}},
		{0, 2, []uint64{1, 1}},
		{0, 3, []uint64{1, 1, 2}},
		{0, 4, []uint64{1, 1, 2}},
		{0, 7, []uint64{1, 1, 2}},
		{0, 8, []uint64{1, 1, 2, 3, 3, 3, 3, 3}},
		{0, 9, []uint64{1, 1, 2, 3, 3, 3, 3, 3, 4}},
		{1, 1, []uint64{2}},
		{2, 1, []uint64{3, 3, 3, 3, 3}},
		{2, 5, []uint64{3, 3, 3, 3, 3}},
		{2, 6, []uint64{3, 3, 3, 3, 3, 4}},
		{3, 100, []uint64{4}},
		{4, 100, nil},
	} {
		changes := ask(t, store, func(r storage.Reader) ([]storage.Change, error) { return r.Changes(test.after, test.limit) })
		var revisions []uint64
		for _, c := range changes {
			revisions = append(revisions, c.Revision)
		}
		same(t, fmt.Sprintf("changes after %d, at most %d", test.after, test.limit), revisions, test.want)
	}
}

// changeLogConcurrently proves what a follower stands on: whatever many writers do at once, the log that it reads has no
// gap, nothing comes late, and a revision comes whole.
func changeLogConcurrently(t *testing.T, store storage.Store) {
	const writers, updates = 6, 15
	var running sync.WaitGroup
	written := collector[storage.Change]{}
	for writer := range writers {
		running.Go(func() {
			for n := range updates {
				name := fmt.Sprintf("%d_%d", writer, n)
				changes := 1 + (writer+n)%4
				if n%5 == 4 {
					// Those that fail, or change nothing, leave no gap.
					_, _ = store.Update(t.Context(), func(tx storage.Tx) error { return first(putUsers("failing", 1)(tx), errRefused) })
				}
				revision, err := store.Update(t.Context(), putUsers(name, changes))
				if err != nil {
					t.Errorf("writer %d: %v", writer, err)
					return
				}
				for i := range changes {
					written.add(storage.Change{Revision: revision, Kind: storage.UserKind, A: fmt.Sprintf("usr_%s_%d", name, i)})
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { running.Wait(); close(done) }()
	followers := make([][]storage.Change, 2)
	var following sync.WaitGroup
	for i := range followers {
		following.Go(func() { followers[i] = follow(t, store, 1+4*i, done) })
	}
	following.Wait()
	want := written.all
	// What one revision changed is in the order in which it was written; what the writers came back with is not.
	slices.SortStableFunc(want, func(a, b storage.Change) int { return int(a.Revision) - int(b.Revision) })
	for i, got := range followers {
		same(t, fmt.Sprintf("what follower %d read", i), got, want)
	}
	same(t, "revision", revisionOf(t, store), uint64(writers*updates))
	for i, c := range want[1:] {
		if gap := c.Revision - want[i].Revision; gap > 1 {
			t.Errorf("revision %d follows %d", c.Revision, want[i].Revision)
		}
	}
}

// follow reads the log in pages until the writers are done and all of it is read. In each view it reads on to the end,
// which has to be the revision that the view is of.
func follow(t *testing.T, store storage.Store, limit int, done <-chan struct{}) (log []storage.Change) {
	after := uint64(0)
	for last := false; !last; {
		select {
		case <-done:
			last = true
		default:
		}
		err := store.View(t.Context(), func(r storage.Reader) error {
			revision, err := r.Revision()
			if err != nil {
				return err
			}
			for {
				changes, err := r.Changes(after, limit)
				if err != nil {
					return err
				}
				if len(changes) == 0 {
					break
				}
				log, after = append(log, changes...), changes[len(changes)-1].Revision
			}
			if after != revision {
				return fmt.Errorf("the log ends at %d in a view of %d", after, revision)
			}
			return nil
		})
		if err != nil {
			t.Errorf("follower: %v", err)
			return log
		}
	}
	return log
}

// longUpdate proves that an update of very many records is one revision.
func longUpdate(t *testing.T, store storage.Store) {
	const many = 3001
	before := update(t, store, putUsers("before", 1))
	revision := update(t, store, putUsers("many", many))
	same(t, "revision", revision, before+1)
	changes := ask(t, store, func(r storage.Reader) ([]storage.Change, error) { return r.Changes(before, 10) })
	same(t, "changes", len(changes), many)
	for i, c := range changes {
		if want := (storage.Change{Revision: revision, Kind: storage.UserKind, A: fmt.Sprintf("usr_many_%d", i)}); c != want {
			t.Fatalf("change %d is %+v, want %+v", i, c, want)
		}
	}
}

// pruning proves that a follower learns when it has missed what is gone.
func pruning(t *testing.T, store storage.Store) {
	for revision := range 10 {
		update(t, store, putUsers(fmt.Sprint(revision), 3))
	}
	check := func(through, revision uint64) {
		t.Helper()
		same(t, "revision", revisionOf(t, store), revision)
		for after := range revision + 1 {
			changes, err := askFor(t, store, func(r storage.Reader) ([]storage.Change, error) { return r.Changes(after, 100) })
			if after < through {
				wantError(t, fmt.Sprint("changes after ", after), err, storage.ErrChangesPruned)
			} else {
				same(t, fmt.Sprint("changes after ", after), []any{len(changes), err}, []any{3 * int(revision-after), nil})
			}
		}
	}
	for _, step := range []struct{ prune, through uint64 }{{0, 0}, {4, 4}, {4, 4}, {2, 4}, {9, 9}, {100, 10}, {1, 10}} {
		if err := store.Prune(t.Context(), step.prune); err != nil {
			t.Fatal(err)
		}
		check(step.through, 10)
	}
	same(t, "the next revision", update(t, store, putUsers("next", 3)), uint64(11))
	check(10, 11)
}
