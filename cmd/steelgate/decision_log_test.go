package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// askedOf sends one decision, and answers its id.
func (s *server) askedOf(secret string) (string, error) {
	a, err := s.try("POST", "/v1/decisions", strings.NewReader(fmt.Sprintf(`{"api_key": %q, "action": "workflow.execute", "resource": {"type": "workflow", "id": "invoice"}}`, secret)))
	if err != nil {
		return "", err
	}
	return a.text("decision_id"), nil
}

func (s *server) loggedIDs() map[string]bool {
	s.t.Helper()
	ids := map[string]bool{}
	for cursor := ""; ; {
		var page struct {
			Data []struct {
				ID string `json:"decision_id"`
			}
			Pagination struct {
				Cursor string `json:"cursor"`
			}
		}
		a := s.send("GET", "/v1/decision-log?limit=1000&cursor="+cursor, "")
		if err := json.Unmarshal(a.body, &page); err != nil || a.status != 200 {
			s.t.Fatalf("%d %s: %v", a.status, a.body, err)
		}
		for _, d := range page.Data {
			if ids[d.ID] {
				s.t.Errorf("%s is there twice", d.ID)
			}
			ids[d.ID] = true
		}
		if cursor = page.Pagination.Cursor; cursor == "" {
			return ids
		}
	}
}

// A server that ends has written every decision that it answered; one that is killed, all but those of the last 200 ms.
func TestTheDecisionLogOutlivesTheServer(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, database []string) {
		command(t, append([]string{"import", writeFile(t, "world.ndjson", smallWorld)}, database...)...).done(t)
		made := map[string]time.Time{}
		for _, isKilled := range []bool{true, false, true} {
			s := serveChild(t, database...)
			secret := s.change("POST", "/v1/keys", fmt.Sprintf(`{"type": "personal", "user_id": "ben", "name": "k %d"}`, len(made))).text("secret")
			var mutex sync.Mutex
			var clients sync.WaitGroup
			for range 3 {
				clients.Go(func() {
					for range 300 {
						id, err := s.askedOf(secret)
						if err != nil {
							return
						}
						mutex.Lock()
						made[id] = time.Now()
						isEnough := len(made)%900 == 600
						mutex.Unlock()
						if isEnough && isKilled {
							s.kill()
						}
					}
				})
			}
			clients.Wait()
			ended := time.Now()
			if isKilled {
				<-s.ended
			} else if code := s.end(); code != 0 {
				t.Errorf("exit code %d: %s", code, s.log)
			}
			s = serveChild(t, database...)
			logged := s.loggedIDs()
			lost := 0
			for id, at := range made {
				if logged[id] {
					continue
				}
				lost++
				if !isKilled || ended.Sub(at) > 200*time.Millisecond {
					t.Errorf("killed: %t: %s was answered %v before the end, and is not in the log", isKilled, id, ended.Sub(at))
				}
				delete(made, id)
			}
			t.Logf("killed: %t: %d answered, %d lost", isKilled, len(made), lost)
			if code := s.end(); code != 0 {
				t.Errorf("exit code %d: %s", code, s.log)
			}
		}
	})
}

// The log is read while the server runs, is a file of its own, and holds no secret that a decision was asked with.
func TestTheDecisionLogHoldsNoSecret(t *testing.T) {
	t.Parallel()
	for _, sink := range []string{"store", "file"} {
		t.Run(sink, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			s := serve(t, "--data-dir", folder, "--decision-log", sink, "--trusted-proxies", "127.0.0.1,::1")
			s.change("POST", "/v1/import", smallWorld)
			made := s.change("POST", "/v1/keys", `{"type": "personal", "user_id": "ben", "name": "k"}`)
			secret := made.text("secret")
			escaped := strings.Replace(secret, "steelengine", `\u0073teelengine`, 1)
			for _, question := range []string{
				`"action": "workflow.execute", "resource": {"type": "workflow", "id": "invoice"}`,
				`"action": "workflow.execute", "resource": {"type": "workflow", "id": "` + secret + `"}`,
				`"action": "` + secret + `", "resource": {"type": "` + secret + `", "id": "x", "properties": {"a": ["` + escaped + `"]}}`,
				`"action": "a", "resource": {"type": "t", "id": "i"}, "context": {"client_ip": "` + secret + `", "` + escaped + `": "` + secret + `"}`,
			} {
				s.send("POST", "/v1/decisions", `{"api_key": "`+secret+`", `+question+`}`)
				s.send("POST", "/v1/decisions/batch", `{"decisions": [{"api_key": "`+secret+`", `+question+`}]}`)
			}
			s.send("GET", "/v1/forward-auth", "", "X-API-Key: "+secret, "X-Forwarded-Method: POST", "X-Forwarded-Uri: /api/workflows/"+secret+"/execute?k="+secret)
			if code := s.end(); code != 0 {
				t.Fatalf("exit code %d: %s", code, s.log)
			}
			places := map[string][]byte{}
			addFiles(t, places, folder, "afterwards")
			held := false
			for place, text := range places {
				if bytes.Contains(text, []byte(strings.TrimPrefix(secret, "sk-steelengine-"))) {
					t.Errorf("the secret is in %s", place)
				}
				held = held || strings.Contains(place, "decisions.") && bytes.Contains(text, []byte(made.text("id")))
			}
			if !held {
				t.Error("the log does not hold the key's id either")
			}
		})
	}
}

// Another sink leaves the store alone, and the log can't be read there.
func TestOtherSinksOfTheDecisionLog(t *testing.T) {
	t.Parallel()
	for _, sink := range []string{"none", "file"} {
		folder := t.TempDir()
		s := serve(t, "--data-dir", folder, "--decision-log", sink)
		if _, err := s.askedOf("sk-steelengine-0123456789abcdef"); err != nil {
			t.Fatal(err)
		}
		if a := s.send("GET", "/v1/decision-log", ""); a.status != 404 || a.text("code") != "no_decision_log" {
			t.Errorf("%s: %d %s", sink, a.status, a.body)
		}
		if code := s.end(); code != 0 {
			t.Errorf("exit code %d: %s", code, s.log)
		}
		if _, err := os.Stat(filepath.Join(folder, "decisions.db")); err == nil {
			t.Errorf("%s: decisions.db was made", sink)
		}
		text, err := os.ReadFile(filepath.Join(folder, "decisions.ndjson"))
		if (err == nil) != (sink == "file") || sink == "file" && !bytes.Contains(text, []byte(`"code":"key_unknown"`)) {
			t.Errorf("%s: %s, %v", sink, text, err)
		}
	}
}
