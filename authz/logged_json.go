package authz

import (
	"encoding/json"
	"time"
)

// loggedJSON is the one JSON shape of a logged decision, in the words of the decision's own answer: what the API answers, a
// file holds a line of, and a database keeps.
type loggedJSON struct {
	ID         string           `json:"decision_id"`
	Time       time.Time        `json:"time"`
	Door       string           `json:"door"`
	Allow      bool             `json:"allow"`
	Code       Code             `json:"code"`
	Key        *loggedKey       `json:"key,omitempty"`
	Subject    *loggedEntity    `json:"subject,omitempty"`
	Action     string           `json:"action"`
	Parameters json.RawMessage  `json:"action_properties,omitempty"`
	Resource   loggedEntity     `json:"resource"`
	ClientIP   string           `json:"client_ip,omitempty"`
	Context    json.RawMessage  `json:"context,omitempty"`
	Cut        bool             `json:"cut,omitempty"`
	Route      string           `json:"route,omitempty"`
	Workspace  string           `json:"workspace_id,omitempty"`
	Org        string           `json:"organization_id,omitempty"`
	Permission *PermissionCheck `json:"permission,omitempty"`
	GrantedBy  *Grant           `json:"granted_by,omitempty"`
	BilledTo   *Owner           `json:"billed_to,omitempty"`
	Policy     uint64           `json:"policy_revision"`
	Data       uint64           `json:"data_revision"`
	Took       int64            `json:"duration_us"`
}

type loggedKey struct {
	ID    string  `json:"id"`
	Type  KeyType `json:"type"`
	Owner Owner   `json:"owner"`
}

type loggedEntity struct {
	Type       string          `json:"type"`
	ID         string          `json:"id"`
	Properties json.RawMessage `json:"properties,omitempty"`
}

// MarshalJSON writes snake_case fields; what is not known is left out. The duration is in whole microseconds.
func (d LoggedDecision) MarshalJSON() ([]byte, error) {
	shape := loggedJSON{
		ID: d.ID, Time: d.Time.UTC(), Door: d.Door, Allow: d.Allow, Code: d.Code, Action: d.Request.Action,
		Parameters: json.RawMessage(d.Request.ActionProperties),
		Resource:   loggedEntity{d.Request.Resource.Type, d.Request.Resource.ID, json.RawMessage(d.Request.Resource.Properties)},
		ClientIP:   d.Request.Context.ClientIP, Context: json.RawMessage(d.Request.Context.Extra), Cut: d.Cut, Route: d.Route,
		Workspace: d.WorkspaceID, Org: d.OrganizationID, Permission: d.Permission, GrantedBy: d.GrantedBy, BilledTo: d.BilledTo,
		Policy: d.PolicyRevision, Data: d.DataRevision, Took: d.Took.Microseconds(),
	}
	if d.KeyID != "" {
		shape.Key = &loggedKey{d.KeyID, d.KeyType, d.KeyOwner}
	}
	if d.Subject.Type != "" {
		shape.Subject = &loggedEntity{d.Subject.Type, d.Subject.ID, json.RawMessage(d.Subject.Properties)}
	}
	return json.Marshal(shape)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (d *LoggedDecision) UnmarshalJSON(text []byte) error {
	var shape loggedJSON
	if err := json.Unmarshal(text, &shape); err != nil {
		return err
	}
	*d = LoggedDecision{
		ID: shape.ID, Time: shape.Time, Door: shape.Door, Allow: shape.Allow, Code: shape.Code,
		Request: Request{
			Action: shape.Action, ActionProperties: Object(shape.Parameters),
			Resource: Entity{Type: shape.Resource.Type, ID: shape.Resource.ID, Properties: Object(shape.Resource.Properties)},
			Context:  Context{ClientIP: shape.ClientIP, Extra: Object(shape.Context)},
		},
		Cut: shape.Cut, Route: shape.Route, WorkspaceID: shape.Workspace, OrganizationID: shape.Org,
		Permission: shape.Permission, GrantedBy: shape.GrantedBy, BilledTo: shape.BilledTo,
		PolicyRevision: shape.Policy, DataRevision: shape.Data, Took: time.Duration(shape.Took) * time.Microsecond,
	}
	if shape.Key != nil {
		d.KeyID, d.KeyType, d.KeyOwner = shape.Key.ID, shape.Key.Type, shape.Key.Owner
	}
	if who := shape.Subject; who != nil {
		d.Subject = Entity{Type: who.Type, ID: who.ID, Properties: Object(who.Properties)}
	}
	return nil
}
