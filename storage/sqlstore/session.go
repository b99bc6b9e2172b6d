package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/steelengine/steelgate/storage"
)

// session reads in one transaction. It is a storage.Reader.
type session struct {
	ctx context.Context
	tx  *sqlx.Tx
	// statements are those that were run, prepared from the second time on: an import runs the same few a million times, and
	// to parse them would take longer than to run them. They end with the transaction.
	statements map[string]*sqlx.Stmt
}

var _ storage.Reader = (*session)(nil)

// prepared is the statement to run a query by, or nil where it is run for the first time.
func (s *session) prepared(query string) (statement *sqlx.Stmt, err error) {
	statement, isKnown := s.statements[query]
	switch {
	case statement != nil:
		return statement, nil
	case isKnown:
		statement, err = s.tx.PreparexContext(s.ctx, s.tx.Rebind(query))
	case s.statements == nil:
		s.statements = map[string]*sqlx.Stmt{}
	}
	s.statements[query] = statement
	return statement, err
}

func (s *session) query(query string, args ...any) (*sqlx.Rows, error) {
	switch statement, err := s.prepared(query); {
	case err != nil:
		return nil, err
	case statement != nil:
		return statement.QueryxContext(s.ctx, args...)
	}
	return s.tx.QueryxContext(s.ctx, s.tx.Rebind(query), args...)
}

// get reads one row into a struct of columns or a single value. No row is ErrNotFound.
func (s *session) get(row any, query string, args ...any) (err error) {
	switch statement, failed := s.prepared(query); {
	case failed != nil:
		return failed
	case statement != nil:
		err = statement.GetContext(s.ctx, row, args...)
	default:
		err = s.tx.GetContext(s.ctx, row, s.tx.Rebind(query), args...)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return storage.ErrNotFound
	}
	return err
}

// list reads every row.
func (s *session) list(rows any, query string, args ...any) error {
	return s.tx.SelectContext(s.ctx, rows, s.tx.Rebind(query), args...)
}

// each hands every row to scan while they come.
func (s *session) each(scan func(*sqlx.Rows) error, query string, args ...any) (err error) {
	rows, err := s.query(query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// exec runs a statement, and answers how many rows it changed.
func (s *session) exec(query string, args ...any) (changed int64, err error) {
	var result sql.Result
	switch statement, failed := s.prepared(query); {
	case failed != nil:
		return 0, failed
	case statement != nil:
		result, err = statement.ExecContext(s.ctx, args...)
	default:
		result, err = s.tx.ExecContext(s.ctx, s.tx.Rebind(query), args...)
	}
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

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
	if err := s.list(&changes, columns+"WHERE revision > ? ORDER BY seq LIMIT ?", after, limit+1); err != nil {
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

// Meta implements storage.Reader.
func (s *session) Meta(name string) (value string, err error) {
	err = s.get(&value, "SELECT value FROM meta WHERE name = ?", name)
	return value, err
}

// transaction writes as well. It is a storage.Tx.
type transaction struct {
	*session
	changes []storage.Change
	noted   map[storage.Change]bool
}

var _ storage.Tx = (*transaction)(nil)

// note enters a change in the log, once for each record.
func (t *transaction) note(kind storage.Kind, a, b string) {
	change := storage.Change{Kind: kind, A: a, B: b}
	if t.noted == nil {
		t.noted = map[storage.Change]bool{}
	}
	if !t.noted[change] {
		t.noted[change] = true
		t.changes = append(t.changes, change)
	}
}

// log writes the change log, and answers the revision that stands then.
func (t *transaction) log(current uint64) (uint64, error) {
	if len(t.changes) == 0 {
		return current, nil
	}
	revision := current + 1
	rows := make([]map[string]any, len(t.changes))
	for i, c := range t.changes {
		rows[i] = map[string]any{"revision": revision, "kind": c.Kind, "a": c.A, "b": c.B}
	}
	if err := t.insertMany("INSERT INTO changes (revision, kind, a, b) VALUES (:revision, :kind, :a, :b)", rows); err != nil {
		return 0, err
	}
	_, err := t.exec("UPDATE state SET revision = ?", revision)
	return revision, err
}

// insertMany inserts rows, many in a statement.
func (s *session) insertMany(query string, rows []map[string]any) error {
	const portion = 500
	for len(rows) > 0 {
		n := min(portion, len(rows))
		if _, err := s.tx.NamedExecContext(s.ctx, query, rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// put runs a statement that makes or replaces a record, and notes the change.
func (t *transaction) put(kind storage.Kind, a, b, query string, args ...any) error {
	if _, err := t.exec(query, args...); err != nil {
		return fmt.Errorf("putting a %s: %w", kind, err)
	}
	t.note(kind, a, b)
	return nil
}

// remove runs a statement that deletes one record, and notes the change.
func (t *transaction) remove(kind storage.Kind, a, b, query string, args ...any) error {
	n, err := t.exec(query, args...)
	if err != nil {
		return fmt.Errorf("deleting a %s: %w", kind, err)
	}
	if n == 0 {
		return storage.ErrNotFound
	}
	t.note(kind, a, b)
	return nil
}

// PutMeta implements storage.Tx.
func (t *transaction) PutMeta(name, value string) error {
	_, err := t.exec("INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
	return err
}

// Prune implements storage.Store.
func (s *Store) Prune(ctx context.Context, through uint64) error {
	return s.write(ctx, func(session *session, revision uint64) error {
		through = min(through, revision)
		if _, err := session.exec("DELETE FROM changes WHERE revision <= ?", through); err != nil {
			return err
		}
		_, err := session.exec("UPDATE state SET pruned_through = ? WHERE pruned_through < ?", through, through)
		return err
	})
}
