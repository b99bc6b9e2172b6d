package explain

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// factsOf are the changes that made a world as facts to assume: entities by their kind, as lines of an import have them, with the
// fields alone that changed. Waiting is none. A change that can't be told so leaves none of them.
func factsOf(made *snapshot.Snapshot, changes []Change) (facts []jsontext.Value) {
	for _, c := range changes {
		fact := factOf(made, c)
		if fact == nil {
			return nil
		}
		text, err := json.Marshal(fact, json.Deterministic(true))
		if err != nil {
			return nil
		}
		facts = append(facts, text)
	}
	return facts
}

func factOf(made *snapshot.Snapshot, c Change) map[string]any {
	key, _ := made.Key(c.KeyID)
	record := key.Record()
	switch c.Kind {
	case EnableKey:
		return keyFact(c, "disabled", false)
	case ExtendKey:
		return keyFact(c, "expires_at", record.ExpiresAt)
	case RaiseGrant, AddGrant:
		return keyFact(c, "grants", record.Grants)
	case WidenScope, LiftScope:
		return keyFact(c, "workflow_ids", orNull(record.WorkflowIDs))
	case AllowAddress, LiftAllowList:
		return keyFact(c, "allowed_cidrs", orNull(record.AllowedCIDRs))
	case PersonalKeys:
		return map[string]any{"kind": "workspace", "id": c.WorkspaceID, "personal_keys_enabled": true}
	case Unarchive:
		return map[string]any{"kind": "workspace", "id": c.WorkspaceID, "archived": false}
	case MoveWorkspace:
		return map[string]any{"kind": "workspace", "id": c.WorkspaceID, "organization_id": c.OrganizationID}
	case Member:
		return map[string]any{"kind": "workspace_member", "workspace_id": c.WorkspaceID, "user_id": c.UserID, "role": c.Permission}
	case ActivateUser:
		return map[string]any{"kind": "user", "id": c.UserID, "active": true}
	case Deploy:
		return deployFact(made, c)
	default:
		return nil
	}
}

func keyFact(c Change, field string, value any) map[string]any {
	return map[string]any{"kind": "key", "id": c.KeyID, field: value}
}

// deployFact says all of the resource's properties: they are replaced whole.
func deployFact(made *snapshot.Snapshot, c Change) map[string]any {
	resourceType, id := authz.WorkflowType, c.WorkflowID
	if c.MCPServerID != "" {
		resourceType, id = authz.MCPServerType, c.MCPServerID
	}
	resource, _ := made.Resource(resourceType, id)
	return map[string]any{"kind": "resource", "type": resourceType, "id": id, "properties": jsontext.Value(resource.Record().Properties)}
}

// orNull is null where there is no list.
func orNull(list []string) any {
	if list == nil {
		return nil
	}
	return list
}
