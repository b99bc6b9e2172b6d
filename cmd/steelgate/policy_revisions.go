package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// policyRevision is a revision as the API answers it.
type policyRevision struct {
	Revision     uint64            `json:"revision"`
	Message      string            `json:"message"`
	Author       string            `json:"author"`
	PublishedAt  time.Time         `json:"published_at"`
	Digest       string            `json:"digest"`
	BaseRevision *uint64           `json:"base_revision"`
	Restores     *uint64           `json:"restores"`
	Acknowledged *string           `json:"acknowledged"`
	Override     *string           `json:"override"`
	Files        map[string]string `json:"files,omitempty"`
}

func newPolicyList(s streams) *cobra.Command {
	var f clientFlags
	var output outputFlag
	c := &cobra.Command{
		Use: "list", Short: "List the revisions of the policy, newest first", Args: noArguments,
		Example: `  steelgate policy list
  steelgate policy list --server https://steelgate.example.com -o json`,
		RunE: f.with(func(ctx context.Context, client *client, _ []string) error {
			revisions := []policyRevision{}
			for path := "/v1/policy/revisions?limit=1000"; path != ""; {
				var page struct {
					Data       []policyRevision `json:"data"`
					Pagination struct {
						Cursor *string `json:"cursor"`
					} `json:"pagination"`
				}
				if err := client.call(ctx, http.MethodGet, path, nil, &page); err != nil {
					return err
				}
				revisions = append(revisions, page.Data...)
				if path = ""; page.Pagination.Cursor != nil {
					path = "/v1/policy/revisions?limit=1000&cursor=" + *page.Pagination.Cursor
				}
			}
			return output.print(s.out, revisions, func(w io.Writer) error {
				rows := make([][]string, len(revisions))
				for i, r := range revisions {
					rows[i] = []string{strconv.FormatUint(r.Revision, 10), day(&r.PublishedAt), r.Author, firstLine(r.Message)}
				}
				return table(w, "REVISION PUBLISHED AUTHOR MESSAGE", rows, "Nothing was published yet.")
			})
		}),
	}
	f.register(c.Flags())
	output.register(c)
	return c
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

func newPolicyShow(s streams) *cobra.Command {
	var f clientFlags
	var output outputFlag
	var into string
	var force bool
	c := &cobra.Command{
		Use: "show [REVISION]", Short: "Show a revision of the policy, or write its files to a folder", Args: arguments(cobra.MaximumNArgs(1)),
		Long: "Show a revision of the policy; the one in force unless another is named. With --into its files are written to a folder, to be edited there.",
		Example: `  steelgate policy show
  steelgate policy show 3 --into ./policy`,
		RunE: f.with(func(ctx context.Context, client *client, args []string) error {
			path := "/v1/policy"
			if len(args) > 0 {
				number, err := revisionArgument(args[0])
				if err != nil {
					return err
				}
				path = "/v1/policy/revisions/" + number
			}
			var shown policyRevision
			if err := client.call(ctx, http.MethodGet, path, nil, &shown); err != nil {
				return err
			}
			if into != "" {
				if err := writeFolder(into, shown.Files, shown.Revision, force); err != nil {
					return err
				}
			}
			return output.print(s.out, shown, func(w io.Writer) error { return printRevision(w, shown, into) })
		}),
	}
	f.register(c.Flags())
	output.register(c)
	c.Flags().StringVar(&into, "into", "", "folder to write the files to")
	c.Flags().BoolVar(&force, "force", false, "overwrite what was edited in the folder")
	return c
}

func printRevision(w io.Writer, r policyRevision, into string) error {
	fmt.Fprintf(w, "revision   %d\npublished  %s by %s\nmessage    %s\n", r.Revision, day(&r.PublishedAt), r.Author, strings.ReplaceAll(r.Message, "\n", "\n           "))
	if r.Override != nil {
		fmt.Fprintf(w, "override   %s\n", *r.Override)
	}
	fmt.Fprintf(w, "digest     %s\n", r.Digest)
	if into != "" {
		_, err := fmt.Fprintf(w, "%d files are in %s.\n", len(r.Files), into)
		return err
	}
	for _, path := range slices.Sorted(maps.Keys(r.Files)) {
		fmt.Fprintf(w, "  %s\n", path)
	}
	return nil
}

func revisionArgument(text string) (string, error) {
	if n, err := strconv.ParseUint(text, 10, 63); err != nil || n == 0 {
		return "", usageError("%q is not the number of a revision: see 'steelgate policy list'", text)
	}
	return text, nil
}

const overlayPaths = `Each PATH is a folder laid out like the policy (authz/, management/, site/), one of these, or one .rego file in them. What is given
stands over the files of the same path in the revision in force. A folder that 'policy show --into' wrote is the whole policy (what was
deleted there is deleted), and is published on the revision that it was written out of alone; any other is with --whole.`

// draftFlags say what to publish, or to have run.
type draftFlags struct {
	client      clientFlags
	message     string
	acknowledge string
	override    string
	whole       bool
}

func (f *draftFlags) register(c *cobra.Command) {
	f.client.register(c.Flags())
	c.Flags().StringVarP(&f.message, "message", "m", "", "what the edit is for")
	c.Flags().StringVar(&f.acknowledge, "acknowledge", "", "the digest that 'steelgate policy impact' gave for what the draft widens")
	c.Flags().StringVar(&f.override, "override", "", "why the draft may break an invariant, in its check and in what it decides; it is recorded")
	c.Flags().BoolVar(&f.whole, "whole", false, "the paths are the whole policy")
	required(c, "message")
}

// body is the draft over the revision in force, as the API takes it.
func (f *draftFlags) body(ctx context.Context, client *client, paths []string) (map[string]any, error) {
	files, base, err := overlaid(ctx, client, paths, f.whole)
	if err != nil {
		return nil, err
	}
	body := map[string]any{"files": files, "message": f.message, "base_revision": base}
	if f.acknowledge != "" {
		body["acknowledge"] = f.acknowledge
	}
	if f.override != "" {
		body["override"] = f.override
	}
	return body, nil
}

// overlaid is the revision in force with what the paths hold laid over it, or what they hold alone where that is a whole
// policy; and the revision that it was written on.
func overlaid(ctx context.Context, client *client, paths []string, whole bool) (files map[string]string, base uint64, err error) {
	held, isWhole, base, err := given(paths)
	if err != nil {
		return nil, 0, err
	}
	var active policyRevision
	if err := client.call(ctx, http.MethodGet, "/v1/policy", nil, &active); err != nil {
		return nil, 0, err
	}
	files = held
	if !whole && !isWhole {
		files = active.Files
		maps.Copy(files, held)
	}
	if base == 0 {
		base = active.Revision
	}
	return files, base, nil
}

func newPolicyPublish(s streams) *cobra.Command {
	var f draftFlags
	var output outputFlag
	c := &cobra.Command{
		Use: "publish PATH… --message TEXT", Short: "Publish a policy: it is checked, and put in force whole", Args: arguments(cobra.MinimumNArgs(1)),
		Long: "Publish a policy. It is checked, and put in force whole, on every replica.\n\n" + overlayPaths +
			"\n\nThe exit code is 3 where the draft does not compile or is refused, and 4 where a test fails.",
		Example: `  steelgate policy publish ./policy/site --message "Nothing runs on Sundays"
  steelgate policy publish ./policy --whole -m "Execute needs only read" --server https://steelgate.example.com`,
		RunE: f.client.with(func(ctx context.Context, client *client, args []string) error {
			body, err := f.body(ctx, client, args)
			if err != nil {
				return err
			}
			var published policyRevision
			if err := client.call(ctx, http.MethodPost, "/v1/policy/revisions", body, &published); err != nil {
				return output.refused(s, err)
			}
			if err := markPublished(args, published.Revision); err != nil {
				return err
			}
			return output.print(s.out, published, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "Revision %d is in force.\n", published.Revision)
				return err
			})
		}),
	}
	f.register(c)
	output.register(c)
	return c
}

