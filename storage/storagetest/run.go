package storagetest

import (
	"testing"

	"github.com/steelengine/steelgate/storage"
)

// Run proves that a backend keeps the contract of storage. Open answers a fresh, empty store each time, and sees to its end
// with the test's.
func Run(t *testing.T, open func(t *testing.T) storage.Store) {
	for _, test := range []struct {
		name  string
		prove func(*testing.T, storage.Store)
	}{
		{"an empty store", emptyStore},
		{"users", users.prove},
		{"organizations", organizations.prove},
		{"organization members", organizationMembers.prove},
		{"workspaces", workspaces.prove},
		{"workspace members", workspaceMembers.prove},
		{"resources", resources.prove},
		{"keys", keys.prove},
		{"tokens", tokens.prove},
		{"every field of a key", keyFields},
		{"times of a key", keyTimes},
		{"every field of a token", tokenFields},
		{"lists of the directory", directoryLists},
		{"a list of workspaces", listWorkspaces},
		{"a list of organizations", listOrganizations},
		{"a list of resources", listResources},
		{"order by bytes", orderByBytes},
		{"ids that differ by case", idsByCase},
		{"text that is hard to keep", hardText},
		{"text that is not kept", unstorableText},
		{"meta", meta},

		{"a list of keys: order and pages", listPages},
		{"a list of keys: a page while keys are added", listWhileAdding},
		{"a list of keys: owners", listOwners},
		{"a list of keys: statuses", listStatuses},
		{"a list of keys: search", listSearch},
		{"a list of keys: by their use and their end", listByUse},
		{"keys of an owner", keysOf},
		{"keys by target", keysByTarget},
		{"keys that reach a workspace", keysReaching},
		{"keys that a workspace concerns", keyIDsAt},
		{"doubled targets", doubledTargets},
		{"keys by version of the keyring", keysByVersion},

		{"sessions", sessions},
		{"pending sign-ins", pendingSignIns},
		{"identities", identities},
		{"users by e-mail address", usersByEmail},
		{"platform admins", platformAdmins},
		{"set-up links", setupLinks},
		{"forgetting", forgetting},

		{"replicas", replicas},
		{"replicas beside an update", replicasBesideAnUpdate},

		{"policy revisions", policyRevisions},
		{"policy candidates", policyCandidates},
		{"shipped policies", shippedPolicies},

		{"unique names", uniqueNames},
		{"unique names among concurrent writers", uniqueNamesConcurrently},
		{"unique secrets", uniqueSecrets},
		{"unique secrets among concurrent writers", uniqueSecretsConcurrently},

		{"a failed update", failedUpdate},
		{"an update that changes nothing", emptyUpdate},
		{"an update reads what it wrote", readOwnWrites},
		{"a reader sees one revision", snapshotIsolation},
		{"a visit that fails", failedVisit},
		{"contexts that end", contexts},
		{"a context that ends while waiting", contextWhileWaiting},
		{"a context that ends while writing", contextWhileWriting},

		{"the change log", changeLog},
		{"the change log and its limit", changeLogLimit},
		{"the change log among concurrent writers", changeLogConcurrently},
		{"a long update", longUpdate},
		{"pruning", pruning},

		{"imports: staging", importStaging},
		{"imports: doubled lines", importDoubledLines},
		{"imports: one applies at a time", importApplying},
		{"imports: where an import stands", importPosition},
		{"imports: discarding", importDiscarding},
		{"imports: discarding what was left", importDiscardingStaged},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.prove(t, open(t))
		})
	}
}
