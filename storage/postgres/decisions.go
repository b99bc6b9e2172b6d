package postgres

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/pressly/goose/v3"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage/decisions"
	"github.com/steelengine/steelgate/storage/sqlstore"
)

//go:embed decision_migrations/*.sql
var decisionMigrations embed.FS

// decisionConnections are apart from those of the truth: who reads the log for long takes none that a revoke needs.
const decisionConnections = 4

// DecisionLog keeps logged decisions in a table with a partition for each day. It is a decisions.Log.
type DecisionLog struct {
	db *sqlx.DB

	mutex sync.Mutex
	// days are those whose partition stands, as far as is known here.
	days map[string]bool
}

var _ decisions.Log = (*DecisionLog)(nil)

// OpenDecisions connects to the database that a postgres:// URL names, and brings the decision log's own schema up to date: its
// versions are counted apart, so that a database of the log alone may be named too.
func OpenDecisions(ctx context.Context, address string) (*DecisionLog, error) {
	db, err := openPool(ctx, address, decisionConnections, sqlstore.Sub(decisionMigrations, "decision_migrations"), goose.WithTableName("decision_log_version"))
	if err != nil {
		return nil, err
	}
	return &DecisionLog{db: db, days: map[string]bool{}}, nil
}

// Close implements decisions.Log.
func (l *DecisionLog) Close() error { return l.db.Close() }

var decisionColumns = []string{
	"at", "id", "key_id", "owner_type", "owner_id", "resource_type", "resource_id", "workspace_id", "organization_id", "action", "code", "allow", "body",
}

func decisionRow(d authz.LoggedDecision) ([]any, error) {
	body, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	r := d.Request.Resource
	return []any{
		d.Time.UnixMicro(), d.ID, d.KeyID, string(d.KeyOwner.Type), d.KeyOwner.ID, r.Type, r.ID, d.WorkspaceID, d.OrganizationID, d.Request.Action,
		string(d.Code), d.Allow, string(body),
	}, nil
}

// The errors that Append mends: a decision that stands already, and a day whose partition was dropped meanwhile.
const (
	uniqueViolation = "23505"
	noPartition     = "23514"
)

// Append implements decisions.Log.
func (l *DecisionLog) Append(ctx context.Context, made []authz.LoggedDecision) error {
	if err := l.makeDays(ctx, made); err != nil {
		return translate(err)
	}
	err := l.inTransaction(ctx, func(tx *sqlx.Tx) error { return copyIn(ctx, tx, "logged_decisions", made) })
	failure, isServers := errors.AsType[*pq.Error](err)
	switch {
	case isServers && failure.Code == noPartition:
		l.forgetDays()
		if err = l.makeDays(ctx, made); err == nil {
			err = l.inTransaction(ctx, func(tx *sqlx.Tx) error { return copyIn(ctx, tx, "logged_decisions", made) })
		}
	case isServers && failure.Code == uniqueViolation:
		err = l.inTransaction(ctx, func(tx *sqlx.Tx) error { return copyMissing(ctx, tx, made) })
	}
	return translate(err)
}

func (l *DecisionLog) inTransaction(ctx context.Context, work func(*sqlx.Tx) error) error {
	tx, err := l.db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := work(tx); err != nil {
		return err
	}
	return tx.Commit()
}

func copyIn(ctx context.Context, tx *sqlx.Tx, table string, made []authz.LoggedDecision) (err error) {
	statement, err := tx.PrepareContext(ctx, pq.CopyIn(table, decisionColumns...))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, statement.Close()) }()
	for _, d := range made {
		row, err := decisionRow(d)
		if err != nil {
			return err
		}
		if _, err := statement.ExecContext(ctx, row...); err != nil {
			return err
		}
	}
	_, err = statement.ExecContext(ctx)
	return err
}

// copyMissing leaves out what stands: an earlier attempt may have come through without its being known.
func copyMissing(ctx context.Context, tx *sqlx.Tx, made []authz.LoggedDecision) error {
	if _, err := tx.ExecContext(ctx, "CREATE TEMPORARY TABLE arriving ON COMMIT DROP AS SELECT * FROM logged_decisions WITH NO DATA"); err != nil {
		return err
	}
	if err := copyIn(ctx, tx, "arriving", made); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO logged_decisions SELECT * FROM arriving ON CONFLICT DO NOTHING")
	return err
}

// A partition is named for its day, in UTC.
const dayFormat = "logged_decisions_20060102"

// makeDays makes the partitions that decisions need. Replicas do it one after the other, and each looks only once a day.
func (l *DecisionLog) makeDays(ctx context.Context, made []authz.LoggedDecision) error {
	missing := map[string]time.Time{}
	l.mutex.Lock()
	for _, d := range made {
		if name := d.Time.UTC().Format(dayFormat); !l.days[name] {
			missing[name] = d.Time.UTC().Truncate(24 * time.Hour)
		}
	}
	l.mutex.Unlock()
	for name, day := range missing {
		err := l.inTransaction(ctx, func(tx *sqlx.Tx) error {
			if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(hashtext('steelgate decision log'))"); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s PARTITION OF logged_decisions FOR VALUES FROM (%d) TO (%d)",
				name, day.UnixMicro(), day.AddDate(0, 0, 1).UnixMicro()))
			return err
		})
		if err != nil {
			return err
		}
		l.mutex.Lock()
		l.days[name] = true
		l.mutex.Unlock()
	}
	return nil
}

func (l *DecisionLog) forgetDays() {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	clear(l.days)
}

// Retain implements decisions.Log. It lets go of whole days, and never of the newest.
func (l *DecisionLog) Retain(ctx context.Context, limit decisions.Limit) error {
	var days []struct {
		Name  string `db:"name"`
		Bytes int64  `db:"bytes"`
	}
	err := l.db.SelectContext(ctx, &days, `SELECT c.relname AS name, pg_total_relation_size(c.oid) AS bytes FROM pg_inherits i
		JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'logged_decisions'::regclass ORDER BY c.relname`)
	if err != nil {
		return translate(err)
	}
	taken := int64(0)
	for _, day := range days {
		taken += day.Bytes
	}
	for i, day := range days {
		begins, err := time.Parse(dayFormat, day.Name)
		if err != nil {
			continue // a partition that somebody else made is theirs
		}
		isOld := !limit.Since.IsZero() && !begins.AddDate(0, 0, 1).After(limit.Since)
		isTooMuch := limit.Bytes > 0 && taken > limit.Bytes && i < len(days)-1
		if !isOld && !isTooMuch {
			break
		}
		err = l.inTransaction(ctx, func(tx *sqlx.Tx) error {
			// Whoever reads for long is not waited for: what waits behind this would wait too.
			_, err := tx.ExecContext(ctx, "SET LOCAL lock_timeout = '2s'; DROP TABLE IF EXISTS "+pq.QuoteIdentifier(day.Name))
			return err
		})
		if err != nil {
			return translate(err)
		}
		taken -= day.Bytes
	}
	l.forgetDays()
	return nil
}
