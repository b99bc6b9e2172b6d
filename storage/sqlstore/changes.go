package sqlstore

import (
	"context"

	"github.com/steelengine/steelgate/storage"
)

// Revision implements storage.Log.
func (s *session) Revision() (revision uint64, err error) {
	err = s.get(&revision, "SELECT revision FROM state")
	return revision, err
}

// Changes implements storage.Log. A revision that the limit would cut is answered whole where it is the first, and else
// left for the next call.
func (s *session) Changes(after uint64, limit int) ([]storage.Change, error) {
	var pruned uint64
	if err := s.get(&pruned, "SELECT pruned_through FROM state"); err != nil {
		return nil, err
	}
	if after < pruned {
		return nil, storage.ErrChangesPruned
	}
	var changes []storage.Change
	const columns = "SELECT revision, kind, a, b FROM changes "
	if err := s.list(&changes, columns+"WHERE revision > ? ORDER BY revision, seq LIMIT ?", after, limit+1); err != nil {
		return nil, err
	}
	if len(changes) <= limit {
		return changes, nil
	}
	cut := changes[limit].Revision
	whole := limit
	for whole > 0 && changes[whole-1].Revision == cut {
		whole--
	}
	if whole > 0 {
		return changes[:whole], nil
	}
	changes = nil
	err := s.list(&changes, columns+"WHERE revision = ? ORDER BY seq", cut)
	return changes, err
}

// log writes the change log, and answers the revision that stands then.
func (t *transaction) log(current uint64) (uint64, error) {
	if len(t.changes) == 0 {
		return current, nil
	}
	revision := current + 1
	rows := make([]any, 0, 5*len(t.changes))
	for seq, c := range t.changes {
		rows = append(rows, revision, seq, c.Kind, c.A, c.B)
	}
	if _, err := t.insertMany("INSERT INTO changes (revision, seq, kind, a, b)", 5, rows, ""); err != nil {
		return 0, err
	}
	_, err := t.exec("UPDATE state SET revision = ?", revision)
	return revision, err
}

// prunePortion is how many changes are deleted at a time, so that no update waits for long.
const prunePortion = 10_000

// Prune implements storage.Store. What is pruned is first said to be so, for then it may go piece by piece.
func (s *Store) Prune(ctx context.Context, through uint64) error {
	err := s.write(ctx, func(session *session, revision uint64) error {
		through = min(through, revision)
		_, err := session.exec("UPDATE state SET pruned_through = ? WHERE pruned_through < ?", through, through)
		return err
	})
	for deleted := int64(prunePortion); err == nil && deleted == prunePortion; {
		err = s.write(ctx, func(session *session, _ uint64) (err error) {
			deleted, err = session.exec(`DELETE FROM changes WHERE (revision, seq) IN
				(SELECT revision, seq FROM changes WHERE revision <= ? ORDER BY revision, seq LIMIT ?)`, through, prunePortion)
			return err
		})
	}
	return err
}
