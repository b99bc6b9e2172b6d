package storagetest

import (
	"testing"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

func onWorkspace(id string) authz.Grant {
	return authz.Grant{WorkspaceID: id, Permission: authz.Read}
}

func onWorkflow(id string) authz.Grant { return authz.Grant{WorkflowID: id, Permission: authz.Write} }

// organizationKey is a key of org_1 with grants.
func organizationKey(id string, grants ...authz.Grant) storage.Key {
	return key(id, ownedBy(authz.OrganizationKey, "org_1"), func(k *storage.Key) { k.Grants = grants })
}

// narrowedKey is a key of ws_1 narrowed to workflows.
func narrowedKey(id string, workflows ...string) storage.Key {
	return key(id, ownedBy(authz.WorkspaceKey, "ws_1"), func(k *storage.Key) { k.WorkflowIDs = workflows })
}

// keysOf proves that an owner's keys are those of its type and id that are not revoked, whatever else they are.
func keysOf(t *testing.T, store storage.Store) {
	update(t, store, putKeys(
		key("key_c"), key("key_a", disabled), key("key_b", replaced), key("key_d", expiring(noon.AddDate(-1, 0, 0))), key("key_e", revoked),
		key("key_f", ownedBy(authz.PersonalKey, "usr_2")), key("key_g", ownedBy(authz.WorkspaceKey, "usr_1")),
	))
	of := func(owner authz.Owner) []string {
		return keyIDs(t, store, func(r storage.Reader) ([]storage.Key, error) { return r.KeysOf(owner) })
	}
	same(t, "a user's keys", of(authz.Owner{Type: authz.UserOwner, ID: "usr_1"}), []string{"key_a", "key_b", "key_c", "key_d"})
	same(t, "a workspace's keys", of(authz.Owner{Type: authz.WorkspaceOwner, ID: "usr_1"}), []string{"key_g"})
	same(t, "nobody's keys", of(authz.Owner{Type: authz.OrganizationOwner, ID: "usr_1"}), []string{})
	full := ask(t, store, func(r storage.Reader) ([]storage.Key, error) {
		return r.KeysOf(authz.Owner{Type: authz.UserOwner, ID: "usr_2"})
	})
	same(t, "a key in full", full, []storage.Key{key("key_f", ownedBy(authz.PersonalKey, "usr_2"))})
}

// keysByTarget proves that a key is found by what it names now, and not by what it named before.
func keysByTarget(t *testing.T, store storage.Store) {
	ended := organizationKey("key_revoked", onWorkspace("ws_1"), onWorkflow("wf_1"))
	revoked(&ended)
	update(t, store, putKeys(
		organizationKey("key_b", onWorkspace("ws_1"), onWorkflow("wf_1")), organizationKey("key_a", onWorkspace("ws_1")), organizationKey("key_c", onWorkspace("ws_2"), onWorkflow("wf_2")),
		narrowedKey("key_n", "wf_1", "wf_3"), narrowedKey("key_whole"), narrowedKey("key_empty", []string{}...), ended,
	))
	targeting := func(target storage.Target) []string {
		return keyIDs(t, store, func(r storage.Reader) ([]storage.Key, error) { return r.KeysTargeting(target) })
	}
	same(t, "a workspace", targeting(storage.Target{WorkspaceID: "ws_1"}), []string{"key_a", "key_b"})
	same(t, "a workflow", targeting(storage.Target{WorkflowID: "wf_1"}), []string{"key_b", "key_n"})
	same(t, "a workflow by a workspace's id", targeting(storage.Target{WorkflowID: "ws_1"}), []string{})
	same(t, "nothing", targeting(storage.Target{}), []string{})

	update(t, store, putKeys(organizationKey("key_b", onWorkspace("ws_3")), narrowedKey("key_n", "wf_1")))
	same(t, "a workspace that a grant left", targeting(storage.Target{WorkspaceID: "ws_1"}), []string{"key_a"})
	same(t, "a workspace that a grant came to", targeting(storage.Target{WorkspaceID: "ws_3"}), []string{"key_b"})
	same(t, "a workflow that a grant left", targeting(storage.Target{WorkflowID: "wf_1"}), []string{"key_n"})
	same(t, "a workflow that a scope lost", targeting(storage.Target{WorkflowID: "wf_3"}), []string{})
	update(t, store, putKeys(organizationKey("key_a"), organizationKey("key_b")))
	same(t, "a workspace without grants", targeting(storage.Target{WorkspaceID: "ws_1"}), []string{})
}

// keysReaching proves that a workspace is reached by grants on it and on the workflows that are in it now.
func keysReaching(t *testing.T, store storage.Store) {
	ended := organizationKey("key_revoked", onWorkspace("ws_1"))
	revoked(&ended)
	workflow := func(id, workspace string) func(storage.Tx) error {
		return func(tx storage.Tx) error {
			return tx.PutResource(authz.Resource{Type: authz.WorkflowType, ID: id, WorkspaceID: workspace})
		}
	}
	update(t, store, func(tx storage.Tx) error {
		return first(
			putKeys(
				organizationKey("key_b", onWorkspace("ws_1"), onWorkflow("wf_1")), organizationKey("key_a", onWorkflow("wf_1")), organizationKey("key_c", onWorkflow("wf_2")),
				organizationKey("key_d", onWorkspace("ws_2")), organizationKey("key_e", onWorkflow("wf_unknown")), organizationKey("key_f", onWorkflow("srv_1")),
				narrowedKey("key_n", "wf_1"), narrowedKey("key_whole"), ended,
			)(tx),
			workflow("wf_1", "ws_1")(tx), workflow("wf_2", "ws_2")(tx),
			tx.PutResource(authz.Resource{Type: authz.MCPServerType, ID: "srv_1", WorkspaceID: "ws_1"}),
		)
	})
	reaching := func(workspace string) []string {
		return keyIDs(t, store, func(r storage.Reader) ([]storage.Key, error) { return r.KeysReaching(workspace) })
	}
	same(t, "keys that reach ws_1", reaching("ws_1"), []string{"key_a", "key_b"})
	same(t, "keys that reach ws_2", reaching("ws_2"), []string{"key_c", "key_d"})
	same(t, "keys that reach nothing known", reaching("ws_3"), []string{})
	update(t, store, workflow("wf_1", "ws_2"))
	same(t, "keys that reach ws_1 after its workflow moved", reaching("ws_1"), []string{"key_b"})
	same(t, "keys that reach ws_2 after a workflow came", reaching("ws_2"), []string{"key_a", "key_b", "key_c", "key_d"})
	update(t, store, func(tx storage.Tx) error { return tx.DeleteResource(authz.WorkflowType, "wf_2") })
	same(t, "keys that reach ws_2 after a workflow was deleted", reaching("ws_2"), []string{"key_a", "key_b", "key_d"})
}

// keyIDsAt proves that a workspace concerns its own keys, its owner's and members', and those that reach it; and no other.
func keyIDsAt(t *testing.T, store storage.Store) {
	ended := key("key_ended", ownedBy(authz.PersonalKey, "usr_owner"))
	revoked(&ended)
	of := func(id string, keyType authz.KeyType, owner string) storage.Key {
		return key(id, ownedBy(keyType, owner))
	}
	update(t, store, func(tx storage.Tx) error {
		return first(
			putKeys(
				organizationKey("key_b", onWorkspace("ws_1"), onWorkflow("wf_1")), organizationKey("key_a", onWorkflow("wf_1")), organizationKey("key_other", onWorkspace("ws_2")),
				narrowedKey("key_d", "wf_1"), of("key_c", authz.PersonalKey, "usr_owner"), of("key_e", authz.PersonalKey, "usr_member"),
				of("key_stranger", authz.PersonalKey, "usr_stranger"), of("key_namesake", authz.OrganizationKey, "usr_owner"), of("key_elsewhere", authz.WorkspaceKey, "ws_2"), ended,
			)(tx),
			tx.PutResource(authz.Resource{Type: authz.WorkflowType, ID: "wf_1", WorkspaceID: "ws_1"}),
			tx.PutWorkspace(authz.Workspace{ID: "ws_1", OwnerID: "usr_owner"}), tx.PutWorkspace(authz.Workspace{ID: "ws_2", OwnerID: "usr_stranger"}),
			tx.PutWorkspaceMember(authz.WorkspaceMember{WorkspaceID: "ws_1", UserID: "usr_member", Role: authz.Read}),
			tx.PutWorkspaceMember(authz.WorkspaceMember{WorkspaceID: "ws_1", UserID: "usr_owner", Role: authz.Read}),
			tx.PutWorkspaceMember(authz.WorkspaceMember{WorkspaceID: "ws_2", UserID: "usr_stranger", Role: authz.Read}),
		)
	})
	at := func(workspace string, limit int) []string {
		return ask(t, store, func(r storage.Reader) ([]string, error) { return r.KeyIDsAt(workspace, limit) })
	}
	same(t, "keys at ws_1", at("ws_1", 10), []string{"key_a", "key_b", "key_c", "key_d", "key_e"})
	same(t, "the first keys at ws_1", at("ws_1", 2), []string{"key_a", "key_b"})
	same(t, "the number of keys at nothing known", len(at("ws_3", 10)), 0)
}

// doubledTargets proves that a target may be named more than once: the highest grant that covers counts.
func doubledTargets(t *testing.T, store storage.Store) {
	granted := organizationKey("key_1", onWorkspace("ws_1"), authz.Grant{WorkspaceID: "ws_1", Permission: authz.Admin}, onWorkflow("wf_1"), onWorkflow("wf_1"))
	narrowed := narrowedKey("key_2", "wf_1", "wf_2", "wf_1")
	both := organizationKey("key_3", onWorkflow("wf_1"))
	both.WorkflowIDs = []string{"wf_1"}
	for range 2 {
		update(t, store, putKeys(granted, narrowed, both))
		same(t, "keys", ask(t, store, func(r storage.Reader) ([]storage.Key, error) {
			return r.KeysTargeting(storage.Target{WorkflowID: "wf_1"})
		}), []storage.Key{granted, narrowed, both})
	}
}
