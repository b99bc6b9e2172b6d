package management_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
)

// A line at fault is named, with its field, and nothing of the import is done.
func TestRefusedLines(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.mustImport(strings.Join(everyKind, "\n"))
	const good = `{"kind": "user", "id": "good"}`
	const wsKey = `"kind": "key", "type": "workspace", "workspace_id": "ws"`
	for text, want := range map[string][]string{
		`{`:                                      {"2"},
		`[]`:                                     {"2"},
		`{} {}`:                                  {"2"},
		`{"kind": "user", "id": "\xff"}`:         {"2"},
		`{"kind": "user", "id": "a", "id": "b"}`: {"2"},
		`{"id": "a"}`:                            {"2 kind"},
		`{"kind": "users", "id": "a"}`:           {"2 kind"},
		`{"kind": "token", "id": "a"}`:           {"2 kind"},
		`{"kind": 1, "id": "a"}`:                 {"2 kind"},
		`{"kind": "user"}`:                       {"2 id"},
		`{"kind": "user", "id": "no id"}`:        {"2 id"},
		`{"kind": "user", "id": null}`:           {"2 id", "2 id"},
		`{"kind": "user", "id": 1}`:              {"2 id"},
		`{"kind": "user", "id": "a", "surname": "x"}`:                                                                           {"2 surname"},
		`{"kind": "user", "id": "a", "Name": "x"}`:                                                                              {"2 Name"},
		`{"kind": "user", "id": "a", "active": "yes"}`:                                                                          {"2 active"},
		`{"kind": "user", "id": "a", "platform_role": "x"}`:                                                                     {"2 platform_role"},
		`{"kind": "organization", "name": "x"}`:                                                                                 {"2 id"},
		`{"kind": "workspace", "id": "a"}`:                                                                                      {"2 owner_id"},
		`{"kind": "workspace", "id": "a", "owner_id": "none"}`:                                                                  {"2 owner_id"},
		`{"kind": "workspace", "id": "a", "owner_id": "good", "organization_id": "none"}`:                                       {"2 organization_id"},
		`{"kind": "workspace_member", "workspace_id": "ws", "user_id": "good"}`:                                                 {"2 role"},
		`{"kind": "workspace_member", "workspace_id": "ws", "user_id": "none", "role": "read"}`:                                 {"2 user_id"},
		`{"kind": "workspace_member", "workspace_id": "none", "user_id": "good", "role": "read"}`:                               {"2 workspace_id"},
		`{"kind": "workspace_member", "workspace_id": "ws", "user_id": "good", "role": "member"}`:                               {"2 role"},
		`{"kind": "workspace_member", "organization_id": "org", "user_id": "good", "role": "read"}`:                             {"2 workspace_id", "2 organization_id"},
		`{"kind": "organization_member", "organization_id": "none", "user_id": "good", "role": "admin"}`:                        {"2 organization_id"},
		`{"kind": "organization_member", "organization_id": "org", "user_id": "good", "role": "read"}`:                          {"2 role"},
		`{"kind": "resource", "id": "a"}`:                                                                                       {"2 type"},
		`{"kind": "resource", "type": "workflow"}`:                                                                              {"2 id"},
		`{"kind": "resource", "type": "workspace", "id": "a"}`:                                                                  {"2 type"},
		`{"kind": "resource", "type": "workflow", "id": "a", "workspace_id": "none"}`:                                           {"2 workspace_id"},
		`{"kind": "resource", "type": "workflow", "id": "a", "properties": 1}`:                                                  {"2 properties"},
		`{"kind": "resource", "type": "mcp_server", "id": "a", "workspace_id": "ws", "properties": {"workflow_ids": ["wf_b"]}}`: {"2 properties.workflow_ids[0]"},

		`{"kind": "key", "secret": "` + secretOf(7) + `"}`:                                                            {"2 id"},
		`{"kind": "key", "name": "x"}`:                                                                                {"2 id"},
		`{` + wsKey + `, "id": "key_x"}`:                                                                              {"2 name"},
		`{"kind": "key", "id": "key_x", "name": "x"}`:                                                                 {"2 type"},
		`{"kind": "key", "id": "key_x", "name": "x", "type": "personal"}`:                                             {"2 user_id"},
		`{"kind": "key", "id": "key_x", "name": "x", "type": "personal", "user_id": "none"}`:                          {"2 user_id"},
		`{` + wsKey + `, "id": "key_x", "name": "x", "workflow_ids": []}`:                                             {"2 workflow_ids"},
		`{` + wsKey + `, "id": "key_x", "name": "x", "workflow_ids": ["wf_b"]}`:                                       {"2 workflow_ids[0]"},
		`{` + wsKey + `, "id": "key_x", "name": "x", "allowed_cidrs": []}`:                                            {"2 allowed_cidrs"},
		`{` + wsKey + `, "id": "key_x", "name": "x", "secret": "sk-steelengine-short"}`:                               {"2 secret"},
		`{` + wsKey + `, "id": "key_x", "name": "x", "secret": "sgt_0123456789012345678"}`:                            {"2 secret"},
		`{` + wsKey + `, "id": "key_x", "name": "x", "hint": "x"}`:                                                    {"2 hint"},
		`{` + wsKey + `, "id": "key_x", "name": "x", "replaced_by": "key_i_o"}`:                                       {"2 replaced_by"},
		`{` + wsKey + `, "id": "key_x", "name": "x", "created_at": "9999-12-31T23:59:59-01:00"}`:                      {"2 created_at"},
		`{` + wsKey + `, "id": "key_x", "name": "x", "last_used_at": "1960-01-01T00:00:00Z"}`:                         {"2 last_used_at"},
		`{` + wsKey + `, "id": "key_x", "name": "x", "revoked_at": "0001-01-01T00:00:00Z"}`:                           {"2 revoked_at"},
		`{` + wsKey + `, "id": "key_x", "name": "x", "created_at": "yesterday"}`:                                      {"2 created_at"},
		`{` + wsKey + `, "id": "key_x", "name": "x", "created_by": "a\u0000b"}`:                                       {"2 created_by"},
		`{` + wsKey + `, "id": "key_x", "name": "x", "revoked_at": "2029-01-01T00:00:00Z", "revoked_by": "a\u0000b"}`: {"2 revoked_by"},
		`{` + wsKey + `, "id": "key_x", "name": "x", "secret": "` + secretOf(1) + `"}`:                                {"2 secret"},
		`{"kind": "key", "id": "key_i_p", "secret": "` + secretOf(9) + `"}`:                                           {"2 secret"},
		`{"kind": "key", "id": "key_i_p", "secret": "` + secretOf(2) + `"}`:                                           {"2 secret"},
		`{"kind": "key", "id": "key_i_r", "secret": "` + secretOf(9) + `"}`:                                           {"2 secret"},
		`{"kind": "key", "id": "key_i_p", "user_id": "reader"}`:                                                       {"2 type"},
		`{"kind": "key", "id": "key_i_p", "type": "workspace", "workspace_id": "ws"}`:                                 {"2 type"},
		`{"kind": "key", "id": "key_i_w", "type": "workspace", "workspace_id": "ws"}`:                                 {"2 type"},
		`{"kind": "key", "id": "key_i_p", "type": "workspace", "workspace_id": "i_user"}`:                             {"2 type"},
		`{"kind": "key", "id": "key_i_o", "grants": []}`:                                                              {"2 grants"},
		`{"kind": "key", "id": "key_i_o", "grants": [{"workspace_id": "ws", "permission": "read"}]}`:                  {"2 grants[0].workspace_id"},
	} {
		h.unchanged(func() {
			_, err := h.Import(t.Context(), platform, lines(good, text, ""))
			if got := faultsOf(err); codeOf(err) != "invalid_import" || !slices.Equal(got, want) {
				t.Errorf("%s\n\tat fault: %q, want %q (%v)", text, got, want, err)
			}
			if strings.Contains(fmt.Sprint(err), "sk-steelengine-issued") {
				t.Errorf("the refusal quotes a secret: %v", err)
			}
		})
	}
	if _, err := h.User(t.Context(), platform, "good"); codeOf(err) != "not_found" {
		t.Errorf("the good line was applied: %v", err)
	}
}

