package management_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/storage"
)

// jsonList is n quoted texts.
func jsonList(n int, format string) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(format, i)
	}
	return "[" + strings.Join(list, ",") + "]"
}

func TestRefusedKeys(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const (
		personal     = `"type": "personal", "user_id": "reader"`
		workspace    = `"type": "workspace", "workspace_id": "ws"`
		organization = `"type": "organization", "organization_id": "org"`
		grants       = `"grants": [{"workspace_id": "ws", "permission": "read"}]`
	)
	named := func(parts ...string) string { return `{"name": "n", ` + strings.Join(parts, ", ") + `}` }
	for body, want := range map[string][]string{
		`{"name": "n"}`:                                                  {"type"},
		`{"name": "n", "type": null}`:                                    {"type"},
		named(`"type": "robot"`):                                         {"type"},
		`{` + personal + `}`:                                             {"name"},
		`{"name": null, ` + personal + `}`:                               {"name"},
		`{"name": "", ` + personal + `}`:                                 {"name"},
		`{"name": " n", ` + personal + `}`:                               {"name"},
		`{"name": "n\u00a0", ` + personal + `}`:                          {"name"},
		`{"name": "a\u0000b", ` + personal + `}`:                         {"name"},
		`{"name": "a\nb", ` + personal + `}`:                             {"name"},
		`{"name": "` + strings.Repeat("ä", 201) + `", ` + personal + `}`: {"name"},

		named(`"type": "personal"`):                                                                          {"user_id"},
		named(`"type": "personal"`, `"user_id": null`):                                                       {"user_id"},
		named(`"type": "personal"`, `"user_id": "nobody"`):                                                   {"user_id"},
		named(`"type": "personal"`, `"user_id": "no/body"`):                                                  {"user_id"},
		named(personal, `"workspace_id": "ws"`):                                                              {"workspace_id"},
		named(personal, `"organization_id": "org"`):                                                          {"organization_id"},
		named(personal, grants):                                                                              {"grants"},
		named(personal, `"workflow_ids": ["wf"]`):                                                            {"workflow_ids"},
		named(`"type": "workspace"`):                                                                         {"workspace_id"},
		named(`"type": "workspace"`, `"workspace_id": "no"`):                                                 {"workspace_id"},
		named(workspace, `"user_id": "reader"`):                                                              {"user_id"},
		named(workspace, grants):                                                                             {"grants"},
		named(workspace, `"workflow_ids": []`):                                                               {"workflow_ids"},
		named(workspace, `"workflow_ids": ["wf", "wf_b"]`):                                                   {"workflow_ids[1]"},
		named(workspace, `"workflow_ids": ["none"]`):                                                         {"workflow_ids[0]"},
		named(workspace, `"workflow_ids": ["mcp"]`):                                                          {"workflow_ids[0]"},
		named(workspace, `"workflow_ids": ["wf_loose"]`):                                                     {"workflow_ids[0]"},
		named(workspace, `"workflow_ids": ["\u0000"]`):                                                       {"workflow_ids[0]"},
		named(workspace, `"workflow_ids": [""]`):                                                             {"workflow_ids[0]"},
		named(`"type": "organization"`, grants):                                                              {"organization_id"},
		named(organization):                                                                                  {"grants"},
		named(organization, `"grants": null`):                                                                {"grants"},
		named(organization, `"grants": []`):                                                                  {"grants"},
		named(organization, grants, `"workflow_ids": ["wf"]`):                                                {"workflow_ids"},
		named(organization, grants, `"workspace_id": "ws"`):                                                  {"workspace_id"},
		named(`"type": "organization", "organization_id": "none"`, grants):                                   {"organization_id"},
		named(organization, `"grants": [{"permission": "read"}]`):                                            {"grants[0]"},
		named(organization, `"grants": [{"workspace_id": "ws", "workflow_id": "wf", "permission": "read"}]`): {"grants[0]"},
		named(organization, `"grants": [{"workspace_id": "ws"}]`):                                            {"grants[0].permission"},
		named(organization, `"grants": [{"workspace_id": "ws", "permission": "root"}]`):                      {"grants[0].permission"},
		named(organization, `"grants": [{"workspace_id": "ws", "permission": ""}]`):                          {"grants[0].permission"},
		named(organization, `"grants": [{"workspace_id": "ws", "permission": "READ"}]`):                      {"grants[0].permission"},
		named(organization, `"grants": [{"workspace_id": "ws", "permission": "read"}, {"workspace_id": "ws_2", "permission": "read"}]`): {"grants[1].workspace_id"},
		named(organization, `"grants": [{"workspace_id": "ws_solo", "permission": "read"}]`):                                            {"grants[0].workspace_id"},
		named(organization, `"grants": [{"workspace_id": "none", "permission": "read"}]`):                                               {"grants[0].workspace_id"},
		named(organization, `"grants": [{"workflow_id": "wf_2", "permission": "read"}]`):                                                {"grants[0].workflow_id"},
		named(organization, `"grants": [{"workflow_id": "wf_loose", "permission": "read"}]`):                                            {"grants[0].workflow_id"},
		named(organization, `"grants": [{"workflow_id": "mcp", "permission": "read"}]`):                                                 {"grants[0].workflow_id"},
		named(organization, `"grants": [{"workflow_id": "none", "permission": "read"}]`):                                                {"grants[0].workflow_id"},

		named(personal, `"allowed_cidrs": []`):                               {"allowed_cidrs"},
		named(personal, `"allowed_cidrs": ["10.0.0.0/8", "10.0.0.1"]`):       {"allowed_cidrs[1]"},
		named(personal, `"allowed_cidrs": ["10.0.0.0/33"]`):                  {"allowed_cidrs[0]"},
		named(personal, `"allowed_cidrs": ["fe80::1%eth0/64"]`):              {"allowed_cidrs[0]"},
		named(personal, `"allowed_cidrs": `+jsonList(101, `"10.0.0.%d/32"`)): {"allowed_cidrs"},
		named(personal, `"expires_at": "1969-12-31T23:59:59Z"`):              {"expires_at"},
		named(personal, `"disabled": null`):                                  {"disabled"},
		// All of it at once.
		`{"type": "workspace", "workspace_id": "ws", "allowed_cidrs": [], "workflow_ids": []}`: {"name", "allowed_cidrs", "workflow_ids"},
	} {
		h.unchanged(func() {
			_, secret, _, err := h.CreateKey(t.Context(), platform, read[management.KeyFields](t, body))
			if got := faultsOf(err); !slices.Equal(got, want) {
				t.Errorf("%.300s\n\tat fault: %q, want %q", body, got, want)
			}
			if !secret.IsZero() {
				t.Errorf("%.300s: refused, with a secret", body)
			}
		})
	}
	for field, body := range map[string]string{
		"workflow_ids": named(workspace, `"workflow_ids": `+jsonList(1001, `"wf_%d"`)),
		"grants":       named(organization, `"grants": `+jsonList(1001, `{"workspace_id": "ws_%d", "permission": "read"}`)),
	} {
		_, _, _, err := h.CreateKey(t.Context(), platform, read[management.KeyFields](t, body))
		if got := faultsOf(err); len(got) == 0 || got[0] != field {
			t.Errorf("a thousand and one %s: %.200q", field, got)
		}
	}
}

