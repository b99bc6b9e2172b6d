package policycheck

import (
	"testing"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/invariants"
)

// What is said of each key in each world, of each thing that it asks, is what the worlds were made of.
func TestTheInvariantsOfTheStage(t *testing.T) {
	s := newStage(map[string][]string{"workflow.execute": {"workflow"}, "mcp.call": {"mcp_server"}, "workspace.read": {"workspace"}}, nil, nil)
	seen := map[string]int{}
	for _, w := range s.worlds {
		for _, k := range s.keys {
			key, ok := w.snapshot.Key(k.ID)
			if !ok {
				t.Fatalf("%s is not there", k.ID)
			}
			for _, q := range s.requests {
				workspace := w.workspaces[q.workspaceID]
				_, hasRole := roles[k.OwnerID]
				want := ""
				switch {
				case q.workspaceID == "":
				case k.Type == authz.OrganizationKey && workspace.OrganizationID != k.OwnerID:
					want = invariants.OrganizationKeyStays
				case k.Type == authz.WorkspaceKey && k.OwnerID != q.workspaceID:
					want = invariants.WorkspaceKeyStays
				case k.Type == authz.PersonalKey && workspace.OwnerID != k.OwnerID && !(q.workspaceID == "ws" && (hasRole || k.OwnerID == "inactive")):
					want = invariants.PersonalKeyIsMembers
				}
				got, reason := invariants.Broken(w.snapshot, key, q.Resource, nil)
				if got != want || (reason == "") != (want == "") {
					t.Errorf("%s, %s, where %s: got %q (%s), want %q", describeKey(k), describeRequest(q), w.name, got, reason, want)
				}
				seen[got]++
			}
		}
	}
	if len(seen) != 4 {
		t.Errorf("not everything is asked about: %v", seen)
	}
}
