package management

import (
	"errors"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/explain"
	"github.com/steelengine/steelgate/storage"
)

// insight is what an actor may see of what lies behind a decision.
type insight struct {
	// all is the platform's and policy admins'. key tells that the key's owner is the actor's to look into, place that they belong to
	// where the resource is.
	all, key, place bool
}

// permits tells whether the actor reads the decisions of an owner's keys and things.
func (s *Service) permits(r storage.Reader, a Actor, owner authz.Owner) (bool, error) {
	if owner.ID == "" && owner.Type != thePlatform.Type {
		return false, nil
	}
	err := s.authorize(r, a, readDecisionLog, owner)
	if errors.Is(err, errForbidden) {
		return false, nil
	}
	return err == nil, err
}

// insightOf is what the actor may see. Its error is a refusal where they are nobody.
func (s *Service) insightOf(r storage.Reader, a Actor, view *engine.View, keyOwner authz.Owner, request authz.Request) (sees insight, err error) {
	if sees.all, err = s.permits(r, a, thePlatform); err != nil || sees.all {
		return insight{sees.all, sees.all, sees.all}, err
	}
	if sees.key, err = s.permits(r, a, keyOwner); err != nil {
		return sees, err
	}
	sees.place, err = belongsTo(r, a, view, request.Resource)
	return sees, err
}

// belongsTo tells whether the actor is a member of the workspace where a resource is, or an admin of its organization: to anyone
// else a resource reads the same as none.
func belongsTo(r storage.Reader, a Actor, view *engine.View, resource authz.Entity) (bool, error) {
	workspaceID := resource.ID
	if resource.Type != authz.WorkspaceType {
		found, _ := view.Snapshot().Resource(resource.Type, resource.ID)
		workspaceID = found.WorkspaceID()
	}
	workspace, stands := view.Snapshot().Workspace(workspaceID)
	if !stands {
		return false, nil
	}
	role, err := roleWith(r, authz.Owner{Type: authz.WorkspaceOwner, ID: workspaceID}, a.UserID)
	if err != nil || role != "" {
		return err == nil, err
	}
	if workspace.OrganizationID() == "" {
		return false, nil
	}
	role, err = roleWith(r, authz.Owner{Type: authz.OrganizationOwner, ID: workspace.OrganizationID()}, a.UserID)
	return role == string(authz.OrganizationAdminRole), err
}

// told is a code as it reads to who has nothing to do with the workspace.
func told(code authz.Code) authz.Code {
	if code == authz.NotAMember {
		return authz.OutsideScope
	}
	return code
}

// leaveFactsOut leaves out what only those who may assume facts have a use for: it repeats all of a record's list.
func (x *Explanation) leaveFactsOut() {
	if x.Counterfactual == nil {
		return
	}
	for i := range x.Counterfactual.Ways {
		x.Counterfactual.Ways[i].Facts = nil
	}
}

// conceal leaves out all that tells a resource that is somebody else's from one that does not exist.
func (x *Explanation) conceal() {
	x.Concealed = true
	x.Steps, x.Truncated, x.Counterfactual, x.Fault = nil, false, nil, nil
	if code := told(x.Decision.Code); code == authz.OutsideScope || code == authz.PolicyError {
		// A policy that fails says so of what is there; of what is not, most rules are not even asked.
		x.Decision.Allow, x.Decision.Code, x.Decision.Status = false, authz.OutsideScope, authz.OutsideScope.Status()
		x.Decision.Message = "The scope does not cover the resource, or the resource does not exist."
	}
}

// leaveKeyOut leaves out what tells of a key that is not the actor's to look into: values, and what its own admins can do.
func (x *Explanation) leaveKeyOut() {
	x.Concealed = true
	if key := x.Decision.Key; key != nil {
		x.Decision.Key = &authz.KeyRef{ID: key.ID, Type: key.Type}
	}
	if x.Stopped != nil {
		x.Stopped = &explain.Stop{Code: x.Decision.Code, Words: x.Decision.Message}
	}
	for i := range x.Steps {
		x.Steps[i].Value = nil
		if failed := x.Steps[i].Failed; failed != nil {
			failed.Values = []explain.Value{}
		}
	}
	if x.Counterfactual == nil {
		return
	}
	kept := []explain.Way{}
	for _, way := range x.Counterfactual.Ways {
		isOfKey := false
		for _, c := range way.Changes {
			isOfKey = isOfKey || c.By == explain.KeyAdmin
		}
		if !isOfKey {
			kept = append(kept, way)
		}
	}
	if len(kept) == 0 && x.Counterfactual.Nothing == "" {
		x.Counterfactual.Nothing = "Only who administers the key can change what stands in the way."
	}
	x.Counterfactual.Ways = kept
}