func TestKeyRecord(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	key, secret := h.createKey(`{"type": "organization", "organization_id": "org", "name": "Partner ß", "expires_at": "2031-01-01T01:00:00.0000001+01:00",
		"allowed_cidrs": ["203.0.113.9/24", "::ffff:10.0.0.0/104"], "disabled": true,
		"grants": [{"workspace_id": "ws", "permission": "read"}, {"workflow_id": "wf", "permission": "admin"}]}`)
	want := authz.APIKey{
		ID: key.ID, Type: authz.OrganizationKey, Name: "Partner ß", OwnerID: "org", Hint: secret.Hint(), CreatedBy: platform.Token.ID, CreatedAt: noon,
		Grants:       []authz.Grant{{WorkspaceID: "ws", Permission: authz.Read}, {WorkflowID: "wf", Permission: authz.Admin}},
		AllowedCIDRs: []string{"203.0.113.9/24", "::ffff:10.0.0.0/104"}, Disabled: true,
	}
	expires := time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)
	want.ExpiresAt = &expires
	for name, got := range map[string]authz.APIKey{"answered": key, "stored": h.key(key.ID)} {
		gotText, _ := json.Marshal(got)
		wantText, _ := json.Marshal(want)
		if string(gotText) != string(wantText) || got.OwnerID != want.OwnerID {
			t.Errorf("%s: %s\nwant %s", name, gotText, wantText)
		}
	}
	if !strings.HasPrefix(key.ID, "key_") || !strings.HasPrefix(key.Hint, "sk-steelengine-…") || !strings.HasSuffix(secret.Reveal(), strings.TrimPrefix(key.Hint, "sk-steelengine-…")) {
		t.Errorf("id %s, hint %s", key.ID, key.Hint)
	}
}

