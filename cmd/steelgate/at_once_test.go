package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// together sends a request as often as asked, all at once, and answers how often each status came back.
func (s *server) together(times int, method, path, body string) map[int]int {
	s.t.Helper()
	var mutex sync.Mutex
	statuses := map[int]int{}
	var senders sync.WaitGroup
	for range times {
		senders.Go(func() {
			a, err := s.try(method, path, strings.NewReader(body))
			mutex.Lock()
			defer mutex.Unlock()
			if err != nil {
				s.t.Errorf("%s %s: %v", method, path, err)
			}
			statuses[a.status]++
		})
	}
	senders.Wait()
	return statuses
}

// Of many who want one name, or one successor, at once, one gets it.
func TestOneOfManyGetsIt(t *testing.T) {
	t.Parallel()
	s := serve(t, "--data-dir", t.TempDir())
	s.change("POST", "/v1/import", smallWorld)
	got := s.together(20, "POST", "/v1/keys", `{"type": "personal", "user_id": "ben", "name": "wanted"}`)
	if got[http.StatusCreated] != 1 || got[http.StatusConflict] != 19 {
		t.Errorf("20 creates of one name: %v", got)
	}
	id := s.change("POST", "/v1/keys", `{"type": "personal", "user_id": "ben", "name": "rotated"}`).text("id")
	got = s.together(20, "POST", "/v1/keys/"+id+"/rotate", `{"overlap_seconds": 60}`)
	if got[http.StatusCreated] != 1 || got[http.StatusConflict] != 19 {
		t.Errorf("20 rotations of one key: %v", got)
	}
}

// The very next decision after a revocation was acknowledged is a deny, without min_revision, 200 of 200.
func TestTheNextDecisionAfterARevocationIsADeny(t *testing.T) {
	t.Parallel()
	s := serve(t, "--data-dir", t.TempDir())
	s.change("POST", "/v1/import", smallWorld)
	for n := range 200 {
		made := s.change("POST", "/v1/keys", fmt.Sprintf(`{"type": "personal", "user_id": "ben", "name": "n%d"}`, n))
		if code := s.decide(made.text("secret"), "workspace.read", "workspace", "core", 0); code == "key_unknown" || code == "key_revoked" {
			t.Fatalf("key %d, just made, is %s", n, code)
		}
		s.change("POST", "/v1/keys/"+made.text("id")+"/revoke", "")
		if code := s.decide(made.text("secret"), "workspace.read", "workspace", "core", 0); code != "key_revoked" {
			t.Fatalf("key %d, just revoked, is %s", n, code)
		}
	}
}
