package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// outputFlag is -o: text for people, json for programs.
type outputFlag string

func (f *outputFlag) register(c *cobra.Command) {
	*f = "text"
	c.Flags().VarP(f, "output", "o", "text or json")
	_ = c.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
}

var _ pflag.Value = (*outputFlag)(nil)

func (f *outputFlag) String() string { return string(*f) }
func (f *outputFlag) Type() string   { return "text|json" }

// Set implements pflag.Value.
func (f *outputFlag) Set(text string) error {
	if text != "text" && text != "json" {
		return fmt.Errorf("want text or json")
	}
	*f = outputFlag(text)
	return nil
}

// print writes the value as JSON, or else what text writes.
func (f *outputFlag) print(w io.Writer, value any, text func(io.Writer) error) error {
	if *f == "json" {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(value)
	}
	return text(w)
}

// table writes rows in columns under a heading, or the sentence for none.
func table(w io.Writer, heading string, rows [][]string, none string) error {
	if len(rows) == 0 {
		_, err := fmt.Fprintln(w, none)
		return err
	}
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(columns, strings.Join(strings.Fields(heading), "\t"))
	for _, row := range rows {
		fmt.Fprintln(columns, strings.Join(row, "\t"))
	}
	return columns.Flush()
}

// day is a time as a table shows it.
func day(at *time.Time) string {
	if at == nil {
		return "-"
	}
	return at.UTC().Format("2006-01-02 15:04")
}
