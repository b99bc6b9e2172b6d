package storagetest

import (
	"crypto/sha256"
	"math"
	"testing"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

// fullKey has a value in every field.
func fullKey(id string) storage.Key {
	expires, used, ended := noon.Add(time.Hour), noon.Add(time.Minute+123456*time.Microsecond), noon.Add(2*time.Minute)
	return storage.Key{
		APIKey: authz.APIKey{
			ID: id, Type: authz.OrganizationKey, Name: "Schlüssel „CI“", OwnerID: "org_1",
			WorkflowIDs: []string{"wf_2", "wf_1"},
			Grants:      []authz.Grant{{WorkspaceID: "ws_1", Permission: authz.Read}, {WorkflowID: "wf_1", Permission: authz.Admin}},
			Hint:        "sk-steelengine-…aB3_", CreatedBy: "usr_2", CreatedAt: noon.Add(time.Microsecond),
			ExpiresAt: &expires, Disabled: true, AllowedCIDRs: []string{"203.0.113.0/24", "2001:db8::/32"},
			LastUsedAt: &used, RevokedAt: &ended, RevokedBy: "leak: GitHub", ReplacedBy: "key_2", Replaces: "key_0",
		},
		Digest: sha256.Sum256([]byte("secret of " + id)), PepperVersion: math.MaxUint32, Sealed: []byte{0, 1, 255, 0},
	}
}

var keys = record[storage.Key]{
	kind: storage.KeyKind, a: "key_1",
	first:  key("key_1"),
	second: fullKey("key_1"),
	put:    storage.Tx.PutKey,
	get:    func(r storage.Reader) (storage.Key, error) { return r.Key("key_1") },
	each:   storage.Reader.EachKey,
	streamed: func(k storage.Key) storage.Key {
		k.Sealed, k.Hint, k.CreatedBy, k.CreatedAt, k.LastUsedAt, k.RevokedBy, k.ReplacedBy, k.Replaces = nil, "", "", time.Time{}, nil, "", "", ""
		return k
	},
}

var tokens = record[storage.Token]{
	kind: storage.TokenKind, a: "tok_1",
	first: storage.Token{ServiceToken: authz.ServiceToken{ID: "tok_1", CreatedAt: noon}},
	second: storage.Token{
		ServiceToken: authz.ServiceToken{
			ID: "tok_1", Name: "gateway", Scopes: []authz.TokenScope{authz.DecideScope, authz.BundleScope}, CreatedBy: "usr_1",
			CreatedAt: noon.Add(time.Microsecond), ExpiresAt: new(noon.Add(time.Hour)),
		},
		Digest: sha256.Sum256([]byte("tok_1")), PepperVersion: math.MaxUint32, Sealed: []byte{0, 1, 255, 0},
	},
	put:    storage.Tx.PutToken,
	get:    func(r storage.Reader) (storage.Token, error) { return r.Token("tok_1") },
	each:   storage.Reader.EachToken,
	remove: func(tx storage.Tx) error { return tx.DeleteToken("tok_1") },
}

// keyFields proves that each field of a key is kept by itself, nil and empty lists told apart, whichever way it is read.
func keyFields(t *testing.T, store storage.Store) {
	variants := []storage.Key{fullKey("key_full")}
	for id, edit := range map[string]func(*storage.Key){
		"workspace":     ownedBy(authz.WorkspaceKey, "ws_1"),
		"organization":  ownedBy(authz.OrganizationKey, "org_1"),
		"no-workflows":  func(k *storage.Key) { k.WorkflowIDs = []string{} },
		"workflows":     func(k *storage.Key) { k.WorkflowIDs = []string{"wf_1"} },
		"no-grants":     func(k *storage.Key) { k.Grants = []authz.Grant{} },
		"grants":        func(k *storage.Key) { k.Grants = []authz.Grant{{WorkspaceID: "ws_1", Permission: authz.Write}} },
		"no-cidrs":      func(k *storage.Key) { k.AllowedCIDRs = []string{} },
		"cidrs":         func(k *storage.Key) { k.AllowedCIDRs = []string{"::/0"} },
		"hint":          func(k *storage.Key) { k.Hint = "sk-steelengine-…1234" },
		"created-by":    func(k *storage.Key) { k.CreatedBy = "usr_9" },
		"expires-at":    expiring(noon),
		"disabled":      disabled,
		"last-used-at":  func(k *storage.Key) { k.LastUsedAt = new(noon) },
		"revoked-at":    func(k *storage.Key) { k.RevokedAt = new(noon) },
		"revoked-by":    func(k *storage.Key) { k.RevokedBy = "usr_9" },
		"replaced":      replaced,
		"pepper":        func(k *storage.Key) { k.PepperVersion = 7 },
		"sealed":        func(k *storage.Key) { k.Sealed = []byte("sealed") },
		"empty-name":    named(""),
		"digest-zeroes": func(k *storage.Key) { k.Digest = storage.Digest{} },
	} {
		variants = append(variants, key("key_"+id, edit))
	}
	update(t, store, putKeys(variants...))
	streamed := map[string]storage.Key{}
	view(t, store, func(r storage.Reader) error {
		return r.EachKey(func(k storage.Key) error { streamed[k.ID] = k; return nil })
	})
	for _, want := range variants {
		same(t, want.ID, ask(t, store, func(r storage.Reader) (storage.Key, error) { return r.Key(want.ID) }), want)
		same(t, want.ID+" by its digest", ask(t, store, func(r storage.Reader) (storage.Key, error) { return r.KeyByDigest(want.Digest) }), want)
		same(t, want.ID+" streamed", streamed[want.ID], keys.streamed(want))
	}
	same(t, "keys streamed", len(streamed), len(variants))
	_, err := askFor(t, store, func(r storage.Reader) (storage.Key, error) { return r.KeyByDigest(sha256.Sum256([]byte("unknown"))) })
	wantError(t, "an unknown digest", err, storage.ErrNotFound)

	// Each field may also go back to nothing.
	bare := key("key_full")
	update(t, store, putKeys(bare))
	same(t, "a key put bare", ask(t, store, func(r storage.Reader) (storage.Key, error) { return r.Key("key_full") }), bare)
	_, err = askFor(t, store, func(r storage.Reader) (storage.Key, error) { return r.KeyByDigest(fullKey("key_full").Digest) })
	wantError(t, "a digest that was replaced", err, storage.ErrNotFound)
}

// keyTimes proves that times are kept to the microsecond, in UTC, wherever they came from and however far they are.
func keyTimes(t *testing.T, store storage.Store) {
	zone := time.FixedZone("UTC-7", -7*60*60)
	for _, test := range []struct{ put, want time.Time }{
		{noon, noon},
		{noon.Add(999999 * time.Microsecond), noon.Add(999999 * time.Microsecond)},
		{noon.Add(1999 * time.Nanosecond), noon.Add(time.Microsecond)},
		{noon.In(zone), noon},
		{time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)},
		{time.Date(1969, 12, 31, 23, 59, 59, 999999000, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 999999000, time.UTC)},
		{time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC)},
	} {
		update(t, store, putKeys(key("key_1", createdAt(test.put), func(k *storage.Key) {
			k.ExpiresAt, k.LastUsedAt, k.RevokedAt = &test.put, &test.put, &test.put
		})))
		k := ask(t, store, func(r storage.Reader) (storage.Key, error) { return r.Key("key_1") })
		same(t, test.put.String(), []time.Time{k.CreatedAt, *k.ExpiresAt, *k.LastUsedAt, *k.RevokedAt}, []time.Time{test.want, test.want, test.want, test.want})
		update(t, store, func(tx storage.Tx) error {
			return tx.PutToken(storage.Token{ServiceToken: authz.ServiceToken{ID: "tok_1", CreatedAt: test.put, ExpiresAt: &test.put}})
		})
		token := ask(t, store, func(r storage.Reader) (storage.Token, error) { return r.Token("tok_1") })
		same(t, test.put.String(), []time.Time{token.CreatedAt, *token.ExpiresAt}, []time.Time{test.want, test.want})
	}
}