// markPublished has the folders that hold the whole policy know what they are now.
func markPublished(paths []string, revision uint64) error {
	for _, path := range paths {
		if _, isWhole, err := revisionOf(path); err != nil || !isWhole {
			continue
		}
		if err := os.WriteFile(filepath.Join(path, revisionFile), []byte(strconv.FormatUint(revision, 10)+"\n"), 0o644); err != nil { //nolint:gosec // policies are no secret
			return err
		}
	}
	return nil
}

// refused shows a problem that was answered to programs, and why a draft was refused to people. What a check refuses has its
// exit code.
func (f *outputFlag) refused(s streams, err error) error {
	problem, ok := errors.AsType[*apiError](err)
	if !ok {
		return err
	}
	if *f == "json" {
		if err := f.print(s.out, problem.raw, nil); err != nil {
			return err
		}
	}
	if problem.Check == nil {
		return err
	}
	if *f != "json" {
		printFaults(s.err, *problem.Check)
	}
	return failureOf(*problem.Check)
}

func newPolicyRestore(s streams) *cobra.Command {
	var f clientFlags
	var output outputFlag
	c := &cobra.Command{
		Use: "restore REVISION", Short: "Publish an older revision again", Args: arguments(cobra.ExactArgs(1)),
		Example: "  steelgate policy restore 3",
		RunE: f.with(func(ctx context.Context, client *client, args []string) error {
			number, err := revisionArgument(args[0])
			if err != nil {
				return err
			}
			var published policyRevision
			if err := client.call(ctx, http.MethodPost, "/v1/policy/revisions/"+number+"/restore", nil, &published); err != nil {
				return output.refused(s, err)
			}
			return output.print(s.out, published, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "Revision %d is in force, with the files of revision %s.\n", published.Revision, number)
				return err
			})
		}),
	}
	f.register(c.Flags())
	output.register(c)
	return c
}