// Two lines may not be about one thing, nor want the same secret or name.
func TestLinesThatAreInEachOthersWay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	stored, _ := h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "stored"}`)
	const key = `{"kind": "key", "type": "workspace", "workspace_id": "ws", `
	for name, c := range map[string]struct {
		lines []string
		want  []string
	}{
		"a doubled user":   {[]string{`{"kind": "user", "id": "a"}`, ``, `{"kind": "user", "id": "b"}`, ` `, `{"kind": "user", "id": "a"}`}, []string{"5"}},
		"a doubled member": {[]string{`{"kind": "workspace_member", "workspace_id": "ws", "user_id": "reader", "role": "read"}`, `{"kind": "workspace_member", "user_id": "reader", "workspace_id": "ws", "role": "admin"}`}, []string{"2"}},
		"a doubled key":    {[]string{key + `"id": "key_a", "name": "a"}`, key + `"id": "key_a", "name": "b"}`}, []string{"2"}},
		"one secret":       {[]string{key + `"id": "key_a", "name": "a", "secret": "` + secretOf(1) + `"}`, key + `"id": "key_b", "name": "b", "secret": "` + secretOf(1) + `"}`}, []string{"2 secret"}},
		"one name":         {[]string{key + `"id": "key_a", "name": "A"}`, key + `"id": "key_b", "name": "a"}`}, []string{"2 name"}},
		"a stored name":    {[]string{key + `"id": "key_a", "name": "STORED"}`}, []string{"1 name"}},
		"a name given up":  {[]string{`{"kind": "key", "id": "` + stored.ID + `", "name": "other"}`, key + `"id": "key_a", "name": "stored"}`}, []string{"2 name"}},
	} {
		t.Run(name, func(t *testing.T) {
			h.unchanged(func() {
				_, err := h.Import(t.Context(), platform, lines(c.lines...))
				wantFaults(t, err, c.want...)
			})
		})
	}
	// The same name is another's, or a dead key's, to have.
	h.mustImport(strings.Join([]string{
		key + `"id": "key_a", "name": "same"}`,
		key + `"id": "key_b", "name": "same", "revoked_at": "2020-01-01T00:00:00Z"}`,
		`{"kind": "key", "id": "key_c", "type": "personal", "user_id": "reader", "name": "same"}`,
	}, "\n"))
}

func TestShapesOfABody(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for name, body := range map[string]string{"nothing": "", "blank lines": "\n \r\n\t\n"} {
		h.unchanged(func() {
			_, err := h.Import(t.Context(), platform, strings.NewReader(body))
			if codeOf(err) != "empty_import" {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	result, err := h.Import(t.Context(), platform, strings.NewReader("\r\n{\"kind\": \"user\", \"id\": \"a\"}\r\n\n  {\"kind\": \"user\", \"id\": \"b\"}  "))
	if err != nil || result.Lines != 2 {
		t.Errorf("blank lines, CR LF and no last newline: %+v, %v", result, err)
	}
	long := `{"kind": "user", "id": "a", "name": "` + strings.Repeat("x", 1<<20) + `"}`
	h.unchanged(func() {
		_, err := h.Import(t.Context(), platform, lines(`{"kind": "user", "id": "c"}`, long, `{"kind": "user", "id": "d"}`))
		wantFaults(t, err, "2")
	})
	h.unchanged(func() {
		_, err := h.Import(t.Context(), platform, &brokenReader{text: `{"kind": "user", "id": "c"}` + "\n"})
		wantCode(t, err, "cut_off")
	})
	// A hundred faults are enough to be told of.
	h.unchanged(func() {
		_, err := h.Import(t.Context(), platform, strings.NewReader(strings.Repeat("{}\n", 150)))
		if got := faultsOf(err); len(got) != 100 {
			t.Errorf("%d faults", len(got))
		}
	})
}

// brokenReader is a body whose sender went away.
type brokenReader struct{ text string }

func (r *brokenReader) Read(p []byte) (int, error) {
	if r.text == "" {
		return 0, fmt.Errorf("the connection was reset")
	}
	n := copy(p, r.text)
	r.text = r.text[n:]
	return n, nil
}

// What the import may hold depends on who sends it.
func TestKeyLinesAreThePlatformsAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for name, a := range map[string]management.Actor{"directory": token(authz.DirectoryScope), "a platform admin": as("platform_admin")} {
		h.unchanged(func() {
			_, err := h.Import(t.Context(), a, lines(`{"kind": "user", "id": "x"}`, `{"kind": "key", "id": "key_x", "type": "workspace", "workspace_id": "ws", "name": "x"}`))
			if got := faultsOf(err); !slices.Equal(got, []string{"2"}) {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		})
	}
}
