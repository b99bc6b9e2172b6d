package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/steelengine/steelgate/authz"
)

func newKeys(s streams) *cobra.Command {
	return group("keys", "API keys: create, list, update, rotate, revoke, and check what one may do",
		newKeysCreate(s), newKeysList(s), newKeysUpdate(s), newKeysRotate(s), newKeysRevoke(s), newKeysCheck(s))
}

// keyRecord is a key as the API answers it.
type keyRecord struct {
	ID             string        `json:"id"`
	Type           authz.KeyType `json:"type"`
	Name           string        `json:"name"`
	UserID         *string       `json:"user_id"`
	WorkspaceID    *string       `json:"workspace_id"`
	OrganizationID *string       `json:"organization_id"`
	WorkflowIDs    []string      `json:"workflow_ids"`
	Grants         []authz.Grant `json:"grants"`
	Hint           string        `json:"hint"`
	CreatedBy      string        `json:"created_by"`
	CreatedAt      time.Time     `json:"created_at"`
	ExpiresAt      *time.Time    `json:"expires_at"`
	Disabled       bool          `json:"disabled"`
	AllowedCIDRs   []string      `json:"allowed_cidrs"`
	LastUsedAt     *time.Time    `json:"last_used_at"`
	RevokedAt      *time.Time    `json:"revoked_at"`
	RevokedBy      *string       `json:"revoked_by"`
	ReplacedBy     *string       `json:"replaced_by"`
	Secret         string        `json:"secret,omitempty"`
}

func (k keyRecord) owner() string {
	for _, id := range []*string{k.UserID, k.WorkspaceID, k.OrganizationID} {
		if id != nil {
			return *id
		}
	}
	return "-"
}

func (k keyRecord) status() string {
	switch code := authz.Live(k.RevokedAt != nil, k.ExpiresAt, k.Disabled, time.Now()); {
	case k.ReplacedBy != nil && (code == "" || code == authz.KeyDisabled):
		return "replaced"
	case code == "":
		return "active"
	default:
		return strings.TrimPrefix(string(code), "key_")
	}
}

func newKeysCreate(s streams) *cobra.Command {
	var f clientFlags
	var output outputFlag
	var name, user, workspace, organization, expires string
	var workflows, grants, cidrs []string
	c := &cobra.Command{
		Use:   "create --name NAME (--user | --workspace | --organization) ID",
		Short: "Make an API key, and print its secret once",
		Example: `  steelgate keys create --name laptop --user user_ada
  steelgate keys create --name ci --workspace ws_core --workflow wf_build --workflow wf_test
  steelgate keys create --name partner --organization org_acme --grant workspace:ws_core:write --grant workflow:wf_report:read
  steelgate keys create --name office --workspace ws_core --allow-cidr 203.0.113.0/24 --expires-in 90d -o json`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			body := map[string]any{"name": name}
			if err := addOwner(body, user, workspace, organization); err != nil {
				return err
			}
			if len(workflows) > 0 {
				body["workflow_ids"] = workflows
			}
			if len(grants) > 0 {
				parsed, err := parseGrants(grants)
				if err != nil {
					return err
				}
				body["grants"] = parsed
			}
			if len(cidrs) > 0 {
				body["allowed_cidrs"] = cidrs
			}
			if err := addExpiry(body, expires); err != nil {
				return err
			}
			client, err := f.open(c.Context())
			if err != nil {
				return err
			}
			defer client.close()
			var made keyRecord
			if err := client.call(c.Context(), http.MethodPost, "/v1/keys", body, &made); err != nil {
				return err
			}
			return output.print(s.out, made, func(w io.Writer) error {
				fmt.Fprintf(s.err, "Key %s of %s is shown once:\n", made.ID, made.owner())
				_, err := fmt.Fprintln(w, made.Secret)
				return err
			})
		},
	}
	f.register(c.Flags())
	output.register(c)
	flags := c.Flags()
	flags.StringVar(&name, "name", "", "the key's name, unique among its owner's")
	flags.StringVar(&user, "user", "", "owner of a personal key")
	flags.StringVar(&workspace, "workspace", "", "owner of a workspace key")
	flags.StringVar(&organization, "organization", "", "owner of an organization key")
	flags.StringSliceVar(&workflows, "workflow", nil, "narrow a workspace key to this workflow; may be repeated")
	flags.StringSliceVar(&grants, "grant", nil, "what an organization key reaches: workspace:ID:PERMISSION or workflow:ID:PERMISSION; may be repeated")
	flags.StringSliceVar(&cidrs, "allow-cidr", nil, "addresses that the key works from; may be repeated (default: any)")
	flags.StringVar(&expires, "expires-in", "", "how long it lives, such as 12h or 90d (default: until revoked)")
	required(c, "name")
	return c
}

// addOwner tells the type of a key by whose it is.
func addOwner(body map[string]any, user, workspace, organization string) error {
	owners := 0
	for _, o := range []struct {
		id, field string
		keyType   authz.KeyType
	}{
		{user, "user_id", authz.PersonalKey},
		{workspace, "workspace_id", authz.WorkspaceKey},
		{organization, "organization_id", authz.OrganizationKey},
	} {
		if o.id != "" {
			owners++
			body["type"], body[o.field] = o.keyType, o.id
		}
	}
	if owners != 1 {
		return usageError("want one of --user, --workspace and --organization")
	}
	return nil
}