func newPolicyDiff(s streams) *cobra.Command {
	var f clientFlags
	var output outputFlag
	c := &cobra.Command{
		Use: "diff FROM [TO]", Short: "Show what differs between two revisions", Args: arguments(cobra.RangeArgs(1, 2)),
		Long: "Show what differs between two revisions, as a unified diff; TO is the one in force unless given.",
		Example: `  steelgate policy diff 1
  steelgate policy diff 2 3`,
		RunE: f.with(func(ctx context.Context, client *client, args []string) error {
			query := ""
			for i, name := range []string{"?from=", "&to="} {
				if i < len(args) {
					number, err := revisionArgument(args[i])
					if err != nil {
						return err
					}
					query += name + number
				}
			}
			var diff struct {
				From  uint64 `json:"from"`
				To    uint64 `json:"to"`
				Files []struct {
					Path   string `json:"path"`
					Change string `json:"change"`
					Diff   string `json:"diff"`
				} `json:"files"`
			}
			if err := client.call(ctx, http.MethodGet, "/v1/policy/diff"+query, nil, &diff); err != nil {
				return err
			}
			return output.print(s.out, diff, func(w io.Writer) error {
				for _, file := range diff.Files {
					fmt.Fprint(w, file.Diff)
				}
				if len(diff.Files) == 0 {
					fmt.Fprintf(w, "Revisions %d and %d are the same.\n", diff.From, diff.To)
				}
				return nil
			})
		}),
	}
	f.register(c.Flags())
	output.register(c)
	return c
}

func newPolicyUpgrade(s streams) *cobra.Command {
	var f clientFlags
	var output outputFlag
	var into string
	var force bool
	c := &cobra.Command{
		Use: "upgrade", Short: "See what this version of steelgate ships that the policy in force lacks", Args: noArguments,
		Long: "See what this version of steelgate ships that the policy in force lacks. Files that nobody edited are taken over, edits stay as they are, and nothing is published: with --into the draft is written to a folder, to check and to publish.",
		Example: `  steelgate policy upgrade
  steelgate policy upgrade --into ./policy && steelgate policy publish ./policy -m "Upgrade"`,
		RunE: f.with(func(ctx context.Context, client *client, _ []string) error {
			var upgrade struct {
				Available    bool              `json:"available"`
				BaseRevision uint64            `json:"base_revision"`
				Files        map[string]string `json:"files"`
				Taken        []string          `json:"taken"`
				Review       []string          `json:"review"`
			}
			if err := client.call(ctx, http.MethodGet, "/v1/policy/upgrade", nil, &upgrade); err != nil {
				return err
			}
			if into != "" && upgrade.Available {
				if err := writeFolder(into, upgrade.Files, upgrade.BaseRevision, force); err != nil {
					return err
				}
			}
			return output.print(s.out, upgrade, func(w io.Writer) error {
				for _, path := range upgrade.Taken {
					fmt.Fprintf(w, "taken over   %s\n", path)
				}
				for _, path := range upgrade.Review {
					fmt.Fprintf(w, "edited here  %s, and shipped otherwise now: see whether it lacks something\n", path)
				}
				if !upgrade.Available {
					fmt.Fprintf(w, "Revision %d has all that this version ships; nothing was written.\n", upgrade.BaseRevision)
				} else if into != "" {
					fmt.Fprintf(w, "The draft is in %s.\n", into)
				}
				return nil
			})
		}),
	}
	f.register(c.Flags())
	output.register(c)
	c.Flags().StringVar(&into, "into", "", "folder to write the draft to")
	c.Flags().BoolVar(&force, "force", false, "overwrite what was edited in the folder")
	return c
}
