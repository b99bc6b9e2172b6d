package explain

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// maxExposed is how many workflows of an MCP server are tried one by one.
const maxExposed = 10

// extension is by how much the life of an expired key is tried to be extended.
const extension = 24 * time.Hour

var permissions = []authz.Permission{authz.Read, authz.Write, authz.Admin}

// suspects makes the changes that may help a request.
type suspects struct {
	view *engine.View
	Question
	// workspaceID is where the resource is, or "".
	workspaceID string
	// workflowIDs are those that a scope has to cover: the workflow itself, or what the MCP server exposes.
	workflowIDs []string
	resource    snapshot.Resource
}

func suspectsOf(view *engine.View, q Question) suspects {
	s := suspects{view: view, Question: q}
	if key, ok := view.Snapshot().Key(q.Key.ID()); ok {
		s.Key = key
	}
	if q.Request.Resource.Type == authz.WorkspaceType {
		s.workspaceID = q.Request.Resource.ID
		return s
	}
	s.resource, _ = view.Snapshot().Resource(q.Request.Resource.Type, q.Request.Resource.ID)
	s.workspaceID = s.resource.WorkspaceID()
	switch s.resource.Type() {
	case authz.WorkflowType:
		s.workflowIDs = []string{s.resource.ID()}
	case authz.MCPServerType:
		var exposed struct {
			WorkflowIDs []string `json:"workflow_ids"`
		}
		// What can't be read exposes nothing.
		if err := json.Unmarshal([]byte(s.resource.Properties()), &exposed); err == nil {
			s.workflowIDs = exposed.WorkflowIDs[:min(len(exposed.WorkflowIDs), maxExposed)]
		}
	}
	return s
}

// ladders are the changes in the order of their kinds.
func (s suspects) ladders() []ladder {
	var all []ladder
	add := func(some ...ladder) {
		for _, l := range some {
			if len(l) > 0 {
				all = append(all, l)
			}
		}
	}
	add(s.enable(), s.extend())
	switch s.Key.Type() {
	case authz.OrganizationKey:
		for _, target := range s.targets() {
			add(s.raiseGrant(target))
		}
		for _, target := range s.targets() {
			add(s.addGrant(target))
		}
	case authz.WorkspaceKey:
		for _, id := range s.workflowIDs {
			add(s.widen(id))
		}
	}
	add(s.allowAddress(), s.liftScope(), s.liftAllowList())
	if s.Key.Type() == authz.PersonalKey {
		add(s.personalKeys(), s.member(), s.activate())
	}
	add(s.deploy(), s.unarchive())
	if s.Key.Type() == authz.OrganizationKey {
		add(s.move())
	}
	return all
}

func changeOf(kind Kind, by Hand, words string, args ...any) Change {
	return Change{Kind: kind, By: by, Words: fmt.Sprintf(words, args...)}
}

// key is a change to the key alone.
func (s suspects) key(c Change, change func(*snapshot.Snapshot, *authz.APIKey) bool) candidate {
	c.KeyID = s.Key.ID()
	return candidate{c, onKey(c.KeyID, change)}
}

func (s suspects) enable() ladder {
	return ladder{s.key(changeOf(EnableKey, KeyAdmin, "Enable the key."), func(_ *snapshot.Snapshot, k *authz.APIKey) bool {
		was := k.Disabled
		k.Disabled = false
		return was
	})}
}

func (s suspects) extend() ladder {
	now := s.view.Now()
	if at, ok := s.Key.ExpiresAt(); s.Replaced || !ok || now.Before(at) {
		return nil
	}
	until := now.Add(extension).UTC().Truncate(time.Second)
	c := changeOf(ExtendKey, KeyAdmin, "Move the key's expiry to a time that is still to come, as to %s.", until.Format(time.RFC3339))
	c.ExpiresAt = &until
	return ladder{s.key(c, func(_ *snapshot.Snapshot, k *authz.APIKey) bool {
		k.ExpiresAt = &until
		return true
	})}
}

// targets are what a grant may be on to cover the resource: the workflows, and the workspace.
func (s suspects) targets() []authz.Grant {
	var targets []authz.Grant
	for _, id := range s.workflowIDs {
		targets = append(targets, authz.Grant{WorkflowID: id})
	}
	if s.workspaceID != "" {
		targets = append(targets, authz.Grant{WorkspaceID: s.workspaceID})
	}
	return targets
}

