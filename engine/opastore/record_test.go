package opastore_test

import (
	"context"
	"slices"
	"testing"

	"github.com/open-policy-agent/opa/v1/storage"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/opastore"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// Whatever is read is told by the name that the change log has for it, be it that nothing stands there.
func TestEveryRecordThatIsReadIsTold(t *testing.T) {
	edit := snapshot.Empty().Edit()
	edit.PutKey(authz.APIKey{ID: "k1", Type: authz.OrganizationKey, OwnerID: "o1"}, [32]byte{1})
	for _, c := range []struct {
		path storage.Path
		want []opastore.Record
	}{
		{storage.Path{"keys", "k1", "type"}, []opastore.Record{{Kind: "key", A: "k1"}, {Kind: "organization", A: "o1"}}},
		{storage.Path{"scopes", "k1", "workflows", "f1"}, []opastore.Record{{Kind: "key", A: "k1"}, {Kind: "organization", A: "o1"}}},
		{storage.Path{"users", "u1"}, []opastore.Record{{Kind: "user", A: "u1"}}},
		{storage.Path{"organizations", "o1", "name"}, []opastore.Record{{Kind: "organization", A: "o1"}}},
		{storage.Path{"workspaces", "w1"}, []opastore.Record{{Kind: "workspace", A: "w1"}}},
		{storage.Path{"workspace_members", "w1", "u1", "role"}, []opastore.Record{{Kind: "workspace_member", A: "w1", B: "u1"}}},
		{storage.Path{"organization_members", "o1", "u1"}, []opastore.Record{{Kind: "organization_member", A: "o1", B: "u1"}}},
		{storage.Path{"resources", "workflow", "f1"}, []opastore.Record{{Kind: "resource", A: "workflow", B: "f1"}}},
	} {
		txn := opastore.NewTransaction(edit.Commit(1), noon)
		edit = snapshot.Empty().Edit()
		edit.PutKey(authz.APIKey{ID: "k1", Type: authz.OrganizationKey, OwnerID: "o1"}, [32]byte{1})
		var told []opastore.Record
		txn.Note(func(r opastore.Record) { told = append(told, r) })
		if _, err := (opastore.Store{}).Read(context.Background(), txn, c.path); err != nil && !storage.IsNotFound(err) {
			t.Fatal(err)
		}
		if !slices.Equal(told, c.want) {
			t.Errorf("%v: told %v", c.path, told)
		}
	}
}
