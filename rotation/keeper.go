package rotation

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/storage"
)

// Interval is how often a running process looks at its keyring's file.
const Interval = 2 * time.Second

// Options are a keeper's. Store, Keyring and Path must be given.
type Options struct {
	Store   storage.Store
	Keyring *apikey.Keyring
	// Path is the keyring's file.
	Path string
	// Await waits until the process decides on data of the revision or later, and fails where it does not soon. Until then a
	// version must not be let go that the data before it needs.
	Await func(ctx context.Context, revision uint64) error
	// Wake is told when another keyring was taken in.
	Wake func()
	// DropsOld has old versions removed from the file once nothing needs them: right where every process reads the same file.
	DropsOld bool
	Audit    Audit
	// Interval is how often the file is looked at, and records that have to move; the constant unless given.
	Interval time.Duration
	// Clock tells the time; time.Now unless given.
	Clock func() time.Time
	Log   *slog.Logger
}

// Keeper looks after the keyring of one process: it takes the file in when that changes, and moves records to the active
// version. TakeIn is called by one goroutine at a time, and so are Move and DropOld; Progress by any.
type Keeper struct {
	o        Options
	progress atomic.Pointer[Progress]

	mover mover

	aboutFile, aboutMove complaint
}

// Progress says how far the keeper's process knows the move to be.
type Progress struct {
	// Active and Newest are versions of the keyring; Active is 0 where it is not known yet.
	Active, Newest uint32
	// Keys and Tokens are how many records are still to be moved.
	Keys, Tokens int
}

// New makes a keeper.
func New(o Options) *Keeper {
	if o.Await == nil {
		o.Await = func(context.Context, uint64) error { return nil }
	}
	if o.Wake == nil {
		o.Wake = func() {}
	}
	if o.Audit == nil {
		o.Audit = func(storage.Tx, string, uint32) error { return nil }
	}
	if o.Interval == 0 {
		o.Interval = Interval
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	k := &Keeper{o: o, mover: newMover()}
	k.progress.Store(&Progress{})
	return k
}

// Progress is the latest.
func (k *Keeper) Progress() Progress {
	p := *k.progress.Load()
	p.Newest = k.o.Keyring.Versions().Newest().Number()
	return p
}

// Run keeps the keyring until the context ends.
func (k *Keeper) Run(ctx context.Context) {
	var both sync.WaitGroup
	defer both.Wait()
	both.Go(func() {
		k.repeat(ctx, func() time.Duration {
			if err := k.TakeIn(ctx); k.aboutFile.isNew(ctx, err) {
				k.o.Log.Error("the keyring's file is not taken in; what is held stays in use", "error", err)
			}
			return k.o.Interval
		})
	})
	both.Go(func() {
		k.repeat(ctx, func() time.Duration {
			began := k.o.Clock()
			moved, err := k.Move(ctx)
			if moved == 0 && err == nil && k.o.DropsOld {
				err = k.DropOld(ctx)
			}
			if k.aboutMove.isNew(ctx, err) {
				k.o.Log.Error("the keyring's rotation does not get on now; it is tried again", "error", err)
			}
			if moved > 0 {
				// Whoever waited for this gets as long for themselves.
				return k.o.Clock().Sub(began)
			}
			return k.o.Interval
		})
	})
}

// repeat does something now, and again after as long as it answers, until the context ends.
func (k *Keeper) repeat(ctx context.Context, do func() time.Duration) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			timer.Reset(do())
		}
	}
}

// complaint is the text of the error that came last, so that one that stays is logged once.
type complaint string

// isNew tells whether an error is to be logged.
func (c *complaint) isNew(ctx context.Context, err error) bool {
	if err == nil {
		*c = ""
		return false
	}
	last := *c
	*c = complaint(err.Error())
	return *c != last && ctx.Err() == nil
}
