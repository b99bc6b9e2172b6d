package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersion(s streams) *cobra.Command {
	var output outputFlag
	c := &cobra.Command{
		Use: "version", Short: "Print the version", Args: noArguments,
		Example: "  steelgate version -o json",
		RunE: func(*cobra.Command, []string) error {
			about := map[string]string{"version": version(), "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH}
			return output.print(s.out, about, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "steelgate %s (%s, %s)\n", about["version"], about["go"], about["platform"])
				return err
			})
		},
	}
	output.register(c)
	return c
}

// version is the module's, or else the commit that the binary was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			return setting.Value
		}
	}
	return "devel"
}
