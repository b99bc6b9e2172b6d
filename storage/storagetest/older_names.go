package storagetest

import (
	"database/sql"
	"fmt"
	"testing"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

// OlderNames proves that records that a program wrote which knew nothing of folded names are listed and found by their names
// once the store is opened. Raw is the database beside the store, and open opens it anew.
func OlderNames(t *testing.T, raw *sql.DB, open func() storage.Store) {
	const many = 1201
	store := open()
	update(t, store, func(tx storage.Tx) error {
		for n := range many {
			if err := tx.PutResource(authz.Resource{Type: "workflow", ID: fmt.Sprintf("wf_%04d", n), Name: fmt.Sprintf("Übung %04d", many-n), WorkspaceID: "ws"}); err != nil {
				return err
			}
		}
		return first(tx.PutWorkspace(authz.Workspace{ID: "ws", Name: "ÄRGER"}), tx.PutOrganization(authz.Organization{ID: "org", Name: "ÖL"}))
	})
	revision := revisionOf(t, store)
	for _, table := range []string{"organizations", "workspaces", "resources"} {
		if _, err := raw.ExecContext(t.Context(), "UPDATE "+table+" SET name_folded = ''"); err != nil {
			t.Fatal(err)
		}
	}
	store = open()
	same(t, "the revision", revisionOf(t, store), revision)
	workspacePages(t, store, "the workspace", storage.WorkspaceFilter{Query: "ärg"}, "ws")
	view(t, store, func(r storage.Reader) error {
		found, _, err := r.ListOrganizations(storage.OrganizationFilter{Query: "öl", Limit: 1})
		same(t, "organizations", len(found), 1)
		if err != nil {
			return err
		}
		resources, _, err := r.ListResources(storage.ResourceFilter{WorkspaceIDs: []string{"ws"}, Query: "ÜBUNG", Limit: 2 * many})
		same(t, "the first resource of all", []any{resources[0].ID, len(resources)}, []any{fmt.Sprintf("wf_%04d", many-1), many})
		return err
	})
}
