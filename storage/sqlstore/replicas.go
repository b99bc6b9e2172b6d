package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"github.com/steelengine/steelgate/storage"
)

func scanReplica(row scanner) (r storage.Replica, err error) {
	var startedAt, seenAt, data, policy int64
	var age sql.NullInt64
	err = row.Scan(&r.ID, &r.Version, &startedAt, &seenAt, &data, &policy, &age, &r.IsReady)
	r.StartedAt, r.SeenAt = time.UnixMicro(startedAt).UTC(), time.UnixMicro(seenAt).UTC()
	r.DataRevision, r.PolicyRevision = uint64(data), uint64(policy)
	if age.Valid {
		known := time.Duration(age.Int64) * time.Microsecond
		r.DataAge = &known
	}
	return r, err
}

// Replicas implements storage.Replicas.
func (s *session) Replicas(seenSince time.Time) ([]storage.Replica, error) {
	return all(s, scanReplica, `SELECT id, version, started_at, seen_at, data_revision, policy_revision, data_age, ready FROM replicas
		WHERE seen_at >= ? ORDER BY started_at, id`, seenSince.UnixMicro())
}

// PutReplica implements storage.Store.
func (s *Store) PutReplica(ctx context.Context, r storage.Replica) error {
	age := sql.NullInt64{}
	if r.DataAge != nil {
		age = sql.NullInt64{Int64: r.DataAge.Microseconds(), Valid: true}
	}
	return s.writeBeside(ctx, `INSERT INTO replicas (id, version, started_at, seen_at, data_revision, policy_revision, data_age, ready) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET version = excluded.version, started_at = excluded.started_at, seen_at = excluded.seen_at, data_revision = excluded.data_revision,
		policy_revision = excluded.policy_revision, data_age = excluded.data_age, ready = excluded.ready`,
		r.ID, r.Version, r.StartedAt.UnixMicro(), r.SeenAt.UnixMicro(), int64(r.DataRevision), int64(r.PolicyRevision), age, r.IsReady)
}

// RemoveReplica implements storage.Store.
func (s *Store) RemoveReplica(ctx context.Context, id string) error {
	return s.writeBeside(ctx, "DELETE FROM replicas WHERE id = ?", id)
}

// writeBeside runs one statement that has nothing to do with the world: where the database lets several write, it waits for none
// of those who do.
func (s *Store) writeBeside(ctx context.Context, query string, args ...any) error {
	if !storable(args) {
		return storage.ErrUnstorable
	}
	_, err := s.o.Writes.ExecContext(ctx, s.o.Writes.Rebind(query), args...)
	return s.translate(ctx, err)
}
