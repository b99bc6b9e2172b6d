package storage

import (
	"time"

	"github.com/steelengine/steelgate/authz"
)

// AuditEntry is one entry of the audit: what was done or refused. It is bound to every entry before it by MAC.
type AuditEntry struct {
	// Seq counts from 1 without a gap.
	Seq uint64
	// Body is the entry as JSON, and what MAC covers. Everything below stands in it too, and is apart to be looked up by.
	Body []byte
	MAC  [32]byte

	At time.Time
	// Action is what was done, such as keys.create; Actor who did it, a user or else a token; Target what it was done to.
	Action, Actor, Target string
	Denied                bool
	// Owners are those whose things are in it, without doubles.
	Owners []authz.Owner
}

// AuditFilter narrows a list of entries. Its zero fields narrow nothing.
type AuditFilter struct {
	Owner                 authz.Owner
	Action, Actor, Target string
	Denied                *bool
	// From is the first moment, Until the one after the last.
	From, Until time.Time
	// Before is the entry that the page starts behind: newest first.
	Before uint64
	// Limit is the greatest length of the page, 1 or more.
	Limit int
}

// Audit reads the audit.
type Audit interface {
	// LastAudit is the newest entry, or ErrNotFound.
	LastAudit() (AuditEntry, error)
	// ListAudit is one page, newest first, and whether more follow.
	ListAudit(filter AuditFilter) (page []AuditEntry, more bool, err error)
	// AuditAfter are up to limit entries after one, oldest first, with their owners in order.
	AuditAfter(seq uint64, limit int) ([]AuditEntry, error)
}
