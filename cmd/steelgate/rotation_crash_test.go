package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/steelengine/steelgate/storage"
)

// startReseal moves keys in a process of its own, until it is killed.
func (f folder) startReseal() (kill func()) {
	f.t.Helper()
	binary, err := os.Executable()
	if err != nil {
		f.t.Fatal(err)
	}
	child := exec.CommandContext(f.t.Context(), binary, "keyring", "reseal", "--data-dir", f.path)
	child.Env = append(os.Environ(), childVariable+"=1")
	if err := child.Start(); err != nil {
		f.t.Fatal(err)
	}
	return func() {
		_ = child.Process.Kill()
		_ = child.Wait()
	}
}

// left is how many keys are not under the active version.
func left(t *testing.T, store storage.Store, active uint32) (keys int) {
	t.Helper()
	if err := store.View(t.Context(), func(r storage.Reader) error {
		counts, err := r.CountByVersion()
		for _, c := range counts {
			if c.Version != active {
				keys += c.Keys
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return keys
}

// awaitLeft waits until as few keys as that are left to move.
func awaitLeft(t *testing.T, store storage.Store, active uint32, most int) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for {
		if n := left(t, store, active); n <= most {
			return n
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%d keys are left to move", left(t, store, active))
		case <-ticker.C:
		}
	}
}

// TestResealIsKilled kills real processes that move keys, and has the next go on.
func TestResealIsKilled(t *testing.T) {
	t.Parallel()
	const keys = 3000
	f := newFolder(t)
	f.fill(keys)
	f.run(0, "keyring rotate")
	f.activate()
	store := f.store()
	at := keys
	for kills := 0; at > keys/2 && kills < 6; kills++ {
		kill := f.startReseal()
		at = awaitLeft(t, store, 2, at-1-rand.IntN(keys/6))
		kill()
		f.says(0, "keyring status", "moving")
	}
	f.says(0, "keyring reseal", "Everything is under version 2")
	if s := f.status(); len(s.Versions) != 1 || s.Versions[0].Keys != keys {
		t.Errorf("%+v", s)
	}
	f.serve().wantRotated(keys, 10)
}

// rotatedServer is one in a process of its own, that can be killed.
type rotatedServer struct{ *server }

func (f folder) serve() rotatedServer {
	f.t.Helper()
	return rotatedServer{serveChild(f.t, "--data-dir", f.path)}
}

func (s rotatedServer) die() {
	s.kill()
	<-s.ended
}

func (s rotatedServer) wantCode(secret, want string) {
	s.t.Helper()
	if got := s.decide(secret, "workflow.execute", "workflow", "wf", 0); got != want {
		s.t.Errorf("decided %s, want %s", got, want)
	}
}

// wantRotated asks about every so many of the imported keys.
func (s rotatedServer) wantRotated(keys, every int) {
	s.t.Helper()
	for i := rand.IntN(every); i < keys; i += every {
		s.wantCode(rotatedSecret(i), "allowed")
	}
}

// metric is a gauge's value.
func (s rotatedServer) metric(name string) string {
	s.t.Helper()
	for line := range strings.Lines(string(s.send("GET", "/metrics", "").body)) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// TestServerIsRotated rotates the keyring under a real server with the commands that an operator types, kills the server in
// the middle of the move, and has the next one finish, while keys are made, used and revoked.
func TestServerIsRotated(t *testing.T) {
	t.Parallel()
	const keys = 8000
	f := newFolder(t)
	f.fill(keys)
	s := f.serve()
	f.run(0, "keyring rotate")
	s.eventually("version 2 is taken in", func() bool { return s.metric("steelgate_keyring_newest_version") == "2" })
	f.says(0, "keyring activate", "Version 2 is active")
	store := f.store()
	interrupted := 0
	for _, most := range []int{keys - 1, keys / 2} {
		// A quick machine may be done before the second time.
		if awaitLeft(t, store, 2, most) > 0 {
			interrupted++
		}
		made := s.change("POST", "/v1/keys", fmt.Sprintf(`{"type": "workspace", "workspace_id": "ws", "name": "made with %d left"}`, most))
		secret := made.text("secret")
		s.wantCode(secret, "allowed")
		s.die()
		s = f.serve()
		s.wantCode(secret, "allowed")
		s.change("POST", "/v1/keys/"+made.text("id")+"/revoke", "")
		s.wantCode(secret, "key_revoked")
		s.wantRotated(keys, 60)
	}
	if interrupted == 0 {
		t.Error("the server was never killed in the middle of the move")
	}
	awaitLeft(t, store, 2, 0)
	s.eventually("the old version is dropped", func() bool { return len(f.status().Versions) == 1 })
	s.eventually("the end is told", func() bool {
		return s.metric("steelgate_keyring_active_version") == "2" && s.metric(`steelgate_keyring_records_to_move{kind="key"}`) == "0"
	})
	s.wantRotated(keys, 10)
}
