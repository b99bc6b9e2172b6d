// Command bench prints what steelgate costs, every figure measured in the one run that prints it:
//
//   - the nanoseconds and allocations of a decision in-process, at several numbers of keys, and how flat that is;
//   - where the time of a decision goes;
//   - the resident memory of a key, everything counted;
//   - the seconds that a start takes from an SQLite database;
//   - the decisions a second over HTTP, beside the same server without its decision log, one
//     that answers a constant, and stock OPA with and without its own console log;
//   - the decisions a second of each other door, beside /v1/decisions;
//   - the seconds that it takes to weigh a draft of the policy, and the logged decisions that are made again a second.
//
// All of it is about the shipped policy and a world as in bench/world. Run it with
//
//	go run ./bench
//	go run ./bench -keys 1000,10000 -span 200ms -rounds 3 -only decisions,memory
//
// It needs some gigabytes of memory for a million keys, speaks on loopback alone, and stops what it starts. Figures of
// different runs do not compare: the machine may have been busy. Ratios within one run do.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/policies"
)

// bench is one run.
type bench struct {
	out    io.Writer
	policy *engine.Policy
	sizes  []int
	// httpKeys is the number of keys of the servers that are compared: one that stock OPA can hold too.
	httpKeys int
	span     time.Duration
	rounds   int
	// self is this program, and temp a folder that is removed at the end.
	self, temp string
}

// parts are what is measured, in their order.
var parts = []struct {
	name    string
	measure func(*bench) error
}{
	{"decisions", (*bench).decisions},
	{"memory", (*bench).memory},
	{"load", (*bench).load},
	{"http", (*bench).http},
	{"doors", (*bench).doors},
	{"impact", (*bench).impact},
}

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(arguments []string, out io.Writer) (err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	sizes := flags.String("keys", "10000,100000,1000000", "numbers of keys, the largest last")
	span := flags.Duration("span", 2*time.Second, "how long each thing is measured in each round")
	rounds := flags.Int("rounds", 5, "rounds, of which the median counts")
	only := flags.String("only", "", "parts to measure, of: "+strings.Join(partNames(), ","))
	httpKeys := flags.Int("http-keys", 100_000, "number of keys for the servers that are compared over HTTP")
	child := flags.String("child", "", "used by bench itself")
	constant := flags.String("constant", "", "used by bench itself")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if *constant != "" {
		return serveConstant(*constant)
	}
	b := &bench{out: out, httpKeys: *httpKeys, span: *span, rounds: *rounds}
	if b.sizes, err = readSizes(*sizes); err != nil {
		return err
	}
	if b.policy, err = shippedPolicy(); err != nil {
		return err
	}
	if *child != "" {
		return b.beChild(*child, b.sizes[0], out)
	}
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	if b.temp, err = os.MkdirTemp("", "steelgate-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.temp)) }()
	return b.measure(*only)
}

func (b *bench) measure(only string) error {
	chosen := strings.Split(only, ",")
	for _, name := range chosen {
		if only != "" && !slices.Contains(partNames(), name) {
			return fmt.Errorf("there is no part %q: want some of %s", name, strings.Join(partNames(), ","))
		}
	}
	fmt.Fprintf(b.out, "%s, %d processors, %s/%s\n", runtime.Version(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	for _, part := range parts {
		if only != "" && !slices.Contains(chosen, part.name) {
			continue
		}
		if err := part.measure(b); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

func partNames() []string {
	names := make([]string, len(parts))
	for i, part := range parts {
		names[i] = part.name
	}
	return names
}

func readSizes(text string) ([]int, error) {
	var sizes []int
	for _, field := range strings.Split(text, ",") {
		n, err := strconv.Atoi(field)
		if err != nil || n < 100 || n%100 != 0 {
			return nil, fmt.Errorf("-keys: %q is not a multiple of 100", field)
		}
		sizes = append(sizes, n)
	}
	return sizes, nil
}

func shippedPolicy() (*engine.Policy, error) {
	files, err := engine.ReadFiles(policies.Files)
	if err != nil {
		return nil, err
	}
	return engine.Compile(files, 1)
}
