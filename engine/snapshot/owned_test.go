package snapshot

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
)

func sorted[T any](found iter.Seq[T], id func(T) string) []string {
	ids := []string{}
	for one := range found {
		ids = append(ids, id(one))
	}
	slices.Sort(ids)
	return ids
}

func same(id string) string { return id }

// scanned is what a scan of every record finds.
func scanned[T any](all iter.Seq[T], isOwned func(T) bool, id func(T) string) []string {
	return sorted(func(yield func(T) bool) {
		for one := range all {
			if isOwned(one) && !yield(one) {
				return
			}
		}
	}, id)
}

// checkOwned holds every index to a scan, for owners and places 0 to n of each kind.
func checkOwned(t *testing.T, s *Snapshot, n int) {
	t.Helper()
	compare := func(what string, got, want []string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Fatalf("%s: %q, want %q", what, got, want)
		}
	}
	resource := func(r Resource) string { return r.Type() + " " + r.ID() }
	for i := range n {
		id := fmt.Sprint(i)
		if i == 0 {
			id = ""
		}
		for _, kind := range []authz.KeyType{authz.PersonalKey, authz.WorkspaceKey, authz.OrganizationKey} {
			compare("keys of "+string(kind)+" "+id, sorted(s.KeysOf(kind, id), Key.ID),
				scanned(s.Keys(), func(k Key) bool { return k.Type() == kind && k.OwnerID() == id }, Key.ID))
		}
		compare("resources in "+id, sorted(s.ResourcesIn(id), resource), scanned(s.Resources(), func(r Resource) bool { return r.WorkspaceID() == id }, resource))
		compare("workspaces of "+id, sorted(s.WorkspacesOf(id), Workspace.ID), scanned(s.Workspaces(), func(w Workspace) bool { return w.OwnerID() == id }, Workspace.ID))
		compare("workspaces at "+id, sorted(s.WorkspacesAt(id), Workspace.ID), scanned(s.Workspaces(), func(w Workspace) bool { return id != "" && w.OrganizationID() == id }, Workspace.ID))
		members, memberships := []string{}, []string{}
		for workspaceID, userID := range s.WorkspaceMembers() {
			if workspaceID == id {
				members = append(members, userID)
			}
			if userID == id {
				memberships = append(memberships, workspaceID)
			}
		}
		slices.Sort(members)
		slices.Sort(memberships)
		compare("members of "+id, sorted(s.MembersOf(id), same), members)
		compare("memberships of "+id, sorted(s.MembershipsOf(id), same), memberships)
	}
}

// randomly puts one record or another.
func randomly(random *rand.Rand, m maker, owners int) {
	id := func(n int) string { return fmt.Sprint(random.IntN(n)) }
	owner := func() string {
		if random.IntN(8) == 0 {
			return ""
		}
		return fmt.Sprint(1 + random.IntN(owners-1))
	}
	switch random.IntN(4) {
	case 0:
		kinds := []authz.KeyType{authz.PersonalKey, authz.WorkspaceKey, authz.OrganizationKey}
		m.PutKey(authz.APIKey{ID: "k" + id(100), Type: kinds[random.IntN(3)], OwnerID: owner()}, apikey.Digest{byte(random.Uint32()), byte(random.Uint32())})
	case 1:
		m.PutWorkspace(authz.Workspace{ID: "w" + id(60), OwnerID: owner(), OrganizationID: owner()})
	case 2:
		m.PutWorkspaceMember(authz.WorkspaceMember{WorkspaceID: id(owners), UserID: id(owners), Role: authz.Read})
	case 3:
		m.PutResource(authz.Resource{Type: []string{"a", "b"}[random.IntN(2)], ID: "r" + id(60), WorkspaceID: owner()})
	}
}

// Whose a record is, is found after any changes as by a scan; and in the snapshots before them.
func TestWhatIsWhoseIsAsAScanFindsIt(t *testing.T) {
	withHash(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(3, 4))
		const owners = 8
		edit := Empty().Edit()
		var past []*Snapshot
		for i := range 2000 {
			n := random.IntN(100)
			switch random.IntN(12) {
			case 0:
				edit.DeleteKey(fmt.Sprint("k", n))
			case 1:
				edit.DeleteWorkspace(fmt.Sprint("w", n%60))
			case 2:
				edit.DeleteWorkspaceMember(fmt.Sprint(n%owners), fmt.Sprint(random.IntN(owners)))
			case 3:
				edit.DeleteResource([]string{"a", "b"}[n%2], fmt.Sprint("r", n%60))
			default:
				randomly(random, edit, owners)
			}
			if i%100 == 99 {
				s := edit.Commit(uint64(i))
				past = append(past, s)
				edit = s.Edit()
			}
		}
		for _, s := range past {
			checkOwned(t, s, owners)
		}
	})
}

// A load finds what edits do, be a record put twice in it.
func TestALoadKnowsWhatIsWhose(t *testing.T) {
	withHash(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(5, 6))
		load := NewLoad()
		for range 1000 {
			randomly(random, load, 8)
		}
		s := load.Commit(1)
		checkOwned(t, s, 8)
		edit := s.Edit()
		for range 300 {
			randomly(random, edit, 8)
		}
		checkOwned(t, edit.Commit(2), 8)
	})
}

// An owner of very many has them all, and whoever owns few beside it too.
func TestAnOwnerOfVeryMany(t *testing.T) {
	const many = 5000
	load := NewLoad()
	edit := Empty().Edit()
	for i := range many {
		for _, m := range []maker{load, edit} {
			m.PutKey(authz.APIKey{ID: fmt.Sprint("k", i), Type: authz.OrganizationKey, OwnerID: "acme"}, apikey.Digest{byte(i), byte(i >> 8)})
			m.PutKey(authz.APIKey{ID: fmt.Sprint("p", i), Type: authz.PersonalKey, OwnerID: fmt.Sprint("u", i)}, apikey.Digest{byte(i), byte(i >> 8), 1})
		}
	}
	for i := range many / 2 {
		edit.DeleteKey(fmt.Sprint("k", 2*i))
	}
	for s, want := range map[*Snapshot]int{load.Commit(1): many, edit.Commit(1): many / 2} {
		if got := len(slices.Compact(sorted(s.KeysOf(authz.OrganizationKey, "acme"), Key.ID))); got != want {
			t.Errorf("%d keys, want %d", got, want)
		}
		for i := range many {
			if got := sorted(s.KeysOf(authz.PersonalKey, fmt.Sprint("u", i)), Key.ID); !slices.Equal(got, []string{fmt.Sprint("p", i)}) {
				t.Fatalf("of u%d: %q", i, got)
			}
		}
		for range s.KeysOf(authz.OrganizationKey, "acme") {
			break // A walk may end early.
		}
	}
}
