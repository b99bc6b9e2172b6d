package storagetest

import (
	"testing"

	"github.com/steelengine/steelgate/storage"
)

// record is one kind of record, and how it is put, read and deleted. The two versions are of one record, and differ in every
// field but its id.
type record[T any] struct {
	kind          storage.Kind
	a, b          string
	first, second T
	put           func(storage.Tx, T) error
	get           func(storage.Reader) (T, error)
	each          func(storage.Reader, func(T) error) error
	// remove is nil where a record stays for good.
	remove func(storage.Tx) error
	// streamed is what each tells of a record; nil is everything.
	streamed func(T) T
}

// prove puts, replaces and deletes a record, and looks at it from every side after each step.
func (r record[T]) prove(t *testing.T, store storage.Store) {
	_, err := askFor(t, store, r.get)
	wantError(t, "reading what is not there", err, storage.ErrNotFound)
	same(t, "records of an empty store", r.all(t, store), []T(nil))

	for revision, version := range []T{1: r.first, 2: r.second, 3: r.second} {
		if revision == 0 {
			continue
		}
		got := update(t, store, func(tx storage.Tx) error { return r.put(tx, version) })
		same(t, "revision", got, uint64(revision))
		same(t, "record", ask(t, store, r.get), version)
		want := version
		if r.streamed != nil {
			want = r.streamed(version)
		}
		same(t, "records", r.all(t, store), []T{want})
		same(t, "changes", changesAfter(t, store, got-1), []storage.Change{{Revision: got, Kind: r.kind, A: r.a, B: r.b}})
	}
	if r.remove == nil {
		return
	}
	update(t, store, r.remove)
	_, err = askFor(t, store, r.get)
	wantError(t, "reading what was deleted", err, storage.ErrNotFound)
	same(t, "records after the deletion", r.all(t, store), []T(nil))
	same(t, "changes", changesAfter(t, store, 3), []storage.Change{{Revision: 4, Kind: r.kind, A: r.a, B: r.b}})

	_, err = store.Update(t.Context(), r.remove)
	wantError(t, "deleting what is not there", err, storage.ErrNotFound)
	same(t, "revision after a deletion of nothing", revisionOf(t, store), uint64(4))
}

func (r record[T]) all(t *testing.T, store storage.Store) (found []T) {
	t.Helper()
	view(t, store, func(reader storage.Reader) error {
		return r.each(reader, func(one T) error { found = append(found, one); return nil })
	})
	return found
}
