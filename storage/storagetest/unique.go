package storagetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

// uniqueNames proves which keys may not have one name, and that an update goes on after the refusal.
func uniqueNames(t *testing.T, store storage.Store) {
	for i, test := range []struct {
		what          string
		first, second []func(*storage.Key)
		want          error
	}{
		{"the same name", names("CI"), names("CI"), storage.ErrNameTaken},
		{"another case", names("CI"), names("ci"), storage.ErrNameTaken},
		{"another case beyond ASCII", names("ÜBER"), names("über"), storage.ErrNameTaken},
		{"full case folding", names("Straße"), names("STRASSE"), storage.ErrNameTaken},
		{"a final sigma", names("ΣΊΣΥΦΟΣ"), names("σίσυφος"), storage.ErrNameTaken},
		{"another normal form", names("caf\u00e9"), names("CAFE\u0301"), storage.ErrNameTaken},
		{"another accent", names("cafe"), names("café"), nil},
		{"a space more", names("CI"), names("CI "), nil},
		{"no names", names(""), names(""), storage.ErrNameTaken},
		{"another owner", names("CI"), names("CI", ownedBy(authz.PersonalKey, "usr_other")), nil},
		{"another type of owner", names("CI"), names("CI", ownedBy(authz.WorkspaceKey, "usr_1")), nil},
		{"the first is revoked", names("CI", revoked), names("ci"), nil},
		{"the second is revoked", names("CI"), names("ci", revoked), nil},
		{"the first is replaced", names("CI", replaced), names("ci"), nil},
		{"the second is replaced", names("CI"), names("ci", replaced), nil},
		{"both are revoked", names("CI", revoked), names("ci", revoked), nil},
		{"the first is disabled", names("CI", disabled), names("ci"), storage.ErrNameTaken},
		{"the first is expired", names("CI", expiring(noon.AddDate(-1, 0, 0))), names("ci"), storage.ErrNameTaken},
	} {
		// Each case has an owner of its own, unless it is about another.
		apart := func(k *storage.Key) { k.OwnerID += fmt.Sprint("_", i) }
		one := key(fmt.Sprintf("key_%d_one", i), append(test.first, apart)...)
		two := key(fmt.Sprintf("key_%d_two", i), append(test.second, apart)...)
		other := key(fmt.Sprintf("key_%d_other", i), named("other"), apart)
		update(t, store, putKeys(one))
		before := revisionOf(t, store)
		after := update(t, store, func(tx storage.Tx) error {
			wantError(t, test.what, tx.PutKey(two), test.want)
			_, err := tx.Key(two.ID)
			if found := err == nil; found != (test.want == nil) {
				t.Errorf("%s: the second key is there: %v", test.what, found)
			}
			return tx.PutKey(other)
		})
		want := []storage.Change{{Revision: after, Kind: storage.KeyKind, A: other.ID}}
		if test.want == nil {
			want = []storage.Change{{Revision: after, Kind: storage.KeyKind, A: two.ID}, want[0]}
		}
		same(t, test.what+": changes", changesAfter(t, store, before), want)
	}
}

func names(name string, edits ...func(*storage.Key)) []func(*storage.Key) {
	return append([]func(*storage.Key){named(name)}, edits...)
}

// uniqueNamesConcurrently proves that of many writers who want one name exactly one gets it.
func uniqueNamesConcurrently(t *testing.T, store storage.Store) {
	const writers = 12
	race(t, store, writers, storage.ErrNameTaken, func(i int) storage.Key {
		return key(fmt.Sprintf("key_%d", i), named([]string{"ci", "CI", "Ci"}[i%3]))
	})
	// The name comes free with the one who has it, and is one's own to keep.
	owner := ask(t, store, func(r storage.Reader) ([]storage.Key, error) {
		return r.KeysOf(authz.Owner{Type: authz.UserOwner, ID: "usr_1"})
	})[0]
	update(t, store, putKeys(owner))
	owner.Name = "cI"
	update(t, store, putKeys(owner))
	revoked(&owner)
	update(t, store, putKeys(owner))
	update(t, store, putKeys(key("key_next", named("ci"))))
	owner.RevokedAt = nil
	_, err := store.Update(t.Context(), putKeys(owner))
	wantError(t, "a name that was given away", err, storage.ErrNameTaken)
}

// uniqueSecrets proves that no two keys, and no two tokens, have one digest, whatever their state.
func uniqueSecrets(t *testing.T, store storage.Store) {
	one, ended := key("key_1"), key("key_2", revoked)
	token := storage.Token{ServiceToken: authz.ServiceToken{ID: "tok_1", CreatedAt: noon}, Digest: one.Digest}
	update(t, store, func(tx storage.Tx) error { return first(tx.PutKey(one), tx.PutKey(ended), tx.PutToken(token)) })
	update(t, store, func(tx storage.Tx) error {
		for _, taken := range []storage.Key{one, ended} {
			again := key("key_again", func(k *storage.Key) { k.Digest = taken.Digest })
			wantError(t, "a key's secret", tx.PutKey(again), storage.ErrSecretTaken)
			revoked(&again)
			wantError(t, "a key's secret, for a revoked key", tx.PutKey(again), storage.ErrSecretTaken)
		}
		same := one
		same.ID, same.Name = "key_same", one.Name
		wantError(t, "a key's secret and name", tx.PutKey(same), storage.ErrSecretTaken)
		other := token
		other.ID = "tok_2"
		wantError(t, "a token's secret", tx.PutToken(other), storage.ErrSecretTaken)
		return first(tx.PutKey(one), tx.PutToken(token), tx.PutKey(key("key_3")))
	})
	var all []string
	view(t, store, func(r storage.Reader) error {
		return r.EachKey(func(k storage.Key) error { all = append(all, k.ID); return nil })
	})
	same(t, "keys", len(all), 3)
	// A secret may be passed on within an update, as by a rotation of the pepper.
	one.Digest, ended.Digest = storage.Digest{1}, one.Digest
	update(t, store, putKeys(one, ended))
	same(t, "the key by the digest", ask(t, store, func(r storage.Reader) (storage.Key, error) { return r.KeyByDigest(ended.Digest) }), ended)
}

// uniqueSecretsConcurrently proves that of many writers who bring one secret exactly one puts it.
func uniqueSecretsConcurrently(t *testing.T, store storage.Store) {
	race(t, store, 12, storage.ErrSecretTaken, func(i int) storage.Key {
		return key(fmt.Sprintf("key_%d", i), func(k *storage.Key) { k.Digest = storage.Digest{42} })
	})
}

// race has many writers put a key at once. One has to win, and the others to be told why they did not.
func race(t *testing.T, store storage.Store, writers int, lost error, entrant func(int) storage.Key) {
	t.Helper()
	start, results := make(chan struct{}), collector[error]{}
	var running sync.WaitGroup
	for i := range writers {
		running.Go(func() {
			<-start
			_, err := store.Update(t.Context(), putKeys(entrant(i)))
			results.add(err)
		})
	}
	close(start)
	running.Wait()
	won := 0
	for _, err := range results.all {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, lost):
			t.Errorf("a writer failed with %v", err)
		}
	}
	same(t, "winners", won, 1)
	same(t, "revision", revisionOf(t, store), uint64(1))
}

// collector gathers what many goroutines come back with.
type collector[T any] struct {
	mutex sync.Mutex
	all   []T
}

func (c *collector[T]) add(one T) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.all = append(c.all, one)
}
