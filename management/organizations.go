package management

import (
	"context"
	"errors"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/strictjson"
)

// OrganizationChange is what to set of an organization. What is absent keeps its value.
type OrganizationChange struct {
	ID   strictjson.Optional[string] `json:"id"`
	Name strictjson.Optional[string] `json:"name"`
}

// Organization reads an organization: whoever keeps the directory may, and its members, who have it in their list. To others it
// is forbidden, whether or not it stands.
func (s *Service) Organization(ctx context.Context, a Actor, id string) (view OrganizationView, err error) {
	err = s.view(ctx, func(r storage.Reader) error {
		err := s.authorize(r, a, readDirectory, thePlatform)
		if errors.Is(err, errForbidden) {
			var role string
			if role, err = roleWith(r, authz.Owner{Type: authz.OrganizationOwner, ID: id}, a.UserID); err == nil && role == "" {
				err = errForbidden
			}
		}
		if err != nil {
			return err
		}
		if view.Organization, err = r.Organization(id); err != nil {
			return orNotFound(err, "organization")
		}
		return s.fillInOrganizations(r, a, []*OrganizationView{&view})
	})
	return view, err
}

// PutOrganization makes an organization, or changes one.
func (s *Service) PutOrganization(ctx context.Context, a Actor, id string, change OrganizationChange) (organization authz.Organization, made bool, revision uint64, err error) {
	revision, err = s.changeDirectory(ctx, a.does("organizations.put", "organization", id), func(tx storage.Tx) error {
		if err := checkID("id", id); err != nil {
			return err
		}
		organization, made, err = putOrganization(tx, id, change)
		return err
	})
	return organization, made, revision, err
}

func (c OrganizationChange) apply(organization authz.Organization) (authz.Organization, error) {
	var f faults
	f.sameID("id", organization.ID, c.ID)
	f.setText(&organization.Name, "name", c.Name, nameFault)
	return organization, f.err()
}

func putOrganization(tx storage.Tx, id string, change OrganizationChange) (organization authz.Organization, made bool, err error) {
	current, err := tx.Organization(id)
	if made = errors.Is(err, storage.ErrNotFound); made {
		current, err = authz.Organization{ID: id}, nil
	}
	if err != nil {
		return organization, false, err
	}
	if organization, err = change.apply(current); err != nil {
		return organization, false, err
	}
	if !made && organization == current {
		return organization, false, nil
	}
	return organization, made, tx.PutOrganization(organization)
}

// DeleteOrganization deletes an organization, whose keys are revoked and whose memberships end. Its workspaces stay, and
// belong to none.
func (s *Service) DeleteOrganization(ctx context.Context, a Actor, id string) (uint64, error) {
	return s.changeDirectory(ctx, a.does("organizations.delete", "organization", id), func(tx storage.Tx) error {
		if _, err := tx.Organization(id); err != nil {
			return orNotFound(err, "organization")
		}
		if err := s.revokeAll(tx, a, authz.Owner{Type: authz.OrganizationOwner, ID: id}); err != nil {
			return err
		}
		workspaces, err := tx.WorkspacesOf(id)
		if err != nil {
			return err
		}
		for _, workspaceID := range workspaces {
			workspace, err := tx.Workspace(workspaceID)
			if err != nil {
				return err
			}
			workspace.OrganizationID = ""
			if err := tx.PutWorkspace(workspace); err != nil {
				return err
			}
		}
		members, err := tx.OrganizationMembers(id)
		if err != nil {
			return err
		}
		for _, m := range members {
			if err := tx.DeleteOrganizationMember(id, m.UserID); err != nil {
				return err
			}
		}
		return tx.DeleteOrganization(id)
	})
}