// parseGrants reads workspace:ID:PERMISSION. Ids may hold colons: the first and the last count.
func parseGrants(texts []string) ([]authz.Grant, error) {
	grants := make([]authz.Grant, len(texts))
	for i, text := range texts {
		kind, rest, _ := strings.Cut(text, ":")
		last := strings.LastIndex(rest, ":")
		if last < 0 {
			return nil, usageError("--grant %q: want workspace:ID:PERMISSION or workflow:ID:PERMISSION", text)
		}
		permission, err := authz.ParsePermission(rest[last+1:])
		if err != nil {
			return nil, usageError("--grant %q: %w", text, err)
		}
		switch kind {
		case "workspace":
			grants[i] = authz.Grant{WorkspaceID: rest[:last], Permission: permission}
		case "workflow":
			grants[i] = authz.Grant{WorkflowID: rest[:last], Permission: permission}
		default:
			return nil, usageError("--grant %q: want workspace:ID:PERMISSION or workflow:ID:PERMISSION", text)
		}
	}
	return grants, nil
}

func newKeysList(s streams) *cobra.Command {
	var f clientFlags
	var output outputFlag
	var user, workspace, organization, status, query string
	var limit int
	c := &cobra.Command{
		Use: "list", Short: "List API keys, newest first; never their secrets", Args: noArguments,
		Example: `  steelgate keys list --organization org_acme
  steelgate keys list --workspace ws_core --status active -o json`,
		RunE: func(c *cobra.Command, _ []string) error {
			if limit < 1 {
				return usageError("--limit: want 1 or more")
			}
			filter := url.Values{}
			for ownerType, id := range map[authz.OwnerType]string{authz.UserOwner: user, authz.WorkspaceOwner: workspace, authz.OrganizationOwner: organization} {
				if id != "" {
					if filter.Has("owner_id") {
						return usageError("want at most one of --user, --workspace and --organization")
					}
					filter.Set("owner_type", string(ownerType))
					filter.Set("owner_id", id)
				}
			}
			for name, value := range map[string]string{"status": status, "q": query} {
				if value != "" {
					filter.Set(name, value)
				}
			}
			client, err := f.open(c.Context())
			if err != nil {
				return err
			}
			defer client.close()
			keys, more, err := listKeys(c, client, filter, limit)
			if err != nil {
				return err
			}
			return output.print(s.out, keys, func(w io.Writer) error { return printKeys(w, s.err, keys, more) })
		},
	}
	f.register(c.Flags())
	output.register(c)
	flags := c.Flags()
	flags.StringVar(&user, "user", "", "keys of this user")
	flags.StringVar(&workspace, "workspace", "", "keys of this workspace")
	flags.StringVar(&organization, "organization", "", "keys of this organization")
	flags.StringVar(&status, "status", "", "active, disabled, expired, replaced or revoked")
	flags.StringVar(&query, "query", "", "text in the name, id or hint")
	flags.IntVar(&limit, "limit", 100, "greatest number of keys")
	return c
}

// listKeys follows the pages until the limit.
func listKeys(c *cobra.Command, client *client, filter url.Values, limit int) (keys []keyRecord, more bool, err error) {
	const page = 200
	keys = []keyRecord{}
	for {
		filter.Set("limit", strconv.Itoa(min(page, limit-len(keys))))
		var answer struct {
			Data       []keyRecord `json:"data"`
			Pagination struct {
				Cursor  *string `json:"cursor"`
				HasMore bool    `json:"has_more"`
			} `json:"pagination"`
		}
		if err := client.call(c.Context(), http.MethodGet, "/v1/keys?"+filter.Encode(), nil, &answer); err != nil {
			return nil, false, err
		}
		keys = append(keys, answer.Data...)
		if !answer.Pagination.HasMore || answer.Pagination.Cursor == nil || len(keys) >= limit {
			return keys, answer.Pagination.HasMore, nil
		}
		filter.Set("cursor", *answer.Pagination.Cursor)
	}
}

func printKeys(out, notes io.Writer, keys []keyRecord, more bool) error {
	rows := make([][]string, len(keys))
	for i, k := range keys {
		rows[i] = []string{k.ID, string(k.Type), k.owner(), k.Name, k.status(), k.Hint, day(&k.CreatedAt), day(k.ExpiresAt)}
	}
	if err := table(out, "ID TYPE OWNER NAME STATUS HINT CREATED EXPIRES", rows, "No key matches."); err != nil {
		return err
	}
	if more {
		fmt.Fprintln(notes, "There are more: raise --limit, or narrow the list.")
	}
	return nil
}

func newKeysRevoke(s streams) *cobra.Command {
	var f clientFlags
	var output outputFlag
	c := &cobra.Command{
		Use: "revoke ID", Short: "End an API key at once and for good; repeating it is harmless",
		Args:    arguments(cobra.ExactArgs(1)),
		Example: "  steelgate keys revoke key_5fDxVQmUJ7FqLkJ0aYvW2b",
		RunE: func(c *cobra.Command, args []string) error {
			client, err := f.open(c.Context())
			if err != nil {
				return err
			}
			defer client.close()
			var revoked keyRecord
			if err := client.call(c.Context(), http.MethodPost, "/v1/keys/"+url.PathEscape(args[0])+"/revoke", nil, &revoked); err != nil {
				return err
			}
			return output.print(s.out, revoked, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "Key %s (%s) is revoked since %s.\n", revoked.ID, revoked.Name, day(revoked.RevokedAt))
				return err
			})
		},
	}
	f.register(c.Flags())
	output.register(c)
	return c
}
