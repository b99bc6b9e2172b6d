package impact

import (
	"fmt"

	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/opastore"
)

// History is which records changed last when, from one data revision on up to another. It serves one goroutine.
//
// A decision of an older revision may be made again on newer data where no record that is read for it changed in between:
// what a policy reads next follows from what it has read, so that it reads the same, and answers the same.
type History struct {
	after, through uint64
	last           map[opastore.Record]uint64
}

// NewHistory begins one of all changes after a revision, up to and including another. Each of them is to be noted.
func NewHistory(after, through uint64) *History {
	return &History{after: after, through: through, last: map[opastore.Record]uint64{}}
}

// Note says that a record was put or deleted at a revision.
func (h *History) Note(r opastore.Record, revision uint64) { h.last[r] = max(h.last[r], revision) }

// reaches tells whether all changes since the revision are known.
func (h *History) reaches(revision uint64) bool { return revision >= h.after && revision <= h.through }

// stands tells whether the record is as it was at the revision.
func (h *History) stands(r opastore.Record, revision uint64) bool { return h.last[r] <= revision }

func (h *History) check(v *engine.View) error {
	if h.through < v.DataRevision() {
		return fmt.Errorf("the history ends at revision %d, before the data's, which is %d", h.through, v.DataRevision())
	}
	return nil
}
