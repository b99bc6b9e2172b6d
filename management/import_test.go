package management_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
)

// secretOf is a secret that was issued elsewhere, by its number.
func secretOf(n int) string { return fmt.Sprintf("sk-steelengine-issued-before_%04d", n) }

func mustParse(t testing.TB, text string) apikey.Secret {
	t.Helper()
	secret, err := apikey.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// everyKind is a world of its own, each line of which needs others.
var everyKind = []string{
	`{"kind": "user", "id": "i_user", "name": "Ida", "email": "ida@acme.example", "platform_role": "policy_admin"}`,
	`{"kind": "user", "id": "i_owner", "active": false}`,
	`{"kind": "organization", "id": "i_org", "name": "Initech"}`,
	`{"kind": "organization_member", "organization_id": "i_org", "user_id": "i_user", "role": "admin"}`,
	`{"kind": "workspace", "id": "i_ws", "name": "W", "owner_id": "i_owner", "organization_id": "i_org", "personal_keys_enabled": true, "archived": false}`,
	`{"kind": "workspace_member", "workspace_id": "i_ws", "user_id": "i_user", "role": "write"}`,
	`{"kind": "resource", "type": "mcp_server", "id": "i_mcp", "workspace_id": "i_ws", "properties": {"workflow_ids": ["i_wf"]}}`,
	`{"kind": "resource", "type": "workflow", "id": "i_wf", "name": "F", "workspace_id": "i_ws", "properties": {"deployed": true, "team": "x"}}`,
	`{"kind": "key", "id": "key_i_p", "type": "personal", "name": "p", "user_id": "i_user", "secret": "` + secretOf(1) + `", "created_by": "i_owner", "created_at": "2020-01-02T03:04:05Z", "last_used_at": "2029-01-01T00:00:00Z"}`,
	`{"kind": "key", "id": "key_i_w", "type": "workspace", "name": "w", "workspace_id": "i_ws", "workflow_ids": ["i_wf"], "secret": "` + secretOf(2) + `", "allowed_cidrs": ["10.0.0.0/8"]}`,
	`{"kind": "key", "id": "key_i_o", "type": "organization", "name": "o", "organization_id": "i_org", "grants": [{"workflow_id": "i_wf", "permission": "write"}], "secret": "` + secretOf(3) + `"}`,
	`{"kind": "key", "id": "key_i_r", "type": "organization", "name": "O", "organization_id": "i_org", "grants": [{"workspace_id": "i_ws", "permission": "write"}], "secret": "` + secretOf(4) + `", "revoked_at": "2029-01-01T00:00:00Z", "revoked_by": "someone"}`,
}

// All kinds, in whatever order the lines come.
func TestImportInAnyOrder(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	reversed := slices.Clone(everyKind)
	slices.Reverse(reversed)
	orders := [][]string{everyKind, reversed}
	for range 3 {
		shuffled := slices.Clone(everyKind)
		random.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		orders = append(orders, shuffled)
	}
	for i, order := range orders {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			result, err := h.Import(t.Context(), platform, lines(order...))
			if err != nil || result.Lines != len(order) || result.Revision != h.revision() {
				t.Fatalf("%+v, %v", result, err)
			}
			checkEveryKind(t, h)
		})
	}
}

