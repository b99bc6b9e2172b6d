package storage

import "time"

// Replica is a server over this database, as it was when it last said so. It is no part of the world: nothing is decided by it.
type Replica struct {
	ID string
	// Version is that of its program.
	Version string
	// StartedAt is when it began, and SeenAt when it wrote this, by its own clock.
	StartedAt, SeenAt time.Time
	// DataRevision and PolicyRevision are those in force there; 0 is none yet, and of data a new database's too.
	DataRevision, PolicyRevision uint64
	// DataAge is how long ago its data was known to be the whole truth, in microseconds' steps; nil where it has none yet.
	DataAge *time.Duration
	// IsReady tells whether it could decide.
	IsReady bool
}

// Replicas reads which servers there are.
type Replicas interface {
	// Replicas are those that wrote at a moment or later, the oldest first, by StartedAt and then ID.
	Replicas(seenSince time.Time) ([]Replica, error)
}
