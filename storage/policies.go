package storage

import "time"

// PolicyRevision is a set of policy files that was published. It never changes; the newest is in force.
type PolicyRevision struct {
	// Revision counts from 1 without a gap.
	Revision uint64
	// Digest stands for the files: the same files have the same.
	Digest Digest
	// Files are the sources by their paths; nil in a list.
	Files           map[string]string
	Message, Author string
	// Base is the revision that was in force when it was written; 0 for the first.
	Base uint64
	// Restores is the revision that it publishes again, or 0.
	Restores uint64
	// Acknowledged is the digest of what it widens, as its author acknowledged it, or "".
	Acknowledged string
	// Override is why it may break an invariant, or "".
	Override    string
	PublishedAt time.Time
}

// PolicyCandidate is a set of files that runs beside what is in force and decides nothing.
type PolicyCandidate struct {
	ID              string
	Files           map[string]string
	Message, Author string
	// Base is the revision that is in force: the candidate is compared with that one alone.
	Base                   uint64
	Acknowledged, Override string
	BegunAt                time.Time
}

// ShippedPolicy is what a version of the program shipped.
type ShippedPolicy struct {
	Digest Digest
	Files  map[string]string
	// Version is the first version that shipped it, SeenAt when that one first ran on this database.
	Version string
	SeenAt  time.Time
}

// Policies reads what was published.
type Policies interface {
	// NewestPolicy tells which revision is in force, and the digest of its files; or ErrNotFound.
	NewestPolicy() (revision uint64, digest Digest, err error)
	PolicyRevision(revision uint64) (PolicyRevision, error)
	// ListPolicyRevisions is one page without files, newest first, of those before one (0: of all), and whether more follow.
	ListPolicyRevisions(before uint64, limit int) (page []PolicyRevision, more bool, err error)
	// PolicyCandidate is the one that runs, or ErrNotFound.
	PolicyCandidate() (PolicyCandidate, error)
	// ShippedPolicies are all, in the order in which they were first seen.
	ShippedPolicies() ([]ShippedPolicy, error)
}

// PolicyWriter publishes.
type PolicyWriter interface {
	// PutPolicyRevision publishes one, which must be the next. It enters the change log, but for the first: every process has
	// that one in itself.
	PutPolicyRevision(PolicyRevision) error
	// PutPolicyCandidate begins one in the place of any other, DeletePolicyCandidate ends it (ErrNotFound where there is none);
	// both enter the change log.
	PutPolicyCandidate(PolicyCandidate) error
	DeletePolicyCandidate() error
	// PutShippedPolicy enters no change. One that is there already stays as it is.
	PutShippedPolicy(ShippedPolicy) error
}
