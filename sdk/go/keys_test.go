package steelgate_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	steelgate "github.com/steelengine/steelgate/sdk/go"
	"github.com/steelengine/steelgate/sdk/go/internal/steelgatetest"
)

// isProblem tells whether an error is a Problem of a status and a code.
func isProblem(err error, status int, code string) bool {
	p, ok := errors.AsType[*steelgate.Problem](err)
	return ok && p.Status == status && p.Code == code
}

func TestKeys(t *testing.T) {
	server := steelgatetest.Start(t)
	client, ctx := server.Client(t), t.Context()

	t.Run("a key lives from its creation to its revocation, and the next decision sees each change", func(t *testing.T) {
		keys := client.KeysFor("user_ada")
		code := func(secret steelgate.Secret, revision int64, id string) string {
			d, err := client.Decide(ctx, steelgate.DecisionRequest{APIKey: secret, Action: "workflow.execute", Resource: workflow(id), MinRevision: revision})
			if err != nil {
				t.Fatal(err)
			}
			return d.Code
		}
		created, err := keys.Create(ctx, steelgate.KeyCreation{Type: steelgate.KeyTypeWorkspace, Name: "SDK", WorkspaceID: "ws_core", WorkflowIDs: steelgate.Set([]string{"wf_invoice"})}, "")
		if err != nil || !steelgate.ChecksumMatches(created.Secret.Reveal()) || created.Replayed || created.Key.CreatedBy != "user_ada" {
			t.Fatalf("%+v, %v", created, err)
		}
		if strings.Contains(fmt.Sprintf("%+v %#v", created, created), created.Secret.Reveal()) {
			t.Error("the secret was printed")
		}
		if got := []string{code(created.Secret, created.Revision, "wf_invoice"), code(created.Secret, created.Revision, "wf_report")}; !slices.Equal(got, []string{"allowed", "outside_scope"}) {
			t.Error(got)
		}
		name := "SDK, all"
		widened, err := keys.Update(ctx, created.Key.ID, steelgate.KeyChange{Name: &name, WorkflowIDs: steelgate.Clear[[]string](), ExpiresAt: steelgate.Set(time.Now().Add(time.Hour))})
		if err != nil || widened.Key.Name != name || widened.Key.WorkflowIDs != nil || widened.Key.ExpiresAt == nil {
			t.Fatalf("%+v, %v", widened, err)
		}
		if got := code(created.Secret, widened.Revision, "wf_report"); got != "allowed" {
			t.Error(got)
		}
		successor, err := keys.Rotate(ctx, created.Key.ID, time.Hour, "")
		if err != nil || successor.Secret.IsZero() || successor.Key.Replaces != created.Key.ID {
			t.Fatalf("%+v, %v", successor, err)
		}
		if got := code(created.Secret, successor.Revision, "wf_report"); got != "allowed" {
			t.Error(got)
		}
		if old, err := keys.Get(ctx, created.Key.ID); err != nil || *old.ReplacedBy != successor.Key.ID {
			t.Errorf("%+v, %v", old, err)
		}
		for range 2 {
			revoked, err := keys.Revoke(ctx, successor.Key.ID)
			if err != nil || revoked.Key.RevokedAt == nil || code(successor.Secret, revoked.Revision, "wf_report") != "key_revoked" {
				t.Fatalf("%+v, %v", revoked, err)
			}
		}
	})

	t.Run("a request that comes again is not done again, and shows no secret twice", func(t *testing.T) {
		keys, key := client.KeysFor("user_ben"), steelgate.KeyCreation{Type: steelgate.KeyTypePersonal, Name: "once"}
		first, err := keys.Create(ctx, key, "once-1")
		if err != nil {
			t.Fatal(err)
		}
		again, err := keys.Create(ctx, key, "once-1")
		if err != nil || again.Key.ID != first.Key.ID || !again.Secret.IsZero() || !again.Replayed {
			t.Errorf("%+v, %v", again, err)
		}
		key.Name = "other"
		if _, err := keys.Create(ctx, key, "once-1"); !isProblem(err, 409, "idempotency_key_reused") {
			t.Error(err)
		}
	})

	t.Run("a list goes over its pages", func(t *testing.T) {
		keys, made, listed := client.KeysFor("user_cleo"), []string{}, []string{}
		for i := range 5 {
			issued, err := keys.Create(ctx, steelgate.KeyCreation{Type: steelgate.KeyTypePersonal, Name: fmt.Sprint("page ", i)}, "")
			if err != nil {
				t.Fatal(err)
			}
			made = append(made, issued.Key.ID)
		}
		slices.Reverse(made)
		for key, err := range keys.List(ctx, steelgate.KeyFilter{PageSize: 2, Query: "page"}) {
			if err != nil {
				t.Fatal(err)
			}
			listed = append(listed, key.ID)
		}
		if !slices.Equal(made, listed) {
			t.Errorf("%v, want %v", listed, made)
		}
		filter := steelgate.KeyFilter{OwnerType: steelgate.OwnerTypeUser, OwnerID: "user_cleo", Status: steelgate.KeyStatusRevoked}
		if page, err := client.PlatformKeys().ListPage(ctx, filter, ""); err != nil || len(page.Keys) != 0 || page.Cursor != "" {
			t.Errorf("%+v, %v", page, err)
		}
		filter = steelgate.KeyFilter{UnusedSince: time.Now().Add(time.Hour), ExpiresBefore: time.Now()}
		if page, err := keys.ListPage(ctx, filter, ""); err != nil || len(page.Keys) != 0 {
			t.Errorf("%+v, %v", page, err)
		}
		for _, err := range keys.List(ctx, steelgate.KeyFilter{PageSize: -1}) {
			if !isProblem(err, 422, "invalid_field") {
				t.Error(err)
			}
		}
	})

	t.Run("the keys that reach a workspace are told to its members", func(t *testing.T) {
		reaching, err := client.KeysFor("user_ben").Reaching(ctx, "ws_data")
		if err != nil || len(reaching) != 1 || reaching[0].ID != "key_demo_organization" || reaching[0].Permission != steelgate.PermissionRead {
			t.Errorf("%+v, %v", reaching, err)
		}
		if _, err := client.KeysFor("user_eve").Reaching(ctx, "ws_data"); err == nil {
			t.Error("they were told to a stranger")
		}
	})

	t.Run("a user manages no more than the policy lets them, and nobody is no user", func(t *testing.T) {
		if _, err := client.KeysFor("user_ben").Create(ctx, steelgate.KeyCreation{Type: steelgate.KeyTypeWorkspace, Name: "x", WorkspaceID: "ws_core"}, ""); !isProblem(err, 403, "forbidden") {
			t.Error(err)
		}
		var none []string
		if _, err := client.KeysFor("user_ada").Create(ctx, steelgate.KeyCreation{Type: steelgate.KeyTypeWorkspace, Name: "x", WorkspaceID: "ws_core", WorkflowIDs: steelgate.Set(none)}, ""); !isProblem(err, 422, "invalid_field") {
			t.Error(err)
		}
		if _, err := client.KeysFor("").Get(ctx, "key_demo_personal"); err == nil {
			t.Error("nobody was the platform")
		}
		for _, id := range []string{"", ".", "..", "a/b", "a?b", strings.Repeat("a", 129)} {
			if _, err := client.PlatformKeys().Revoke(ctx, id); err == nil {
				t.Errorf("%q was taken for an id", id)
			} else if _, isProblem := errors.AsType[*steelgate.Problem](err); isProblem {
				t.Errorf("%q was sent", id)
			}
		}
	})
}