func isOn(target authz.Grant) func(authz.Grant) bool {
	return func(g authz.Grant) bool {
		return g.WorkspaceID == target.WorkspaceID && g.WorkflowID == target.WorkflowID
	}
}

func nameOf(target authz.Grant) string {
	if target.WorkflowID != "" {
		return "workflow " + target.WorkflowID
	}
	return "workspace " + target.WorkspaceID
}

func granting(c Change, target authz.Grant, p authz.Permission) Change {
	c.WorkspaceID, c.WorkflowID, c.Permission = target.WorkspaceID, target.WorkflowID, p
	return c
}

func (s suspects) raiseGrant(target authz.Grant) (l ladder) {
	for _, p := range permissions {
		c := granting(changeOf(RaiseGrant, KeyAdmin, "Raise the permission of the key's grant on %s to %s.", nameOf(target), p), target, p)
		l = append(l, s.key(c, func(_ *snapshot.Snapshot, k *authz.APIKey) bool {
			raised := false
			for i, g := range k.Grants {
				if isOn(target)(g) && g.Permission < p {
					k.Grants[i].Permission, raised = p, true
				}
			}
			return raised
		}))
	}
	return l
}

// addGrant gives one where none is, within the key's organization: elsewhere it would be refused.
func (s suspects) addGrant(target authz.Grant) (l ladder) {
	for _, p := range permissions {
		c := granting(changeOf(AddGrant, KeyAdmin, "Grant the key %s on %s.", p, nameOf(target)), target, p)
		l = append(l, s.key(c, func(world *snapshot.Snapshot, k *authz.APIKey) bool {
			if slices.ContainsFunc(k.Grants, isOn(target)) || !isWithin(world, target, k.OwnerID) {
				return false
			}
			target.Permission = p
			k.Grants = append(k.Grants, target)
			return true
		}))
	}
	return l
}

func isWithin(world *snapshot.Snapshot, target authz.Grant, organizationID string) bool {
	workspaceID := target.WorkspaceID
	if target.WorkflowID != "" {
		workflow, _ := world.Resource(authz.WorkflowType, target.WorkflowID)
		workspaceID = workflow.WorkspaceID()
	}
	workspace, stands := world.Workspace(workspaceID)
	return stands && workspace.OrganizationID() == organizationID
}

func (s suspects) widen(workflowID string) ladder {
	c := changeOf(WidenScope, KeyAdmin, "Widen the key's scope to the workflow %s.", workflowID)
	c.WorkflowID = workflowID
	return ladder{s.key(c, func(world *snapshot.Snapshot, k *authz.APIKey) bool {
		workflow, _ := world.Resource(authz.WorkflowType, workflowID)
		if k.WorkflowIDs == nil || slices.Contains(k.WorkflowIDs, workflowID) || workflow.WorkspaceID() != k.OwnerID {
			return false
		}
		k.WorkflowIDs = append(k.WorkflowIDs, workflowID)
		return true
	})}
}

func (s suspects) liftScope() ladder {
	return ladder{s.key(changeOf(LiftScope, KeyAdmin, "Widen the key's scope to all of its workspace."), func(_ *snapshot.Snapshot, k *authz.APIKey) bool {
		was := k.WorkflowIDs
		k.WorkflowIDs = nil
		return was != nil
	})}
}

func (s suspects) allowAddress() ladder {
	address, err := netip.ParseAddr(s.Request.Context.ClientIP)
	if err != nil || address.Zone() != "" {
		return nil
	}
	address = address.Unmap()
	c := changeOf(AllowAddress, KeyAdmin, "Put the client's address %s on the key's allow-list.", address)
	c.CIDR = netip.PrefixFrom(address, address.BitLen()).String()
	return ladder{s.key(c, func(_ *snapshot.Snapshot, k *authz.APIKey) bool {
		if k.AllowedCIDRs == nil || slices.Contains(k.AllowedCIDRs, c.CIDR) {
			return false
		}
		k.AllowedCIDRs = append(k.AllowedCIDRs, c.CIDR)
		return true
	})}
}

func (s suspects) liftAllowList() ladder {
	return ladder{s.key(changeOf(LiftAllowList, KeyAdmin, "Remove the key's allow-list."), func(_ *snapshot.Snapshot, k *authz.APIKey) bool {
		was := k.AllowedCIDRs
		k.AllowedCIDRs = nil
		return was != nil
	})}
}
