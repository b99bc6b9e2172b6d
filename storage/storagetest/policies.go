package storagetest

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/steelengine/steelgate/storage"
)

func policyRevision(n uint64) storage.PolicyRevision {
	return storage.PolicyRevision{
		Revision: n, Digest: sha256.Sum256([]byte{byte(n)}), Message: "„why“", Author: "usr_1", Base: n - 1, Restores: n / 2, Acknowledged: "abc", Override: "because",
		Files: map[string]string{"authz/a.rego": "package a\n\n# ü\t\"<>&\"", "b.rego": ""}, PublishedAt: noon.Add(time.Duration(n) * time.Microsecond),
	}
}

func bare(p storage.PolicyRevision) storage.PolicyRevision {
	p.Files = nil
	return p
}

// policyRevisions proves that revisions are kept whole, listed newest first, and enter the change log but for the first.
func policyRevisions(t *testing.T, store storage.Store) {
	newest := func() (uint64, storage.Digest, error) {
		var revision uint64
		var digest storage.Digest
		err := store.View(t.Context(), func(r storage.Reader) (err error) {
			revision, digest, err = r.NewestPolicy()
			return err
		})
		return revision, digest, err
	}
	_, _, err := newest()
	wantError(t, "the newest of none", err, storage.ErrNotFound)
	for n := uint64(1); n <= 5; n++ {
		same(t, "data revision", update(t, store, func(tx storage.Tx) error { return tx.PutPolicyRevision(policyRevision(n)) }), n-1)
		revision, digest, err := newest()
		wantError(t, "the newest", err, nil)
		same(t, "newest", revision, n)
		same(t, "its digest", digest, policyRevision(n).Digest)
	}
	same(t, "changes", changesAfter(t, store, 0)[0], storage.Change{Revision: 1, Kind: storage.PolicyKind, A: "2"})
	for n := uint64(1); n <= 5; n++ {
		same(t, "a revision", ask(t, store, func(r storage.Reader) (storage.PolicyRevision, error) { return r.PolicyRevision(n) }), policyRevision(n))
	}
	_, err = askFor(t, store, func(r storage.Reader) (storage.PolicyRevision, error) { return r.PolicyRevision(6) })
	wantError(t, "one that was not published", err, storage.ErrNotFound)
	for _, test := range []struct {
		before uint64
		limit  int
		want   []storage.PolicyRevision
		more   bool
	}{
		{0, 2, []storage.PolicyRevision{bare(policyRevision(5)), bare(policyRevision(4))}, true},
		{4, 2, []storage.PolicyRevision{bare(policyRevision(3)), bare(policyRevision(2))}, true},
		{3, 2, []storage.PolicyRevision{bare(policyRevision(2)), bare(policyRevision(1))}, false},
		{1, 2, nil, false},
	} {
		view(t, store, func(r storage.Reader) error {
			page, more, err := r.ListPolicyRevisions(test.before, test.limit)
			same(t, "a page", page, test.want)
			same(t, "more", more, test.more)
			return err
		})
	}
	if _, err := store.Update(t.Context(), func(tx storage.Tx) error { return tx.PutPolicyRevision(policyRevision(5)) }); err == nil {
		t.Error("a revision is published twice")
	}
	same(t, "what was published", ask(t, store, func(r storage.Reader) (storage.PolicyRevision, error) { return r.PolicyRevision(5) }), policyRevision(5))
}

// policyCandidates proves that there is one at most, and that its beginning and end enter the change log.
func policyCandidates(t *testing.T, store storage.Store) {
	read := func(r storage.Reader) (storage.PolicyCandidate, error) { return r.PolicyCandidate() }
	_, err := askFor(t, store, read)
	wantError(t, "none", err, storage.ErrNotFound)
	for revision, id := range []string{1: "cand_1", 2: "cand_2"} {
		if id == "" {
			continue
		}
		c := storage.PolicyCandidate{ID: id, Files: map[string]string{"a.rego": "package a"}, Message: "m", Author: "usr_1", Base: 3, Acknowledged: "x", Override: "y", BegunAt: noon.Add(time.Microsecond)}
		same(t, "data revision", update(t, store, func(tx storage.Tx) error { return tx.PutPolicyCandidate(c) }), uint64(revision))
		same(t, "candidate", ask(t, store, read), c)
	}
	same(t, "data revision", update(t, store, func(tx storage.Tx) error { return tx.DeletePolicyCandidate() }), uint64(3))
	same(t, "change", changesAfter(t, store, 2), []storage.Change{{Revision: 3, Kind: storage.PolicyCandidateKind, A: "cand_2"}})
	_, err = askFor(t, store, read)
	wantError(t, "one that ended", err, storage.ErrNotFound)
	_, err = store.Update(t.Context(), func(tx storage.Tx) error { return tx.DeletePolicyCandidate() })
	wantError(t, "ending none", err, storage.ErrNotFound)
}

// shippedPolicies proves that each set is kept as it was first seen.
func shippedPolicies(t *testing.T, store storage.Store) {
	set := func(n byte, version string, at time.Time) storage.ShippedPolicy {
		return storage.ShippedPolicy{Digest: sha256.Sum256([]byte{n}), Files: map[string]string{"a.rego": string('a' + rune(n))}, Version: version, SeenAt: at}
	}
	same(t, "revision", update(t, store, func(tx storage.Tx) error {
		return first(tx.PutShippedPolicy(set(2, "v2", noon.Add(time.Hour))), tx.PutShippedPolicy(set(1, "v1", noon)), tx.PutShippedPolicy(set(2, "v3", noon)))
	}), uint64(0))
	same(t, "in order", ask(t, store, storage.Reader.ShippedPolicies), []storage.ShippedPolicy{set(1, "v1", noon), set(2, "v2", noon.Add(time.Hour))})
}
