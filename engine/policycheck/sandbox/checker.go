package sandbox

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/policycheck"
)

const (
	// atOnce is how many checks run at the same time; the others wait.
	atOnce = 2
	// maxAnswer is the length of what a worker may write, in bytes.
	maxAnswer = 16 << 20
	// maxComplaint is how much of what a worker writes on standard error is kept.
	maxComplaint = 8 << 10
	// grace is how long a worker that was killed may take to be gone.
	grace = 5 * time.Second
)

// Checker judges drafts in processes with limits. The zero Checker is ready; its methods may be called from many goroutines.
type Checker struct {
	// Limits are those of one check; DefaultLimits where they are zero.
	Limits Limits
	// Program is the path of the program that knows Command; this very program where it is "".
	Program string
	// Regal is the path of the linter; the one that is installed, if any, where it is "".
	Regal string

	once  sync.Once
	slots chan struct{}
}

// Check is policycheck.Check in a process of its own. What that process does not outlive is a Verdict that is not OK, with
// the diagnostic "limits". The error is the context's, or that no process could be started.
func (c *Checker) Check(ctx context.Context, files map[string]string) (policycheck.Verdict, error) {
	if found := policycheck.CheckBounds(files); len(found) > 0 {
		// What is too large is not even handed over.
		return policycheck.Refused(found...), nil
	}
	leave, err := c.enter(ctx)
	if err != nil {
		return policycheck.Verdict{}, err
	}
	defer leave()
	var hints engine.Diagnostics
	var beside sync.WaitGroup
	lintCtx, stopLinting := context.WithTimeout(ctx, lintTime)
	defer stopLinting()
	beside.Go(func() { hints = c.lint(lintCtx, files) })
	said, ended, err := c.run(ctx, task{Files: files})
	v := policycheck.Verdict{}
	switch {
	case err != nil:
	case said.Verdict != nil:
		v = *said.Verdict
	default:
		v = policycheck.Refused(ended)
	}
	if err != nil || !v.OK {
		stopLinting()
	}
	beside.Wait()
	v.Diagnostics = append(v.Diagnostics, hints...)
	return v, err
}

// Format is policycheck.Format in a process of its own. What that process does not outlive is as it was, with the diagnostic
// "limits". The error is the context's, or that no process could be started.
func (c *Checker) Format(ctx context.Context, files map[string]string) (policycheck.Formatted, error) {
	if found := policycheck.CheckBounds(files); len(found) > 0 {
		return policycheck.Unformatted(files, found...), nil
	}
	leave, err := c.enter(ctx)
	if err != nil {
		return policycheck.Formatted{}, err
	}
	defer leave()
	said, ended, err := c.run(ctx, task{Files: files, IsFormat: true})
	switch {
	case err != nil:
		return policycheck.Formatted{}, err
	case said.Formatted != nil:
		return *said.Formatted, nil
	}
	return policycheck.Unformatted(files, ended), nil
}

// enter waits for its turn.
func (c *Checker) enter(ctx context.Context) (leave func(), err error) {
	c.once.Do(func() { c.slots = make(chan struct{}, atOnce) })
	select {
	case c.slots <- struct{}{}:
		return func() { <-c.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// run has a worker do a task: what it said last, or, where it said no result, the diagnostic of how it ended.
func (c *Checker) run(ctx context.Context, t task) (said note, end engine.Diagnostic, err error) {
	limits := c.Limits
	if limits == (Limits{}) {
		limits = DefaultLimits
	}
	program := c.Program
	if program == "" {
		if program, err = os.Executable(); err != nil {
			return said, end, fmt.Errorf("finding the program that checks: %w", err)
		}
	}
	t.Limits = limits
	draft, err := json.Marshal(t)
	if err != nil {
		return said, end, err
	}
	limited, cancel := context.WithTimeout(ctx, limits.Time)
	defer cancel()
	worker := exec.CommandContext(limited, program, Command) // #nosec G204 -- this very program
	// No secret that this process was started with is the draft's to see.
	worker.Env = []string{}
	worker.Dir = os.TempDir()
	worker.WaitDelay = grace
	alone(worker)
	answer, complaint := &bounded{limit: maxAnswer}, &bounded{limit: maxComplaint}
	worker.Stdin, worker.Stdout, worker.Stderr = bytes.NewReader(draft), answer, complaint
	failure := worker.Run()
	if worker.ProcessState == nil {
		return said, end, fmt.Errorf("starting the process that checks: %w", failure)
	}
	if err := ctx.Err(); err != nil {
		return said, end, err
	}
	at, said := read(answer.text.Bytes(), t)
	if said.answers(t) && !answer.cut {
		return said, end, nil
	}
	return note{}, ended(at, why(limited, worker.ProcessState, limits, answer, complaint)), nil
}

// bounded keeps the beginning of what is written to it.
type bounded struct {
	text  bytes.Buffer
	limit int
	cut   bool
}

// Write implements io.Writer. It fails at the limit, which ends the worker's pipe.
func (b *bounded) Write(p []byte) (int, error) {
	if room := b.limit - b.text.Len(); len(p) > room {
		b.text.Write(p[:room])
		b.cut = true
		return room, io.ErrShortWrite
	}
	return b.text.Write(p)
}

// answers tells whether this is what a worker ends a task with.
func (n note) answers(t task) bool {
	if t.IsFormat {
		return n.Formatted != nil
	}
	return n.Verdict != nil
}

// read finds what the worker was last at, and its result, if it came to one.
func read(answer []byte, t task) (at policycheck.Stage, result note) {
	lines := json.NewDecoder(bytes.NewReader(answer))
	for {
		var n note
		if lines.Decode(&n) != nil {
			return at, note{}
		}
		at = cmp.Or(n.Stage, at)
		if n.answers(t) {
			return at, n
		}
	}
}

// why says which limit ended the worker, and what usually is the cause.
func why(limited context.Context, state *os.ProcessState, l Limits, answer, complaint *bounded) string {
	said := complaint.text.String()
	switch {
	case errors.Is(limited.Err(), context.DeadlineExceeded):
		return fmt.Sprintf("it took longer than %v. Usually that is comprehensions in comprehensions, rules that each name the one before several times, or loops over products of long lists", l.Time)
	case state.ExitCode() == exitMemory, strings.Contains(said, "out of memory"), strings.Contains(said, "cannot allocate memory"):
		return fmt.Sprintf("it took more than %d MiB of memory. Usually that is a text or a collection that doubles with each rule, or a product of long lists", l.Memory>>20)
	case endedByCPU(state, l):
		return fmt.Sprintf("it took more than %v of the processor. Usually that is comprehensions in comprehensions, or loops over products of long lists", l.CPU)
	case answer.cut:
		return fmt.Sprintf("it said more than %d MiB. Usually that is a test that prints without end", maxAnswer>>20)
	case strings.Contains(said, "stack overflow"), strings.Contains(said, "stack exceeds"):
		return "its source stands too deep in itself. Usually that is thousands of brackets in one another"
	}
	first, _, _ := strings.Cut(said, "\n")
	if !utf8.ValidString(first) {
		first = ""
	}
	return "the process that checked it ended: " + cmp.Or(first, state.String())
}

func ended(at policycheck.Stage, why string) engine.Diagnostic {
	return engine.Diagnostic{
		Severity: "error", Code: "limits",
		Message: fmt.Sprintf("the check of the draft was ended while it was %s: %s", cmp.Or(at, policycheck.Reading), why),
	}
}
