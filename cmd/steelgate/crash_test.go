package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// ledger is what a server acknowledged before it was killed. What it was asked and did not answer for may have happened or not.
type ledger struct {
	mutex    sync.Mutex
	created  map[string]string // secrets by key id
	revoked  map[string]bool
	unclear  map[string]bool
	revision uint64
}

func (l *ledger) noteCreated(id, secret string, revision uint64) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.created[id] = secret
	l.revision = max(l.revision, revision)
}

// pick takes a key that nobody asked to revoke.
func (l *ledger) pick() (id string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for id := range l.created {
		if !l.revoked[id] && !l.unclear[id] {
			l.unclear[id] = true
			return id
		}
	}
	return ""
}

func (l *ledger) noteRevoked(id string, revision uint64) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	delete(l.unclear, id)
	l.revoked[id] = true
	l.revision = max(l.revision, revision)
}

// A server that is killed at any moment keeps what it acknowledged: every key works, every revocation stands.
func TestKilledServerKeepsItsWord(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, database []string) {
		command(t, append([]string{"import", writeFile(t, "world.ndjson", smallWorld)}, database...)...).done(t)
		l := &ledger{created: map[string]string{}, revoked: map[string]bool{}, unclear: map[string]bool{}}
		const rounds = 4
		for round := range rounds {
			s := serveChild(t, database...)
			l.check(s)
			s.trafficUntilKilled(l, round, 20+rand.IntN(100))
		}
		s := serveChild(t, database...)
		l.check(s)
		if len(l.created) < 20 || len(l.revoked) < 5 {
			t.Errorf("too little happened: %d created, %d revoked", len(l.created), len(l.revoked))
		}
		t.Logf("%d keys created, %d revoked, %d revocations not answered", len(l.created), len(l.revoked), len(l.unclear))
		if code := s.end(); code != 0 {
			t.Errorf("exit code %d: %s", code, s.log)
		}
	})
}

// trafficUntilKilled creates and revokes keys from several clients, and kills the server while it does the next thing after
// some number of answers.
func (s *server) trafficUntilKilled(l *ledger, round, answers int) {
	s.t.Helper()
	var answered atomic.Int64
	var clients sync.WaitGroup
	for client := range 4 {
		clients.Go(func() {
			for n := 0; ; n++ {
				if answered.Add(1) == int64(answers) {
					s.kill()
				}
				if id := l.pick(); id != "" && n%3 == 2 {
					a, err := s.try("POST", "/v1/keys/"+id+"/revoke", http.NoBody)
					if err != nil {
						return
					}
					if a.status != 200 {
						s.t.Errorf("revoking: %d %s", a.status, a.body)
						return
					}
					l.noteRevoked(id, a.revision())
					continue
				} else if id != "" {
					l.release(id)
				}
				body := fmt.Sprintf(`{"type": "personal", "user_id": "ben", "name": "round %d, client %d, key %d"}`, round, client, n)
				a, err := s.try("POST", "/v1/keys", strings.NewReader(body))
				if err != nil {
					return
				}
				if a.status != 201 {
					s.t.Errorf("creating: %d %s", a.status, a.body)
					return
				}
				l.noteCreated(a.text("id"), a.text("secret"), a.revision())
			}
		})
	}
	clients.Wait()
	<-s.ended
}

// release gives a key back that was picked and not asked about.
func (l *ledger) release(id string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	delete(l.unclear, id)
}

// check asks about every key, at the latest revision that was acknowledged.
func (l *ledger) check(s *server) {
	s.t.Helper()
	if got := s.ready(); got < l.revision {
		s.t.Errorf("the data is at revision %d, and %d was acknowledged", got, l.revision)
	}
	var questions, ids []string
	for id, secret := range l.created {
		ids = append(ids, id)
		questions = append(questions, fmt.Sprintf(`{"api_key": %q, "action": "workflow.execute", "resource": {"type": "workflow", "id": "invoice"}, "min_revision": %d}`, secret, l.revision))
	}
	for len(ids) > 0 {
		n := min(len(ids), 1000)
		var answer struct{ Decisions []struct{ Code string } }
		a := s.send("POST", "/v1/decisions/batch", `{"decisions": [`+strings.Join(questions[:n], ",")+`]}`)
		if err := json.Unmarshal(a.body, &answer); err != nil || len(answer.Decisions) != n {
			s.t.Fatalf("%d %s: %v", a.status, a.body, err)
		}
		for i, d := range answer.Decisions {
			switch id := ids[i]; {
			case l.unclear[id] && (d.Code == "allowed" || d.Code == "key_revoked"):
			case l.revoked[id] && d.Code == "key_revoked", !l.revoked[id] && d.Code == "allowed":
			default:
				s.t.Errorf("key %s: %s, revoked: %t", id, d.Code, l.revoked[id])
			}
		}
		ids, questions = ids[n:], questions[n:]
	}
}

// An import that a kill interrupts is finished by the next start, or never began.
func TestKilledImportIsAllOrNothing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, database []string) {
		const users = 6000
		var body bytes.Buffer
		for i := range users {
			fmt.Fprintf(&body, "{\"kind\": \"user\", \"id\": \"user_%d\"}\n", i)
		}
		s := serveChild(t, database...)
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			_, _ = s.try("POST", "/v1/import", bytes.NewReader(body.Bytes()))
		}()
		has := func(s *server, i int) bool {
			a, err := s.try("GET", fmt.Sprintf("/v1/users/user_%d", i), http.NoBody)
			return err == nil && a.status == 200
		}
		s.eventually("the import is being applied", func() bool { return has(s, 0) })
		s.kill()
		<-s.ended
		<-sent
		s = serveChild(t, database...)
		s.eventually("the import is finished", func() bool {
			a, err := s.try("PUT", "/v1/users/afterwards", io.NopCloser(strings.NewReader(`{}`)))
			return err == nil && a.status == 201 || a.status == 200
		})
		for _, i := range []int{0, 1, users / 2, users - 1} {
			if !has(s, i) {
				t.Errorf("user_%d is missing", i)
			}
		}
	})
}
