package management_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/storage"
)

var errPower = errors.New("the power failed")

// failingStore loses its power at one of its updates: before it, or after it and before anybody is told.
type failingStore struct {
	storage.Store
	// left is how many updates succeed.
	left  int
	after bool
}

func (s *failingStore) Update(ctx context.Context, write func(storage.Tx) error) (uint64, error) {
	if s.left > 0 {
		s.left--
		return s.Store.Update(ctx, write)
	}
	if s.after {
		if _, err := s.Store.Update(ctx, write); err != nil {
			return 0, err
		}
		s.after = false
	}
	return 0, errPower
}

// manyLines is an import of several portions: users, and a key of each.
func manyLines(users int) string {
	var text strings.Builder
	for i := range users {
		fmt.Fprintf(&text, `{"kind": "key", "id": "key_%d", "type": "personal", "user_id": "user_%d", "name": "n", "secret": %q}`+"\n", i, i, secretOf(i))
		fmt.Fprintf(&text, `{"kind": "user", "id": "user_%d"}`+"\n", i)
		fmt.Fprintf(&text, `{"kind": "workspace_member", "workspace_id": "ws", "user_id": "user_%d", "role": "write"}`+"\n", i)
	}
	return text.String()
}

// broken begins an import that loses its power once some of its portions are applied.
func (h *house) broken(portions int, after bool, body string) {
	h.t.Helper()
	service := h.over(&failingStore{Store: h.store, left: portions, after: after})
	if _, err := service.Import(h.t.Context(), platform, strings.NewReader(body)); !errors.Is(err, errPower) {
		h.t.Fatalf("the import did not fail as it should: %v", err)
	}
}

func (h *house) isApplying() bool {
	h.t.Helper()
	_, _, err := h.store.Imports().Applying(h.t.Context())
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		h.t.Fatal(err)
	}
	return err == nil
}

// A crash between any two portions is made good: all of the import is applied, once.
func TestImportIsResumed(t *testing.T) {
	t.Parallel()
	const users = 200 // 600 lines, 3 portions
	for portions := range 4 {
		for _, after := range []bool{false, true} {
			if portions == 3 {
				continue
			}
			t.Run(fmt.Sprintf("%d portions, then lost, the next done: %t", portions, after), func(t *testing.T) {
				t.Parallel()
				h := newHouse(t)
				before := h.revision()
				h.broken(portions, after, manyLines(users))
				if !h.isApplying() {
					t.Fatal("the import is not under way")
				}
				if err := h.Resume(t.Context()); err != nil {
					t.Fatal(err)
				}
				if h.isApplying() {
					t.Error("the import is still under way")
				}
				if got := h.revision(); got != before+4 {
					t.Errorf("3 portions, and the end, made %d revisions", got-before)
				}
				for _, i := range []int{0, 99, users - 1} {
					h.expect(mustParse(t, secretOf(i)), "workflow.execute workflow wf", authz.Allowed)
				}
				// Another may begin.
				h.mustImport(`{"kind": "user", "id": "later"}`)
			})
		}
	}
}

// Whoever imports next finishes first what another left.
func TestImportFinishesWhatAnotherLeft(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.broken(1, false, manyLines(200))
	h.mustImport(`{"kind": "user", "id": "later"}`)
	h.expect(mustParse(t, secretOf(199)), "workflow.execute workflow wf", authz.Allowed)
	if _, err := h.User(t.Context(), platform, "later"); err != nil {
		t.Error(err)
	}
}

// A crash before the point of no return leaves nothing.
func TestImportThatNeverBeganIsForgotten(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, cancel := context.WithCancel(t.Context())
	h.unchanged(func() {
		_, err := h.Import(ctx, platform, &cancelling{strings.NewReader(manyLines(1000)), cancel})
		if err == nil {
			t.Error("the import went on")
		}
		if err := h.Resume(t.Context()); err != nil || h.isApplying() {
			t.Errorf("something is under way: %v", err)
		}
	})
	h.mustImport(manyLines(1))
}

// cancelling ends the request once the body has been read.
type cancelling struct {
	*strings.Reader
	cancel func()
}

func (r *cancelling) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil {
		r.cancel()
	}
	return n, err
}

