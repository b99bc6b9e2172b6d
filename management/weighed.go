package management

import (
	"sync"

	"github.com/steelengine/steelgate/storage"
)

// maxWeighed is how many drafts are remembered.
const maxWeighed = 32

// weighed remembers what the digests were of the impacts that were worked out last: to publish what was just looked at need not work
// it out anew.
type weighed struct {
	lock    sync.Mutex
	digests map[weighedDraft]string
	order   []weighedDraft
}

// weighedDraft is a draft by the digest of its files, over the revision that was in force.
type weighedDraft struct {
	base   uint64
	digest storage.Digest
}

func (w *weighed) note(draft weighedDraft, widens string) {
	w.lock.Lock()
	defer w.lock.Unlock()
	if w.digests == nil {
		w.digests = map[weighedDraft]string{}
	}
	if _, known := w.digests[draft]; !known {
		w.order = append(w.order, draft)
	}
	w.digests[draft] = widens
	if len(w.order) > maxWeighed {
		delete(w.digests, w.order[0])
		w.order = w.order[1:]
	}
}

func (w *weighed) find(draft weighedDraft) (widens string, known bool) {
	w.lock.Lock()
	defer w.lock.Unlock()
	widens, known = w.digests[draft]
	return widens, known
}
