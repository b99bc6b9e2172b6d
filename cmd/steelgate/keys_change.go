package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"
)

// newKeysUpdate changes what the flags name, and nothing else.
func newKeysUpdate(s streams) *cobra.Command {
	var f clientFlags
	var output outputFlag
	var name, expires string
	var disabled, never, anyAddress, wholeWorkspace bool
	var workflows, grants, cidrs []string
	c := &cobra.Command{
		Use: "update ID", Short: "Change an API key: its name, its limits, what it reaches; the secret stays",
		Example: `  steelgate keys update key_5fDxVQmUJ7FqLkJ0aYvW2b --disabled
  steelgate keys update key_5fDxVQmUJ7FqLkJ0aYvW2b --workflow wf_build --allow-cidr 203.0.113.0/24
  steelgate keys update key_5fDxVQmUJ7FqLkJ0aYvW2b --any-address --never-expires`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			if err := errors.Join(exclusive(c, "expires-in", "never-expires"), exclusive(c, "allow-cidr", "any-address"), exclusive(c, "workflow", "whole-workspace")); err != nil {
				return err
			}
			body := map[string]any{}
			given := c.Flags().Changed
			for flag, set := range map[string]func() error{
				"name":            func() error { body["name"] = name; return nil },
				"disabled":        func() error { body["disabled"] = disabled; return nil },
				"expires-in":      func() error { return addExpiry(body, expires) },
				"never-expires":   func() error { body["expires_at"] = nil; return nil },
				"allow-cidr":      func() error { body["allowed_cidrs"] = cidrs; return nil },
				"any-address":     func() error { body["allowed_cidrs"] = nil; return nil },
				"workflow":        func() error { body["workflow_ids"] = workflows; return nil },
				"whole-workspace": func() error { body["workflow_ids"] = nil; return nil },
				"grant": func() (err error) {
					body["grants"], err = parseGrants(grants)
					return err
				},
			} {
				if given(flag) {
					if err := set(); err != nil {
						return err
					}
				}
			}
			if len(body) == 0 {
				return usageError("say what to change: see the flags")
			}
			client, err := f.open(c.Context())
			if err != nil {
				return err
			}
			defer client.close()
			var changed keyRecord
			if err := client.call(c.Context(), http.MethodPatch, "/v1/keys/"+url.PathEscape(args[0]), body, &changed); err != nil {
				return err
			}
			return output.print(s.out, changed, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "Key %s (%s) is changed: %s.\n", changed.ID, changed.Name, changed.status())
				return err
			})
		},
	}
	f.register(c.Flags())
	output.register(c)
	flags := c.Flags()
	flags.StringVar(&name, "name", "", "another name")
	flags.BoolVar(&disabled, "disabled", false, "switch the key off (--disabled=false: on again)")
	flags.StringVar(&expires, "expires-in", "", "how long it lives from now, such as 12h or 90d")
	flags.BoolVar(&never, "never-expires", false, "let it live until it is revoked")
	flags.StringSliceVar(&cidrs, "allow-cidr", nil, "the networks that it works from; may be repeated")
	flags.BoolVar(&anyAddress, "any-address", false, "let it work from anywhere")
	flags.StringSliceVar(&workflows, "workflow", nil, "the workflows that a workspace key is narrowed to; may be repeated")
	flags.BoolVar(&wholeWorkspace, "whole-workspace", false, "let a workspace key reach its whole workspace")
	flags.StringSliceVar(&grants, "grant", nil, "all that an organization key reaches: workspace:ID:PERMISSION or workflow:ID:PERMISSION; may be repeated")
	return c
}

// exclusive refuses two flags that contradict each other.
func exclusive(c *cobra.Command, one, other string) error {
	if c.Flags().Changed(one) && c.Flags().Changed(other) {
		return usageError("--%s and --%s contradict each other", one, other)
	}
	return nil
}

func newKeysRotate(s streams) *cobra.Command {
	var f clientFlags
	var output outputFlag
	var overlap time.Duration
	c := &cobra.Command{
		Use: "rotate ID", Short: "Make a successor of an API key, and print its secret once",
		Long: `Make a successor of an API key, with the same owner, scope, restrictions and expiry, and print its secret once.

The old key ends after the overlap; without one, at once.`,
		Example: "  steelgate keys rotate key_5fDxVQmUJ7FqLkJ0aYvW2b --overlap 24h",
		Args:    arguments(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			if overlap < 0 || overlap%time.Second != 0 {
				return usageError("--overlap: want whole seconds, 0 or more")
			}
			client, err := f.open(c.Context())
			if err != nil {
				return err
			}
			defer client.close()
			var made keyRecord
			body := map[string]any{"overlap_seconds": int64(overlap / time.Second)}
			if err := client.call(c.Context(), http.MethodPost, "/v1/keys/"+url.PathEscape(args[0])+"/rotate", body, &made); err != nil {
				return err
			}
			return output.print(s.out, made, func(w io.Writer) error {
				fmt.Fprintf(s.err, "Key %s takes the place of %s, and is shown once:\n", made.ID, args[0])
				_, err := fmt.Fprintln(w, made.Secret)
				return err
			})
		},
	}
	f.register(c.Flags())
	output.register(c)
	lengthVar(c.Flags(), &overlap, "overlap", 0, "how long the old key goes on, such as 24h, up to 7d")
	return c
}
