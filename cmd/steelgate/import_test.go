package main

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
)

// A large import with one bad line changes nothing and names the line. Without that line it is applied, and a revocation
// meanwhile is acknowledged, and stands.
func TestLargeImport(t *testing.T) {
	t.Parallel()
	s := serve(t, "--data-dir", t.TempDir())
	s.change("POST", "/v1/import", smallWorld)
	const keys = 30
	var body strings.Builder
	secrets := make([]string, keys)
	for i := range keys {
		secrets[i] = fmt.Sprintf("sk-steelengine-issued-before_%06d", i)
		fmt.Fprintf(&body, `{"kind": "key", "id": "key_%d", "type": "personal", "user_id": "ben", "name": "n%d", "secret": %q}`+"\n", i, i, secrets[i])
	}
	s.change("POST", "/v1/import", body.String())
	// The same keys are lines of the large import too, as a backend would send all that it knows.
	const users = 20_000 - keys
	for i := range users {
		fmt.Fprintf(&body, `{"kind": "user", "id": "user_%d", "name": "User %d"}`+"\n", i, i)
	}
	good := body.String()
	middle := strings.Index(good, `{"kind": "user", "id": "user_14000"`)
	bad := good[:middle] + `{"kind": "user", "id": "user_14000", "email": "nonsense"}` + "\n" + good[middle+strings.Index(good[middle:], "\n")+1:]

	before := s.ready()
	refused := s.send("POST", "/v1/import", bad)
	line := fmt.Sprintf(`"line":%d,"field":"email"`, keys+14_000+1)
	if refused.status != 422 || !strings.Contains(string(refused.body), line) || strings.Count(string(refused.body), `"line"`) != 1 {
		t.Errorf("refused with %d %s, want %s", refused.status, refused.body, line)
	}
	if after := s.ready(); after != before {
		t.Errorf("the data went from revision %d to %d", before, after)
	}
	for _, id := range []string{"user_0", "user_13999", "user_19000"} {
		if a := s.send("GET", "/v1/users/"+id, ""); a.status != 404 {
			t.Errorf("%s was imported: %d", id, a.status)
		}
	}

	var done atomic.Bool
	answered := make(chan reply, 1)
	go func() {
		a, _ := s.try("POST", "/v1/import", strings.NewReader(good))
		done.Store(true)
		answered <- a
	}()
	during, revoked := 0, 0
	var last uint64
	for !done.Load() && revoked < keys {
		a := s.send("POST", fmt.Sprintf("/v1/keys/key_%d/revoke", revoked), "")
		if a.status != 200 {
			t.Fatalf("a revocation during the import: %d %s", a.status, a.body)
		}
		last = a.revision()
		if got := s.decide(secrets[revoked], "workflow.read", "workflow", "invoice", last); got != "key_revoked" {
			t.Errorf("a key revoked during the import: %s", got)
		}
		if revoked++; !done.Load() {
			during++
		}
	}
	a := <-answered
	if a.status != 200 || a.text("lines") != "20000" {
		t.Fatalf("the import: %d %s", a.status, a.body)
	}
	if during == 0 {
		t.Error("no revocation was acknowledged while the import went on")
	}
	t.Logf("%d revocations during the import", during)
	for i := range keys {
		want := "allowed"
		if i < revoked {
			want = "key_revoked"
		}
		if got := s.decide(secrets[i], "workflow.execute", "workflow", "invoice", a.revision()); got != want {
			t.Errorf("key_%d after the import: %s, want %s", i, got, want)
		}
	}
	if got := s.send("GET", "/v1/users/user_19969", ""); got.status != 200 {
		t.Errorf("the last user: %d", got.status)
	}
}
