package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/spf13/cobra"
)

func newPolicyShadow(s streams) *cobra.Command {
	return group("shadow", "Run a policy beside the one in force first, deciding nothing",
		newShadowBegin(s), newShadowStatus(s), newShadowPromote(s), newShadowDrop(s))
}

// candidate is what runs beside the policy in force, as the API answers it.
type candidate struct {
	ID           string    `json:"id"`
	Message      string    `json:"message"`
	Author       string    `json:"author"`
	BaseRevision uint64    `json:"base_revision"`
	BegunAt      time.Time `json:"begun_at"`
	Seen         struct {
		Running       bool              `json:"running"`
		Compared      uint64            `json:"compared"`
		Shed          uint64            `json:"shed"`
		Disagreed     map[string]uint64 `json:"disagreed"`
		Disagreements []disagreement    `json:"disagreements"`
	} `json:"seen"`
}

type disagreement struct {
	Kind       string    `json:"kind"`
	Time       time.Time `json:"time"`
	DecisionID string    `json:"decision_id"`
	Subject    struct {
		Type string `json:"type"`
		ID   string `json:"id"`
	} `json:"subject"`
	KeyID    string `json:"key_id"`
	Action   string `json:"action"`
	Resource struct {
		Type string `json:"type"`
		ID   string `json:"id"`
	} `json:"resource"`
	Active    decided `json:"active"`
	Candidate decided `json:"candidate"`
}

// who is who asked: a key by its id alone, which says what it is.
func (d disagreement) who() string {
	if d.KeyID != "" {
		return d.KeyID
	}
	return d.Subject.Type + " " + d.Subject.ID
}

type decided struct {
	Allow bool   `json:"allow"`
	Code  string `json:"code"`
}

func newShadowBegin(s streams) *cobra.Command {
	var f draftFlags
	var output outputFlag
	c := &cobra.Command{
		Use: "begin PATH… --message TEXT", Short: "Have a policy run beside the one in force", Args: arguments(cobra.MinimumNArgs(1)),
		Long:    "Have a policy run beside the one in force, on live traffic, deciding nothing. It is checked as what is published is.\n\n" + overlayPaths,
		Example: `  steelgate policy shadow begin ./policy/site --message "Nothing runs on Sundays" --server https://steelgate.example.com`,
		RunE: f.client.with(func(ctx context.Context, client *client, args []string) error {
			body, err := f.body(ctx, client, args)
			if err != nil {
				return err
			}
			var begun candidate
			if err := client.call(ctx, http.MethodPut, "/v1/policy/shadow", body, &begun); err != nil {
				return output.refused(s, err)
			}
			return output.print(s.out, begun, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "%s runs beside revision %d. See 'steelgate policy shadow status'.\n", begun.ID, begun.BaseRevision)
				return err
			})
		}),
	}
	f.register(c)
	output.register(c)
	return c
}

func newShadowStatus(s streams) *cobra.Command {
	var f clientFlags
	var output outputFlag
	c := &cobra.Command{
		Use: "status", Short: "See what the candidate would have decided otherwise, on the replica that answers", Args: noArguments,
		Example: "  steelgate policy shadow status --server https://steelgate.example.com",
		RunE: f.with(func(ctx context.Context, client *client, _ []string) error {
			var found candidate
			if err := client.call(ctx, http.MethodGet, "/v1/policy/shadow", nil, &found); err != nil {
				return noCandidate(output.refused(s, err))
			}
			return output.print(s.out, found, func(w io.Writer) error { return printCandidate(w, found) })
		}),
	}
	f.register(c.Flags())
	output.register(c)
	return c
}

// noCandidate says what to do where none runs.
func noCandidate(err error) error {
	if problem, ok := errors.AsType[*apiError](err); ok && problem.Code == "not_found" {
		return errors.New("no candidate runs beside the policy in force: begin one with 'steelgate policy shadow begin PATH… --message TEXT'")
	}
	return err
}

func printCandidate(w io.Writer, c candidate) error {
	fmt.Fprintf(w, "%s, by %s since %s: %s\n", c.ID, c.Author, day(&c.BegunAt), firstLine(c.Message))
	if !c.Seen.Running {
		_, err := fmt.Fprintln(w, "It does not run in the process that answers: ask a server with --server.")
		return err
	}
	fmt.Fprintf(w, "%d decisions compared, %d shed\n", c.Seen.Compared, c.Seen.Shed)
	for _, kind := range slices.Sorted(maps.Keys(c.Seen.Disagreed)) {
		if n := c.Seen.Disagreed[kind]; n > 0 {
			fmt.Fprintf(w, "  %-15s %d\n", kind, n)
		}
	}
	rows := make([][]string, len(c.Seen.Disagreements))
	for i, d := range c.Seen.Disagreements {
		rows[i] = []string{day(&d.Time), d.Kind, d.who(), d.Action, d.Resource.Type + " " + d.Resource.ID, d.Active.Code, d.Candidate.Code}
	}
	return table(w, "TIME KIND WHO ACTION RESOURCE ACTIVE CANDIDATE", rows, "They agreed on all of them.")
}

func newShadowPromote(s streams) *cobra.Command {
	var f clientFlags
	var output outputFlag
	c := &cobra.Command{
		Use: "promote", Short: "Publish the candidate", Args: noArguments, Example: "  steelgate policy shadow promote",
		RunE: f.with(func(ctx context.Context, client *client, _ []string) error {
			var published policyRevision
			if err := client.call(ctx, http.MethodPost, "/v1/policy/shadow/promote", nil, &published); err != nil {
				return noCandidate(output.refused(s, err))
			}
			return output.print(s.out, published, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "Revision %d is in force.\n", published.Revision)
				return err
			})
		}),
	}
	f.register(c.Flags())
	output.register(c)
	return c
}

func newShadowDrop(s streams) *cobra.Command {
	var f clientFlags
	c := &cobra.Command{
		Use: "drop", Short: "End the candidate", Args: noArguments, Example: "  steelgate policy shadow drop",
		RunE: f.with(func(ctx context.Context, client *client, _ []string) error {
			if err := client.call(ctx, http.MethodDelete, "/v1/policy/shadow", nil, nil); err != nil {
				return err
			}
			_, err := fmt.Fprintln(s.out, "Nothing runs beside the policy in force.")
			return err
		}),
	}
	f.register(c.Flags())
	return c
}
