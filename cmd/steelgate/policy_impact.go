package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/impact"
)

func newPolicyImpact(s streams) *cobra.Command {
	var f clientFlags
	var output outputFlag
	var whole bool
	var since time.Duration
	c := &cobra.Command{
		Use: "impact PATH…", Short: "See what a policy would change, before it does", Args: arguments(cobra.MinimumNArgs(1)),
		Long: `See what a policy would change, before it does: which classes of requests would be decided otherwise, which keys that stand they touch,
and which logged decisions of the last day would have come out otherwise. It takes some seconds, and changes nothing.

` + overlayPaths + `

The digest stands for all that the draft widens: 'steelgate policy publish --acknowledge' takes it where the server asks for that. The
exit code is 3 where the draft can't decide.`,
		Example: `  steelgate policy impact ./policy/authz --server https://steelgate.example.com
  steelgate policy impact ./policy --whole -o json`,
		RunE: f.with(func(ctx context.Context, client *client, args []string) error {
			if since <= 0 {
				return usageError("--since: want a length of time such as 12h or 7d")
			}
			if err := client.load(ctx); err != nil {
				return err
			}
			files, _, err := overlaid(ctx, client, args, whole)
			if err != nil {
				return err
			}
			var raw json.RawMessage
			body := map[string]any{"files": files, "from": time.Now().Add(-since).UTC()}
			if err := client.call(ctx, http.MethodPost, "/v1/policy/impact", body, &raw); err != nil {
				return output.refused(s, err)
			}
			var report impactReport
			if err := json.Unmarshal(raw, &report); err != nil {
				return fmt.Errorf("the server's answer is not steelgate's: %w", err)
			}
			return output.print(s.out, raw, func(w io.Writer) error { return printImpact(w, report) })
		}),
	}
	f.register(c.Flags())
	output.register(c)
	c.Flags().BoolVar(&whole, "whole", false, "the paths are the whole policy")
	lengthVar(c.Flags(), &since, "since", 24*time.Hour, "how far back logged decisions are made again, such as 12h or 7d")
	return c
}

// impactReport is what a person is shown of an impact.
type impactReport struct {
	SmallWorld struct {
		Evaluated int `json:"evaluated"`
		Changed   int `json:"changed"`
		Classes   []struct {
			Kind    impact.Kind `json:"kind"`
			Summary string      `json:"summary"`
			Count   int         `json:"count"`
		} `json:"classes"`
		Routes     []impact.RouteChange `json:"routes"`
		Management []impact.Managed     `json:"management"`
		Unseen     []engine.Mention     `json:"unseen"`
		NotAsked   []string             `json:"not_asked"`
		Truncated  bool                 `json:"truncated"`
	} `json:"small_world"`
	Logged *impact.Logged `json:"logged"`
	Live   impact.Live    `json:"live"`
	Widens bool           `json:"widens"`
	Digest string         `json:"digest"`
}

func printImpact(w io.Writer, r impactReport) error {
	small := r.SmallWorld
	fmt.Fprintf(w, "The small world: %d of %d questions would be answered otherwise.\n", small.Changed, small.Evaluated)
	for _, class := range small.Classes {
		fmt.Fprintf(w, "  %-15s %s (%d)\n", class.Kind, class.Summary, class.Count)
	}
	for _, route := range small.Routes {
		fmt.Fprintf(w, "  route           %s: %s -> %s\n", route.Pattern, target(route.Before), target(route.After))
	}
	for _, m := range small.Management {
		fmt.Fprintf(w, "  management      %s: %s %s\n", m.Actor(), allowed(m.After), m.Operation)
	}
	for _, mention := range small.Unseen {
		fmt.Fprintf(w, "  unseen          %s:%d turns on %q, which the small world does not tell apart: read that rule\n", mention.Path, mention.Row, mention.Text)
	}
	if len(small.NotAsked) > 0 {
		fmt.Fprintf(w, "  not asked       %s: there are too many to ask about\n", strings.Join(small.NotAsked, ", "))
	}
	if small.Truncated {
		fmt.Fprintln(w, "  There is more than is told here.")
	}
	live := r.Live
	fmt.Fprintf(w, "\nLive: %d keys, %d workspaces and %d owners are touched (%d of %d keys were asked about).\n", live.Keys, live.Workspaces, live.Owners, live.Asked, live.Standing)
	rows := make([][]string, 0, len(live.Sample))
	for _, flip := range live.Sample {
		rows = append(rows, []string{string(flip.Kind), flip.Key.ID, flip.Key.Name, flip.Action, flip.Type + " " + flip.ID, string(flip.Before), string(flip.After)})
	}
	if err := table(w, "KIND KEY NAME ACTION RESOURCE BEFORE AFTER", rows, "No key that stands is touched."); err != nil {
		return err
	}
	if logged := r.Logged; logged != nil {
		fmt.Fprintf(w, "\nLogged: %d of %d decisions would have come out otherwise; %d could not be made again.\n", logged.Changed, logged.Evaluated, logged.NotReplayable)
		rows = rows[:0]
		for _, key := range logged.Keys {
			rows = append(rows, []string{key.KeyID, string(key.Owner.Type) + " " + key.Owner.ID, strconv.Itoa(key.Changed)})
		}
		if len(rows) > 0 {
			if err := table(w, "KEY OWNER CHANGED", rows, ""); err != nil {
				return err
			}
		}
	}
	if r.Widens {
		_, err := fmt.Fprintf(w, "\n%s To publish it knowing that: --acknowledge %s\n", r.warning(), r.Digest)
		return err
	}
	_, err := fmt.Fprintln(w, "\nIt widens nothing.")
	return err
}

// warning says in what way the draft may allow more.
func (r impactReport) warning() string {
	small := r.SmallWorld
	for _, class := range small.Classes {
		if class.Kind == impact.Widened {
			return "It widens what keys may do."
		}
	}
	switch {
	case len(small.Routes) > 0:
		return "It changes what requests to the product's API are taken for."
	case slices.ContainsFunc(small.Management, func(m impact.Managed) bool { return m.After }):
		return "It widens what may be managed."
	}
	return "Whether it widens what keys may do can't be told."
}

func allowed(is bool) string {
	if is {
		return "may now"
	}
	return "may no longer"
}

// target says where a route leads, if it stands.
func target(route *engine.RouteTarget) string {
	if route == nil {
		return "no route"
	}
	return route.Action + " on " + route.Type + " " + route.ID
}
