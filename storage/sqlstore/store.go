package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jmoiron/sqlx"

	"github.com/steelengine/steelgate/storage"
)

// Options are what differs between databases.
type Options struct {
	// Reads and Writes are pools; they may be the same. A transaction of Writes is the only one that writes from its
	// beginning, or from LockRevision.
	Reads, Writes *sqlx.DB
	// ReadIsolation is the level at which a read-only transaction sees one state throughout, and WriteIsolation that at
	// which one that has waited for others sees what they did.
	ReadIsolation, WriteIsolation sql.IsolationLevel
	// LockRevision selects the revision that stands, as the first statement of an update, and makes other updates wait.
	LockRevision string
	// Translate turns a driver's errors into those of storage, as far as it knows them.
	Translate func(error) error
}

// Store is a storage.Store.
type Store struct{ o Options }

var _ storage.Store = (*Store)(nil)

// New makes a store over databases that are open and whose schema is up to date.
func New(o Options) *Store { return &Store{o} }

// Close implements storage.Store.
func (s *Store) Close() error {
	err := s.o.Reads.Close()
	if s.o.Reads != s.o.Writes {
		err = errors.Join(err, s.o.Writes.Close())
	}
	return err
}

// View implements storage.Store.
func (s *Store) View(ctx context.Context, read func(storage.Reader) error) error {
	tx, err := s.o.Reads.BeginTxx(ctx, &sql.TxOptions{Isolation: s.o.ReadIsolation, ReadOnly: true})
	if err != nil {
		return s.translate(ctx, err)
	}
	// There is nothing to commit; and where the context has ended the rollback has been done already.
	defer func() { _ = tx.Rollback() }()
	return s.translate(ctx, read(newSession(ctx, tx)))
}

// Update implements storage.Store.
func (s *Store) Update(ctx context.Context, write func(storage.Tx) error) (revision uint64, err error) {
	err = s.write(ctx, func(session *session, current uint64) error {
		t := &transaction{session: session}
		if err := write(t); err != nil {
			return err
		}
		revision, err = t.log(current)
		return err
	})
	if err != nil {
		return 0, err
	}
	return revision, nil
}

// write runs a transaction that no other writer is beside, and tells it the revision that stands.
func (s *Store) write(ctx context.Context, work func(session *session, revision uint64) error) error {
	tx, err := s.o.Writes.BeginTxx(ctx, &sql.TxOptions{Isolation: s.o.WriteIsolation})
	if err != nil {
		return s.translate(ctx, err)
	}
	defer func() { _ = tx.Rollback() }()
	var revision uint64
	if err := tx.QueryRowxContext(ctx, s.o.LockRevision).Scan(&revision); err != nil {
		return s.translate(ctx, err)
	}
	if err := work(newSession(ctx, tx), revision); err != nil {
		return s.translate(ctx, err)
	}
	return s.translate(ctx, tx.Commit())
}

// translate prefers the context's own error: a driver may report its end in many ways.
func (s *Store) translate(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ended := ctx.Err(); ended != nil && !isOurs(err) {
		return errors.Join(ended, err)
	}
	return s.o.Translate(err)
}

// isOurs tells errors that say something about the data from those of a lost connection.
func isOurs(err error) bool {
	for _, known := range []error{storage.ErrNotFound, storage.ErrNameTaken, storage.ErrSecretTaken, storage.ErrIdentityTaken, storage.ErrUnstorable, storage.ErrChangesPruned, storage.ErrImportInProgress} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}
