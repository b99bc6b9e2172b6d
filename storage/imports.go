package storage

import (
	"context"
	"time"
)

// Imports keeps the lines of an import apart from the world until all of them are known to be good, and what is left to
// apply of one that has begun. Each method is a short transaction of its own, so that a revoke never waits for an import.
type Imports interface {
	// Begin makes a staging area, and answers its id. By says who imports, in the importer's own notation.
	Begin(ctx context.Context, at time.Time, by string) (id string, err error)
	// By is what Begin was told, or ErrNotFound.
	By(ctx context.Context, id string) (string, error)
	// Stage adds lines, or none. It fails with a *DoubledLine where one names a record that an earlier line names, and with
	// ErrNotFound where the import was discarded, or has begun to apply.
	Stage(ctx context.Context, id string, lines []StagedLine) error
	// Lines are up to limit lines after a position, ordered by (Rank, Line).
	Lines(ctx context.Context, id string, after StagedPosition, limit int) ([]StagedLine, error)
	// StartApplying is the point of no return: from here on the import is finished, be it after a crash. Only one import
	// applies at a time: ErrImportInProgress where another does.
	StartApplying(ctx context.Context, id string) error
	// Applying is the import that applies now, and the position up to which it has; or ErrNotFound.
	Applying(ctx context.Context) (id string, through StagedPosition, err error)
	// Discard forgets an import and its lines, in portions; one that is applying is left alone unless done.
	Discard(ctx context.Context, id string, done bool) error
	// DiscardStaged forgets every import that began before the time and is not applying.
	DiscardStaged(ctx context.Context, before time.Time) error
}

// StagedPosition is a line's place in the order of applying.
type StagedPosition struct {
	Rank int
	Line int
}

// StagedLine is one line of an import, parsed and found well-formed. It holds no secret: a key's stands in it digested and sealed.
type StagedLine struct {
	StagedPosition
	Kind Kind
	A, B string
	// Entity is the line as the importer wants it back.
	Entity []byte
}
