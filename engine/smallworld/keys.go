package smallworld

import (
	"fmt"

	"github.com/steelengine/steelgate/authz"
)

// The clients' addresses, and the networks of those keys that have an allow-list.
const (
	addressOn  = "203.0.113.9"
	addressOff = "192.0.2.1"
)

var networks = []string{"198.51.100.0/24", "203.0.113.0/24"}

// keyRing are the keys by their ids, and the ids in the order in which they are asked: each shape without and with an
// allow-list, and the plainest of each type as one that ends some day.
func keyRing() (keys map[string]authz.APIKey, ids []string) {
	shapes := personalKeys()
	shapes = append(shapes, workspaceKeys()...)
	shapes = append(shapes, organizationKeys()...)
	for _, shape := range shapes {
		if isPlainest(shape) {
			shape.ExpiresAt = &afterwards
			shapes = append(shapes, shape)
		}
	}
	keys = map[string]authz.APIKey{}
	for n, shape := range shapes {
		for _, list := range [][]string{nil, networks} {
			if list != nil && shape.ExpiresAt != nil {
				continue
			}
			key := shape
			key.ID = fmt.Sprintf("key_%s_%d", key.Type, n)
			if list != nil {
				key.ID += "_listed"
			}
			key.Name, key.AllowedCIDRs = key.ID, list
			keys[key.ID] = key
			ids = append(ids, key.ID)
		}
	}
	return keys, ids
}

// isPlainest tells the keys that may do the most of their type, whatever networks they may be used from.
func isPlainest(key authz.APIKey) bool {
	switch {
	case key.ExpiresAt != nil:
		return false
	case key.Type == authz.PersonalKey:
		return key.OwnerID == "owner"
	case key.Type == authz.WorkspaceKey:
		return key.WorkflowIDs == nil
	}
	return len(key.Grants) == 1 && key.Grants[0] == authz.Grant{WorkspaceID: "ws", Permission: authz.Admin}
}

func personalKeys() (keys []authz.APIKey) {
	for _, p := range people {
		keys = append(keys, authz.APIKey{Type: authz.PersonalKey, OwnerID: p.id})
	}
	return keys
}

func workspaceKeys() (keys []authz.APIKey) {
	for _, workflows := range [][]string{nil, {"wf"}, {"wf", "wf_b"}, {"wf_b"}, {"wf_2"}, {}} {
		keys = append(keys, authz.APIKey{Type: authz.WorkspaceKey, OwnerID: "ws", WorkflowIDs: workflows})
	}
	return keys
}

// organizationKeys are one for each pair of a grant on the workspace, or none, and grants on its workflows, or none; and
// some whose grants are elsewhere.
func organizationKeys() (keys []authz.APIKey) {
	permissions := []authz.Permission{authz.Read, authz.Write, authz.Admin}
	on := func(workspaceID, workflowID string, p authz.Permission) authz.Grant {
		return authz.Grant{WorkspaceID: workspaceID, WorkflowID: workflowID, Permission: p}
	}
	workspaceGrants := [][]authz.Grant{{}}
	workflowGrants := [][]authz.Grant{{}, {on("", "wf_b", authz.Write)}}
	for i, p := range permissions {
		workspaceGrants = append(workspaceGrants, []authz.Grant{on("ws", "", p)})
		workflowGrants = append(workflowGrants, []authz.Grant{on("", "wf", p)})
		for _, q := range permissions[i:] {
			workflowGrants = append(workflowGrants, []authz.Grant{on("", "wf", p), on("", "wf_b", q)})
		}
	}
	elsewhere := []authz.Grant{on("ws_2", "", authz.Admin), on("", "wf_2", authz.Admin)}
	var scopes [][]authz.Grant
	for _, there := range workflowGrants {
		for _, here := range workspaceGrants {
			scopes = append(scopes, append(append([]authz.Grant{}, here...), there...))
		}
	}
	scopes = append(scopes, elsewhere[:1], elsewhere[1:], append(append([]authz.Grant{}, elsewhere...), on("ws", "", authz.Read)))
	for _, grants := range scopes {
		keys = append(keys, authz.APIKey{Type: authz.OrganizationKey, OwnerID: "org", Grants: grants})
	}
	return keys
}
