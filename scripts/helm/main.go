// Command helm renders a chart with Helm's own library, for the tests of deploy/helm: a module of its own, so that steelgate's names only
// what the program needs.
//
//	helm CHART VALUES
//
// It lints the chart, holds the values to the chart's schema, and prints what is rendered: YAML documents. Where Helm has anything to find
// fault with, that is on standard error and the exit code is 1.
package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: helm CHART VALUES")
		os.Exit(2)
	}
	if err := render(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func render(folder, valuesFile string) error {
	values, err := chartutil.ReadValuesFile(valuesFile)
	if err != nil {
		return err
	}
	chart, err := loader.Load(folder)
	if err != nil {
		return err
	}
	release := chartutil.ReleaseOptions{Name: "gate", Namespace: "auth", Revision: 1, IsInstall: true}
	// This holds the values to the schema.
	toRender, err := chartutil.ToRenderValues(chart, values, release, chartutil.DefaultCapabilities)
	if err != nil {
		return err
	}
	for _, message := range lint.All(folder, values, release.Namespace, true).Messages {
		if message.Severity >= support.WarningSev {
			err = errors.Join(err, message)
		}
	}
	if err != nil {
		return err
	}
	files, err := engine.Engine{Strict: true}.Render(chart, toRender)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if path.Ext(name) == ".yaml" && strings.TrimSpace(files[name]) != "" {
			fmt.Printf("---\n# %s\n%s\n", name, files[name])
		}
	}
	return nil
}
