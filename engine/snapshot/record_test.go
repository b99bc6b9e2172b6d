package snapshot_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// What a snapshot knows of a record comes back as it was put, an empty list apart from none; a key that is changed keeps its secret.
func TestRecordsComeBackAsTheyWerePut(t *testing.T) {
	at := time.Date(2030, 1, 31, 12, 0, 0, 1000, time.UTC)
	digest := apikey.Digest{7}
	keys := []authz.APIKey{
		{ID: "k1", Type: authz.PersonalKey, Name: "n", OwnerID: "u", Disabled: true, ExpiresAt: &at},
		{ID: "k1", Type: authz.WorkspaceKey, OwnerID: "w", WorkflowIDs: []string{}, AllowedCIDRs: []string{"10.0.0.0/8"}},
		{ID: "k1", Type: authz.WorkspaceKey, OwnerID: "w", WorkflowIDs: []string{"a", "b"}, RevokedAt: &time.Time{}},
		{ID: "k1", Type: authz.OrganizationKey, OwnerID: "o", Grants: []authz.Grant{{WorkspaceID: "w", Permission: authz.Read}, {WorkflowID: "f", Permission: authz.Admin}}},
	}
	world := snapshot.Empty()
	for i, key := range keys {
		edit := world.Edit()
		if i == 0 {
			if edit.ChangeKey(key) {
				t.Error("a key that is not there is changed")
			}
			edit.PutKey(key, digest)
		} else if !edit.ChangeKey(key) {
			t.Error("a key that is there is not changed")
		}
		seen := edit.Snapshot()
		edit.DeleteKey("k1")
		found, ok := seen.KeyByDigest(digest)
		if !ok || !reflect.DeepEqual(found.Record(), key) {
			t.Errorf("put %+v, got %+v", key, found.Record())
		}
		world = seen
	}

	user := authz.User{ID: "u", Name: "n", Email: "e@x", Active: true, PlatformRole: authz.PolicyAdmin}
	organization := authz.Organization{ID: "o", Name: "n"}
	workspace := authz.Workspace{ID: "w", Name: "n", OwnerID: "u", OrganizationID: "o", Archived: true}
	resource := authz.Resource{Type: "workflow", ID: "f", Name: "n", WorkspaceID: "w", Properties: authz.Object(`{"deployed":true}`)}
	edit := world.Edit()
	edit.PutUser(user)
	edit.PutOrganization(organization)
	edit.PutWorkspace(workspace)
	edit.PutResource(resource)
	made := edit.Snapshot()
	u, _ := made.User("u")
	o, _ := made.Organization("o")
	w, _ := made.Workspace("w")
	r, _ := made.Resource("workflow", "f")
	if u.Record() != user || o.Record() != organization || w.Record() != workspace || !reflect.DeepEqual(r.Record(), resource) {
		t.Errorf("got %+v, %+v, %+v, %+v", u.Record(), o.Record(), w.Record(), r.Record())
	}
}
