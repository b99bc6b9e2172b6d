package storagetest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

// noon is a time like any other.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// key is a personal key of the user usr_1, with what its id makes unique.
func key(id string, edits ...func(*storage.Key)) storage.Key {
	digest := sha256.Sum256([]byte(id))
	k := storage.Key{
		APIKey: authz.APIKey{ID: id, Type: authz.PersonalKey, OwnerID: "usr_1", Name: fmt.Sprintf("%x", digest[:8]), CreatedAt: noon},
		Digest: digest,
	}
	for _, edit := range edits {
		edit(&k)
	}
	return k
}

func named(name string) func(*storage.Key) { return func(k *storage.Key) { k.Name = name } }

func ownedBy(keyType authz.KeyType, owner string) func(*storage.Key) {
	return func(k *storage.Key) { k.Type, k.OwnerID = keyType, owner }
}

func revoked(k *storage.Key)  { at := noon; k.RevokedAt, k.RevokedBy = &at, "usr_1" }
func replaced(k *storage.Key) { k.ReplacedBy = "key_next" }
func disabled(k *storage.Key) { k.Disabled = true }

func expiring(at time.Time) func(*storage.Key) { return func(k *storage.Key) { k.ExpiresAt = &at } }

func createdAt(at time.Time) func(*storage.Key) { return func(k *storage.Key) { k.CreatedAt = at } }

// putKeys is an update that puts keys.
func putKeys(keys ...storage.Key) func(storage.Tx) error {
	return func(tx storage.Tx) error {
		for _, k := range keys {
			if err := tx.PutKey(k); err != nil {
				return err
			}
		}
		return nil
	}
}

// update does what has to succeed, and answers the revision.
func update(t *testing.T, store storage.Store, write func(storage.Tx) error) uint64 {
	t.Helper()
	revision, err := store.Update(t.Context(), write)
	if err != nil {
		t.Fatalf("update: %v", err)
	}
	return revision
}

// view reads what has to be readable.
func view(t *testing.T, store storage.Store, read func(storage.Reader) error) {
	t.Helper()
	if err := store.View(t.Context(), read); err != nil {
		t.Fatalf("view: %v", err)
	}
}

// ask is view for one answer.
func ask[T any](t *testing.T, store storage.Store, question func(storage.Reader) (T, error)) (answer T) {
	t.Helper()
	view(t, store, func(r storage.Reader) (err error) {
		answer, err = question(r)
		return err
	})
	return answer
}

// askFor is ask where the answer may be an error.
func askFor[T any](t *testing.T, store storage.Store, question func(storage.Reader) (T, error)) (answer T, err error) {
	err = store.View(t.Context(), func(r storage.Reader) (err error) {
		answer, err = question(r)
		return err
	})
	return answer, err
}

func revisionOf(t *testing.T, store storage.Store) uint64 {
	t.Helper()
	return ask(t, store, storage.Reader.Revision)
}

func changesAfter(t *testing.T, store storage.Store, after uint64) []storage.Change {
	t.Helper()
	return ask(t, store, func(r storage.Reader) ([]storage.Change, error) { return r.Changes(after, 1000) })
}

// keyIDs are the ids of keys that a reader answers.
func keyIDs(t *testing.T, store storage.Store, question func(storage.Reader) ([]storage.Key, error)) []string {
	t.Helper()
	return idsOf(ask(t, store, question))
}

func idsOf(keys []storage.Key) []string {
	ids := []string{}
	for _, k := range keys {
		ids = append(ids, k.ID)
	}
	return ids
}

// same compares all that there is to two values, nil and empty lists included.
func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

func wantError(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: error %v, want %v", what, got, want)
	}
}

// await waits for what has to happen; how long that takes says nothing.
func await[T any](t *testing.T, happened <-chan T, what string) (value T) {
	t.Helper()
	select {
	case value = <-happened:
	case <-time.After(time.Minute):
		t.Fatalf("waited in vain for %s", what)
	}
	return value
}
