package usage

import (
	"hash/maphash"
	"sync"
	"time"
)

// marks are the latest moments of use by id, spread over shards so that decisions do not wait for each other.
type marks struct {
	seed   maphash.Seed
	shards [64]shard
}

type shard struct {
	mutex sync.Mutex
	at    map[string]time.Time
}

func newMarks() *marks { return &marks{seed: maphash.MakeSeed()} }

func (m *marks) set(id string, at time.Time) {
	s := &m.shards[maphash.String(m.seed, id)%uint64(len(m.shards))]
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.at == nil {
		s.at = map[string]time.Time{}
	}
	if at.After(s.at[id]) {
		s.at[id] = at
	}
}

// take answers what was marked, and begins anew.
func (m *marks) take() map[string]time.Time {
	all := map[string]time.Time{}
	for i := range m.shards {
		s := &m.shards[i]
		s.mutex.Lock()
		for id, at := range s.at {
			all[id] = at
		}
		s.at = nil
		s.mutex.Unlock()
	}
	return all
}

// put gives back what could not be written.
func (m *marks) put(used map[string]time.Time) {
	for id, at := range used {
		m.set(id, at)
	}
}
