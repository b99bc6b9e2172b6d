package engine

import (
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/invariants"
)

// Logged is the record of a decision that was made in the view: what was asked, and through which door; the pattern that a
// gateway's request matched, or ""; and how long it took. What is told of the key and of the resource's place is as the view's
// snapshot has it.
func (v *View) Logged(door string, request authz.Request, route string, d authz.Decision, took time.Duration) authz.LoggedDecision {
	logged := authz.LoggedDecision{
		ID: d.ID, Time: v.now, Door: door, Request: request, Route: route, Allow: d.Allow, Code: d.Code,
		Permission: d.Permission, GrantedBy: d.GrantedBy, BilledTo: d.BilledTo,
		PolicyRevision: v.policy.revision, DataRevision: v.snapshot.Revision(), Took: took,
	}
	if d.Key != nil {
		logged.KeyID, logged.KeyType = d.Key.ID, d.Key.Type
		if key, ok := v.snapshot.Key(d.Key.ID); ok {
			logged.KeyOwner = authz.Owner{Type: key.Type().OwnerType(), ID: key.OwnerID()}
		}
	}
	logged.WorkspaceID, logged.OrganizationID = v.placeOf(request.Resource)
	return logged
}

// placeOf is the workspace that a resource is in, and that one's organization; "" where there is none.
func (v *View) placeOf(resource authz.Entity) (workspaceID, organizationID string) {
	workspace, ok := v.snapshot.Workspace(invariants.Reached(v.snapshot, resource, nil))
	if !ok {
		return "", ""
	}
	return workspace.ID(), workspace.OrganizationID()
}