// While an import is being applied keys can be revoked, and nothing else of the world changed.
func TestWhileAnImportIsApplied(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	key, secret := h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "n"}`)
	h.createKey(`{"type": "personal", "user_id": "reader", "name": "n"}`)
	body := manyLines(200) + `{"kind": "key", "id": "` + key.ID + `", "name": "renamed", "disabled": false}` + "\n"
	h.expect(secret, "workflow.read workflow wf", authz.Allowed)
	h.broken(1, false, body)

	role := read[management.MemberChange](t, `{"role": "admin"}`)
	for name, do := range map[string]func() error{
		"create a key": func() error {
			_, _, _, err := h.CreateKey(ctx, platform, read[management.KeyFields](t, `{"type": "personal", "user_id": "reader", "name": "x"}`))
			return err
		},
		"change a key":  func() error { _, err := h.updateKey(key.ID, `{"name": "x"}`); return err },
		"rotate a key":  func() error { _, _, _, err := h.RotateKey(ctx, platform, key.ID, 0); return err },
		"put a user":    func() error { _, _, _, err := h.PutUser(ctx, platform, "x", management.UserChange{}); return err },
		"delete a user": func() error { _, err := h.DeleteUser(ctx, platform, "reader"); return err },
		"put an organization": func() error {
			_, _, _, err := h.PutOrganization(ctx, platform, "x", management.OrganizationChange{})
			return err
		},
		"delete an organization": func() error { _, err := h.DeleteOrganization(ctx, platform, "org_2"); return err },
		"put a workspace": func() error {
			_, _, _, err := h.PutWorkspace(ctx, platform, "ws", management.WorkspaceChange{})
			return err
		},
		"patch a workspace": func() error {
			_, _, err := h.PatchWorkspace(ctx, platform, "ws", read[management.WorkspaceChange](t, `{"personal_keys_enabled": false}`))
			return err
		},
		"delete a workspace": func() error { _, err := h.DeleteWorkspace(ctx, platform, "ws"); return err },
		"put a resource": func() error {
			_, _, _, err := h.PutResource(ctx, platform, "workflow", "x", management.ResourceChange{})
			return err
		},
		"delete a resource":         func() error { _, err := h.DeleteResource(ctx, platform, "workflow", "wf"); return err },
		"put a workspace member":    func() error { _, _, _, err := h.PutWorkspaceMember(ctx, platform, "ws", "reader", role); return err },
		"delete a workspace member": func() error { _, err := h.DeleteWorkspaceMember(ctx, platform, "ws", "reader"); return err },
		"put an organization member": func() error {
			_, _, _, err := h.PutOrganizationMember(ctx, platform, "org", "reader", role)
			return err
		},
		"delete an organization member": func() error {
			_, err := h.DeleteOrganizationMember(ctx, platform, "org", "org_member")
			return err
		},
	} {
		h.unchanged(func() {
			if err := do(); codeOf(err) != "import_in_progress" {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	if _, _, err := h.RevokeKey(ctx, as("admin"), key.ID); err != nil {
		t.Fatalf("a key can't be revoked: %v", err)
	}
	h.expect(secret, "workflow.read workflow wf", authz.KeyRevoked)
	if _, err := h.User(ctx, platform, "reader"); err != nil {
		t.Errorf("nothing can be read: %v", err)
	}
	if _, _, _, err := h.CreateToken(ctx, platform, read[management.TokenFields](t, `{"name": "n", "scopes": ["decide"]}`)); err != nil {
		t.Errorf("no token can be made, though no import holds any: %v", err)
	}
	if err := h.Resume(ctx); err != nil {
		t.Fatal(err)
	}
	// The line that the revocation overtook was applied, and brought nothing back.
	h.expect(secret, "workflow.read workflow wf", authz.KeyRevoked)
	if got := h.key(key.ID); got.Name != "renamed" || got.RevokedBy != "admin" {
		t.Errorf("the key is %s", jsonOf(got))
	}
	h.createKey(`{"type": "personal", "user_id": "reader", "name": "x"}`)
}

// A change that comes between an import's first check and its turn is checked against anew.
func TestImportIsCheckedInItsTurn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	late := &lateChange{Store: h.store, change: func() {
		h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "Taken"}`)
	}}
	_, err := h.over(late).Import(t.Context(), platform, lines(
		`{"kind": "user", "id": "x"}`,
		`{"kind": "key", "id": "key_x", "type": "workspace", "workspace_id": "ws", "name": "taken"}`))
	wantFaults(t, err, "2 name")
	if _, err := h.User(t.Context(), platform, "x"); codeOf(err) != "not_found" {
		t.Errorf("a line was applied: %v", err)
	}
	if h.isApplying() {
		t.Error("the refused import is still under way")
	}
	h.createKey(`{"type": "workspace", "workspace_id": "ws", "name": "free"}`)
}

// lateChange makes a change just before an import begins to apply.
type lateChange struct {
	storage.Store
	change func()
}

func (s *lateChange) Imports() storage.Imports { return lateImports{s.Store.Imports(), s.change} }

type lateImports struct {
	storage.Imports
	change func()
}

func (i lateImports) StartApplying(ctx context.Context, id string) error {
	i.change()
	return i.Imports.StartApplying(ctx, id)
}
