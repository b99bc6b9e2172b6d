package management

import (
	"slices"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

// What follows from a change to the world for the keys in it. Each of these is part of the change's own transaction, and
// what it ends never comes back by itself.

// revokeAll revokes every key of an owner.
func (s *Service) revokeAll(tx storage.Tx, a Actor, owner authz.Owner) error {
	keys, err := tx.KeysOf(owner)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := s.revoke(tx, a, key); err != nil {
			return err
		}
	}
	return nil
}

// endGrantsIn ends the grants that an organization's keys have on a workspace and on its workflows.
func endGrantsIn(tx storage.Tx, workspaceID, organizationID string) error {
	keys, err := tx.KeysReaching(workspaceID)
	if err != nil || len(keys) == 0 {
		return err
	}
	workflows, err := workflowsIn(tx, workspaceID)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if key.OwnerID != organizationID {
			continue
		}
		key.Grants = slices.DeleteFunc(key.Grants, func(g authz.Grant) bool {
			return g.WorkspaceID == workspaceID || workflows[g.WorkflowID]
		})
		if err := tx.PutKey(key); err != nil {
			return err
		}
	}
	return nil
}

func workflowsIn(r storage.Reader, workspaceID string) (map[string]bool, error) {
	resources, err := r.ResourcesIn(workspaceID, authz.WorkflowType)
	workflows := map[string]bool{}
	for _, resource := range resources {
		workflows[resource.ID] = true
	}
	return workflows, err
}

// workflowLeft ends what was given on a workflow that is gone from its workspace: a key narrowed to it loses it, so does an
// MCP server that exposes it, and grants on it end but those of keys of the organization that it stays in. The last is ""
// where it stays in none.
func workflowLeft(tx storage.Tx, workflow authz.Resource, stayingIn string) error {
	keys, err := tx.KeysTargeting(storage.Target{WorkflowID: workflow.ID})
	if err != nil {
		return err
	}
	for _, key := range keys {
		if key.Type == authz.OrganizationKey && key.OwnerID == stayingIn {
			continue
		}
		key.WorkflowIDs = without(key.WorkflowIDs, workflow.ID)
		key.Grants = slices.DeleteFunc(key.Grants, func(g authz.Grant) bool { return g.WorkflowID == workflow.ID })
		if err := tx.PutKey(key); err != nil {
			return err
		}
	}
	servers, err := tx.ResourcesIn(workflow.WorkspaceID, authz.MCPServerType)
	if err != nil {
		return err
	}
	for _, server := range servers {
		exposed, err := readProperties(server)
		if err != nil {
			return err
		}
		if !slices.Contains(exposed.WorkflowIDs, workflow.ID) {
			continue
		}
		if server.Properties, err = withWorkflowIDs(server.Properties, without(exposed.WorkflowIDs, workflow.ID)); err != nil {
			return err
		}
		if err := tx.PutResource(server); err != nil {
			return err
		}
	}
	return nil
}

// without keeps an emptied list apart from none: what covered one thing must not come to cover everything.
func without(list []string, id string) []string {
	return slices.DeleteFunc(list, func(other string) bool { return other == id })
}
