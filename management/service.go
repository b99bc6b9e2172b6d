package management

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/policycheck"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/storage/decisions"
)

// Options are what the service stands on; Store, Keyring and Engine are needed.
type Options struct {
	Store   storage.Store
	Keyring *apikey.Keyring
	// Engine has the policy that says who may change what.
	Engine *engine.Engine
	// Decisions is where the decision log is read; nil where it can't be.
	Decisions decisions.Log
	// MaxCounted is how many decisions a summary looks at; 1,000,000 unless given.
	MaxCounted int
	// Clock tells the time that records are stamped with; time.Now unless given.
	Clock func() time.Time
	// Wake is called, from any goroutine, after each change that was made here.
	Wake func()
	// Settle waits, as long as is reasonable, until decisions are made here by the data revision: who was told that a key is
	// revoked shall not see it work. Other replicas are asked with min_revision.
	Settle func(ctx context.Context, revision uint64)
	// ReplicaID is the id under which this server says that it runs; "" where it does not.
	ReplicaID string
	// Drafts judges drafts of the policy.
	Drafts Drafts
	// RequireAcknowledgement asks whoever publishes a draft that widens for the digest of what it widens.
	RequireAcknowledgement bool
	// SessionUsed is told of each use of a session, from any goroutine.
	SessionUsed func(id string, at time.Time)
	Log         *slog.Logger
}

// Drafts judges drafts of the policy, each of which is somebody's program: it runs them where they can do no harm.
type Drafts interface {
	// Check judges a draft.
	Check(ctx context.Context, files map[string]string) (policycheck.Verdict, error)
	// Format writes each file as opa fmt does, and leaves what does not parse as it is.
	Format(ctx context.Context, files map[string]string) (policycheck.Formatted, error)
	// Widens is the digest of what the draft allows that the policy in force denies, or "" where that is nothing. It fails with
	// engine.ErrStale where another revision than base is in force here.
	Widens(ctx context.Context, base uint64, files map[string]string) (string, error)
}

// Service does the operations. Its methods may be called from many goroutines.
type Service struct {
	store   storage.Store
	keyring *apikey.Keyring
	engine  *engine.Engine
	// decisions is nil where the decision log can't be read here.
	decisions  decisions.Log
	maxCounted int
	clock      func() time.Time
	wake       func()
	settle     func(context.Context, uint64)
	// sessionUsed is told of each use of a session.
	sessionUsed func(string, time.Time)
	log         *slog.Logger
	denials     *denials
	drafts      Drafts
	replicaID   string
	// requireAcknowledgement asks for the digest of what a draft widens.
	requireAcknowledgement bool
	// applying is held by whoever applies an import in this process.
	applying *sync.Mutex

	// dryRun is set where what is done is to be taken back. Such a service is a copy, and shares all else.
	dryRun *dryRun
	// comparing holds one dry run at a time: decisions that are waited for come first.
	comparing *turns
	// weighing holds one draft of the policy at a time whose impact is worked out.
	weighing chan struct{}
	weighed  *weighed
	// explaining holds one explanation at a time, for the same reason.
	explaining *turns
	// counting holds two summaries of the decision log at a time.
	counting *turns
}

// New makes a service.
func New(o Options) *Service {
	s := &Service{
		store: o.Store, keyring: o.Keyring, engine: o.Engine, decisions: o.Decisions, maxCounted: cmp.Or(o.MaxCounted, defaultMaxCounted), clock: o.Clock, wake: o.Wake, settle: o.Settle, sessionUsed: o.SessionUsed, log: o.Log,
		drafts: o.Drafts, replicaID: o.ReplicaID, requireAcknowledgement: o.RequireAcknowledgement,
		denials: &denials{}, applying: &sync.Mutex{}, comparing: newTurns(1), weighing: make(chan struct{}, 1), weighed: &weighed{},
		explaining: newTurns(1), counting: newTurns(2),
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.wake == nil {
		s.wake = func() {}
	}
	if s.settle == nil {
		s.settle = func(context.Context, uint64) {}
	}
	if s.sessionUsed == nil {
		s.sessionUsed = func(string, time.Time) {}
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s
}

// now is the time as the store keeps it.
func (s *Service) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

// change runs an operation in one transaction, with its entry in the audit, and answers the data revision that it made.
func (s *Service) change(ctx context.Context, of act, work func(storage.Tx) error) (revision uint64, err error) {
	return s.update(ctx, of, func(tx storage.Tx) error {
		switch applying, err := tx.ImportApplying(); {
		case err != nil:
			return err
		case applying:
			return errBusy
		}
		return work(tx)
	})
}

// update is change for what need not wait until an import is applied.
func (s *Service) update(ctx context.Context, of act, work func(storage.Tx) error) (revision uint64, err error) {
	attempt := &recorder{}
	revision, err = s.store.Update(ctx, func(tx storage.Tx) error {
		attempt.Tx = s.dryRun.watch(tx)
		if err := of.actor.mustStand(tx); err != nil {
			return err
		}
		if err := work(attempt); err != nil {
			return err
		}
		if s.dryRun != nil {
			return s.dryRun.end(ctx, s.engine)
		}
		return s.writeDown(attempt, of)
	})
	if err != nil {
		s.deny(ctx, of, attempt.owner, err)
		return 0, translated(err)
	}
	s.wake()
	s.settle(ctx, revision)
	return revision, nil
}

// view reads in one transaction.
func (s *Service) view(ctx context.Context, read func(storage.Reader) error) error {
	return translated(s.store.View(ctx, read))
}
