package management_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/storage"
)

// keysOfTheHouse are keys of every kind, beside the world.
const keysOfTheHouse = `
{"kind": "key", "id": "key_admin", "type": "personal", "user_id": "admin", "name": "admin's"}
{"kind": "key", "id": "key_disabled", "type": "personal", "user_id": "writer", "name": "disabled", "disabled": true}
{"kind": "key", "id": "key_expired", "type": "personal", "user_id": "writer", "name": "expired", "expires_at": "2030-01-31T12:00:00Z"}
{"kind": "key", "id": "key_idle", "type": "personal", "user_id": "idle", "name": "idle's"}
{"kind": "key", "id": "key_narrow", "type": "workspace", "workspace_id": "ws", "name": "narrow", "workflow_ids": ["wf"]}
{"kind": "key", "id": "key_office", "type": "personal", "user_id": "reader", "name": "reader's", "allowed_cidrs": ["203.0.113.0/24"]}
{"kind": "key", "id": "key_org", "type": "organization", "organization_id": "org", "name": "org's", "grants": [{"workspace_id": "ws_b", "permission": "read"}, {"workflow_id": "wf", "permission": "write"}, {"workflow_id": "wf_other", "permission": "read"}]}
{"kind": "key", "id": "key_owner", "type": "personal", "user_id": "owner", "name": "owner's"}
{"kind": "key", "id": "key_writer", "type": "personal", "user_id": "writer", "name": "writer's"}
{"kind": "key", "id": "key_ws", "type": "workspace", "workspace_id": "ws", "name": "ws's"}
{"kind": "key", "id": "key_ws_2", "type": "workspace", "workspace_id": "ws_2", "name": "ws_2's"}
`

// newHouseWithKeys is a house whose engine has seen the keys.
func newHouseWithKeys(t testing.TB) *house {
	t.Helper()
	h := newHouse(t)
	h.mustImport(keysOfTheHouse)
	h.look()
	return h
}

