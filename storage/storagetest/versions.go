package storagetest

import (
	"crypto/sha256"
	"fmt"
	"math"
	"testing"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

// under has a key made under a version of the keyring.
func under(version uint32) func(*storage.Key) {
	return func(k *storage.Key) { k.PepperVersion = version }
}

// keysByVersion proves that what was made under a version is found and counted, portion by portion, and that a record that
// moves to another is found there alone.
func keysByVersion(t *testing.T, store storage.Store) {
	counts := func() []storage.VersionCount {
		t.Helper()
		return ask(t, store, storage.Reader.CountByVersion)
	}
	ids := func(version uint32, after string, limit int) (found []string) {
		t.Helper()
		for _, k := range ask(t, store, func(r storage.Reader) ([]storage.Key, error) { return r.KeysUnder(version, after, limit) }) {
			found = append(found, k.ID)
		}
		return found
	}
	same(t, "counts of an empty store", counts(), []storage.VersionCount(nil))
	same(t, "keys of an empty store", ids(1, "", 10), []string(nil))

	highest := fullKey("key_full") // under the highest version, and revoked
	for i := range 5 {
		update(t, store, putKeys(key(fmt.Sprint("key_", i), under(1+uint32(i)%2))))
	}
	update(t, store, putKeys(highest))
	update(t, store, func(tx storage.Tx) error {
		return first(tx.PutToken(token("tok_1", 2)), tx.PutToken(token("tok_2", 7)))
	})
	same(t, "counts", counts(), []storage.VersionCount{{Version: 1, Keys: 3}, {Version: 2, Keys: 2, Tokens: 1}, {Version: 7, Tokens: 1}, {Version: math.MaxUint32, Keys: 1}})
	same(t, "keys", ids(1, "", 10), []string{"key_0", "key_2", "key_4"})
	same(t, "the first portion", ids(1, "", 2), []string{"key_0", "key_2"})
	same(t, "the next", ids(1, "key_2", 2), []string{"key_4"})
	same(t, "the last", ids(1, "key_4", 2), []string(nil))
	same(t, "under a version without keys", ids(7, "", 2), []string(nil))
	same(t, "a whole key", ask(t, store, func(r storage.Reader) ([]storage.Key, error) { return r.KeysUnder(math.MaxUint32, "", 2) }), []storage.Key{highest})

	update(t, store, putKeys(key("key_2", under(2))))
	same(t, "keys once one has moved", ids(1, "", 10), []string{"key_0", "key_4"})
	same(t, "and where it went", ids(2, "", 10), []string{"key_1", "key_2", "key_3"})
	same(t, "counts once one has moved", counts(), []storage.VersionCount{{Version: 1, Keys: 2}, {Version: 2, Keys: 3, Tokens: 1}, {Version: 7, Tokens: 1}, {Version: math.MaxUint32, Keys: 1}})
}

func token(id string, version uint32) storage.Token {
	return storage.Token{ServiceToken: authz.ServiceToken{ID: id, CreatedAt: noon}, Digest: sha256.Sum256([]byte(id)), PepperVersion: version}
}
