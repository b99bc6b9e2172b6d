package feed

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/steelengine/steelgate/engine/snapshot"
	"github.com/steelengine/steelgate/storage"
)

// errLoadAnew says that the change log does not lead from the snapshot to the store's revision, or not by a shorter way
// than a full load.
var errLoadAnew = errors.New("the change log can't be followed from here")

// page is how many changes are asked for at once.
const page = 10_000

// follow answers the snapshot at the reader's revision, current itself where nothing changed, and the changes of that
// revision. All of it is read in one transaction, so that what a change is about is seen as of the very revision that the
// snapshot gets. The last changes known are those of current's revision: where the log has others there, the store is of
// another history (a backup was restored, a standby took over that lacked the latest), whatever its revision.
//
// While an import is being applied, what it has done so far is held back, for half of an import is a world that nobody
// asked for; what else may happen then, revocations and service tokens, is not.
func follow(r storage.Reader, current *snapshot.Snapshot, last []storage.Change, held *held) (*snapshot.Snapshot, []storage.Change, error) {
	revision, err := r.Revision()
	if err != nil {
		return nil, nil, err
	}
	applying, err := r.ImportApplying()
	if err != nil {
		return nil, nil, err
	}
	if revision < current.Revision() {
		return nil, nil, fmt.Errorf("%w: the store went back from revision %d to %d", errLoadAnew, current.Revision(), revision)
	}
	// What a large import changed at once is too much to read at every look; it is as soon as anything changes.
	if revision > current.Revision() || len(last) <= page/10 {
		if err := checkHistory(r, current.Revision(), last); err != nil {
			return nil, nil, err
		}
	}
	if revision == current.Revision() {
		return current, last, nil
	}
	most := mostToFollow(current)
	if applying {
		most = math.MaxInt
	}
	changed, last, err := changesBetween(r, current.Revision(), revision, most)
	if err != nil {
		return nil, nil, err
	}
	if applying {
		if changed, err = held.keepBack(r, current, changed); err != nil {
			return nil, nil, err
		}
	} else if err := held.release(changed, most); err != nil {
		return nil, nil, err
	}
	edit := current.Edit()
	for c := range changed {
		if err := apply(r, edit, c); err != nil {
			return nil, nil, fmt.Errorf("%s %s %s: %w", c.kind, c.a, c.b, err)
		}
	}
	return edit.Commit(revision), last, nil
}

// mostToFollow is the number of changed records from which a full load is the shorter way: one record read by itself costs
// some thirty times what it costs in a stream, and much more across a network.
func mostToFollow(s *snapshot.Snapshot) int {
	counts := s.Counts()
	records := counts.Keys + counts.Users + counts.Organizations + counts.OrganizationMembers + counts.Workspaces + counts.WorkspaceMembers + counts.Resources
	return max(10_000, records/32)
}

// changesAt are the changes of one revision; nil where the log no longer has them.
func changesAt(r storage.Reader, revision uint64) ([]storage.Change, error) {
	if revision == 0 {
		return nil, nil
	}
	changes, err := r.Changes(revision-1, 1)
	if errors.Is(err, storage.ErrChangesPruned) {
		return nil, nil
	}
	return changes, err
}

func checkHistory(r storage.Reader, revision uint64, known []storage.Change) error {
	if known == nil {
		return nil
	}
	standing, err := changesAt(r, revision)
	if err != nil {
		return err
	}
	if standing != nil && !slices.Equal(standing, known) {
		return fmt.Errorf("%w: the store has another revision %d than the one that was loaded", errLoadAnew, revision)
	}
	return nil
}

// record names what a change is about.
type record struct {
	kind storage.Kind
	a, b string
}

// changesBetween are the records that changed after one revision through another, and the changes of the latter.
func changesBetween(r storage.Reader, after, through uint64, most int) (changed map[record]struct{}, last []storage.Change, err error) {
	changed = map[record]struct{}{}
	for after < through {
		changes, err := r.Changes(after, page)
		switch {
		case errors.Is(err, storage.ErrChangesPruned):
			return nil, nil, fmt.Errorf("%w: %w", errLoadAnew, err)
		case err != nil:
			return nil, nil, err
		case len(changes) == 0:
			return nil, nil, fmt.Errorf("%w: the log ends at revision %d of %d", errLoadAnew, after, through)
		}
		for _, c := range changes {
			changed[record{c.Kind, c.A, c.B}] = struct{}{}
		}
		if len(changed) > most {
			return nil, nil, fmt.Errorf("%w: too much has changed", errLoadAnew)
		}
		after = changes[len(changes)-1].Revision
		last = changes
	}
	return changed, slices.DeleteFunc(last, func(c storage.Change) bool { return c.Revision != after }), nil
}
