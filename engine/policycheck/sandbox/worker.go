package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/steelengine/steelgate/engine/policycheck"
)

// Command is the hidden command that a Checker starts this program with.
const Command = "policy-check-worker"

// task is what a worker reads, once: a draft, to be judged or to be formatted.
type task struct {
	Files    map[string]string `json:"files"`
	IsFormat bool              `json:"is_format,omitempty"`
	Limits   Limits            `json:"limits"`
}

// note is a line that a worker writes: what it is at, and in the end the verdict, or the files that it formatted.
type note struct {
	Stage     policycheck.Stage      `json:"stage,omitempty"`
	Verdict   *policycheck.Verdict   `json:"verdict,omitempty"`
	Formatted *policycheck.Formatted `json:"formatted,omitempty"`
}

// Work is the worker's side, and all that its process does: it reads a draft from in, holds the process to the limits,
// and writes the verdict to out.
func Work(ctx context.Context, in io.Reader, out io.Writer) error {
	var t task
	if err := json.NewDecoder(in).Decode(&t); err != nil {
		return fmt.Errorf("reading the draft: %w", err)
	}
	t.Limits.impose()
	notes := json.NewEncoder(out)
	tell := func(s policycheck.Stage) { _ = notes.Encode(note{Stage: s}) }
	if t.IsFormat {
		tell(policycheck.Formatting)
		formatted := policycheck.Format(t.Files)
		return notes.Encode(note{Formatted: &formatted})
	}
	v, err := policycheck.CheckStaged(ctx, t.Files, tell)
	if err != nil {
		return err
	}
	return notes.Encode(note{Verdict: &v})
}