// tokenFields proves that scopes are kept as they are, and the list's order.
func tokenFields(t *testing.T, store storage.Store) {
	token := func(id string, created time.Time, scopes []authz.TokenScope) storage.Token {
		return storage.Token{ServiceToken: authz.ServiceToken{ID: id, CreatedAt: created, Scopes: scopes}, Digest: sha256.Sum256([]byte(id))}
	}
	oldest := token("tok_z", noon, nil)
	older := token("tok_a", noon.Add(time.Second), []authz.TokenScope{})
	newer := token("tok_b", noon.Add(time.Second), authz.TokenScopes)
	newest := token("tok_0", noon.Add(time.Minute), []authz.TokenScope{authz.AdminScope})
	update(t, store, func(tx storage.Tx) error {
		return first(tx.PutToken(newer), tx.PutToken(oldest), tx.PutToken(newest), tx.PutToken(older))
	})
	same(t, "tokens, newest first", ask(t, store, storage.Reader.ListTokens), []storage.Token{newest, newer, older, oldest})
}

// meta proves that notes are kept, replaced, and no part of the world.
func meta(t *testing.T, store storage.Store) {
	read := func(r storage.Reader) (string, error) { return r.Meta("keyring_check") }
	_, err := askFor(t, store, read)
	wantError(t, "a note that is not there", err, storage.ErrNotFound)
	for _, value := range []string{"first", "second", ""} {
		same(t, "revision", update(t, store, func(tx storage.Tx) error { return tx.PutMeta("keyring_check", value) }), uint64(0))
		same(t, "note", ask(t, store, read), value)
	}
	same(t, "changes", len(changesAfter(t, store, 0)), 0)
}
