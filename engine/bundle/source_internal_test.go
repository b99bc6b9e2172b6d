package bundle

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/snapshot"
	"github.com/steelengine/steelgate/policies"
)

var noon = time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)

// newEngine has the shipped policy and one key; change makes the data's next revision.
func newEngine(t testing.TB) (e *engine.Engine, change func()) {
	t.Helper()
	files, err := engine.ReadFiles(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	policy, err := engine.Compile(files, 1)
	if err != nil {
		t.Fatal(err)
	}
	keyring, err := apikey.NewKeyring()
	if err != nil {
		t.Fatal(err)
	}
	e = engine.New(engine.Options{Keyring: keyring, Clock: func() time.Time { return noon }})
	e.UsePolicy(policy)
	edit := snapshot.Empty().Edit()
	edit.PutUser(authz.User{ID: "ada", Name: "Ada", Active: true})
	edit.PutKey(authz.APIKey{ID: "key_a", Type: authz.PersonalKey, OwnerID: "ada"}, apikey.Digest{1})
	e.UseSnapshot(edit.Commit(1), noon)
	return e, func() {
		edit := e.Snapshot().Edit()
		edit.PutUser(authz.User{ID: "ben", Active: true})
		e.UseSnapshot(edit.Commit(e.Snapshot().Revision()+1), noon)
	}
}

func latest(t testing.TB, s *Source, e *engine.Engine) *Bundle {
	t.Helper()
	b, err := s.Latest(t.Context(), e.View)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestABundleIsBuiltOnceForManyWhoPoll(t *testing.T) {
	e, change := newEngine(t)
	s := NewSource(t.TempDir())
	for round := range 3 {
		var polling sync.WaitGroup
		for range 20 {
			polling.Go(func() {
				b, err := s.Latest(context.Background(), e.View)
				if err != nil {
					t.Error(err)
					return
				}
				defer b.Close()
				if n, err := io.Copy(io.Discard, b.Reader()); err != nil || n != b.Length || b.Revision != RevisionOf(must(e.View())) {
					t.Errorf("%s: %d of %d bytes, %v", b.Revision, n, b.Length, err)
				}
			})
		}
		polling.Wait()
		if s.begun != round+1 {
			t.Errorf("%d builds in %d rounds", s.begun, round+1)
		}
		change()
	}
}

func must(v *engine.View, err error) *engine.View {
	if err != nil {
		panic(err)
	}
	return v
}

// Whoever waits for a build that began before they came pins anew: what changed in between is in what they get.
func TestABundleIsNotOlderThanTheQuestion(t *testing.T) {
	e, change := newEngine(t)
	s := NewSource(t.TempDir())
	building, asked := make(chan struct{}), make(chan *Bundle)
	s.building, s.begun = building, 1
	pinned := make(chan struct{})
	go func() {
		first := true
		b, err := s.Latest(context.Background(), func() (*engine.View, error) {
			if first {
				first = false
				close(pinned)
			}
			return e.View()
		})
		if err != nil {
			t.Error(err)
		}
		asked <- b
	}()
	<-pinned
	change()
	s.mutex.Lock()
	s.building = nil
	close(building)
	s.mutex.Unlock()
	if b := <-asked; b.Revision != "1:2" {
		t.Errorf("revision %s", b.Revision)
	}
}

func TestABundleIsReadToItsEndWhileAnotherTakesItsPlace(t *testing.T) {
	e, change := newEngine(t)
	s := NewSource(t.TempDir())
	first := latest(t, s, e)
	change()
	second := latest(t, s, e)
	defer second.Close()
	if first.ETag == second.ETag || first.Revision == second.Revision {
		t.Errorf("%s and %s", first.ETag, second.ETag)
	}
	if n, err := io.Copy(io.Discard, first.Reader()); err != nil || n != first.Length {
		t.Errorf("%d of %d bytes, %v", n, first.Length, err)
	}
	old := first.file
	first.Close()
	if _, err := old.Stat(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("the file that nobody needs is open: %v", err)
	}
}

// A store that was restored comes to the same revision again, with other data.
func TestTheSameRevisionOfOtherDataIsAnotherBundle(t *testing.T) {
	e, _ := newEngine(t)
	s := NewSource(t.TempDir())
	first := latest(t, s, e)
	defer first.Close()
	e.UseSnapshot(snapshot.Empty().Edit().Commit(1), noon)
	if second := latest(t, s, e); second.ETag == first.ETag {
		t.Error("the bundle of before is served")
	}
}

func TestNothingIsLeftOfWhatFailed(t *testing.T) {
	e, _ := newEngine(t)
	folder := t.TempDir()
	s := NewSource(folder)
	policy, err := engine.Compile(map[string]string{
		"a.rego": "package steelgate.authz\n\ndecision := {\"allow\": false, \"code\": \"closed\"}\n", "b.rego": "package steelgate.edge\n\ndecision := true\n",
	}, 2)
	if err != nil {
		t.Fatal(err)
	}
	e.UsePolicy(policy)
	if _, err := s.Latest(t.Context(), e.View); !errors.Is(err, ErrPolicy) {
		t.Errorf("got %v", err)
	}
	if _, err := NewSource(folder+"/nowhere").Latest(t.Context(), e.View); err == nil {
		t.Error("built in a folder that is not there")
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	if s.building != nil {
		t.Error("a build is under way still")
	}
}