// look has the engine see all that was changed.
func (h *house) look() {
	h.t.Helper()
	if err := h.feed.Step(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

// attempt is one change of the directory, made or tried.
type attempt func(management.Directory, management.Actor) error

func putUser(t testing.TB, id, change string) attempt {
	return func(d management.Directory, a management.Actor) error {
		_, _, _, err := d.PutUser(t.Context(), a, id, read[management.UserChange](t, change))
		return err
	}
}

func deleteUser(t testing.TB, id string) attempt {
	return func(d management.Directory, a management.Actor) error {
		_, err := d.DeleteUser(t.Context(), a, id)
		return err
	}
}

func putOrganization(t testing.TB, id, change string) attempt {
	return func(d management.Directory, a management.Actor) error {
		_, _, _, err := d.PutOrganization(t.Context(), a, id, read[management.OrganizationChange](t, change))
		return err
	}
}

func deleteOrganization(t testing.TB, id string) attempt {
	return func(d management.Directory, a management.Actor) error {
		_, err := d.DeleteOrganization(t.Context(), a, id)
		return err
	}
}

func putOrganizationMember(t testing.TB, organization, user, role string) attempt {
	return func(d management.Directory, a management.Actor) error {
		_, _, _, err := d.PutOrganizationMember(t.Context(), a, organization, user, read[management.MemberChange](t, `{"role": "`+role+`"}`))
		return err
	}
}

func deleteOrganizationMember(t testing.TB, organization, user string) attempt {
	return func(d management.Directory, a management.Actor) error {
		_, err := d.DeleteOrganizationMember(t.Context(), a, organization, user)
		return err
	}
}

func putWorkspace(t testing.TB, id, change string) attempt {
	return func(d management.Directory, a management.Actor) error {
		_, _, _, err := d.PutWorkspace(t.Context(), a, id, read[management.WorkspaceChange](t, change))
		return err
	}
}

func patchWorkspace(t testing.TB, id, change string) attempt {
	return func(d management.Directory, a management.Actor) error {
		_, _, err := d.PatchWorkspace(t.Context(), a, id, read[management.WorkspaceChange](t, change))
		return err
	}
}

func deleteWorkspace(t testing.TB, id string) attempt {
	return func(d management.Directory, a management.Actor) error {
		_, err := d.DeleteWorkspace(t.Context(), a, id)
		return err
	}
}

func putWorkspaceMember(t testing.TB, workspace, user, role string) attempt {
	return func(d management.Directory, a management.Actor) error {
		_, _, _, err := d.PutWorkspaceMember(t.Context(), a, workspace, user, read[management.MemberChange](t, `{"role": "`+role+`"}`))
		return err
	}
}

func deleteWorkspaceMember(t testing.TB, workspace, user string) attempt {
	return func(d management.Directory, a management.Actor) error {
		_, err := d.DeleteWorkspaceMember(t.Context(), a, workspace, user)
		return err
	}
}

func putResource(t testing.TB, resourceType, id, change string) attempt {
	return func(d management.Directory, a management.Actor) error {
		_, _, _, err := d.PutResource(t.Context(), a, resourceType, id, read[management.ResourceChange](t, change))
		return err
	}
}

func deleteResource(t testing.TB, resourceType, id string) attempt {
	return func(d management.Directory, a management.Actor) error {
		_, err := d.DeleteResource(t.Context(), a, resourceType, id)
		return err
	}
}

// dryRun tries a change.
func (h *house) dryRun(a management.Actor, change attempt) (management.DryRunReport, error) {
	return h.DryRun(h.t.Context(), a, func(d management.Directory) error { return change(d, a) })
}

// told is a report as lines: "key_a: revoked", or "key_a: workflow wf: admin -> read, insufficient_permission".
func told(report management.DryRunReport) (lines []string) {
	for _, key := range report.Keys {
		if key.Because != "" {
			lines = append(lines, key.ID+": "+key.Because)
		}
		for _, loss := range key.Losses {
			lines = append(lines, fmt.Sprintf("%s: %s %s: %s -> %s, %s", key.ID, loss.Type, loss.ID, loss.Before, loss.After, loss.Code))
		}
	}
	return lines
}

// TestDryRun is every change of the directory, with what keys lose by it; and the change does what was foretold.
func TestDryRun(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change attempt
		want   []string
	}{
		{"a user is made", putUser(t, "fay", `{}`), nil},
		{"a user is renamed", putUser(t, "writer", `{"name": "W"}`), nil},
		{"a user becomes inactive", putUser(t, "writer", `{"active": false}`), []string{"key_writer: owner_inactive"}},
		{"a user becomes active", putUser(t, "idle", `{"active": true}`), nil},
		{"a user is deleted", deleteUser(t, "writer"), []string{"key_disabled: revoked", "key_writer: revoked"}},
		{"an inactive user is deleted", deleteUser(t, "idle"), []string{"key_idle: revoked"}},

		{"an organization is made", putOrganization(t, "org_3", `{}`), nil},
		{"an organization is renamed", putOrganization(t, "org", `{"name": "Other"}`), nil},
		{"an organization is deleted", deleteOrganization(t, "org"), []string{"key_org: revoked"}},
		{"a member of an organization", putOrganizationMember(t, "org", "org_admin", "member"), nil},
		{"no member of an organization", deleteOrganizationMember(t, "org", "org_admin"), nil},

		{"a workspace is made", putWorkspace(t, "ws_3", `{"owner_id": "owner"}`), nil},
		{"a workspace is archived", putWorkspace(t, "ws_b", `{"archived": true}`), []string{
			"key_org: workspace ws_b: read -> , workspace_archived", "key_org: workflow wf_b: read -> , workspace_archived",
		}},
		{"a workspace gets another owner", putWorkspace(t, "ws", `{"owner_id": "reader"}`), []string{
			"key_owner: workspace ws: admin -> , not_a_member", "key_owner: workflow wf: admin -> , not_a_member",
			"key_owner: workflow wf_other: admin -> , not_a_member", "key_owner: mcp_server mcp: admin -> , not_a_member",
		}},
		{"a workspace leaves its organization", putWorkspace(t, "ws", `{"organization_id": null}`), []string{
			"key_org: workflow wf: write -> , outside_scope", "key_org: workflow wf_other: read -> , outside_scope", "key_org: mcp_server mcp: read -> , outside_scope",
		}},
		{"a workspace goes over to another organization", patchWorkspace(t, "ws_b", `{"organization_id": "org_2"}`), []string{
			"key_org: workspace ws_b: read -> , outside_scope", "key_org: workflow wf_b: read -> , outside_scope",
		}},
		{"personal keys are switched off", patchWorkspace(t, "ws", `{"personal_keys_enabled": false}`), slices.Concat(
			everywhereInWS("key_admin", "admin -> , personal_keys_disabled"), everywhereInWS("key_office", "read -> , personal_keys_disabled"),
			everywhereInWS("key_owner", "admin -> , personal_keys_disabled"), everywhereInWS("key_writer", "write -> , personal_keys_disabled"),
		)},
		{"personal keys stay on", patchWorkspace(t, "ws", `{"personal_keys_enabled": true}`), nil},
		{"a workspace is deleted", deleteWorkspace(t, "ws"), slices.Concat(
			everywhereInWS("key_admin", "admin -> , outside_scope"), []string{"key_narrow: revoked"}, everywhereInWS("key_office", "read -> , outside_scope"),
			[]string{"key_org: workflow wf: write -> , outside_scope", "key_org: workflow wf_other: read -> , outside_scope", "key_org: mcp_server mcp: read -> , outside_scope"},
			everywhereInWS("key_owner", "admin -> , outside_scope"), everywhereInWS("key_writer", "write -> , outside_scope"), []string{"key_ws: revoked"},
		)},

		{"a member comes", putWorkspaceMember(t, "ws", "stranger", "admin"), nil},
		{"a member rises", putWorkspaceMember(t, "ws", "writer", "admin"), nil},
		{"a member falls", putWorkspaceMember(t, "ws", "admin", "read"), []string{
			"key_admin: workspace ws: admin -> read, insufficient_permission", "key_admin: workflow wf: admin -> read, insufficient_permission",
			"key_admin: workflow wf_other: admin -> read, insufficient_permission", "key_admin: mcp_server mcp: admin -> read, insufficient_permission",
		}},
		{"a member falls by one", putWorkspaceMember(t, "ws", "writer", "read"), everywhereInWS("key_writer", "write -> read, insufficient_permission")},
		{"a member with an allow-list leaves", deleteWorkspaceMember(t, "ws", "reader"), everywhereInWS("key_office", "read -> , not_a_member")},
		{"an inactive member leaves", deleteWorkspaceMember(t, "ws", "idle"), nil},

		{"a workflow is made", putResource(t, "workflow", "wf_3", `{"workspace_id": "ws"}`), nil},
		{"a workflow is no longer deployed", putResource(t, "workflow", "wf", `{"properties": {"deployed": false}}`), []string{
			"key_admin: workflow wf: admin -> admin, workflow_not_deployed", "key_narrow: workflow wf: write -> write, workflow_not_deployed",
			"key_org: workflow wf: write -> write, workflow_not_deployed", "key_owner: workflow wf: admin -> admin, workflow_not_deployed",
			"key_writer: workflow wf: write -> write, workflow_not_deployed", "key_ws: workflow wf: write -> write, workflow_not_deployed",
		}},
		{"an MCP server is no longer deployed", putResource(t, "mcp_server", "mcp", `{"properties": {"workflow_ids": ["wf"], "deployed": false}}`), []string{
			"key_admin: mcp_server mcp: admin -> , mcp_server_not_deployed", "key_office: mcp_server mcp: read -> , mcp_server_not_deployed",
			"key_org: mcp_server mcp: read -> , mcp_server_not_deployed", "key_owner: mcp_server mcp: admin -> , mcp_server_not_deployed",
			"key_writer: mcp_server mcp: write -> , mcp_server_not_deployed", "key_ws: mcp_server mcp: write -> , mcp_server_not_deployed",
		}},
		// key_narrow comes to reach mcp, which is no loss. key_org keeps wf, and what else mcp exposes.
		{"a workflow moves inside the organization", putResource(t, "workflow", "wf_other", `{"workspace_id": "ws_b"}`), []string{
			"key_admin: workflow wf_other: admin -> , not_a_member", "key_office: workflow wf_other: read -> , not_a_member",
			"key_owner: workflow wf_other: admin -> , not_a_member", "key_writer: workflow wf_other: write -> , not_a_member",
			"key_ws: workflow wf_other: write -> , outside_scope",
		}},
		{"a workflow leaves the organization", putResource(t, "workflow", "wf_b", `{"workspace_id": "ws_2"}`), []string{"key_org: workflow wf_b: read -> , outside_scope"}},
		{"a workflow is deleted", deleteResource(t, "workflow", "wf_b"), []string{"key_org: workflow wf_b: read -> , outside_scope"}},
		{"an MCP server is deleted", deleteResource(t, "mcp_server", "mcp"), []string{
			"key_admin: mcp_server mcp: admin -> , outside_scope", "key_office: mcp_server mcp: read -> , outside_scope", "key_org: mcp_server mcp: read -> , outside_scope",
			"key_owner: mcp_server mcp: admin -> , outside_scope", "key_writer: mcp_server mcp: write -> , outside_scope", "key_ws: mcp_server mcp: write -> , outside_scope",
		}},
		{"a resource of another type", putResource(t, "table", "t", `{"workspace_id": "ws"}`), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouseWithKeys(t)
			before := h.everything()
			report, err := h.dryRun(platform, c.change)
			if err != nil {
				t.Fatal(err)
			}
			if got := told(report); !slices.Equal(got, c.want) {
				t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(c.want, "\n\t"))
			}
			if report.Revision != h.revision() || report.Truncated {
				t.Errorf("worked out on revision %d of %d, truncated: %t", report.Revision, h.revision(), report.Truncated)
			}
			if after := h.everything(); after != before {
				t.Errorf("changed from\n%s\nto\n%s", before, after)
			}
			standing := h.observe()
			if err := c.change(h.Service, platform); err != nil {
				t.Fatal(err)
			}
			if got, want := told(report), losses(standing, h.observe()); !slices.Equal(got, want) {
				t.Errorf("foretold\n\t%s\nobserved\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
			}
		})
	}
}

