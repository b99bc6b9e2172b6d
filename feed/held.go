package feed

import (
	"errors"
	"fmt"

	"github.com/steelengine/steelgate/engine/snapshot"
	"github.com/steelengine/steelgate/storage"
)

// errImportApplying says that the store is in the midst of an import, and its whole is no world yet.
var errImportApplying = errors.New("an import is being applied: all data is loaded once that is done")

// held are the records that an import has changed so far. To hold one twice is harmless, so that a step that failed may be
// made again.
type held struct {
	records map[record]struct{}
	// released tells that they were handed on.
	released bool
	// tooMany says that they are no longer counted: a full load will be the shorter way.
	tooMany bool
}

// keepBack holds the changed records, and answers those that do not wait: keys that were revoked, and service tokens and
// policies, which no import holds.
func (h *held) keepBack(r storage.Reader, current *snapshot.Snapshot, changed map[record]struct{}) (map[record]struct{}, error) {
	h.released = false
	most := mostToFollow(current)
	now := map[record]struct{}{}
	for c := range changed {
		isRevocation, err := revokes(r, current, c)
		if err != nil {
			return nil, err
		}
		switch {
		case isRevocation, c.kind == storage.TokenKind, c.kind == storage.PolicyKind, c.kind == storage.PolicyCandidateKind:
			now[c] = struct{}{}
		case len(h.records) >= most:
			h.tooMany = true
		default:
			if h.records == nil {
				h.records = map[record]struct{}{}
			}
			h.records[c] = struct{}{}
		}
	}
	return now, nil
}

// revokes tells whether a change is that a key of the snapshot is revoked.
func revokes(r storage.Reader, current *snapshot.Snapshot, c record) (bool, error) {
	if c.kind != storage.KeyKind {
		return false, nil
	}
	if known, ok := current.Key(c.a); !ok || known.Revoked() {
		return false, nil
	}
	key, err := r.Key(c.a)
	if err != nil {
		return false, err
	}
	return key.RevokedAt != nil, nil
}

// release adds what was held back to what has changed, now that the import is done.
func (h *held) release(changed map[record]struct{}, most int) error {
	h.released = true
	if h.tooMany || len(h.records)+len(changed) > most {
		return fmt.Errorf("%w: too much has changed", errLoadAnew)
	}
	for c := range h.records {
		changed[c] = struct{}{}
	}
	return nil
}

// forgetReleased lets go of what was handed on, once it is in force.
func (h *held) forgetReleased() {
	if h.released {
		*h = held{}
	}
}
