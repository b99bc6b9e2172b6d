package heartbeat_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/snapshot"
	"github.com/steelengine/steelgate/heartbeat"
	"github.com/steelengine/steelgate/policies"
	"github.com/steelengine/steelgate/storage"
)

// paper is a store that keeps what is written.
type paper struct {
	mutex   sync.Mutex
	rows    map[string]storage.Replica
	written int
	fails   error
	// stuck has a write wait for its context.
	stuck bool
}

func (p *paper) PutReplica(ctx context.Context, r storage.Replica) error {
	if p.stuck {
		<-ctx.Done()
		return ctx.Err()
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.written++; p.fails != nil {
		return p.fails
	}
	p.rows[r.ID] = r
	return nil
}

func (p *paper) RemoveReplica(_ context.Context, id string) error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	delete(p.rows, id)
	return p.fails
}

type fixture struct {
	*paper
	*heartbeat.Heartbeat
	engine *engine.Engine
	policy *engine.Policy
	log    *bytes.Buffer
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	keyring, err := apikey.NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	files, err := engine.ReadFiles(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{paper: &paper{rows: map[string]storage.Replica{}}, engine: engine.New(engine.Options{Keyring: keyring}), log: &bytes.Buffer{}}
	if f.policy, err = engine.Compile(files, 3); err != nil {
		t.Fatal(err)
	}
	f.Heartbeat = heartbeat.New(f.paper, heartbeat.Options{ID: "rep_1", Version: "v1", Engine: f.engine, Log: slog.New(slog.NewTextHandler(f.log, nil))})
	return f
}

// A row says how the server is: at first without anything, then by what it decides.
func TestABeatSaysHowTheServerIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		began := time.Now().UTC()
		beat := func() storage.Replica {
			if err := f.Beat(t.Context()); err != nil {
				t.Fatal(err)
			}
			return f.rows["rep_1"]
		}
		if r := beat(); r.DataAge != nil || r.DataRevision+r.PolicyRevision != 0 || r.IsReady || r.Version != "v1" || !r.StartedAt.Equal(began) || !r.SeenAt.Equal(began) {
			t.Errorf("at first: %+v", r)
		}
		f.engine.UsePolicy(f.policy)
		f.engine.UseSnapshot(snapshot.Empty(), time.Now())
		time.Sleep(3 * time.Second)
		if r := beat(); r.DataAge == nil || *r.DataAge != 3*time.Second || r.PolicyRevision != 3 || !r.IsReady || !r.StartedAt.Equal(began) || r.SeenAt.Sub(began) != 3*time.Second {
			t.Errorf("with data: %+v", r)
		}
		time.Sleep(8 * time.Second)
		if r := beat(); *r.DataAge != 11*time.Second || r.IsReady {
			t.Errorf("with old data: %+v", r)
		}
	})
}

// It says so every five seconds, at once where it becomes ready, and in the end that it has gone.
func TestARunningServerSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			f.Run(ctx)
			close(ended)
		}()
		after := func(d time.Duration, want int) {
			t.Helper()
			time.Sleep(d)
			synctest.Wait()
			if f.written != want {
				t.Errorf("%d were written, and not %d", f.written, want)
			}
		}
		after(4900*time.Millisecond, 0)
		after(200*time.Millisecond, 1)
		after(heartbeat.Interval, 2)
		f.engine.UsePolicy(f.policy)
		f.engine.UseSnapshot(snapshot.Empty(), time.Now())
		after(300*time.Millisecond, 3)
		if !f.rows["rep_1"].IsReady {
			t.Error("it is ready, and did not say so")
		}
		after(4500*time.Millisecond, 3)
		after(time.Second, 4)
		// Nobody vouches for its data any more: two as ever, and one that says so.
		f.engine.Vouch(time.Now())
		after(10500*time.Millisecond, 7)
		if f.rows["rep_1"].IsReady {
			t.Error("it is stale, and did not say so")
		}
		cancel()
		<-ended
		if len(f.rows) != 0 {
			t.Errorf("it has gone, and there is %v", f.rows)
		}
		if f.log.Len() != 0 {
			t.Errorf("it said %s", f.log)
		}
	})
}

// A store that can't be written is said once, is asked again, and keeps nothing from ending.
func TestAStoreThatCantBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		f.fails = errors.New("no")
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			f.Run(ctx)
			close(ended)
		}()
		time.Sleep(21 * time.Second)
		synctest.Wait()
		if n := strings.Count(f.log.String(), "tried again"); n != 1 || f.written != 4 {
			t.Errorf("said %d times of %d writes: %s", n, f.written, f.log)
		}
		f.fails = nil
		time.Sleep(heartbeat.Interval)
		synctest.Wait()
		if len(f.rows) != 1 {
			t.Error("it can be written again, and is not")
		}
		f.stuck = true
		time.Sleep(heartbeat.Interval)
		cancel()
		<-ended
		if n := strings.Count(f.log.String(), "tried again"); n != 1 {
			t.Errorf("whoever ends has not failed: %s", f.log)
		}
	})
	f := newFixture(t)
	f.stuck = true
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.Beat(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}