func checkEveryKind(t *testing.T, h *house) {
	t.Helper()
	ctx := t.Context()
	if got, err := h.User(ctx, platform, "i_user"); err != nil || got != (authz.User{ID: "i_user", Name: "Ida", Email: "ida@acme.example", Active: true, PlatformRole: authz.PolicyAdmin}) {
		t.Errorf("user %+v, %v", got, err)
	}
	if got, err := h.Organization(ctx, platform, "i_org"); err != nil || got.Name != "Initech" {
		t.Errorf("organization %+v, %v", got, err)
	}
	if got, err := h.OrganizationMember(ctx, platform, "i_org", "i_user"); err != nil || got.Role != authz.OrganizationAdminRole {
		t.Errorf("organization member %+v, %v", got, err)
	}
	if got, err := h.Workspace(ctx, platform, "i_ws"); err != nil || got.Workspace != (authz.Workspace{ID: "i_ws", Name: "W", OwnerID: "i_owner", OrganizationID: "i_org", PersonalKeysEnabled: true}) {
		t.Errorf("workspace %+v, %v", got, err)
	}
	if got, err := h.WorkspaceMember(ctx, platform, "i_ws", "i_user"); err != nil || got.Role != authz.Write {
		t.Errorf("workspace member %+v, %v", got, err)
	}
	if got, err := h.Resource(ctx, platform, "workflow", "i_wf"); err != nil || got.Name != "F" || string(got.Properties) != `{"deployed":true,"team":"x"}` {
		t.Errorf("workflow %+v, %v", got, err)
	}
	if got := h.exposed("i_mcp"); got != `{"deployed":true,"workflow_ids":["i_wf"]}` {
		t.Errorf("MCP server %s", got)
	}
	personal := h.key("key_i_p")
	if personal.CreatedBy != "i_owner" || personal.CreatedAt.Year() != 2020 || personal.LastUsedAt == nil || personal.LastUsedAt.Year() != 2029 || personal.Hint != "sk-steelengine-…0001" {
		t.Errorf("key %+v", personal)
	}
	if k := h.key("key_i_o"); k.CreatedBy != platform.Token.ID || !k.CreatedAt.Equal(noon) {
		t.Errorf("key %+v", k)
	}
	if k := h.key("key_i_r"); k.RevokedAt == nil || k.RevokedBy != "someone" {
		t.Errorf("key %+v", k)
	}
	for n, want := range map[int]authz.Code{1: authz.Allowed, 2: authz.IPNotAllowed, 3: authz.Allowed, 4: authz.KeyRevoked} {
		h.expect(mustParse(t, secretOf(n)), "workflow.execute workflow i_wf", want)
	}
}

// A second import of the same lines changes nothing that matters, and a line that names little keeps the rest.
func TestImportKeepsOmittedFields(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.mustImport(strings.Join(everyKind, "\n"))
	h.mustImport(strings.Join([]string{
		`{"kind": "user", "id": "i_user"}`,
		`{"kind": "organization", "id": "i_org"}`,
		`{"kind": "organization_member", "organization_id": "i_org", "user_id": "i_user"}`,
		`{"kind": "workspace", "id": "i_ws"}`,
		`{"kind": "workspace_member", "workspace_id": "i_ws", "user_id": "i_user"}`,
		`{"kind": "resource", "type": "workflow", "id": "i_wf"}`,
		`{"kind": "resource", "type": "mcp_server", "id": "i_mcp"}`,
		`{"kind": "key", "id": "key_i_p"}`,
		`{"kind": "key", "id": "key_i_w"}`,
		`{"kind": "key", "id": "key_i_o", "type": "organization", "organization_id": "i_org"}`,
		`{"kind": "key", "id": "key_i_r", "secret": "` + secretOf(4) + `", "revoked_at": null}`,
	}, "\n"))
	checkEveryKind(t, h)
	h.mustImport(`{"kind": "key", "id": "key_i_w", "allowed_cidrs": null, "name": "w2", "workflow_ids": null}`)
	h.expect(mustParse(t, secretOf(2)), "workflow.execute workflow i_wf", authz.Allowed)
}

// An id that is another kind's is no doubled line.
func TestOneIDOfManyKinds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.mustImport(`{"kind": "user", "id": "x"}
{"kind": "organization", "id": "x"}
{"kind": "workspace", "id": "x", "owner_id": "x", "organization_id": "x"}
{"kind": "resource", "type": "workflow", "id": "x", "workspace_id": "x"}
{"kind": "resource", "type": "mcp_server", "id": "x", "workspace_id": "x", "properties": {"workflow_ids": ["x"]}}
{"kind": "key", "id": "x", "type": "workspace", "workspace_id": "x", "name": "x"}`)
}

