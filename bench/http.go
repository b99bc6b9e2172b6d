package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/bench/world"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/policies"
	"github.com/steelengine/steelgate/storage/sqlite"
)

// adminToken is that of the servers which ask for one, on loopback, for as long as they are measured.
const adminToken = "bench-bench-bench-bench-bench-bench"

// http prints how many decisions a second several servers make, asked in turn by the same client.
func (b *bench) http() error {
	w := world.World{Keys: b.httpKeys}
	b.title("Decisions over HTTP on loopback, %d keys, %d connections: %d rounds of %v each in turn, medians", w.Keys, connections, b.rounds, b.span)
	targets, stop, err := b.targets(w)
	defer stop()
	if err != nil {
		return err
	}
	return b.compare(targets)
}

// compare asks targets in turn, round by round, and prints what each did beside the first.
func (b *bench) compare(targets []*target) error {
	loads := make([][]load, len(targets))
	for round := range b.rounds + 1 {
		for i, t := range targets {
			l, err := t.measure(b.span)
			if err != nil {
				return err
			}
			if round > 0 { // the first is to get warm
				loads[i] = append(loads[i], l)
			}
		}
	}
	first := 0.0
	for i, t := range targets {
		perSecond := median(loads[i], func(l load) float64 { return l.perSecond })
		if i == 0 {
			first = perSecond
		}
		b.line("%-48s %7.0f a second, %4.0f µs of the server's CPU each, %3.0f %% allowed   %.2f x the first", t.name, perSecond,
			median(loads[i], func(l load) float64 { return l.cpu })/1000, 100*float64(t.allowed)/float64(t.answered), perSecond/first)
	}
	return nil
}

// targets starts what is compared. What can't be had is said, and left out. Stop is never nil.
func (b *bench) targets(w world.World) (targets []*target, stop func(), err error) {
	var started []*process
	stop = func() {
		for _, p := range started {
			p.stop()
		}
	}
	var asked, toOPA [][]byte
	for n := range 4096 {
		i := askedKey(w, n)
		asked = append(asked, request("/v1/decisions", adminToken, decisionBody(world.Secret(i), w.Question(i, n))))
		toOPA = append(toOPA, request("/v1/data/steelgate/authz/decision", "", opaBody(world.KeyID(i), w.Question(i, n))))
	}
	for _, s := range []struct {
		name     string
		start    func(world.World) (*process, error)
		requests [][]byte
		optional bool
	}{
		{"steelgate, POST /v1/decisions", b.startSteelgate, asked, false},
		{"the same without a decision log", b.startWithoutLog, asked, false},
		{"the same stack, answering a constant", b.startConstant, asked, false},
		{"stock OPA, POST /v1/data/…, no authentication", b.startOPA, toOPA, true},
		{"the same with its console decision log", b.startLoggingOPA, toOPA, true},
	} {
		p, err := s.start(w)
		switch {
		case err != nil && s.optional:
			b.line("%s: left out: %v", s.name, err)
			continue
		case err != nil:
			return nil, stop, err
		}
		started = append(started, p)
		targets = append(targets, &target{name: s.name, address: p.address, requests: s.requests, pid: p.command.Process.Pid})
	}
	return targets, stop, nil
}

func decisionBody(secret string, r authz.Request) []byte {
	return mustJSON(map[string]any{
		"api_key": secret, "action": r.Action, "resource": map[string]any{"type": r.Resource.Type, "id": r.Resource.ID},
		"context": map[string]any{"client_ip": r.Context.ClientIP},
	})
}

func opaBody(keyID string, r authz.Request) []byte {
	return mustJSON(map[string]any{"input": map[string]any{
		"subject": map[string]any{"type": authz.APIKeySubject, "id": keyID}, "action": map[string]any{"name": r.Action},
		"resource": map[string]any{"type": r.Resource.Type, "id": r.Resource.ID},
		"context":  map[string]any{"client_ip": r.Context.ClientIP, "time": world.Now.Format(time.RFC3339)},
	}})
}

func mustJSON(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // of maps and strings alone
	}
	return text
}

// startSteelgate runs the real server over a database of its own.
func (b *bench) startSteelgate(w world.World) (*process, error) {
	program, err := b.settle(w)
	if err != nil {
		return nil, err
	}
	return b.serve(program, "store")
}

// settle builds the program, and makes a database with the world in it: once.
func (b *bench) settle(w world.World) (program string, err error) {
	if program, err = b.build("steelgate", "./cmd/steelgate"); err != nil {
		return "", err
	}
	folder := b.dataFolder()
	if _, err := os.Stat(folder); err == nil {
		return program, nil
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		return "", err
	}
	keyring, err := apikey.CreateKeyring(filepath.Join(folder, "keyring.json"))
	if err != nil {
		return "", err
	}
	ctx := context.Background()
	store, err := sqlite.Open(ctx, filepath.Join(folder, "steelgate.db"))
	if err != nil {
		return "", err
	}
	if err := fill(ctx, store, w, keyring); err != nil {
		return "", err
	}
	if err := store.Close(); err != nil {
		return "", err
	}
	return program, nil
}

// dataFolder is where the servers' database stands.
func (b *bench) dataFolder() string { return filepath.Join(b.temp, "data") }

// startWithoutLog runs another server over the database that startSteelgate made.
func (b *bench) startWithoutLog(world.World) (*process, error) {
	return b.serve(filepath.Join(b.temp, "steelgate"), "none")
}

func (b *bench) serve(program, decisionLog string, more ...string) (*process, error) {
	return b.start("steelgate-"+decisionLog, "/readyz", 5*time.Minute, func(address string) []string {
		return append([]string{program, "serve", "--listen", address, "--data-dir", b.dataFolder(), "--log-level", "warn", "--decision-log", decisionLog}, more...)
	}, "STEELGATE_ADMIN_TOKEN="+adminToken)
}

// startOPA runs stock OPA, of the version that is built in here, with the same policy over the same documents.
func (b *bench) startOPA(w world.World) (*process, error) {
	program, err := b.build("opa", "-modfile=tools.mod", "github.com/open-policy-agent/opa")
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(b.temp, "opa-policy")
	files, err := engine.ReadFiles(policies.Files)
	if err != nil {
		return nil, err
	}
	for path, source := range files {
		path = filepath.Join(folder, strings.ReplaceAll(path, "/", "_"))
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, err
		}
		if err := os.WriteFile(path, []byte(source), 0o600); err != nil {
			return nil, err
		}
	}
	data := filepath.Join(b.temp, "data.json")
	if err := writeDocuments(data, w); err != nil {
		return nil, err
	}
	return b.runOPA(program)
}

// startLoggingOPA runs another one over what startOPA wrote, which logs its decisions as OPA does by itself.
func (b *bench) startLoggingOPA(world.World) (*process, error) {
	return b.runOPA(filepath.Join(b.temp, "opa"), "--set", "decision_logs.console=true")
}

func (b *bench) runOPA(program string, more ...string) (*process, error) {
	return b.start(fmt.Sprintf("opa-%d", len(more)), "/health", 10*time.Minute, func(address string) []string {
		line := []string{program, "run", "--server", "--addr", address, "--disable-telemetry", "--log-level", "error"}
		return append(append(line, more...), filepath.Join(b.temp, "opa-policy"), filepath.Join(b.temp, "data.json"))
	})
}
