package impact

import (
	"cmp"

	"github.com/steelengine/steelgate/authz"
)

// Report is what keys would lose.
type Report struct {
	// Keys are those that would lose something, in the order of their ids.
	Keys []Key
	// Truncated tells that not everything was asked that could have been.
	Truncated bool
}

// Key is a key that would lose something.
type Key struct {
	authz.KeyRef
	Owner authz.Owner
	// Because is why the key itself would no longer work: what is left of the code, as revoked or owner_inactive. It is ""
	// where the key lives on.
	Because string
	// Losses are what it would lose on resources; none where the key itself would no longer work.
	Losses []Loss
}

// Loss is what a key would lose on a resource.
type Loss struct {
	Resource
	// WorkspaceID is where the resource is before.
	WorkspaceID string
	// Before and After are the permission that the key has, and would have; None where it would be refused whatever it asks.
	Before, After authz.Permission
	// Code is what the key would be refused with, for what it may do before.
	Code authz.Code
}

// Resource names a resource, or a workspace by the type workspace.
type Resource struct{ Type, ID string }

// Compare orders resources by type and id.
func (r Resource) Compare(other Resource) int {
	return cmp.Or(cmp.Compare(r.Type, other.Type), cmp.Compare(r.ID, other.ID))
}

// order is that of a key's losses: by workspace, which comes before what is in it.
func order(a, b Loss) int {
	return cmp.Or(cmp.Compare(a.WorkspaceID, b.WorkspaceID), byWeight(a.Resource, b.Resource))
}

// byWeight puts workspaces first, which stand for what is in them.
func byWeight(a, b Resource) int {
	return cmp.Or(cmp.Compare(rank[a.Type], rank[b.Type]), a.Compare(b))
}

var rank = map[string]int{authz.WorkspaceType: 0, authz.WorkflowType: 1, authz.MCPServerType: 2}

// Draft is what a draft of the policy would change, from the smallest world to the real one.
type Draft struct {
	SmallWorld SmallWorld `json:"small_world"`
	// Logged is null where no logged decisions were made again.
	Logged *Logged `json:"logged"`
	Live   Live    `json:"live"`
	// Widens and Digest are the small world's: the digest is what is acknowledged.
	Widens bool   `json:"widens"`
	Digest string `json:"digest"`
}
