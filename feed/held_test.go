package feed

import (
	"crypto/sha256"
	"testing"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

// TestHalfAnImportIsNotSeen has an import applied in two portions, with a revocation and a new service token between them.
func TestHalfAnImportIsNotSeen(t *testing.T) {
	f := newStage(t, Options{})
	f.update(func(tx storage.Tx) error {
		for _, put := range []func() error{
			func() error { return tx.PutUser(authz.User{ID: "u", Active: true}) },
			func() error { return tx.PutKey(aKey("key_1", 1)) },
			func() error { return tx.PutKey(aKey("key_2", 2)) },
		} {
			if err := put(); err != nil {
				return err
			}
		}
		return nil
	})
	f.step()
	id, err := f.Imports().Begin(t.Context(), noon, "{}")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Imports().StartApplying(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	f.update(func(tx storage.Tx) error { return tx.PutUser(authz.User{ID: "u", Name: "half", Active: false}) })
	f.step()
	if user, _ := f.engine.Snapshot().User("u"); !user.Active() {
		t.Error("half of the import is seen")
	}
	f.update(func(tx storage.Tx) error {
		key := aKey("key_1", 1)
		at := noon
		key.RevokedAt = &at
		if err := tx.PutToken(storage.Token{ServiceToken: authz.ServiceToken{ID: "tok_1", CreatedAt: noon}}); err != nil {
			return err
		}
		return tx.PutKey(key)
	})
	revision := f.update(func(tx storage.Tx) error { return tx.PutKey(aKey("key_3", 3)) })
	f.step()
	s := f.engine.Snapshot()
	if key, _ := s.Key("key_1"); !key.Revoked() {
		t.Error("a revocation has to wait for the import")
	}
	if s.Counts().Tokens != 1 {
		t.Error("a service token has to wait for the import")
	}
	if _, ok := s.Key("key_3"); ok || s.Revision() != revision {
		t.Errorf("a key of the import is seen: %t, at revision %d of %d", ok, s.Revision(), revision)
	}
	f.update(func(tx storage.Tx) error { return tx.ImportDone(id) })
	f.step()
	s = f.engine.Snapshot()
	if user, _ := s.User("u"); user.Active() || user.Name() != "half" {
		t.Error("the import is done, and not seen")
	}
	if _, ok := s.Key("key_3"); !ok {
		t.Error("the import is done, and its key not seen")
	}
	if key, _ := s.Key("key_1"); !key.Revoked() {
		t.Error("the end of the import brought a key back")
	}
}

func TestNoWorldIsLoadedInTheMidstOfAnImport(t *testing.T) {
	f := newStage(t, Options{})
	id, err := f.Imports().Begin(t.Context(), noon, "{}")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Imports().StartApplying(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := f.feed.Step(t.Context()); err == nil || f.engine.Snapshot() != nil {
		t.Errorf("%v: half of an import was loaded", err)
	}
	f.update(func(tx storage.Tx) error { return tx.ImportDone(id) })
	f.step()
}

func aKey(id string, name byte) storage.Key {
	return storage.Key{
		APIKey: authz.APIKey{ID: id, Type: authz.PersonalKey, OwnerID: "u", Name: string(rune('a' + name)), CreatedAt: noon},
		Digest: sha256.Sum256([]byte(id)),
	}
}
