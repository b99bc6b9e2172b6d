package management

import (
	"context"
	"errors"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

// WorkspaceView is a workspace as whoever belongs to it sees it.
type WorkspaceView struct {
	storage.ListedWorkspace
	// Role is the actor's in it, or "" where they have none.
	Role string
	// May are the operations on its things that the actor may do, by the policy in force.
	May []string
}

// OrganizationView is an organization as whoever belongs to it sees it.
type OrganizationView struct {
	authz.Organization
	// Role is the actor's in it, or "" where they have none.
	Role string
	// May are the operations on its things that the actor may do, by the policy in force.
	May []string
}

// DirectoryQuery narrows a list of the directory. Its zero fields narrow nothing.
type DirectoryQuery struct {
	// Place is the workspace or the organization whose things are asked for; a list of workspaces takes an organization alone.
	Place authz.Owner
	// Type is that of resources.
	Type string
	// Text is found anywhere in name or id, ignoring case.
	Text  string
	After *storage.NamePosition
	Limit int
}

// ListWorkspaces is one page of the workspaces of an organization, for who may list what is in it; without one, of those that
// the actor owns or is a member of, and of all for who may read the directory.
func (s *Service) ListWorkspaces(ctx context.Context, a Actor, q DirectoryQuery) (page []WorkspaceView, more bool, err error) {
	err = s.view(ctx, func(r storage.Reader) error {
		filter := storage.WorkspaceFilter{OrganizationID: q.Place.ID, Query: q.Text, After: q.After, Limit: q.Limit}
		err := s.authorize(r, a, readDirectory, thePlatform)
		if errors.Is(err, errForbidden) {
			if q.Place.ID != "" {
				err = s.authorize(r, a, listContents, q.Place)
			} else {
				filter.MemberID, err = a.UserID, nil
			}
		}
		if err != nil {
			return err
		}
		found, hasMore, err := r.ListWorkspaces(filter)
		if err != nil {
			return err
		}
		page, more = make([]WorkspaceView, len(found)), hasMore
		views := make([]*WorkspaceView, len(found))
		for i := range found {
			page[i].ListedWorkspace, views[i] = found[i], &page[i]
		}
		return s.fillInWorkspaces(r, a, views)
	})
	return page, more, err
}

// ListOrganizations is one page of the organizations that the actor is a member of, and of all for who may read the directory.
func (s *Service) ListOrganizations(ctx context.Context, a Actor, q DirectoryQuery) (page []OrganizationView, more bool, err error) {
	err = s.view(ctx, func(r storage.Reader) error {
		filter := storage.OrganizationFilter{Query: q.Text, After: q.After, Limit: q.Limit}
		err := s.authorize(r, a, readDirectory, thePlatform)
		if errors.Is(err, errForbidden) {
			filter.MemberID, err = a.UserID, nil
		}
		if err != nil {
			return err
		}
		found, hasMore, err := r.ListOrganizations(filter)
		if err != nil {
			return err
		}
		page, more = make([]OrganizationView, len(found)), hasMore
		views := make([]*OrganizationView, len(found))
		for i := range found {
			page[i].Organization, views[i] = found[i], &page[i]
		}
		return s.fillInOrganizations(r, a, views)
	})
	return page, more, err
}

// ListResources is one page of the resources of a workspace, or of all workspaces of an organization, for who may list what is
// in it.
func (s *Service) ListResources(ctx context.Context, a Actor, q DirectoryQuery) (page []authz.Resource, more bool, err error) {
	err = s.view(ctx, func(r storage.Reader) error {
		err := s.authorize(r, a, readDirectory, thePlatform)
		if errors.Is(err, errForbidden) {
			err = s.authorize(r, a, listContents, q.Place)
		}
		if err != nil {
			return err
		}
		places := []string{q.Place.ID}
		if q.Place.Type == authz.OrganizationOwner {
			if places, err = r.WorkspacesOf(q.Place.ID); err != nil {
				return err
			}
		}
		page, more, err = r.ListResources(storage.ResourceFilter{WorkspaceIDs: places, Type: q.Type, Query: q.Text, After: q.After, Limit: q.Limit})
		return err
	})
	return page, more, err
}

// authorizeContents lets whoever reads the directory see what is in a workspace, and whoever may list it there or in its
// organization; both may be "", and are nobody's then.
func (s *Service) authorizeContents(r storage.Reader, a Actor, workspaceID, organizationID string) error {
	err := s.authorize(r, a, readDirectory, thePlatform)
	for _, place := range []authz.Owner{{Type: authz.WorkspaceOwner, ID: workspaceID}, {Type: authz.OrganizationOwner, ID: organizationID}} {
		if place.ID != "" && errors.Is(err, errForbidden) {
			err = s.authorize(r, a, listContents, place)
		}
	}
	return err
}

// fillInWorkspaces adds what the actor is in each, and may do there.
func (s *Service) fillInWorkspaces(r storage.Reader, a Actor, views []*WorkspaceView) error {
	user, err := a.userIfAny(r)
	if err != nil {
		return err
	}
	roles := map[string]string{}
	if user.ID != "" {
		memberships, err := r.WorkspacesWith(user.ID)
		if err != nil {
			return err
		}
		for _, m := range memberships {
			roles[m.WorkspaceID] = m.Role.String()
		}
	}
	for _, view := range views {
		view.Role = roles[view.ID]
		if user.ID != "" && view.OwnerID == user.ID {
			view.Role = authz.Admin.String()
		}
		view.May = s.may(a, user, authz.Owner{Type: authz.WorkspaceOwner, ID: view.ID}, view.Role)
	}
	return nil
}

// fillInOrganizations is fillInWorkspaces for organizations.
func (s *Service) fillInOrganizations(r storage.Reader, a Actor, views []*OrganizationView) error {
	user, err := a.userIfAny(r)
	if err != nil {
		return err
	}
	roles := map[string]string{}
	if user.ID != "" {
		memberships, err := r.OrganizationsWith(user.ID)
		if err != nil {
			return err
		}
		for _, m := range memberships {
			roles[m.OrganizationID] = string(m.Role)
		}
	}
	for _, view := range views {
		view.Role = roles[view.ID]
		view.May = s.may(a, user, authz.Owner{Type: authz.OrganizationOwner, ID: view.ID}, view.Role)
	}
	return nil
}

// namesOf are those of whom a workspace belongs to; "" where there is none.
func namesOf(r storage.Reader, workspace authz.Workspace) (owner, organization string, err error) {
	user, err := r.User(workspace.OwnerID)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return "", "", err
	}
	if workspace.OrganizationID == "" {
		return user.Name, "", nil
	}
	found, err := r.Organization(workspace.OrganizationID)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return "", "", err
	}
	return user.Name, found.Name, nil
}
