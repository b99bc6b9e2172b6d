package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/steelengine/steelgate/authz"
)

func newToken(s streams) *cobra.Command {
	return group("token", "Service tokens, by which your own services call the API",
		newTokenCreate(s), newTokenList(s), newTokenRevoke(s))
}

// tokenRecord is a token as the API answers it.
type tokenRecord struct {
	authz.ServiceToken
	Secret string `json:"secret,omitempty"`
}

func newTokenCreate(s streams) *cobra.Command {
	f := clientFlags{makes: s.err}
	var output outputFlag
	var name, expires string
	var scopes []string
	c := &cobra.Command{
		Use:   "create --name NAME --scope SCOPE",
		Short: "Make a service token, and print its secret once",
		Example: `  steelgate token create --name gateway --scope decide
  steelgate token create --name backend --scope manage,directory --expires-in 90d -o json`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := f.open(c.Context())
			if err != nil {
				return err
			}
			defer client.close()
			body := map[string]any{"name": name, "scopes": scopes}
			if err := addExpiry(body, expires); err != nil {
				return err
			}
			var made tokenRecord
			if err := client.call(c.Context(), http.MethodPost, "/v1/tokens", body, &made); err != nil {
				return err
			}
			return output.print(s.out, made, func(w io.Writer) error {
				// The secret alone, so that $(steelgate token create …) is the token.
				fmt.Fprintf(s.err, "Token %s (%s) is shown once:\n", made.ID, strings.Join(scopes, ", "))
				_, err := fmt.Fprintln(w, made.Secret)
				return err
			})
		},
	}
	f.register(c.Flags())
	output.register(c)
	c.Flags().StringVar(&name, "name", "", "what the token is for")
	c.Flags().StringSliceVar(&scopes, "scope", nil, "scopes: "+scopeNames())
	c.Flags().StringVar(&expires, "expires-in", "", "how long it lives, such as 30d (default: until revoked)")
	required(c, "name", "scope")
	_ = c.RegisterFlagCompletionFunc("scope", cobra.FixedCompletions(strings.Split(scopeNames(), ", "), cobra.ShellCompDirectiveNoFileComp))
	return c
}

func scopeNames() string {
	names := make([]string, len(authz.TokenScopes))
	for i, scope := range authz.TokenScopes {
		names[i] = string(scope)
	}
	return strings.Join(names, ", ")
}

// addExpiry turns a length of life into the time at which it ends.
func addExpiry(body map[string]any, expires string) error {
	if expires == "" {
		return nil
	}
	life, err := parseLength(expires)
	if err != nil || life <= 0 {
		return usageError("--expires-in %q: want a length of time such as 12h or 30d", expires)
	}
	body["expires_at"] = time.Now().Add(life).UTC()
	return nil
}

func newTokenList(s streams) *cobra.Command {
	var f clientFlags
	var output outputFlag
	c := &cobra.Command{
		Use: "list", Short: "List service tokens", Args: noArguments,
		Example: `  steelgate token list
  steelgate token list --server https://steelgate.example.com -o json`,
		RunE: func(c *cobra.Command, _ []string) error {
			client, err := f.open(c.Context())
			if err != nil {
				return err
			}
			defer client.close()
			var list struct {
				Data []tokenRecord `json:"data"`
			}
			if err := client.call(c.Context(), http.MethodGet, "/v1/tokens", nil, &list); err != nil {
				return err
			}
			return output.print(s.out, list.Data, func(w io.Writer) error {
				rows := make([][]string, len(list.Data))
				for i, t := range list.Data {
					names := make([]string, len(t.Scopes))
					for j, scope := range t.Scopes {
						names[j] = string(scope)
					}
					rows[i] = []string{t.ID, t.Name, strings.Join(names, ","), day(&t.CreatedAt), day(t.ExpiresAt)}
				}
				return table(w, "ID NAME SCOPES CREATED EXPIRES", rows, "There are no service tokens: make one with 'steelgate token create'.")
			})
		},
	}
	f.register(c.Flags())
	output.register(c)
	return c
}

func newTokenRevoke(s streams) *cobra.Command {
	var f clientFlags
	c := &cobra.Command{
		Use: "revoke ID", Short: "End a service token at once and for good", Args: arguments(cobra.ExactArgs(1)),
		Example: "  steelgate token revoke tok_3nWhzDfgLJtqJnGCWJXmuV",
		RunE: func(c *cobra.Command, args []string) error {
			client, err := f.open(c.Context())
			if err != nil {
				return err
			}
			defer client.close()
			if err := client.call(c.Context(), http.MethodDelete, "/v1/tokens/"+url.PathEscape(args[0]), nil, nil); err != nil {
				return err
			}
			_, err = fmt.Fprintf(s.out, "Token %s is revoked.\n", args[0])
			return err
		},
	}
	f.register(c.Flags())
	return c
}

// required names flags that a command can't do without; help shows them so.
func required(c *cobra.Command, names ...string) {
	for _, name := range names {
		c.Flags().Lookup(name).Usage += " (required)"
	}
	run := c.RunE
	c.RunE = func(c *cobra.Command, args []string) error {
		for _, name := range names {
			if f := c.Flags().Lookup(name); !f.Changed || f.Value.String() == "" {
				return usageError("--%s is required", name)
			}
		}
		return run(c, args)
	}
}
