package bundle

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"weak"

	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// Source builds bundles, one at a time, and shares each among all who ask for its revisions. Its methods may be called from many
// goroutines. It keeps the last one, in a file that has no name, so that nothing of it outlives the process.
type Source struct {
	folder string

	mutex   sync.Mutex
	current *file
	// begun counts the builds.
	begun    int
	building chan struct{}
}

// NewSource makes one that keeps its files in a folder; "" is the system's for such.
func NewSource(folder string) *Source { return &Source{folder: folder} }

// file is a bundle that was built. It is closed once nobody reads it, and another has taken its place.
type file struct {
	*os.File
	revision, etag string
	length         int64
	// data and policy are what it was built of: a store that was restored comes to the same revision a second time.
	data   weak.Pointer[snapshot.Snapshot]
	policy *engine.Policy
	// number counts builds: a higher one began later.
	number  int
	readers int
}

func (f *file) isOf(view *engine.View) bool {
	return f.policy == view.Policy() && f.data.Value() == view.Snapshot()
}

// Bundle is one to be read. It must be closed.
type Bundle struct {
	// Revision is the policy's and the data's, and ETag stands for every byte, as HTTP quotes it.
	Revision, ETag string
	Length         int64

	source *Source
	file   *file
}

// Reader reads the bundle from its beginning.
func (b *Bundle) Reader() io.Reader { return io.NewSectionReader(b.file, 0, b.Length) }

// Close lets go of the bundle.
func (b *Bundle) Close() {
	b.source.mutex.Lock()
	defer b.source.mutex.Unlock()
	b.file.readers--
	b.source.drop(b.file)
}

// drop closes a file that nobody needs. The mutex is held.
func (s *Source) drop(f *file) {
	if f != nil && f.readers == 0 && f != s.current {
		_ = f.Close()
	}
}

// Latest answers the bundle of what pin pins. Where others have it built already, or begin to while it waits, it takes theirs. The error is pin's, the
// context's, or ErrPolicy.
func (s *Source) Latest(ctx context.Context, pin func() (*engine.View, error)) (*Bundle, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for came := s.begun; ; {
		view, err := pin()
		if err != nil {
			return nil, err
		}
		if c := s.current; c != nil && (c.number > came || c.isOf(view)) {
			return s.share(c), nil
		}
		if s.building == nil {
			built, err := s.build(view)
			if err != nil {
				return nil, err
			}
			return s.share(built), nil
		}
		if err := s.wait(ctx, s.building); err != nil {
			return nil, err
		}
	}
}

// wait waits for a build. The mutex is held, but for while it waits.
func (s *Source) wait(ctx context.Context, built <-chan struct{}) error {
	s.mutex.Unlock()
	defer s.mutex.Lock()
	select {
	case <-built:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// share hands a file to one more reader. The mutex is held.
func (s *Source) share(f *file) *Bundle {
	f.readers++
	return &Bundle{Revision: f.revision, ETag: f.etag, Length: f.length, source: s, file: f}
}

// build builds a view's bundle, and puts it in the place of the one before. The mutex is held, but for while it builds. Whoever asked
// for it may be gone before it is built: then the next one has it.
func (s *Source) build(view *engine.View) (*file, error) {
	s.begun++
	number := s.begun
	s.building = make(chan struct{})
	s.mutex.Unlock()
	made, err := s.make(view)
	s.mutex.Lock()
	close(s.building)
	s.building = nil
	if err != nil {
		return nil, err
	}
	made.number = number
	before := s.current
	s.current = made
	s.drop(before)
	return made, nil
}

func (s *Source) make(view *engine.View) (_ *file, err error) {
	made, err := openTemporary(s.folder)
	if err != nil {
		return nil, err
	}
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("building a bundle panicked: %v", fault)
		}
		if err != nil {
			_ = made.Close()
		}
	}()
	digest := sha256.New()
	if err := pack(view, s.folder, io.MultiWriter(made, digest)); err != nil {
		return nil, err
	}
	length, err := made.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, err
	}
	revision := RevisionOf(view)
	return &file{
		File: made, revision: revision, etag: `"` + revision + "-" + hex.EncodeToString(digest.Sum(nil)[:16]) + `"`, length: length,
		data: weak.Make(view.Snapshot()), policy: view.Policy(),
	}, nil
}

// openTemporary opens a file that has no name, so that it is gone with whoever has it open.
func openTemporary(folder string) (*os.File, error) {
	f, err := os.CreateTemp(folder, "steelgate-bundle-*")
	if err != nil {
		return nil, fmt.Errorf("a bundle needs a place to be built in: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