func everywhereInWS(key, loss string) (lines []string) {
	for _, resource := range []string{"workspace ws", "workflow wf", "workflow wf_other", "mcp_server mcp"} {
		lines = append(lines, key+": "+resource+": "+loss)
	}
	return lines
}

// everything is all that the database holds of the world and the audit, as text.
func (h *house) everything() string {
	h.t.Helper()
	var text []string
	add := func(record any) { text = append(text, jsonOf(record)) }
	err := h.store.View(h.t.Context(), func(r storage.Reader) error {
		revision, err := r.Revision()
		add(revision)
		last, auditErr := r.LastAudit()
		if errors.Is(auditErr, storage.ErrNotFound) {
			auditErr = nil
		}
		add(last.Seq)
		return errors.Join(err, auditErr,
			r.EachUser(func(u authz.User) error { add(u); return nil }),
			r.EachOrganization(func(o authz.Organization) error { add(o); return nil }),
			r.EachOrganizationMember(func(m authz.OrganizationMember) error { add(m); return nil }),
			r.EachWorkspace(func(w authz.Workspace) error { add(w); return nil }),
			r.EachWorkspaceMember(func(m authz.WorkspaceMember) error { add(m); return nil }),
			r.EachResource(func(res authz.Resource) error { add(res); return nil }),
			r.EachKey(func(k storage.Key) error { add(k); return nil }),
			r.EachToken(func(k storage.Token) error { add(k); return nil }),
		)
	})
	if err != nil {
		h.t.Fatal(err)
	}
	slices.Sort(text)
	return strings.Join(text, "\n")
}

