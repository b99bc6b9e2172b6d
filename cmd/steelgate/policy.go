package main

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/policycheck"
	"github.com/steelengine/steelgate/policies"
	"github.com/steelengine/steelgate/policy_test"
)

func newPolicy(s streams) *cobra.Command {
	return group("policy", "Policies: check, publish and restore the Rego files that decide",
		newPolicyList(s), newPolicyShow(s), newPolicyCheck(s), newPolicyTest(s), newPolicyImpact(s), newPolicyPublish(s), newPolicyRestore(s), newPolicyDiff(s), newPolicyUpgrade(s), newPolicyShadow(s))
}

const policyPaths = `Each PATH is a folder laid out like the shipped policies (authz/, management/, site/), one of these, or one .rego file in them.
What is given stands over the shipped files of the same path; without a PATH the shipped policy itself is meant.`

func newPolicyTest(s streams) *cobra.Command {
	var output outputFlag
	var verbose bool
	c := &cobra.Command{
		Use: "test [PATH…]", Short: "Run a policy's tests, and show what they cover",
		Long: "Run a policy's tests (*_test.rego), the shipped ones among them, and show which share of its lines they cover.\n\n" + policyPaths +
			"\n\nThe exit code is 3 where the policy does not compile, and 4 where a test fails.",
		Example: `  steelgate policy test
  steelgate policy test ./policies --verbose`,
		RunE: func(c *cobra.Command, args []string) error {
			files, err := draft(args)
			if err != nil {
				return err
			}
			if err := addTests(files); err != nil {
				return err
			}
			report, err := policycheck.RunTests(c.Context(), files)
			if err != nil {
				return &exitError{exitPolicyBroken, err}
			}
			if err := output.print(s.out, report, func(w io.Writer) error { return printTests(w, report, verbose) }); err != nil {
				return err
			}
			if report.Failed > 0 {
				return &exitError{exitPolicyTestsFail, fmt.Errorf("%d of %d tests failed", report.Failed, report.Passed+report.Failed)}
			}
			return nil
		},
	}
	output.register(c)
	c.Flags().BoolVarP(&verbose, "verbose", "v", false, "name the tests that pass too")
	return c
}

func printTests(w io.Writer, report policycheck.Report, verbose bool) error {
	for _, result := range report.Results {
		switch {
		case result.Skip:
			fmt.Fprintf(w, "skip  %s %s\n", result.Path, result.Name)
		case !result.Pass:
			fmt.Fprintf(w, "FAIL  %s %s %s\n", result.Path, result.Name, result.Message)
		case verbose:
			fmt.Fprintf(w, "ok    %s %s\n", result.Path, result.Name)
		}
	}
	for _, place := range report.Uncovered {
		fmt.Fprintf(w, "not covered: %v\n", place)
	}
	_, err := fmt.Fprintf(w, "%d passed, %d failed, %.1f %% of lines covered\n", report.Passed, report.Failed, report.Coverage)
	return err
}

// addTests adds the shipped tests that were not given.
func addTests(files map[string]string) error {
	tests, err := engine.ReadFiles(policy_test.Files)
	if err != nil {
		return err
	}
	for path, source := range tests {
		if _, given := files[path]; !given {
			files[path] = source
		}
	}
	return nil
}

// draft is the shipped policy with what the paths hold laid over it.
func draft(paths []string) (map[string]string, error) {
	files, err := engine.ReadFiles(policies.Files)
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		given, err := readPolicy(path)
		if err != nil {
			return nil, err
		}
		maps.Copy(files, given)
	}
	return files, nil
}

// readPolicy reads the folder of a policy, that of one package in it, or one file: they stand where their folder says.
func readPolicy(path string) (map[string]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, usageError("%w", err)
	}
	if !info.IsDir() {
		if !strings.HasSuffix(path, ".rego") {
			return nil, usageError("%s: want a folder or a .rego file", path)
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		absolute, err := filepath.Abs(path)
		if err != nil {
			return nil, err
		}
		folder := filepath.Base(filepath.Dir(absolute))
		return map[string]string{folder + "/" + filepath.Base(path): string(source)}, nil
	}
	files, err := engine.ReadFiles(os.DirFS(path).(fs.ReadFileFS))
	if err == nil && len(files) == 0 {
		err = usageError("%s: no .rego files stand there", path)
	}
	if err != nil || !holdsFiles(files) {
		return files, err
	}
	// It is the folder of a package, such as site/.
	absolute, err := filepath.Abs(path)
	inside := make(map[string]string, len(files))
	for name, source := range files {
		inside[filepath.Base(absolute)+"/"+name] = source
	}
	return inside, err
}

// holdsFiles tells whether files stand in the folder itself, and not in folders of it alone.
func holdsFiles(files map[string]string) bool {
	for name := range files {
		if !strings.Contains(name, "/") {
			return true
		}
	}
	return false
}
