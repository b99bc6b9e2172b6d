package management

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/strictjson"
)

// maxProperties is the greatest length of a resource's properties, in bytes: a decision may read all of them.
const maxProperties = 64 << 10

// ResourceChange is what to set of a resource. What is absent keeps its value; properties that are given stand in the place
// of all that there were.
type ResourceChange struct {
	Type        strictjson.Optional[string]         `json:"type"`
	ID          strictjson.Optional[string]         `json:"id"`
	Name        strictjson.Optional[string]         `json:"name"`
	WorkspaceID strictjson.Optional[string]         `json:"workspace_id"`
	Properties  strictjson.Optional[jsontext.Value] `json:"properties"`
}

// reservedTypes are those that a request's resource or subject has without being stored as a resource.
var reservedTypes = map[string]bool{authz.WorkspaceType: true, authz.APIKeySubject: true, string(authz.UserOwner): true}

// checkResourceName refuses a type and an id that no resource can have.
func checkResourceName(resourceType, id string) error {
	var f faults
	switch {
	case !authz.ValidID(resourceType):
		f.add("type", "%s", wantID)
	case reservedTypes[resourceType]:
		f.add("type", "%s is no type of resource: it has calls of its own", resourceType)
	}
	if !authz.ValidID(id) {
		f.add("id", "%s", wantID)
	}
	return f.err()
}

// Resource reads a resource: whoever keeps the directory may, and whoever may list what is in its workspace. To others it is
// forbidden, whether or not it stands.
func (s *Service) Resource(ctx context.Context, a Actor, resourceType, id string) (resource authz.Resource, err error) {
	err = s.view(ctx, func(r storage.Reader) error {
		found, err := r.Resource(resourceType, id)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		stands := err == nil
		organizationID, err := organizationOf(r, found.WorkspaceID)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		if err := s.authorizeContents(r, a, found.WorkspaceID, organizationID); err != nil {
			return err
		}
		if !stands {
			return notFound("resource")
		}
		resource = found
		return nil
	})
	return resource, err
}

// PutResource makes a resource, or changes one.
func (s *Service) PutResource(ctx context.Context, a Actor, resourceType, id string, change ResourceChange) (resource authz.Resource, made bool, revision uint64, err error) {
	revision, err = s.changeDirectory(ctx, a.does("resources.put", resourceType, id), func(tx storage.Tx) error {
		if err := checkResourceName(resourceType, id); err != nil {
			return err
		}
		resource, made, err = putResource(tx, resourceType, id, change)
		return err
	})
	return resource, made, revision, err
}

// apply sets what is given of the change, and fills in the defaults of the resource's type.
func (c ResourceChange) apply(resource authz.Resource) (authz.Resource, error) {
	var f faults
	f.sameID("type", resource.Type, c.Type)
	f.sameID("id", resource.ID, c.ID)
	f.setText(&resource.Name, "name", c.Name, nameFault)
	f.setReference(&resource.WorkspaceID, "workspace_id", c.WorkspaceID, true)
	given := jsontext.Value(resource.Properties)
	if c.Properties.Set {
		given = c.Properties.Value
	}
	switch {
	case c.Properties.Null, len(given) > 0 && given.Kind() != '{':
		f.add("properties", "want an object")
	case c.Properties.Set && len(given) > maxProperties:
		f.add("properties", "want at most %d bytes", maxProperties)
	default:
		resource.Properties = f.properties(resource.Type, given)
	}
	return resource, f.err()
}

// properties is the object with the defaults of the type filled in, its names in order.
func (f *faults) properties(resourceType string, given jsontext.Value) authz.Object {
	names := map[string]jsontext.Value{}
	if len(given) > 0 {
		if err := json.Unmarshal(given, &names); err != nil {
			f.add("properties", "want an object")
			return nil
		}
	}
	switch resourceType {
	case authz.MCPServerType:
		f.property(names, "workflow_ids", "[]", func(v jsontext.Value) string {
			var ids []string
			if v.Kind() != '[' || json.Unmarshal(v, &ids) != nil {
				return "want an array of workflow ids"
			}
			if len(ids) > maxTargets {
				return fmt.Sprintf("want at most %d workflows", maxTargets)
			}
			return ""
		})
		fallthrough
	case authz.WorkflowType:
		f.property(names, "deployed", "true", func(v jsontext.Value) string {
			if v.Kind() != 't' && v.Kind() != 'f' {
				return "want true or false"
			}
			return ""
		})
	}
	text, err := json.Marshal(names, json.Deterministic(true))
	if err != nil {
		f.add("properties", "want an object")
	}
	if !engine.CanRead(text) {
		f.add("properties", "hold a number that is too large")
	}
	return text
}

