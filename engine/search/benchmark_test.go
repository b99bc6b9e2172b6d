package search_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/search"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// benchmarkWorld has so many keys: in each workspace five of its own, those of its owner and of three members, and in each organization of
// ten workspaces ten of the organization's, each granted one workspace.
func benchmarkWorld(keys int) *snapshot.Snapshot {
	load := snapshot.NewLoad()
	made := 0
	put := func(k authz.APIKey) {
		made++
		k.ID = fmt.Sprintf("key_%08d", made)
		var digest [32]byte
		binary.BigEndian.PutUint64(digest[:], uint64(made))
		load.PutKey(k, digest)
	}
	for w := 0; made < keys; w++ {
		workspace, organization := fmt.Sprint("ws_", w), fmt.Sprint("org_", w/10)
		if w%10 == 0 {
			load.PutOrganization(authz.Organization{ID: organization})
		}
		for u := range 4 {
			user := fmt.Sprintf("user_%d_%d", w, u)
			load.PutUser(authz.User{ID: user, Active: true})
			if u > 0 {
				load.PutWorkspaceMember(authz.WorkspaceMember{WorkspaceID: workspace, UserID: user, Role: authz.Write})
			}
			put(authz.APIKey{Type: authz.PersonalKey, OwnerID: user})
		}
		load.PutWorkspace(authz.Workspace{ID: workspace, OwnerID: fmt.Sprintf("user_%d_0", w), OrganizationID: organization, PersonalKeysEnabled: true})
		for f := range 5 {
			load.PutResource(authz.Resource{Type: "workflow", ID: fmt.Sprintf("wf_%d_%d", w, f), WorkspaceID: workspace, Properties: authz.Object(`{"deployed":true}`)})
			put(authz.APIKey{Type: authz.WorkspaceKey, OwnerID: workspace})
		}
		put(authz.APIKey{Type: authz.OrganizationKey, OwnerID: organization, Grants: []authz.Grant{{WorkspaceID: workspace, Permission: authz.Write}}})
	}
	return load.Commit(1)
}

// What a whole search costs, which finds ten keys of all, or five workflows.
func BenchmarkSearch(b *testing.B) {
	ctx := context.Background()
	request := authz.Request{Action: "workflow.read", Resource: authz.Entity{Type: "workflow", ID: "wf_7_1"}}
	shipped, overridden := policyOf(b, nil), policyOf(b, nil, engine.Overridden("because"))
	for _, keys := range []int{1e4, 1e5} {
		s := benchmarkWorld(keys)
		whole := func(name string, policy *engine.Policy, want int, find func(*engine.View, search.Span) (search.Page, error)) {
			b.Run(fmt.Sprintf("%s/%d", name, keys), func(b *testing.B) {
				v := engine.Hypothetical(policy, s, noon, time.Second)
				for b.Loop() {
					found, asked := 0, 0
					for span := (search.Span{Limit: 1000}); ; {
						page, err := find(v, span)
						if err != nil {
							b.Fatal(err)
						}
						found, asked, span.After = found+len(page.Found), asked+page.Asked, page.Next
						if !page.More {
							break
						}
					}
					if found != want {
						b.Fatalf("found %d", found)
					}
					b.ReportMetric(float64(asked), "asked/op")
				}
			})
		}
		subjects := func(v *engine.View, span search.Span) (search.Page, error) {
			return search.Subjects(ctx, v, authz.APIKeySubject, nil, request, span)
		}
		whole("subjects", shipped, 10, subjects)
		if keys == 1e4 {
			whole("subjects_of_an_overridden_policy", overridden, 10, subjects)
		}
		key, _ := s.Key("key_00000005")
		whole("resources", shipped, 5, func(v *engine.View, span search.Span) (search.Page, error) {
			return search.Resources(ctx, v, search.Subject{Entity: authz.Entity{Type: authz.APIKeySubject, ID: key.ID()}, Key: key}, authz.Request{Action: "workflow.read", Resource: authz.Entity{Type: "workflow"}}, span)
		})
	}
}
