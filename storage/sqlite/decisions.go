package sqlite

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"sync"

	"github.com/jmoiron/sqlx"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage/decisions"
	"github.com/steelengine/steelgate/storage/sqlite/segment"
	"github.com/steelengine/steelgate/storage/sqlstore"
)

//go:embed decision_migrations/*.sql
var decisionMigrations embed.FS

const (
	// segmentSize is how many decisions are packed together at most.
	segmentSize = 1000
	// tailSize is up to how many decisions a segment is written anew for the next few: with little traffic a segment would
	// else be a decision or two.
	tailSize = 256
	// dropAtOnce is how many segments one transaction lets go of: others wait for it.
	dropAtOnce = 64
)

// DecisionLog keeps logged decisions in a file of their own, packed by the hundred. It is a decisions.Log.
type DecisionLog struct {
	reads, writes *sqlx.DB

	mutex sync.Mutex
	// tail are the decisions of the segment tailSeq, which the next few may join; 0 is none.
	tail    []authz.LoggedDecision
	tailSeq int64
}

var _ decisions.Log = (*DecisionLog)(nil)

// OpenDecisions opens the decision log's file at path, makes it where there is none (mode 0600), and brings its schema up to
// date. A crash of the machine may cost what was appended last, one of the process nothing: other than the truth, it is not
// synced at every write.
func OpenDecisions(ctx context.Context, path string) (*DecisionLog, error) {
	path, err := filepath.Abs(path)
	if err == nil {
		err = makePrivate(path)
	}
	if err != nil {
		return nil, fmt.Errorf("the decision log's file: %w", err)
	}
	writes, err := open(ctx, path, url.Values{"_txlock": {"immediate"}, "_pragma": pragmas("auto_vacuum(INCREMENTAL)", "journal_mode(WAL)", "synchronous(NORMAL)", logLimit)})
	if err != nil {
		return nil, translate(err)
	}
	writes.SetMaxOpenConns(1)
	if err := migrate(ctx, writes, sqlstore.Sub(decisionMigrations, "decision_migrations")); err != nil {
		return nil, errors.Join(translate(err), writes.Close())
	}
	reads, err := openReaders(ctx, path)
	if err != nil {
		return nil, errors.Join(translate(err), writes.Close())
	}
	return &DecisionLog{reads: reads, writes: writes}, nil
}

// Close implements decisions.Log.
func (l *DecisionLog) Close() error { return errors.Join(l.reads.Close(), l.writes.Close()) }

// Append implements decisions.Log.
func (l *DecisionLog) Append(ctx context.Context, made []authz.LoggedDecision) error {
	if len(made) == 0 {
		return nil
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	tx, err := l.writes.BeginTxx(ctx, nil)
	if err != nil {
		return translate(err)
	}
	defer func() { _ = tx.Rollback() }()
	tail, tailSeq := l.tail, l.tailSeq
	if len(tail)+len(made) <= tailSize && tailSeq != 0 {
		joined := sorted(slices.Concat(tail, made))
		stands, err := put(ctx, tx, tailSeq, joined)
		if err != nil {
			return translate(err)
		}
		if stands {
			tail, made = joined, nil
		}
	}
	for portion := range slices.Chunk(sorted(made), segmentSize) {
		tail = portion
		if tailSeq, err = insert(ctx, tx, portion); err != nil {
			return translate(err)
		}
	}
	if err := tx.Commit(); err != nil {
		return translate(err)
	}
	// What the caller does with its slice is its own affair.
	l.tail, l.tailSeq = slices.Clone(tail), tailSeq
	if len(tail) >= tailSize {
		l.tail, l.tailSeq = nil, 0
	}
	return nil
}

func sorted(made []authz.LoggedDecision) []authz.LoggedDecision {
	return slices.SortedFunc(slices.Values(made), oldestFirst)
}

func oldestFirst(a, b authz.LoggedDecision) int {
	return decisions.PositionOf(a).Compare(decisions.PositionOf(b))
}

// put writes a segment anew; it is false where the segment is gone.
func put(ctx context.Context, tx *sqlx.Tx, seq int64, made []authz.LoggedDecision) (stands bool, err error) {
	result, err := tx.ExecContext(ctx, "UPDATE segments SET first_at = ?, last_at = ?, decisions = ?, filter = ?, packed = ? WHERE seq = ?",
		made[0].Time.UnixMicro(), made[len(made)-1].Time.UnixMicro(), len(made), segment.Filter(made), segment.Pack(made), seq)
	if err != nil {
		return false, err
	}
	rows, err := result.RowsAffected()
	return rows == 1, err
}

func insert(ctx context.Context, tx *sqlx.Tx, made []authz.LoggedDecision) (seq int64, err error) {
	result, err := tx.ExecContext(ctx, "INSERT INTO segments (first_at, last_at, decisions, filter, packed) VALUES (?, ?, ?, ?, ?)",
		made[0].Time.UnixMicro(), made[len(made)-1].Time.UnixMicro(), len(made), segment.Filter(made), segment.Pack(made))
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}

// Retain implements decisions.Log. It lets go of whole segments.
func (l *DecisionLog) Retain(ctx context.Context, limit decisions.Limit) error {
	if !limit.Since.IsZero() {
		for {
			dropped, err := l.drop(ctx, "SELECT seq FROM segments WHERE last_at < ? ORDER BY last_at LIMIT ?", limit.Since.UnixMicro(), dropAtOnce)
			if err != nil {
				return err
			}
			if dropped < dropAtOnce {
				break
			}
		}
	}
	for limit.Bytes > 0 {
		taken, err := l.size(ctx)
		if err != nil {
			return err
		}
		if taken <= limit.Bytes {
			break
		}
		dropped, err := l.drop(ctx, "SELECT seq FROM segments ORDER BY last_at LIMIT ?", dropAtOnce)
		if err != nil {
			return err
		}
		if dropped == 0 {
			break
		}
	}
	// What is freed goes back to the disk by itself only where it is asked for.
	_, err := l.writes.ExecContext(ctx, "PRAGMA incremental_vacuum(4096)")
	return translate(err)
}

func (l *DecisionLog) drop(ctx context.Context, which string, args ...any) (dropped int64, err error) {
	result, err := l.writes.ExecContext(ctx, "DELETE FROM segments WHERE seq IN ("+which+")", args...)
	if err != nil {
		return 0, translate(err)
	}
	dropped, err = result.RowsAffected()
	return dropped, translate(err)
}

// size is how many bytes of the file hold something.
func (l *DecisionLog) size(ctx context.Context) (bytes int64, err error) {
	err = l.reads.GetContext(ctx, &bytes, "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size")
	return bytes, translate(err)
}