// What is at rest opens to the secret for this key alone.
func TestStoredSecretIsDigestedAndSealed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	key, secret := h.createKey(`{"type": "personal", "user_id": "reader", "name": "n"}`)
	if err := h.store.View(t.Context(), func(r storage.Reader) error {
		record, err := r.Key(key.ID)
		if err != nil {
			return err
		}
		digest, version := h.keyring.Digest(secret)
		if record.Digest != digest || record.PepperVersion != version {
			t.Error("the digest is another's")
		}
		opened, err := h.keyring.Open(record.PepperVersion, record.Sealed, key.ID, "user", "reader")
		if err != nil || opened.Reveal() != secret.Reveal() {
			t.Errorf("the seal does not open: %v", err)
		}
		if _, err := h.keyring.Open(record.PepperVersion, record.Sealed, key.ID, "user", "writer"); err == nil {
			t.Error("the seal opens for another owner")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// Targets that are named twice are allowed, and the highest permission counts.
func TestDoubledTargets(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, secret := h.createKey(`{"type": "organization", "organization_id": "org", "name": "n", "grants": [
		{"workspace_id": "ws", "permission": "read"}, {"workspace_id": "ws", "permission": "admin"}, {"workspace_id": "ws", "permission": "read"},
		{"workflow_id": "wf_b", "permission": "write"}, {"workflow_id": "wf_b", "permission": "write"}]}`)
	h.expect(secret, "workflow.deploy workflow wf", authz.Allowed)
	h.expect(secret, "workflow.execute workflow wf_b", authz.Allowed)
	h.expect(secret, "workflow.deploy workflow wf_b", authz.InsufficientPermission)
	_, secret = h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "n", "workflow_ids": ["wf", "wf"]}`)
	h.expect(secret, "workflow.execute workflow wf", authz.Allowed)
	h.mustImport(`{"kind": "key", "id": "key_i", "type": "organization", "organization_id": "org", "name": "i", "grants": [{"workspace_id": "ws", "permission": "read"}, {"workspace_id": "ws", "permission": "write"}]}`)
	h.putWorkspace("ws", `{"organization_id": null}`)
	if got := h.key("key_i").Grants; len(got) != 0 {
		t.Errorf("grants left: %v", got)
	}
}

func TestNamesAreUniqueAmongAnOwnersKeys(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	create := func(owner, name string) error {
		_, _, _, err := h.CreateKey(t.Context(), platform, read[management.KeyFields](t, fmt.Sprintf(`{%s, "name": %q}`, owner, name)))
		return err
	}
	const reader, ws = `"type": "personal", "user_id": "reader"`, `"type": "workspace", "workspace_id": "ws"`
	key, _ := h.createKey(`{` + reader + `, "name": "Straße Ω"}`)
	for _, taken := range []string{"Straße Ω", "STRASSE ω", "strasse \u03c9", "STRAßE Ω"} {
		h.unchanged(func() { wantCode(t, create(reader, taken), "name_taken") })
	}
	for _, free := range []string{"Strase Ω", "Straße Ω 2"} {
		wantCode(t, create(reader, free), "")
	}
	wantCode(t, create(`"type": "personal", "user_id": "writer"`, "Straße Ω"), "")
	wantCode(t, create(ws, "Straße Ω"), "")
	wantCode(t, create(reader, "e\u0301te\u0301"), "")
	wantCode(t, create(reader, "ÉTÉ"), "name_taken")
	// An owner of another type with the same id is another owner.
	h.mustImport(`{"kind": "workspace", "id": "reader", "owner_id": "owner"}`)
	wantCode(t, create(`"type": "workspace", "workspace_id": "reader"`, "Straße Ω"), "")

	if _, _, err := h.RevokeKey(t.Context(), platform, key.ID); err != nil {
		t.Fatal(err)
	}
	wantCode(t, create(reader, "STRASSE ω"), "")
	wantCode(t, create(reader, "Straße Ω"), "name_taken")
}

// A disabled or expired key keeps its name.
func TestADisabledKeyKeepsItsName(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.createKey(`{"type": "personal", "user_id": "reader", "name": "a", "disabled": true}`)
	h.createKey(`{"type": "personal", "user_id": "reader", "name": "b", "expires_at": "2020-01-01T00:00:00Z"}`)
	for _, name := range []string{"a", "B"} {
		_, _, _, err := h.CreateKey(t.Context(), platform, read[management.KeyFields](t, fmt.Sprintf(`{"type": "personal", "user_id": "reader", "name": %q}`, name)))
		wantCode(t, err, "name_taken")
	}
}

func TestMintedSecretsDiffer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	seen := map[string]bool{}
	for i := range 20 {
		_, secret := h.createKey(fmt.Sprintf(`{"type": "personal", "user_id": "reader", "name": "n%d"}`, i))
		if _, err := apikey.Parse(secret.Reveal()); err != nil || seen[secret.Reveal()] || len(secret.Reveal()) != len("sk-steelengine-")+43+6 {
			t.Errorf("a secret of %d characters, seen: %t, %v", len(secret.Reveal()), seen[secret.Reveal()], err)
		}
		seen[secret.Reveal()] = true
	}
}
