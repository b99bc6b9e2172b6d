package main

import (
	"encoding/json"
	"testing"
)

// listedReplica is what a test reads of a server in the list.
type listedReplica struct {
	ID             string `json:"id"`
	Version        string `json:"version"`
	DataRevision   uint64 `json:"data_revision"`
	PolicyRevision uint64 `json:"policy_revision"`
	FreshMS        *int64 `json:"fresh_ms"`
	Ready          bool   `json:"ready"`
	Self           bool   `json:"self"`
}

func (s *server) replicas() []listedReplica {
	s.t.Helper()
	var list struct {
		Data []listedReplica `json:"data"`
	}
	if a := s.send("GET", "/v1/replicas", ""); json.Unmarshal(a.body, &list) != nil || a.status != 200 {
		s.t.Fatalf("%d %s", a.status, a.body)
	}
	return list.Data
}

// Every server over a database is listed by each, as itself by itself alone, from before it answers until it ends. That they say so
// changes nothing of the world.
func TestServersSeeEachOther(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, database []string) {
		first := serve(t, database...)
		if seen := first.replicas(); len(seen) != 1 || !seen[0].Self || seen[0].Version != version() {
			t.Errorf("alone: %+v", seen)
		}
		first.change("POST", "/v1/import", smallWorld)
		before := first.send("GET", "/readyz", "").text("data_revision")
		second := serve(t, database...)
		selves := map[string]bool{}
		for _, s := range []*server{first, second} {
			s.eventually("both are ready, and say so", func() bool {
				seen := s.replicas()
				return len(seen) == 2 && seen[0].Ready && seen[1].Ready && seen[0].PolicyRevision == 1 && seen[1].PolicyRevision == 1
			})
			for _, r := range s.replicas() {
				if r.Self {
					selves[r.ID] = true
				}
				if r.FreshMS == nil || *r.FreshMS < 0 || *r.FreshMS > 10_000 {
					t.Errorf("how old its data was: %v", r.FreshMS)
				}
			}
		}
		if len(selves) != 2 {
			t.Errorf("they are %v", selves)
		}
		if after := first.send("GET", "/readyz", "").text("data_revision"); after != before {
			t.Errorf("the data went from revision %s to %s", before, after)
		}
		if code := second.end(); code != 0 {
			t.Errorf("it ended with %d", code)
		}
		if seen := first.replicas(); len(seen) != 1 || !seen[0].Self {
			t.Errorf("one has ended: %+v", seen)
		}
	})
}
