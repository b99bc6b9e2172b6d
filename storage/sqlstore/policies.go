package sqlstore

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/steelengine/steelgate/storage"
)

// NewestPolicy implements storage.Policies.
func (s *session) NewestPolicy() (revision uint64, digest storage.Digest, err error) {
	newest, err := one(s, scanPolicyHead, policyHeads+" WHERE revision = (SELECT MAX(revision) FROM policy_revisions)")
	return newest.Revision, newest.Digest, err
}

const policyHeads = "SELECT revision, digest, message, author, base, restores, acknowledged, override, published_at FROM policy_revisions"

func scanPolicyHead(row scanner) (p storage.PolicyRevision, err error) {
	var digest []byte
	var at int64
	err = row.Scan(&p.Revision, &digest, &p.Message, &p.Author, &p.Base, &p.Restores, &p.Acknowledged, &p.Override, &at)
	copy(p.Digest[:], digest)
	p.PublishedAt = time.UnixMicro(at).UTC()
	return p, err
}

// PolicyRevision implements storage.Policies.
func (s *session) PolicyRevision(revision uint64) (storage.PolicyRevision, error) {
	p, err := one(s, scanPolicyHead, policyHeads+" WHERE revision = ?", int64(revision))
	if err != nil {
		return p, err
	}
	var files []byte
	if err := s.get(&files, "SELECT files FROM policy_revisions WHERE revision = ?", int64(revision)); err != nil {
		return p, err
	}
	return p, json.Unmarshal(files, &p.Files)
}

// ListPolicyRevisions implements storage.Policies.
func (s *session) ListPolicyRevisions(before uint64, limit int) (page []storage.PolicyRevision, more bool, err error) {
	w := where{}
	if before != 0 {
		w.add("revision < ?", int64(before))
	}
	page, err = all(s, scanPolicyHead, policyHeads+w.String()+" ORDER BY revision DESC LIMIT ?", append(w.args, limit+1)...)
	if len(page) > limit {
		return page[:limit], true, err
	}
	return page, false, err
}

// PutPolicyRevision implements storage.PolicyWriter.
func (t *transaction) PutPolicyRevision(p storage.PolicyRevision) error {
	files, err := json.Marshal(p.Files, json.Deterministic(true))
	if err != nil {
		return err
	}
	if _, err := t.exec(`INSERT INTO policy_revisions (revision, digest, files, message, author, base, restores, acknowledged, override, published_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		int64(p.Revision), p.Digest[:], files, p.Message, p.Author, int64(p.Base), int64(p.Restores), p.Acknowledged, p.Override, p.PublishedAt.UnixMicro()); err != nil {
		return err
	}
	if p.Revision > 1 {
		t.note(storage.PolicyKind, strconv.FormatUint(p.Revision, 10), "")
	}
	return nil
}

func scanPolicyCandidate(row scanner) (c storage.PolicyCandidate, err error) {
	var files []byte
	var at int64
	if err := row.Scan(&c.ID, &files, &c.Message, &c.Author, &c.Base, &c.Acknowledged, &c.Override, &at); err != nil {
		return c, err
	}
	c.BegunAt = time.UnixMicro(at).UTC()
	return c, json.Unmarshal(files, &c.Files)
}

// PolicyCandidate implements storage.Policies.
func (s *session) PolicyCandidate() (storage.PolicyCandidate, error) {
	return one(s, scanPolicyCandidate, "SELECT id, files, message, author, base, acknowledged, override, begun_at FROM policy_candidate")
}

// PutPolicyCandidate implements storage.PolicyWriter.
func (t *transaction) PutPolicyCandidate(c storage.PolicyCandidate) error {
	files, err := json.Marshal(c.Files, json.Deterministic(true))
	if err != nil {
		return err
	}
	return t.put(storage.PolicyCandidateKind, c.ID, "", `INSERT INTO policy_candidate (only_row, id, files, message, author, base, acknowledged, override, begun_at) VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (only_row) DO UPDATE SET id = excluded.id, files = excluded.files, message = excluded.message, author = excluded.author, base = excluded.base,
		acknowledged = excluded.acknowledged, override = excluded.override, begun_at = excluded.begun_at`,
		c.ID, files, c.Message, c.Author, int64(c.Base), c.Acknowledged, c.Override, c.BegunAt.UnixMicro())
}

// DeletePolicyCandidate implements storage.PolicyWriter.
func (t *transaction) DeletePolicyCandidate() error {
	candidate, err := t.PolicyCandidate()
	if err != nil {
		return err
	}
	return t.remove(storage.PolicyCandidateKind, candidate.ID, "", "DELETE FROM policy_candidate")
}

func scanShippedPolicy(row scanner) (p storage.ShippedPolicy, err error) {
	var digest, files []byte
	var at int64
	if err := row.Scan(&digest, &files, &p.Version, &at); err != nil {
		return p, err
	}
	copy(p.Digest[:], digest)
	p.SeenAt = time.UnixMicro(at).UTC()
	return p, json.Unmarshal(files, &p.Files)
}

// ShippedPolicies implements storage.Policies.
func (s *session) ShippedPolicies() ([]storage.ShippedPolicy, error) {
	return all(s, scanShippedPolicy, "SELECT digest, files, version, seen_at FROM policy_shipped ORDER BY seen_at, version")
}

// PutShippedPolicy implements storage.PolicyWriter.
func (t *transaction) PutShippedPolicy(p storage.ShippedPolicy) error {
	files, err := json.Marshal(p.Files, json.Deterministic(true))
	if err != nil {
		return err
	}
	_, err = t.exec("INSERT INTO policy_shipped (digest, files, version, seen_at) VALUES (?, ?, ?, ?) ON CONFLICT (digest) DO NOTHING", p.Digest[:], files, p.Version, p.SeenAt.UnixMicro())
	return err
}
