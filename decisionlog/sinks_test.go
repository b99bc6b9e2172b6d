package decisionlog_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/decisionlog"
	"github.com/steelengine/steelgate/storage/decisions"
)

func readLines(t *testing.T, path string) (made []authz.LoggedDecision) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		var d authz.LoggedDecision
		if err := json.Unmarshal(line, &d); err != nil {
			t.Fatalf("%s: %q: %v", path, line, err)
		}
		made = append(made, d)
	}
	return made
}

// The files hold every decision once, in order, until there are too many; each is of its size at most, and for its owner alone.
func TestAFileIsTurned(t *testing.T) {
	path := filepath.Join(t.TempDir(), "decisions.ndjson")
	const limit = 8 * 2000
	file, err := decisionlog.OpenFile(path, limit)
	if err != nil {
		t.Fatal(err)
	}
	const n = 200
	for i := range n {
		if i == n/2 {
			// Another process goes on where this one was.
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
			if file, err = decisionlog.OpenFile(path, limit); err != nil {
				t.Fatal(err)
			}
		}
		if err := file.Append(t.Context(), []authz.LoggedDecision{decision(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	next := n
	for i := range 8 {
		name := path
		if i > 0 {
			name += "." + strconv.Itoa(i)
		}
		info, err := os.Stat(name)
		if err != nil || info.Mode() != 0o600 || info.Size() > limit/8 {
			t.Fatalf("%s: %v, %v", name, info, err)
		}
		made := readLines(t, name)
		next -= len(made)
		for j, d := range made {
			if d.ID != decision(next+j).ID {
				t.Errorf("%s: line %d is %s", name, j, d.ID)
			}
		}
	}
	if left, err := filepath.Glob(path + "*"); err != nil || len(left) != 8 || next <= 0 {
		t.Errorf("%v, %v; %d are gone", left, err, next)
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path+".7", old, old); err != nil {
		t.Fatal(err)
	}
	if err := file.Retain(t.Context(), decisions.Limit{Since: time.Now().Add(-time.Minute)}); err != nil {
		t.Error(err)
	}
	if left, err := filepath.Glob(path + "*"); err != nil || len(left) != 7 {
		t.Errorf("%v, %v", left, err)
	}
}

// collector is an OpenTelemetry collector as far as it says what it got.
type collector struct {
	mutex  sync.Mutex
	bodies [][]byte
	status int
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	unzipped, err := gzip.NewReader(r.Body)
	if err != nil || r.URL.Path != "/v1/logs" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	body, _ := io.ReadAll(unzipped)
	if c.status == http.StatusOK {
		c.bodies = append(c.bodies, body)
	}
	w.WriteHeader(c.status)
}

func TestOTLP(t *testing.T) {
	c := &collector{status: http.StatusServiceUnavailable}
	server := httptest.NewServer(c)
	defer server.Close()
	sink, err := decisionlog.NewOTLP(t.Context(), server.URL+"/v1/logs", "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	made := []authz.LoggedDecision{decision(1), decision(2)}
	if sink.Append(t.Context(), made) == nil {
		t.Error("the collector refused, and the sink did not fail")
	}
	c.mutex.Lock()
	c.status = http.StatusOK
	c.mutex.Unlock()
	if err := sink.Append(t.Context(), made); err != nil {
		t.Fatal(err)
	}
	if err := sink.Close(); err != nil {
		t.Error(err)
	}
	if len(c.bodies) != 1 {
		t.Fatalf("%d requests", len(c.bodies))
	}
	for _, want := range []string{decision(1).ID, decision(2).ID, "steelgate.decision", "1.2.3", "workflow.execute", "key_2"} {
		if !bytes.Contains(c.bodies[0], []byte(want)) {
			t.Errorf("%q was not sent: %q", want, c.bodies[0])
		}
	}
}