// A change is refused as a dry run where it would be refused, with the same words and the same entry in the audit, be it for
// who asks, for what they send, or for what stands.
func TestDryRunIsRefusedAsTheChangeIs(t *testing.T) {
	t.Parallel()
	changes := map[string]attempt{
		"the switch":                    patchWorkspace(t, "ws", `{"personal_keys_enabled": false}`),
		"the switch and more":           patchWorkspace(t, "ws", `{"personal_keys_enabled": false, "name": "x"}`),
		"the switch of nothing":         patchWorkspace(t, "ws_9", `{"personal_keys_enabled": false}`),
		"a user":                        putUser(t, "writer", `{"name": "x"}`),
		"a platform role":               putUser(t, "writer", `{"platform_role": "admin"}`),
		"an invalid user":               putUser(t, "writer", `{"email": "x"}`),
		"an id that none can have":      putUser(t, "a b", `{}`),
		"no user":                       deleteUser(t, "nobody"),
		"an owner of workspaces":        deleteUser(t, "owner"),
		"an organization":               putOrganization(t, "org", `{"id": "other"}`),
		"no organization":               deleteOrganization(t, "org_9"),
		"an invalid workspace":          putWorkspace(t, "ws_9", `{"owner_id": "nobody"}`),
		"no workspace":                  deleteWorkspace(t, "ws_9"),
		"a member of nothing":           putWorkspaceMember(t, "ws_9", "writer", "read"),
		"a role that is none":           putOrganizationMember(t, "org", "writer", "king"),
		"no member of an organization":  deleteOrganizationMember(t, "org", "writer"),
		"no member of a workspace":      deleteWorkspaceMember(t, "ws", "stranger"),
		"an MCP server of another's":    putResource(t, "mcp_server", "mcp", `{"properties": {"workflow_ids": ["wf_2"]}}`),
		"a resource that is none":       deleteResource(t, "workflow", "wf_9"),
		"a resource of a reserved type": putResource(t, "workspace", "x", `{}`),
	}
	dry, real := newHouseWithKeys(t), newHouseWithKeys(t)
	for name, change := range changes {
		for who, actor := range actors {
			tried := dry.answer(func() error { _, err := dry.dryRun(actor, change); return err })
			made := real.answer(func() error { return change(real.Service, actor) })
			if tried != made {
				t.Errorf("%s by %s:\n\ttried %s\n\tmade %s", name, who, tried, made)
			}
			if made == "done" {
				real = newHouseWithKeys(t)
			}
		}
	}
}

// answer is done, or how something was refused, and what the audit has of that.
func (h *house) answer(do func() error) string {
	h.t.Helper()
	// So many denials in one minute would not all be written down.
	h.now = h.now.Add(time.Minute)
	h.look()
	before := h.lastAudit()
	err := do()
	if err == nil {
		return "done"
	}
	text := fmt.Sprintf("%v, %q", err, faultsOf(err))
	if after := h.lastAudit(); after.Seq != before.Seq {
		text += fmt.Sprintf(", %d entered: %s %s %s, denied %t", after.Seq-before.Seq, after.Action, after.Actor, after.Target, after.Denied)
	}
	return text
}

func (h *house) lastAudit() (entry storage.AuditEntry) {
	h.t.Helper()
	err := h.store.View(h.t.Context(), func(r storage.Reader) (err error) {
		entry, err = r.LastAudit()
		return err
	})
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		h.t.Fatal(err)
	}
	return entry
}
