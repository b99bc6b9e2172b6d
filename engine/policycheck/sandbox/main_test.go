package sandbox_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/steelengine/steelgate/engine/policycheck/sandbox"
)

// TestMain makes the test binary be the worker, which is started without an environment.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == sandbox.Command {
		if err := sandbox.Work(context.Background(), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}
