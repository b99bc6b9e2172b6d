package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jmoiron/sqlx"

	"github.com/steelengine/steelgate/storage"
)

// session reads in one transaction. It is a storage.Reader.
type session struct {
	*statements
	ctx context.Context
}

var _ storage.Reader = (*session)(nil)

func newSession(ctx context.Context, tx *sqlx.Tx) *session {
	return &session{ctx: ctx, statements: &statements{tx: tx, known: map[string]*statement{}}}
}

// get reads one row into a struct of columns or a single value. No row is ErrNotFound.
func (s *session) get(row any, query string, args ...any) error {
	if !storable(args) {
		return storage.ErrNotFound
	}
	known, err := s.statement(s.ctx, query)
	if err != nil {
		return err
	}
	if known.prepared != nil {
		err = known.prepared.GetContext(s.ctx, row, args...)
	} else {
		err = s.tx.GetContext(s.ctx, row, known.text, args...)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return storage.ErrNotFound
	}
	return err
}

// list reads every row.
func (s *session) list(rows any, query string, args ...any) error {
	if !storable(args) {
		return nil
	}
	return s.tx.SelectContext(s.ctx, rows, s.tx.Rebind(query), args...)
}

// each hands every row to scan while they come.
func (s *session) each(scan func(*sqlx.Rows) error, query string, args ...any) error {
	if !storable(args) {
		return nil
	}
	known, err := s.statement(s.ctx, query)
	if err != nil {
		return err
	}
	var rows *sqlx.Rows
	if known.prepared != nil {
		rows, err = known.prepared.QueryxContext(s.ctx, args...)
	} else {
		rows, err = s.tx.QueryxContext(s.ctx, known.text, args...)
	}
	if err != nil {
		return err
	}
	// An error of closing says nothing that those of reading do not.
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// exec runs a statement, and answers how many rows it changed.
func (s *session) exec(query string, args ...any) (int64, error) {
	if !storable(args) {
		return 0, storage.ErrUnstorable
	}
	known, err := s.statement(s.ctx, query)
	if err != nil {
		return 0, err
	}
	var result sql.Result
	if known.prepared != nil {
		result, err = known.prepared.ExecContext(s.ctx, args...)
	} else {
		result, err = s.tx.ExecContext(s.ctx, known.text, args...)
	}
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}
