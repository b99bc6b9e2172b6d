package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/storage"
)

// demoWorld is two organizations, their people, workspaces and workflows; ws_data has personal keys off.
//
//go:embed demo_world.ndjson
var demoWorld []byte

// demoUsers are whom anybody on this machine may sign in as: admins, members and outsiders, and the platform's own people.
var demoUsers = []string{"user_ada", "user_ben", "user_cleo", "user_dan", "user_eve", "user_pat", "user_pia"}

// demoKeys are one key of each type. Their secrets are minted at the first start.
var demoKeys = []struct{ id, line string }{
	{"key_demo_personal", `{"kind": "key", "id": "key_demo_personal", "type": "personal", "name": "Ben's laptop", "user_id": "user_ben", "secret": %q}`},
	{"key_demo_workspace", `{"kind": "key", "id": "key_demo_workspace", "type": "workspace", "name": "Invoices", "workspace_id": "ws_core", "workflow_ids": ["wf_invoice"], "secret": %q}`},
	{"key_demo_organization", `{"kind": "key", "id": "key_demo_organization", "type": "organization", "name": "Partner", "organization_id": "org_acme",` +
		` "grants": [{"workspace_id": "ws_data", "permission": "read"}, {"workflow_id": "wf_invoice", "permission": "write"}], "secret": %q}`},
}

// loadDemo imports the demo world into a database that nothing was ever changed in. Any other is left as it is.
func loadDemo(ctx context.Context, s *service) error {
	var revision uint64
	if err := s.store.View(ctx, func(r storage.Reader) (err error) {
		revision, err = r.Revision()
		return err
	}); err != nil || revision > 0 {
		return err
	}
	lines := bytes.NewBuffer(bytes.Clone(demoWorld))
	for _, key := range demoKeys {
		fmt.Fprintf(lines, key.line+"\n", apikey.Mint().Reveal())
	}
	platform := management.Actor{Token: authz.ServiceToken{ID: "demo", Scopes: []authz.TokenScope{authz.AdminScope}}}
	_, err := s.management.Import(ctx, platform, lines)
	return err
}

// demoSecret is a demo key's secret, unsealed; zero where the key is no longer there, or no longer works.
func demoSecret(ctx context.Context, s *service, id string) (secret apikey.Secret, err error) {
	err = s.store.View(ctx, func(r storage.Reader) error {
		key, err := r.Key(id)
		if err != nil {
			return err
		}
		if key.ReplacedBy != "" || authz.Live(key.RevokedAt != nil, key.ExpiresAt, key.Disabled, time.Now()) != "" {
			return nil
		}
		owner := key.Owner()
		secret, err = s.keyring.Open(key.PepperVersion, key.Sealed, key.ID, string(owner.Type), owner.ID)
		return err
	})
	if errors.Is(err, storage.ErrNotFound) {
		return apikey.Secret{}, nil
	}
	return secret, err
}

// demoCall is one curl to paste.
type demoCall struct {
	what, key   string
	action      string
	resource    map[string]string
	method, uri string
}

var demoCalls = []demoCall{
	{what: "Allowed: the partner's organization key has a write grant on this workflow. Ada, who owns the workspace, is billed.",
		key: "key_demo_organization", action: "workflow.execute", resource: workflow("wf_invoice")},
	{what: "Denied, outside_scope: the workspace key is narrowed to another workflow.",
		key: "key_demo_workspace", action: "workflow.execute", resource: workflow("wf_report")},
	{what: "Denied, personal_keys_disabled: Ben is a member there, but the workspace has personal keys off.",
		key: "key_demo_personal", action: "workflow.execute", resource: workflow("wf_etl")},
	{what: "Denied, insufficient_permission: Ben's role is write, and to deploy takes admin.",
		key: "key_demo_personal", action: "workflow.deploy", resource: workflow("wf_invoice")},
	{what: "What a gateway asks about POST /api/workflows/wf_invoice/execute. Allowed: 200, and the headers say who is billed.",
		key: "key_demo_personal", method: "POST", uri: "/api/workflows/wf_invoice/execute"},
	{what: "The same about a workflow of another organization. Denied: 403.",
		key: "key_demo_personal", method: "POST", uri: "/api/workflows/wf_assay/execute"},
}

func workflow(id string) map[string]string { return map[string]string{"type": "workflow", "id": id} }

// printDemo waits for the world to be loaded, and prints what to paste.
func printDemo(ctx context.Context, w io.Writer, s *service, url string, token apikey.Secret) error {
	if err := s.engine.Await(ctx, 1); err != nil {
		return err
	}
	secrets := map[string]apikey.Secret{}
	for _, key := range demoKeys {
		secret, err := demoSecret(ctx, s, key.id)
		if err != nil {
			return err
		}
		secrets[key.id] = secret
	}
	var text strings.Builder
	fmt.Fprintf(&text, "\nsteelgate serves the demo world on %s\n\nSign in as one of its users:\n  %s/sign-in\n\nService token of scope admin, for this run:\n  %s\n\nDemo keys:\n", url, url, token.Reveal())
	for _, key := range demoKeys {
		fmt.Fprintf(&text, "  %-22s  %s\n", key.id, shown(secrets[key.id]))
	}
	for _, call := range demoCalls {
		if secret := secrets[call.key]; !secret.IsZero() {
			fmt.Fprintf(&text, "\n# %s\n%s\n", call.what, call.curl(url, token, secret))
		}
	}
	fmt.Fprintf(&text, "\nStop with Ctrl-C. The data stays in the data folder; remove it to begin anew.\n\n")
	_, err := io.WriteString(w, text.String())
	return err
}

func shown(secret apikey.Secret) string {
	if secret.IsZero() {
		return "(revoked, changed or gone since: remove the data folder to begin anew)"
	}
	return secret.Reveal()
}

func (d demoCall) curl(url string, token, secret apikey.Secret) string {
	if d.uri != "" {
		return fmt.Sprintf("curl -si %s/v1/forward-auth \\\n  -H 'X-API-Key: %s' \\\n  -H 'X-Forwarded-Method: %s' -H 'X-Forwarded-Uri: %s'",
			url, secret.Reveal(), d.method, d.uri)
	}
	resource, _ := json.Marshal(d.resource)
	return fmt.Sprintf("curl -s %s/v1/decisions \\\n  -H 'Authorization: Bearer %s' -H 'X-API-Key: %s' \\\n  --json '{\"action\": %q, \"resource\": %s}'",
		url, token.Reveal(), secret.Reveal(), d.action, resource)
}
