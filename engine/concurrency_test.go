package engine_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
)

// Readers decide while one writer advances the data and another the policy. What a decision saw is what was true at the
// revisions that it names: at data revision n the workspace belongs to the user n, and policy n says so in its message.
func TestDecisionsAreOfOneRevision(t *testing.T) {
	const revisions = 300
	f := newFixture(t, shipped(t))
	policies := make([]*engine.Policy, 8)
	for i := range policies {
		source := fmt.Sprintf(`package steelgate.authz
decision := {"allow": true, "code": "allowed", "message": "%d", "billed_to": {"type": "user", "id": data.workspaces.w1.owner_id}} if {
	data.workspaces[data.keys[input.subject.id].workspace_id].name == data.workspaces.w1.owner_id
}`, i)
		policy, err := engine.Compile(map[string]string{"a.rego": source}, uint64(i))
		if err != nil {
			t.Fatal(err)
		}
		policies[i] = policy
	}
	advance := func(n uint64) {
		owner := fmt.Sprint(n)
		edit := f.Snapshot().Edit()
		edit.PutUser(authz.User{ID: owner, Active: true})
		edit.PutWorkspace(authz.Workspace{ID: "w1", Name: owner, OwnerID: owner})
		f.UseSnapshot(edit.Commit(n), noon)
	}
	advance(8)
	f.UsePolicy(policies[0])

	var writing, reading sync.WaitGroup
	var done atomic.Bool
	writing.Go(func() {
		for n := uint64(9); n < 9+revisions; n++ {
			advance(n)
			f.Vouch(noon)
		}
	})
	writing.Go(func() {
		for i := range revisions {
			f.UsePolicy(policies[i%len(policies)])
		}
	})
	for range 4 {
		reading.Go(func() {
			credential := engine.Present(f.secret.Reveal())
			var latest uint64
			for last := false; !last; {
				last = done.Load() // once more after the writers are done
				view, err := f.View()
				if err != nil {
					t.Error(err)
					return
				}
				for range 3 { // a view stays where it is
					d, err := view.Decide(credential, execute)
					if err != nil || d.BilledTo == nil || d.BilledTo.ID != fmt.Sprint(d.DataRevision) || d.Message != fmt.Sprint(d.PolicyRevision) ||
						d.DataRevision != view.DataRevision() || d.DataRevision < latest {
						t.Errorf("after revision %d: got %+v, %v", latest, d, err)
						return
					}
					latest = d.DataRevision
				}
			}
		})
	}
	writing.Wait()
	done.Store(true)
	reading.Wait()
}
