package feed

import (
	"context"
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/policies"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/storage/sqlite"
)

var noon = time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)

// stage is a store that can fail, be slow or be exchanged for another, an engine that follows it, and a clock that stands
// where it is set.
type stage struct {
	storage.Store
	engine *engine.Engine
	feed   *Feed
	now    atomic.Int64
	fails  atomic.Bool
	// slow is how far the clock goes while the store is read.
	slow  time.Duration
	reads int
	t     *testing.T
}

func newStage(t *testing.T, options Options) *stage {
	t.Helper()
	keyring, err := apikey.NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	files, err := engine.ReadFiles(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	policy, err := engine.Compile(files, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{Store: newStore(t), t: t}
	s.engine = engine.New(engine.Options{Keyring: keyring, Clock: s.clock, RevisionWait: time.Minute})
	s.engine.UsePolicy(policy)
	options.Clock = s.clock
	s.feed = New(s, s.engine, options)
	return s
}

func newStore(t *testing.T) storage.Store {
	t.Helper()
	store, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "steelgate.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

func (s *stage) clock() time.Time { return noon.Add(time.Duration(s.now.Load())) }

func (s *stage) pass(d time.Duration) { s.now.Add(int64(d)) }

var errDown = errors.New("the store is down")

func (s *stage) View(ctx context.Context, read func(storage.Reader) error) error {
	if s.fails.Load() {
		return errDown
	}
	s.reads++
	s.pass(s.slow)
	return s.Store.View(ctx, read)
}

func (s *stage) update(write func(storage.Tx) error) uint64 {
	s.t.Helper()
	revision, err := s.Update(context.Background(), write)
	if err != nil {
		s.t.Fatal(err)
	}
	return revision
}

func (s *stage) step() {
	s.t.Helper()
	if err := s.feed.Step(context.Background()); err != nil {
		s.t.Fatal(err)
	}
}

func putUser(name string) func(storage.Tx) error {
	return func(tx storage.Tx) error { return tx.PutUser(authz.User{ID: "u1", Name: name, Active: true}) }
}

// seen is the name of the user u1 in the engine's snapshot.
func (s *stage) seen() string {
	user, _ := s.engine.Snapshot().User("u1")
	return user.Name()
}

func TestAnEmptyStoreIsLoadedAndVouchedFor(t *testing.T) {
	s := newStage(t, Options{})
	if _, fresh := s.engine.Freshness(); fresh {
		t.Error("fresh before anything is loaded")
	}
	s.step()
	if err := s.engine.Ready(); err != nil || s.engine.Snapshot().Revision() != 0 {
		t.Errorf("%v at revision %d", err, s.engine.Snapshot().Revision())
	}
}

func TestFreshnessCountsFromBeforeTheStoreWasAsked(t *testing.T) {
	s := newStage(t, Options{})
	s.update(putUser("Ada"))
	s.slow = 3 * time.Second
	for _, change := range []func(){func() {}, func() {}, func() { s.update(putUser("Bo")) }} {
		change()
		s.step()
		if age, fresh := s.engine.Freshness(); age != s.slow || !fresh {
			t.Errorf("the data is %v old, want %v", age, s.slow)
		}
	}
}

// A load that takes longer than data may be old is followed at once by a look at what came since, which vouches for it.
func TestALongLoadIsNotStale(t *testing.T) {
	s := newStage(t, Options{})
	s.slow = 20 * time.Second
	s.step()
	if _, fresh := s.engine.Freshness(); fresh {
		t.Error("fresh, though the store was last asked 20 s ago")
	}
	if s.reads != 2 {
		t.Errorf("the store was read %d times", s.reads)
	}
	s.slow = 0
	s.step()
	if err := s.engine.Ready(); err != nil {
		t.Error(err)
	}
}

func TestAStoreThatFailsMakesStaleAndRecovers(t *testing.T) {
	s := newStage(t, Options{})
	s.update(putUser("Ada"))
	s.step()
	s.fails.Store(true)
	s.pass(10 * time.Second)
	if err := s.feed.Step(context.Background()); !errors.Is(err, errDown) {
		t.Errorf("got %v", err)
	}
	if err := s.engine.Ready(); err != nil {
		t.Errorf("stale at the limit: %v", err)
	}
	s.pass(1)
	if err := s.engine.Ready(); !errors.Is(err, engine.ErrStale) {
		t.Errorf("vouched for what it did not see: %v", err)
	}
	s.fails.Store(false)
	s.update(putUser("Bo"))
	s.step()
	if err := s.engine.Ready(); err != nil || s.seen() != "Bo" {
		t.Errorf("%v, seen %q", err, s.seen())
	}
}

func TestAPrunedLogIsLoadedAnew(t *testing.T) {
	s := newStage(t, Options{})
	s.update(putUser("Ada"))
	s.step()
	s.update(putUser("Bo"))
	last := s.update(putUser("Cy"))
	if err := s.Prune(context.Background(), last); err != nil {
		t.Fatal(err)
	}
	for range 2 { // and stays followed, with nothing in the log
		s.step()
		if s.seen() != "Cy" || s.engine.Snapshot().Revision() != last {
			t.Errorf("seen %q at revision %d", s.seen(), s.engine.Snapshot().Revision())
		}
	}
	before := s.reads
	s.update(putUser("Di"))
	s.step()
	if s.seen() != "Di" || s.reads != before+1 {
		t.Errorf("seen %q after %d reads", s.seen(), s.reads-before)
	}
}

// A backup that is restored has an older revision, and then the same and later ones, which mean other changes.
func TestAnotherHistoryIsLoadedAnew(t *testing.T) {
	putOther := func(tx storage.Tx) error { return tx.PutUser(authz.User{ID: "u2"}) }
	for label, restored := range map[string][]func(storage.Tx) error{
		"older":           {putUser("Ada")},
		"of the same age": {putUser("Ada"), putOther},
		"later":           {putUser("Ada"), putOther, putOther, putOther},
	} {
		t.Run(label, func(t *testing.T) {
			s := newStage(t, Options{})
			s.update(putUser("Ada"))
			s.update(putUser("Bo"))
			s.step()
			s.Store = newStore(t)
			for _, write := range restored {
				s.update(write)
			}
			s.step()
			if s.seen() != "Ada" || s.engine.Snapshot().Revision() != uint64(len(restored)) {
				t.Errorf("seen %q at revision %d", s.seen(), s.engine.Snapshot().Revision())
			}
			before := s.reads
			s.step()
			if s.reads != before+1 {
				t.Error("it is loaded anew again and again")
			}
		})
	}
}

func TestPruneKeepsWhatOthersMayStillFollow(t *testing.T) {
	s := newStage(t, Options{Keep: 2})
	ctx := context.Background()
	s.feed.prune(ctx)
	for range 5 {
		s.update(putUser("Ada"))
	}
	s.step()
	s.feed.prune(ctx)
	if err := s.View(ctx, func(r storage.Reader) error {
		if _, err := r.Changes(2, 10); !errors.Is(err, storage.ErrChangesPruned) {
			t.Errorf("what is not kept: %v", err)
		}
		changes, err := r.Changes(3, 10)
		if len(changes) != 2 {
			t.Errorf("kept %v", changes)
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}

// The interval is far longer than any test: what arrives does so by a wake-up.
func TestRunFollowsWhenItIsWoken(t *testing.T) {
	s := newStage(t, Options{Interval: time.Hour})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); s.feed.Run(ctx) }()
	defer func() { cancel(); <-done }()
	if err := s.engine.Await(ctx, 0); err != nil {
		t.Fatal(err)
	}
	t.Run("a question for what is not here yet", func(t *testing.T) {
		if err := s.engine.Await(ctx, s.update(putUser("Ada"))); err != nil || s.seen() != "Ada" {
			t.Errorf("%v, seen %q", err, s.seen())
		}
	})
	t.Run("a wake-up, doubled", func(t *testing.T) {
		s.engine.OnBehind(func() {})
		last := s.update(putUser("Bo"))
		s.feed.Wake()
		s.feed.Wake()
		if err := s.engine.Await(ctx, last); err != nil || s.seen() != "Bo" {
			t.Errorf("%v, seen %q", err, s.seen())
		}
	})
}

func TestRunTriesAgain(t *testing.T) {
	s := newStage(t, Options{Interval: time.Microsecond})
	s.fails.Store(true)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); s.feed.Run(ctx) }()
	defer func() { cancel(); <-done }()
	last := s.update(putUser("Ada"))
	s.fails.Store(false)
	if err := s.engine.Await(ctx, last); err != nil {
		t.Error(err)
	}
}
