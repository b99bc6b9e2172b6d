package search_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/snapshot"
)

var noon = time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)

// drawer makes a world at random: few of each kind, so that they meet.
type drawer struct {
	*rand.Rand
	load *snapshot.Load
	keys int
}

func (d *drawer) id(kind string, of int) string { return fmt.Sprint(kind, d.IntN(of)) }

func (d *drawer) oneIn(n int) bool { return d.IntN(n) == 0 }

func (d *drawer) maybe(id string) string {
	if d.oneIn(3) {
		return ""
	}
	return id
}

const (
	users, organizations, workspaces, perType = 6, 3, 7, 12
)

var types = []string{"workflow", "mcp_server", "record"}

// drawWorld makes a world in which something is missing here and there: a user who owns, an organization of keys.
func drawWorld(random *rand.Rand) *snapshot.Snapshot {
	d := &drawer{Rand: random, load: snapshot.NewLoad()}
	for i := range users {
		if !d.oneIn(8) {
			d.load.PutUser(authz.User{ID: fmt.Sprint("u", i), Active: !d.oneIn(5)})
		}
	}
	for i := range organizations {
		if !d.oneIn(8) {
			d.load.PutOrganization(authz.Organization{ID: fmt.Sprint("o", i)})
		}
	}
	for i := range workspaces {
		if d.oneIn(8) {
			continue
		}
		d.load.PutWorkspace(authz.Workspace{
			ID: fmt.Sprint("w", i), OwnerID: d.id("u", users), OrganizationID: d.maybe(d.id("o", organizations)),
			PersonalKeysEnabled: !d.oneIn(4), Archived: d.oneIn(6),
		})
	}
	for range 12 {
		d.load.PutWorkspaceMember(authz.WorkspaceMember{WorkspaceID: d.id("w", workspaces), UserID: d.id("u", users), Role: authz.Permission(1 + d.IntN(3))})
	}
	for _, kind := range types {
		for i := range perType {
			d.load.PutResource(authz.Resource{
				Type: kind, ID: fmt.Sprint(kind[:1], i), WorkspaceID: d.maybe(d.id("w", workspaces)),
				Properties: authz.Object(fmt.Sprintf(`{"deployed":%t}`, !d.oneIn(3))),
			})
		}
	}
	for range 30 {
		d.key()
	}
	return d.load.Commit(1)
}

func (d *drawer) key() {
	d.keys++
	key := authz.APIKey{ID: fmt.Sprint("key_", d.keys), Disabled: d.oneIn(10)}
	switch d.IntN(3) {
	case 0:
		key.Type, key.OwnerID = authz.PersonalKey, d.id("u", users)
	case 1:
		key.Type, key.OwnerID = authz.WorkspaceKey, d.id("w", workspaces)
		if d.oneIn(3) {
			key.WorkflowIDs = []string{d.id("w", perType), d.id("w", perType)}
		}
	case 2:
		key.Type, key.OwnerID, key.Grants = authz.OrganizationKey, d.id("o", organizations), []authz.Grant{}
		for range 1 + d.IntN(3) {
			grant := authz.Grant{WorkspaceID: d.id("w", workspaces), Permission: authz.Permission(1 + d.IntN(3))}
			if d.oneIn(2) {
				grant.WorkspaceID, grant.WorkflowID = "", d.id("w", perType)
			}
			key.Grants = append(key.Grants, grant)
		}
	}
	if d.oneIn(8) {
		key.ExpiresAt = new(noon.Add(time.Duration(d.IntN(3)-1) * time.Hour))
	}
	if d.oneIn(8) {
		key.AllowedCIDRs = []string{"203.0.113.0/24"}
	}
	if d.oneIn(10) {
		key.RevokedAt = &time.Time{}
	}
	d.load.PutKey(key, apikey.Digest{byte(d.keys), byte(d.keys >> 8)})
}
