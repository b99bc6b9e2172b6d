package management

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/steelengine/steelgate/storage"
)

// ImportResult says what an import did.
type ImportResult struct {
	// Lines is the number of entities.
	Lines int `json:"lines"`
	// Revision is the data revision by which all of them are in force.
	Revision uint64 `json:"revision"`
}

// Import reads NDJSON, one entity a line, and applies all of it or, where a line is at fault, nothing.
//
// The lines are staged apart from the world while they come. Once all are there, other changes but revocations are held
// off; the lines are checked against the world and each other; and from then on nothing can be in the way: they are applied
// in portions, so that a revocation waits for one portion at most, and what a crash leaves is finished by Resume.
func (s *Service) Import(ctx context.Context, a Actor, lines io.Reader) (ImportResult, error) {
	result, err := s.importLines(ctx, a, lines)
	if err != nil {
		s.deny(ctx, a.does("import", "import", ""), thePlatform, err)
	}
	return result, err
}

func (s *Service) importLines(ctx context.Context, a Actor, lines io.Reader) (ImportResult, error) {
	if err := s.view(ctx, func(r storage.Reader) error { return s.authorize(r, a, importWorld, thePlatform) }); err != nil {
		return ImportResult{}, err
	}
	// One that another process left behind comes first: while it stands no other can be applied.
	if err := s.Resume(ctx); err != nil {
		return ImportResult{}, translated(err)
	}
	if err := s.forgetImports(ctx); err != nil {
		return ImportResult{}, translated(err)
	}
	imports := s.store.Imports()
	id, err := s.beginImport(ctx, a)
	if err != nil {
		return ImportResult{}, translated(err)
	}
	discard := func(err error) (ImportResult, error) {
		cleanup, cancel := context.WithTimeout(context.WithoutCancel(ctx), discardTimeout)
		defer cancel()
		if failed := imports.Discard(cleanup, id, false); failed != nil {
			s.log.Warn("a refused import's lines are left over until the next import", "error", failed)
		}
		return ImportResult{}, translated(err)
	}
	count, err := s.stage(ctx, a, id, lines)
	if err != nil {
		return discard(err)
	}
	// A look before anybody is held off. It stands if the world has not changed by the time that they are.
	checkedAt, err := s.checkStaged(ctx, id)
	if err != nil {
		return discard(err)
	}
	s.applying.Lock()
	defer s.applying.Unlock()
	if err := imports.StartApplying(ctx, id); err != nil {
		return discard(err)
	}
	revision, err := s.finish(ctx, id, checkedAt)
	return ImportResult{Lines: count, Revision: revision}, err
}

const (
	// stagedFor is how long lines of an import that was broken off may lie about.
	stagedFor      = 24 * time.Hour
	discardTimeout = time.Minute
	// maxLine is the greatest length of a line, in bytes.
	maxLine = 1 << 20
	// stagePortion is how many lines are staged in one transaction.
	stagePortion = 1000
	// maxFaults is how many lines at fault are named before the rest is not looked at.
	maxFaults = 100
)

// forgetImports forgets lines that lie about.
func (s *Service) forgetImports(ctx context.Context) error {
	return s.store.Imports().DiscardStaged(ctx, s.now().Add(-stagedFor))
}

// stage reads and stages every line, and answers how many there were. Lines at fault are collected; from the first on
// nothing more is staged.
func (s *Service) stage(ctx context.Context, a Actor, id string, lines io.Reader) (int, error) {
	// Asked once the import stands: from then on no version is dropped that is active or newer.
	version, err := s.stagingVersion(ctx)
	if err != nil {
		return 0, err
	}
	var found lineFaults
	count, number := 0, 0
	batch := make([]storage.StagedLine, 0, stagePortion)
	flush := func() error {
		if len(batch) == 0 || found.any() {
			return nil
		}
		err := s.store.Imports().Stage(ctx, id, batch)
		if doubled, ok := errors.AsType[*storage.DoubledLine](err); ok {
			found.add(doubled.Second, &Error{Reason: Invalid, Fields: []Field{{Message: doubled.Error()}}})
			err = nil
		}
		batch = batch[:0]
		return err
	}
	scanner := bufio.NewScanner(lines)
	scanner.Buffer(make([]byte, 64<<10), maxLine)
	for scanner.Scan() {
		number++
		text := scanner.Bytes()
		if isBlank(text) {
			continue
		}
		count++
		line, err := s.readLine(a, number, text, version)
		if err != nil {
			if !found.add(number, err) {
				return 0, err
			}
			if found.full() {
				return 0, found.err()
			}
			continue
		}
		if batch = append(batch, line); len(batch) == stagePortion {
			if err := flush(); err != nil {
				return 0, err
			}
		}
	}
	if errors.Is(scanner.Err(), bufio.ErrTooLong) {
		found.add(number+1, &Error{Reason: Invalid, Fields: []Field{{Message: fmt.Sprintf("is longer than %d bytes", maxLine)}}})
	} else if scanner.Err() != nil {
		return 0, &Error{Reason: Invalid, Code: "cut_off", Detail: "The body was cut off: nothing was imported."}
	}
	if err := flush(); err != nil {
		return 0, err
	}
	if count == 0 && !found.any() {
		return 0, &Error{Reason: Invalid, Code: "empty_import", Detail: "The body has no lines: want NDJSON, one entity a line."}
	}
	return count, found.err()
}

func isBlank(text []byte) bool {
	for _, c := range text {
		if c != ' ' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}

// lineFaults collects what is wrong with lines.
type lineFaults struct {
	fields []Field
	lines  int
	// forbidden tells that a line is the importer's to ask for no more than any other call like it.
	forbidden bool
}

// add takes a refusal of a line apart. It is false for an error that says nothing of the line.
func (f *lineFaults) add(line int, err error) bool {
	refused, ok := errors.AsType[*Error](err)
	if !ok || refused.Reason == Busy || refused.Reason == NoActor {
		return false
	}
	f.lines++
	f.forbidden = f.forbidden || refused.Reason == Forbidden
	if len(refused.Fields) == 0 {
		f.fields = append(f.fields, Field{Line: line, Message: refused.Detail})
	}
	for _, field := range refused.Fields {
		field.Line = line
		f.fields = append(f.fields, field)
	}
	return true
}

func (f *lineFaults) any() bool  { return f.lines > 0 }
func (f *lineFaults) full() bool { return f.lines >= maxFaults }

func (f *lineFaults) err() error {
	if !f.any() {
		return nil
	}
	detail := fmt.Sprintf("%d lines are at fault, and nothing was imported: see errors.", f.lines)
	switch {
	case f.full():
		detail = fmt.Sprintf("%d lines or more are at fault, and nothing was imported: see errors.", f.lines)
	case f.lines == 1:
		detail = fmt.Sprintf("Line %d is at fault, and nothing was imported: see errors.", f.fields[0].Line)
	}
	if f.forbidden {
		return &Error{Reason: Forbidden, Code: "forbidden", Detail: detail, Fields: f.fields}
	}
	return &Error{Reason: Invalid, Code: "invalid_import", Detail: detail, Fields: f.fields}
}
