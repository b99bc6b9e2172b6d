package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/steelengine/steelgate/engine/policycheck"
	"github.com/steelengine/steelgate/engine/policycheck/sandbox"
)

func newPolicyCheck(s streams) *cobra.Command {
	var output outputFlag
	var f clientFlags
	c := &cobra.Command{
		Use: "check [PATH…]", Short: "Judge a policy before it decides: types, scans, decisions, invariants, tests",
		Long: `Judge a policy as the server would before it is published: whether it compiles with the same strictness and the same few
builtins, names only fields that there are, looks records up instead of searching through all of them, always decides,
keeps the invariants, and passes its tests, the shipped ones among them. It runs in a process of its own, with limits.

` + policyPaths + `

The exit code is 3 where it does not compile or is refused, and 4 where nothing but tests fails.`,
		Example: `  steelgate policy check
  steelgate policy check ./policies -o json
  steelgate policy check ./policy/site --server https://steelgate.example.com`,
		RunE: func(c *cobra.Command, args []string) error {
			verdict, files, err := judged(c.Context(), &f, args)
			if err != nil {
				return err
			}
			if err := output.print(s.out, verdict, func(w io.Writer) error { return printVerdict(w, verdict, files) }); err != nil {
				return err
			}
			return failureOf(verdict)
		},
	}
	output.register(c)
	c.Flags().StringVar(&f.server, "server", "", "URL of a running steelgate: what is given stands over the revision in force there, and is judged there")
	c.Flags().StringVar(&f.token, "token", "", "service token for --server (better: STEELGATE_TOKEN or STEELGATE_TOKEN_FILE)")
	return c
}

// judged is the verdict on what the paths hold, and how many files that is: over the revision in force on a server, or else
// over the shipped policy, unless it is a whole policy.
func judged(ctx context.Context, f *clientFlags, paths []string) (v policycheck.Verdict, count int, err error) {
	if f.server != "" {
		client, err := f.open(ctx)
		if err != nil {
			return v, 0, err
		}
		files, _, err := overlaid(ctx, client, paths, false)
		if err != nil {
			return v, 0, err
		}
		err = client.call(ctx, http.MethodPost, "/v1/policy/check", map[string]any{"files": files}, &v)
		return v, len(files), err
	}
	files, isWhole, _, err := given(paths)
	if err == nil && !isWhole {
		if files, err = draft(paths); err == nil {
			err = addTests(files)
		}
	}
	if err != nil {
		return v, 0, err
	}
	checker := sandbox.Checker{Limits: ownLimits}
	v, err = checker.Check(ctx, files)
	return v, len(files), err
}

// ownLimits are those of a check on a terminal: nobody else waits for the machine, which may be a busy one.
var ownLimits = sandbox.Limits{Time: 6 * sandbox.DefaultLimits.Time, CPU: 2 * sandbox.DefaultLimits.CPU, Memory: sandbox.DefaultLimits.Memory}

// newPolicyCheckWorker is the process that a check runs in.
func newPolicyCheckWorker(s streams) *cobra.Command {
	return &cobra.Command{
		Use: sandbox.Command, Hidden: true, Args: noArguments,
		Short: "Check the draft on standard input, within limits",
		RunE:  func(c *cobra.Command, _ []string) error { return sandbox.Work(c.Context(), s.in, s.out) },
	}
}

// failureOf is nil for a policy that may be published.
func failureOf(v policycheck.Verdict) error {
	refusals, broken := 0, 0
	for _, d := range v.Diagnostics {
		if d.Severity == "error" {
			refusals++
		}
	}
	for _, i := range v.Invariants {
		if !i.Holds {
			broken++
		}
	}
	switch {
	case v.OK:
		return nil
	case refusals > 0:
		return &exitError{exitPolicyBroken, errors.New("the policy does not compile, or is refused: see above")}
	case broken > 0:
		return &exitError{exitPolicyBroken, fmt.Errorf("the policy is refused: it breaks %d of %d invariants", broken, len(v.Invariants))}
	}
	return &exitError{exitPolicyTestsFail, fmt.Errorf("%d of %d tests failed", v.Tests.Failed, v.Tests.Passed+v.Tests.Failed)}
}

// printVerdict writes what a person needs to mend a policy, and what its tests say.
func printVerdict(w io.Writer, v policycheck.Verdict, files int) error {
	printFaults(w, v)
	if len(v.Invariants) == 0 {
		return nil
	}
	for _, place := range v.Uncovered {
		fmt.Fprintf(w, "not covered: %v\n", place)
	}
	_, err := fmt.Fprintf(w, "%d files compile. %d tests passed, %d failed, %.1f %% of lines covered.\n", files, v.Tests.Passed, v.Tests.Failed, v.Coverage)
	return err
}

// printFaults writes what is wrong with a policy, the gravest first.
func printFaults(w io.Writer, v policycheck.Verdict) {
	for _, d := range v.Diagnostics {
		fmt.Fprintln(w, d)
	}
	for _, i := range v.Invariants {
		if !i.Holds {
			fmt.Fprintf(w, "BROKEN  %s\n        %s\n", i.Promise, i.Witness)
		}
	}
	for _, r := range v.Tests.Results {
		if !r.Pass && !r.Skip {
			fmt.Fprintf(w, "FAIL  %s:%d %s %s\n", r.Path, r.Row, r.Name, r.Message)
		}
	}
}
