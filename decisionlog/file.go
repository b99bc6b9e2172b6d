package decisionlog

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage/decisions"
)

// fileCount is how many files there are at most: the one that is written to, and those before it.
const fileCount = 8

// File writes decisions to a file, one JSON object a line. Once it has an eighth of the size that it may take, it is called
// PATH.1, what was PATH.1 is PATH.2, and so on; the oldest is removed.
type File struct {
	path   string
	rotate int64

	mutex sync.Mutex
	file  *os.File
	size  int64
}

// OpenFile opens the file at path, or makes it, for its owner alone. All files together take up to maxBytes; 0 is any.
func OpenFile(path string, maxBytes int64) (*File, error) {
	f := &File{path: path, rotate: maxBytes / fileCount}
	if err := f.open(); err != nil {
		return nil, fmt.Errorf("the decision log's file: %w", err)
	}
	return f, nil
}

func (f *File) open() error {
	file, err := os.OpenFile(f.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	f.file, f.size = file, info.Size()
	return nil
}

// Append implements Sink. Where a line could be written in part alone, the file is cut back to where it was.
func (f *File) Append(_ context.Context, made []authz.LoggedDecision) error {
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines)
	encoder.SetEscapeHTML(false)
	for _, d := range made {
		if err := encoder.Encode(d); err != nil {
			return err
		}
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.rotate > 0 && f.size > 0 && f.size+int64(lines.Len()) > f.rotate {
		if err := f.turn(); err != nil {
			return err
		}
	}
	if f.file == nil {
		if err := f.open(); err != nil {
			return err
		}
	}
	n, err := f.file.Write(lines.Bytes())
	if err != nil {
		return errors.Join(err, f.file.Truncate(f.size))
	}
	f.size += int64(n)
	return nil
}

// turn begins the next file.
func (f *File) turn() error {
	if f.file != nil {
		err := f.file.Close()
		if f.file = nil; err != nil {
			return err
		}
	}
	for n := fileCount - 1; n > 0; n-- {
		if err := os.Rename(f.name(n-1), f.name(n)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return f.open()
}

// name is that of the nth file; 0 is the one that is written to.
func (f *File) name(n int) string {
	if n == 0 {
		return f.path
	}
	return f.path + "." + strconv.Itoa(n)
}

// Retain implements Sink: it removes files of which the last line is too old. What they may take is held by their size.
func (f *File) Retain(_ context.Context, limit decisions.Limit) error {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	for n := fileCount - 1; n > 0 && !limit.Since.IsZero(); n-- {
		info, err := os.Stat(f.name(n))
		if errors.Is(err, fs.ErrNotExist) || err == nil && !info.ModTime().Before(limit.Since.Add(-time.Second)) {
			continue
		}
		if err := errors.Join(err, os.Remove(f.name(n))); err != nil {
			return err
		}
	}
	return nil
}

// Close ends it.
func (f *File) Close() error {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.file == nil {
		return nil
	}
	return f.file.Close()
}
