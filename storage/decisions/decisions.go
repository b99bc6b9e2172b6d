package decisions

import (
	"context"
	"slices"
	"time"

	"github.com/steelengine/steelgate/authz"
)

// Log is where decisions are kept. Its methods may be called from many goroutines. What can't be reached now fails with
// storage.ErrUnavailable. Times are kept in microseconds, and so is what a decision took.
type Log interface {
	// Append keeps decisions, all or none. What was appended and is appended again stands once.
	Append(ctx context.Context, made []authz.LoggedDecision) error
	// List is one page, newest first, and whether more follow.
	List(ctx context.Context, filter Filter) (page []authz.LoggedDecision, more bool, err error)
	// Get finds a decision by its id, or fails with storage.ErrNotFound.
	Get(ctx context.Context, id string) (authz.LoggedDecision, error)
	// Replay visits what the filter finds in the order in which it was decided, oldest first; Before and Limit are not looked
	// at. It stops at visit's first error, and answers it.
	Replay(ctx context.Context, filter Filter, visit func(authz.LoggedDecision) error) error
	// Newest visits what the filter finds, newest first, until visit has enough or it has looked at so many decisions as most;
	// Before and Limit are not looked at, and Until must be set. It answers the first moment from which on it has visited
	// everything, or zero where that is all. Where the context's deadline passes it answers how far it came, and does not fail.
	Newest(ctx context.Context, filter Filter, most int, visit func(Glance) (isEnough bool)) (whole time.Time, err error)
	// Retain lets go of what is older than a moment, and then of the oldest until no more than so many bytes are taken. How
	// coarse it is, is the backend's own: what it drops is older than what it keeps. A zero limit is none.
	Retain(ctx context.Context, limit Limit) error
	Close() error
}

// Limit is how much is kept.
type Limit struct {
	// Since is the first moment that is kept; zero keeps any.
	Since time.Time
	// Bytes is how much disk may be taken; 0 is any.
	Bytes int64
}

// Filter narrows a list. Its zero fields narrow nothing.
type Filter struct {
	KeyID    string
	KeyOwner authz.Owner
	// ResourceType and ResourceID go together or alone.
	ResourceType, ResourceID    string
	WorkspaceID, OrganizationID string
	Action                      string
	// Codes are the ones of which any will do.
	Codes []authz.Code
	Allow *bool
	// From is the first moment, Until the one after the last.
	From, Until time.Time
	// Before is the decision that the page starts behind: newest first.
	Before *Position
	// Limit is the greatest length of the page, 1 or more.
	Limit int
}

// Glance is of a decision what it is counted by.
type Glance struct {
	Time  time.Time
	KeyID string
	Code  authz.Code
	Allow bool
	Took  time.Duration
}

// Position is a decision's place in the order of time; of several at one moment the id decides.
type Position struct {
	Time time.Time
	ID   string
}

// PositionOf is a decision's.
func PositionOf(d authz.LoggedDecision) Position { return Position{d.Time, d.ID} }

// Compare orders positions, oldest first.
func (p Position) Compare(other Position) int {
	if c := p.Time.Compare(other.Time); c != 0 {
		return c
	}
	switch {
	case p.ID < other.ID:
		return -1
	case p.ID > other.ID:
		return 1
	}
	return 0
}

// Matches tells whether the filter finds a decision, its Before and its Limit left aside.
func (f Filter) Matches(d authz.LoggedDecision) bool {
	is := func(want, got string) bool { return want == "" || want == got }
	return is(f.KeyID, d.KeyID) && (f.KeyOwner == authz.Owner{} || f.KeyOwner == d.KeyOwner) &&
		is(f.ResourceType, d.Request.Resource.Type) && is(f.ResourceID, d.Request.Resource.ID) &&
		is(f.WorkspaceID, d.WorkspaceID) && is(f.OrganizationID, d.OrganizationID) && is(f.Action, d.Request.Action) &&
		(len(f.Codes) == 0 || slices.Contains(f.Codes, d.Code)) && (f.Allow == nil || *f.Allow == d.Allow) &&
		(f.From.IsZero() || !d.Time.Before(f.From)) && (f.Until.IsZero() || d.Time.Before(f.Until))
}
