package snapshot_test

import (
	"fmt"
	"testing"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/snapshot"
)

func TestAWalkMeetsEveryRecordOnce(t *testing.T) {
	const records = 1000 // more than one leaf holds
	load := snapshot.NewLoad()
	for n := range records {
		id := fmt.Sprint(n)
		load.PutUser(authz.User{ID: id, Name: "U", Active: true})
		load.PutOrganization(authz.Organization{ID: id, Name: "O"})
		load.PutOrganizationMember(authz.OrganizationMember{OrganizationID: id, UserID: "u" + id, Role: authz.OrganizationAdminRole})
		load.PutWorkspace(authz.Workspace{ID: id, OwnerID: "u"})
		load.PutWorkspaceMember(authz.WorkspaceMember{WorkspaceID: id, UserID: "u" + id, Role: authz.Read})
		load.PutResource(authz.Resource{Type: "workflow", ID: id, WorkspaceID: id})
		load.PutKey(authz.APIKey{ID: id, Type: authz.WorkspaceKey, OwnerID: id}, [32]byte{byte(n), byte(n >> 8)})
	}
	s := load.Commit(1)
	met := map[string]int{}
	for u := range s.Users() {
		if !u.Active() || u.Name() != "U" {
			t.Errorf("another user: %+v", u)
		}
		met["user "+u.ID()]++
	}
	for o := range s.Organizations() {
		if o.Name() != "O" {
			t.Errorf("another organization: %+v", o)
		}
		met["organization "+o.ID()]++
	}
	for organizationID, userID := range s.OrganizationMembers() {
		if userID != "u"+organizationID {
			t.Errorf("%s is a member of %s", userID, organizationID)
		}
		met["organization member "+userID]++
	}
	for w := range s.Workspaces() {
		met["workspace "+w.ID()]++
	}
	for workspaceID, userID := range s.WorkspaceMembers() {
		if userID != "u"+workspaceID {
			t.Errorf("%s is a member of %s", userID, workspaceID)
		}
		met["member "+userID]++
	}
	for r := range s.Resources() {
		met[r.Type()+" "+r.ID()]++
	}
	for k := range s.Keys() {
		met["key "+k.ID()]++
	}
	for what, times := range met {
		if times != 1 {
			t.Errorf("%s was met %d times", what, times)
		}
	}
	if len(met) != 7*records {
		t.Errorf("%d records were met", len(met))
	}
	for range s.Keys() {
		break // A walk may end early.
	}
	for range snapshot.Empty().Keys() {
		t.Error("an empty snapshot has a key")
	}
}