// An import carries the consequences that the same changes have by themselves, whatever else it says.
func TestImportHasConsequences(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, granted := h.createKey(`{"type": "organization", "organization_id": "org", "name": "n", "grants": [{"workspace_id": "ws", "permission": "write"}, {"workflow_id": "wf_b", "permission": "write"}]}`)
	_, narrowed := h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "n", "workflow_ids": ["wf"]}`)
	h.mustImport(`{"kind": "resource", "type": "workflow", "id": "wf_b", "workspace_id": "ws_2"}
{"kind": "resource", "type": "workflow", "id": "wf", "workspace_id": "ws_b"}
{"kind": "workspace", "id": "ws", "organization_id": null}`)
	h.expect(granted, "workspace.read workspace ws", authz.OutsideScope)
	h.expect(granted, "workflow.read workflow wf_b", authz.OutsideScope)
	h.expect(narrowed, "workflow.read workflow wf", authz.OutsideScope)
	if got := h.exposed("mcp"); got != `{"deployed":true,"workflow_ids":["wf_other"]}` {
		t.Errorf("the MCP server has %s", got)
	}
	// A grant on what leaves by the same import is refused, and so is a scope on what moves away.
	h.mustImport(`{"kind": "workspace", "id": "ws", "organization_id": "org"}`)
	h.unchanged(func() {
		_, err := h.Import(t.Context(), platform, lines(
			`{"kind": "key", "id": "key_a", "type": "organization", "organization_id": "org", "name": "a", "grants": [{"workspace_id": "ws", "permission": "read"}]}`,
			`{"kind": "workspace", "id": "ws", "organization_id": "org_2"}`,
			`{"kind": "key", "id": "key_b", "type": "workspace", "workspace_id": "ws", "name": "b", "workflow_ids": ["wf_other"]}`,
			`{"kind": "resource", "type": "workflow", "id": "wf_other", "workspace_id": "ws_b"}`))
		wantFaults(t, err, "1 grants[0].workspace_id", "3 workflow_ids[0]")
	})
	// What comes by the same import may be granted.
	h.mustImport(`{"kind": "key", "id": "key_a", "type": "organization", "organization_id": "org_2", "name": "a", "secret": "` + secretOf(1) + `", "grants": [{"workspace_id": "ws", "permission": "read"}]}
{"kind": "workspace", "id": "ws", "organization_id": "org_2"}`)
	h.expect(mustParse(t, secretOf(1)), "workspace.read workspace ws", authz.Allowed)
}

// Neither an import nor anything else brings a revoked key back; its record may be kept in order.
func TestImportBringsNoRevokedKeyBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	key, secret := h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "n"}`)
	revoked, _, err := h.RevokeKey(t.Context(), as("owner"), key.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		`{"kind": "key", "id": "` + key.ID + `", "revoked_at": null, "disabled": false}`,
		`{"kind": "key", "id": "` + key.ID + `", "type": "workspace", "workspace_id": "ws", "name": "other", "secret": "` + secret.Reveal() + `"}`,
		`{"kind": "key", "id": "` + key.ID + `", "revoked_at": "2040-01-01T00:00:00Z", "revoked_by": "x"}`,
	} {
		h.mustImport(line)
		h.expect(secret, "workflow.read workflow wf", authz.KeyRevoked)
		if got := h.key(key.ID); !got.RevokedAt.Equal(*revoked.RevokedAt) || got.RevokedBy != "owner" {
			t.Errorf("%s: the end is %v by %s", line, got.RevokedAt, got.RevokedBy)
		}
	}
}

// A key that comes without a secret has one that nobody knows, and works once it is rotated.
func TestKeyImportedWithoutASecret(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.mustImport(`{"kind": "key", "id": "key_a", "type": "workspace", "workspace_id": "ws", "name": "a"}
{"kind": "key", "id": "key_b", "type": "workspace", "workspace_id": "ws", "name": "b", "secret": null}`)
	if hint := h.key("key_a").Hint; hint != "" {
		t.Errorf("its hint is %q", hint)
	}
	_, secret := h.rotate("key_a", 0)
	h.expect(secret, "workflow.execute workflow wf", authz.Allowed)
}
