package opastore

import (
	"context"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/util"

	"github.com/steelengine/steelgate/engine/snapshot"
)

// Store implements storage.Store. It holds nothing: what a query sees is its transaction's.
type Store struct {
	storage.WritesNotSupported
	storage.PolicyNotSupported
	storage.TriggersNotSupported
}

// Transaction is one query's sight of the world: a snapshot, at a moment that decides which keys are live. It serves one
// goroutine.
type Transaction struct {
	snapshot *snapshot.Snapshot
	now      time.Time

	// The key read last, since the paths of one decision are nearly all below the same one.
	keyID     string
	key       snapshot.Key
	keyIsLive bool

	note func(Record)
}

// NewTransaction sees the snapshot at the moment.
func NewTransaction(s *snapshot.Snapshot, now time.Time) *Transaction {
	return &Transaction{snapshot: s, now: now}
}

// Begin makes the transaction see another snapshot, at another moment, for the next query. The key, unless it is zero, is
// one of the snapshot that is known to be live at the moment.
func (t *Transaction) Begin(s *snapshot.Snapshot, now time.Time, live snapshot.Key) {
	*t = Transaction{snapshot: s, now: now, keyID: live.ID(), key: live, keyIsLive: live.ID() != ""}
}

// ID is no transaction's own: OPA asks for it in messages alone.
func (*Transaction) ID() uint64 { return 0 }

// NewTransaction sees an empty world: OPA opens one for itself while it compiles.
func (Store) NewTransaction(context.Context, ...storage.TransactionParams) (storage.Transaction, error) {
	return NewTransaction(snapshot.Empty(), time.Time{}), nil
}

// Commit does nothing: there is nothing to write.
func (Store) Commit(context.Context, storage.Transaction) error { return nil }

// Truncate is a write, and is refused as one.
func (s Store) Truncate(ctx context.Context, txn storage.Transaction, _ storage.TransactionParams, _ storage.Iterator) error {
	return s.Write(ctx, txn, storage.ReplaceOp, nil, nil)
}

// Abort does nothing: there is nothing to give back.
func (Store) Abort(context.Context, storage.Transaction) {}

// Read answers the value at a path as an ast.Value. A path that leads nowhere is a bare *storage.Error, as OPA asserts.
func (Store) Read(_ context.Context, txn storage.Transaction, path storage.Path) (any, error) {
	t, ok := txn.(*Transaction)
	if !ok {
		return nil, &storage.Error{Code: storage.InvalidTransactionErr, Message: "not a transaction of this store"}
	}
	value, err := t.read(path)
	if err != nil {
		return nil, err
	}
	if value == nil {
		return nil, notFound
	}
	return value, nil
}

var notFound = &storage.Error{Code: storage.NotFoundErr, Message: "document not found"}

func scanRefused(path storage.Path) error {
	return &storage.Error{
		Code:    storage.InternalErr,
		Message: "a scan over the whole of data" + path.String() + " is refused, for its cost grows with the number of records: look up by id",
	}
}

// below answers the value that rest leads to inside value, or nil.
func below(value ast.Value, rest storage.Path) ast.Value {
	for _, name := range rest {
		switch v := value.(type) {
		case ast.Object:
			term := v.Get(ast.StringTerm(name))
			if term == nil {
				return nil
			}
			value = term.Value
		case *ast.Array:
			// OPA's own reading of an index, which is wider than one thinks: a policy must see the same of both stores.
			index, ok := util.Atoi(name)
			if !ok || index < 0 || index >= v.Len() {
				return nil
			}
			value = v.Elem(index).Value
		default:
			return nil
		}
	}
	return value
}
