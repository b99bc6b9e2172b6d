package sqlstore

import (
	"context"
	"errors"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/storage"
)

// imports implements storage.Imports. What is staged is no part of the world: no change is logged.
type imports struct{ store *Store }

// Imports implements storage.Store.
func (s *Store) Imports() storage.Imports { return imports{s} }

func (i imports) write(ctx context.Context, work func(*session) error) error {
	return i.store.write(ctx, func(s *session, _ uint64) error { return work(s) })
}

func (i imports) read(ctx context.Context, work func(*session) error) error {
	return i.store.View(ctx, func(r storage.Reader) error { return work(r.(*session)) })
}

// Begin implements storage.Imports.
func (i imports) Begin(ctx context.Context, at time.Time, by string) (string, error) {
	id := apikey.NewID("imp_")
	err := i.write(ctx, func(s *session) error {
		_, err := s.exec("INSERT INTO imports (id, begun_at, begun_by) VALUES (?, ?, ?)", id, at.UnixMicro(), by)
		return err
	})
	return id, err
}

// By implements storage.Imports.
func (i imports) By(ctx context.Context, id string) (by string, err error) {
	err = i.read(ctx, func(s *session) error { return s.get(&by, "SELECT begun_by FROM imports WHERE id = ?", id) })
	return by, err
}

const stagedColumns = "SELECT rank, line, kind, a, b, entity FROM import_lines WHERE import_id = ?"

func scanStagedLine(row scanner) (l storage.StagedLine, err error) {
	err = row.Scan(&l.Rank, &l.Line, &l.Kind, &l.A, &l.B, &l.Entity)
	return l, err
}

// Stage implements storage.Imports.
func (i imports) Stage(ctx context.Context, id string, lines []storage.StagedLine) error {
	return i.write(ctx, func(s *session) error {
		var staging bool
		if err := s.get(&staging, "SELECT NOT applying FROM imports WHERE id = ?", id); err != nil {
			return err
		}
		if !staging {
			return storage.ErrNotFound
		}
		const width = 7
		rows := make([]any, 0, width*len(lines))
		for _, l := range lines {
			rows = append(rows, id, l.Rank, l.Line, l.Kind, l.A, l.B, l.Entity)
		}
		inserted, err := s.insertMany("INSERT INTO import_lines (import_id, rank, line, kind, a, b, entity)", width, rows, " ON CONFLICT DO NOTHING")
		if err == nil && inserted < int64(len(lines)) {
			return s.doubled(id, lines)
		}
		return err
	})
}

// doubled finds the line that did not go in, and the one in its place.
func (s *session) doubled(id string, lines []storage.StagedLine) error {
	for _, l := range lines {
		var first int
		err := s.get(&first, "SELECT line FROM import_lines WHERE import_id = ? AND kind = ? AND a = ? AND b = ?", id, l.Kind, l.A, l.B)
		if err != nil {
			return err
		}
		if first != l.Line {
			return &storage.DoubledLine{First: first, Second: l.Line}
		}
	}
	return errors.New("a line could not be staged")
}

// Lines implements storage.Imports.
func (i imports) Lines(ctx context.Context, id string, after storage.StagedPosition, limit int) (lines []storage.StagedLine, err error) {
	err = i.read(ctx, func(s *session) error {
		lines, err = all(s, scanStagedLine, stagedColumns+" AND (rank, line) > (?, ?) ORDER BY rank, line LIMIT ?", id, after.Rank, after.Line, limit)
		return err
	})
	return lines, err
}

// StartApplying implements storage.Imports.
func (i imports) StartApplying(ctx context.Context, id string) error {
	return i.write(ctx, func(s *session) error {
		other, _, err := s.applying()
		switch {
		case err == nil && other != id:
			return storage.ErrImportInProgress
		case err != nil && !errors.Is(err, storage.ErrNotFound):
			return err
		}
		n, err := s.exec("UPDATE imports SET applying = ? WHERE id = ?", true, id)
		if err == nil && n == 0 {
			return storage.ErrNotFound
		}
		return err
	})
}

func (s *session) applying() (string, storage.StagedPosition, error) {
	var row struct {
		ID   string `db:"id"`
		Rank int    `db:"through_rank"`
		Line int    `db:"through_line"`
	}
	err := s.get(&row, "SELECT id, through_rank, through_line FROM imports WHERE applying")
	return row.ID, storage.StagedPosition{Rank: row.Rank, Line: row.Line}, err
}

// Applying implements storage.Imports.
func (i imports) Applying(ctx context.Context) (id string, through storage.StagedPosition, err error) {
	err = i.read(ctx, func(s *session) error {
		id, through, err = s.applying()
		return err
	})
	return id, through, err
}

// Discard implements storage.Imports. Once done, an import is first made no longer to apply, so that others need not wait
// for its lines to be gone.
func (i imports) Discard(ctx context.Context, id string, done bool) error {
	if done {
		if err := i.write(ctx, func(s *session) error {
			_, err := s.exec("UPDATE imports SET applying = ? WHERE id = ?", false, id)
			return err
		}); err != nil {
			return err
		}
	}
	const portion = 10_000
	for {
		var deleted int64
		err := i.write(ctx, func(s *session) (err error) {
			if applying, _, err := s.applying(); err == nil && applying == id {
				return nil
			} else if err != nil && !errors.Is(err, storage.ErrNotFound) {
				return err
			}
			deleted, err = s.exec(`DELETE FROM import_lines WHERE import_id = ? AND (rank, line) IN
				(SELECT rank, line FROM import_lines WHERE import_id = ? LIMIT ?)`, id, id, portion)
			if err != nil || deleted > 0 {
				return err
			}
			_, err = s.exec("DELETE FROM imports WHERE id = ?", id)
			return err
		})
		if err != nil || deleted == 0 {
			return err
		}
	}
}

// DiscardStaged implements storage.Imports.
func (i imports) DiscardStaged(ctx context.Context, before time.Time) error {
	var ids []string
	err := i.read(ctx, func(s *session) error {
		return s.list(&ids, "SELECT id FROM imports WHERE begun_at < ? AND NOT applying", before.UnixMicro())
	})
	for _, id := range ids {
		err = errors.Join(err, i.Discard(ctx, id, false))
	}
	return err
}

// ImportApplying implements storage.Reader.
func (s *session) ImportApplying() (bool, error) {
	_, _, err := s.applying()
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// ImportStands implements storage.Reader.
func (s *session) ImportStands() (stands bool, err error) {
	err = s.get(&stands, "SELECT EXISTS (SELECT 1 FROM imports)")
	return stands, err
}

// ImportEnded implements storage.Reader.
func (s *session) ImportEnded(id string) (revision uint64, err error) {
	err = s.get(&revision, "SELECT revision FROM changes WHERE kind = ? AND a = ?", string(storage.ImportKind), id)
	return revision, err
}

// ImportDone implements storage.Tx.
func (t *transaction) ImportDone(id string) error {
	n, err := t.exec("UPDATE imports SET applying = ? WHERE id = ? AND applying", false, id)
	if err == nil && n == 0 {
		return storage.ErrNotFound
	}
	t.note(storage.ImportKind, id, "")
	return err
}

// ImportApplied implements storage.Tx.
func (t *transaction) ImportApplied(id string, after, through storage.StagedPosition) error {
	n, err := t.exec("UPDATE imports SET through_rank = ?, through_line = ? WHERE id = ? AND applying AND through_rank = ? AND through_line = ?",
		through.Rank, through.Line, id, after.Rank, after.Line)
	if err == nil && n == 0 {
		return storage.ErrNotFound
	}
	return err
}