// property checks one that the type gives a meaning to, or fills it in.
func (f *faults) property(names map[string]jsontext.Value, name, value string, check func(jsontext.Value) string) {
	if names[name] == nil {
		names[name] = jsontext.Value(value)
	} else if message := check(names[name]); message != "" {
		f.add("properties."+name, "%s", message)
	}
}

// knownProperties are those that a type gives a meaning to.
type knownProperties struct {
	WorkflowIDs []string `json:"workflow_ids"`
}

func readProperties(resource authz.Resource) (known knownProperties, err error) {
	if resource.Type != authz.MCPServerType {
		return known, nil
	}
	if err := json.Unmarshal(resource.Properties, &known); err != nil {
		return known, fmt.Errorf("the properties of %s %s can't be read: %w", resource.Type, resource.ID, err)
	}
	return known, nil
}

func withWorkflowIDs(properties authz.Object, ids []string) (authz.Object, error) {
	names := map[string]jsontext.Value{}
	if err := json.Unmarshal(properties, &names); err != nil {
		return nil, err
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	names["workflow_ids"] = list
	return json.Marshal(names, json.Deterministic(true))
}

// checkResource refuses a workspace that is not there, and an MCP server that exposes what is not its workspace's.
func checkResource(w world, resource authz.Resource) error {
	var f faults
	if resource.WorkspaceID != "" {
		if err := f.known("workspace_id", "workspace", w.hasWorkspace, resource.WorkspaceID); err != nil {
			return err
		}
	}
	exposed, err := readProperties(resource)
	if err != nil {
		return err
	}
	for i, id := range exposed.WorkflowIDs {
		place, err := w.workflowPlace(id)
		if err != nil {
			return err
		}
		if place == nil || *place == "" || *place != resource.WorkspaceID {
			f.add(fmt.Sprintf("properties.workflow_ids[%d]", i), "no such workflow stands in the MCP server's workspace")
		}
	}
	return f.err()
}

func putResource(tx storage.Tx, resourceType, id string, change ResourceChange) (resource authz.Resource, made bool, err error) {
	current, err := tx.Resource(resourceType, id)
	if made = errors.Is(err, storage.ErrNotFound); made {
		current, err = authz.Resource{Type: resourceType, ID: id}, nil
	}
	if err != nil {
		return resource, false, err
	}
	if resource, err = change.apply(current); err != nil {
		return resource, false, err
	}
	if err := checkResource(stored{tx}, resource); err != nil {
		return resource, false, err
	}
	if !made && resourceType == authz.WorkflowType && resource.WorkspaceID != current.WorkspaceID {
		stayingIn, err := organizationOf(tx, resource.WorkspaceID)
		if err != nil {
			return resource, false, err
		}
		if err := workflowLeft(tx, current, stayingIn); err != nil {
			return resource, false, err
		}
	}
	if !made && resource.Name == current.Name && resource.WorkspaceID == current.WorkspaceID && bytes.Equal(resource.Properties, current.Properties) {
		return resource, false, nil
	}
	return resource, made, tx.PutResource(resource)
}

// organizationOf is the organization that a workspace belongs to, or "".
func organizationOf(r storage.Reader, workspaceID string) (string, error) {
	if workspaceID == "" {
		return "", nil
	}
	workspace, err := r.Workspace(workspaceID)
	return workspace.OrganizationID, err
}

// DeleteResource deletes a resource. Grants on a workflow end.
func (s *Service) DeleteResource(ctx context.Context, a Actor, resourceType, id string) (uint64, error) {
	return s.changeDirectory(ctx, a.does("resources.delete", resourceType, id), func(tx storage.Tx) error {
		resource, err := tx.Resource(resourceType, id)
		if err != nil {
			return orNotFound(err, "resource")
		}
		if resourceType == authz.WorkflowType {
			if err := workflowLeft(tx, resource, ""); err != nil {
				return err
			}
		}
		return tx.DeleteResource(resourceType, id)
	})
}
