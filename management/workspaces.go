package management

import (
	"context"
	"errors"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/strictjson"
)

// WorkspaceChange is what to set of a workspace. What is absent keeps its value, or has its default where it is new.
type WorkspaceChange struct {
	ID                  strictjson.Optional[string] `json:"id"`
	Name                strictjson.Optional[string] `json:"name"`
	OwnerID             strictjson.Optional[string] `json:"owner_id"`
	OrganizationID      strictjson.Optional[string] `json:"organization_id"`
	PersonalKeysEnabled strictjson.Optional[bool]   `json:"personal_keys_enabled"`
	Archived            strictjson.Optional[bool]   `json:"archived"`
}

// switchesOnly tells whether the change is about the personal-key switch and nothing else.
func (c WorkspaceChange) switchesOnly() bool {
	return c.PersonalKeysEnabled.Set && !c.Name.Set && !c.OwnerID.Set && !c.OrganizationID.Set && !c.Archived.Set
}

// Workspace reads a workspace: whoever keeps the directory may, and whoever may list what is in it. To others it is forbidden,
// whether or not it stands.
func (s *Service) Workspace(ctx context.Context, a Actor, id string) (view WorkspaceView, err error) {
	err = s.view(ctx, func(r storage.Reader) error {
		view.Workspace, err = r.Workspace(id)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		stands := err == nil
		if err := s.authorizeContents(r, a, id, view.OrganizationID); err != nil {
			return err
		}
		if !stands {
			return notFound("workspace")
		}
		if view.OwnerName, view.OrganizationName, err = namesOf(r, view.Workspace); err != nil {
			return err
		}
		return s.fillInWorkspaces(r, a, []*WorkspaceView{&view})
	})
	return view, err
}

// PutWorkspace makes a workspace, or changes one.
func (s *Service) PutWorkspace(ctx context.Context, a Actor, id string, change WorkspaceChange) (workspace authz.Workspace, made bool, revision uint64, err error) {
	revision, err = s.changeDirectory(ctx, a.does("workspaces.put", "workspace", id), func(tx storage.Tx) error {
		if err := checkID("id", id); err != nil {
			return err
		}
		workspace, made, err = putWorkspace(tx, id, change)
		return err
	})
	return workspace, made, revision, err
}

// PatchWorkspace changes a workspace that stands. Its own admins may turn the personal-key switch.
func (s *Service) PatchWorkspace(ctx context.Context, a Actor, id string, change WorkspaceChange) (workspace authz.Workspace, revision uint64, err error) {
	revision, err = s.change(ctx, a.does("workspaces.patch", "workspace", id), func(tx storage.Tx) error {
		if err := s.authorizePatch(tx, a, id, change); err != nil {
			return err
		}
		if _, err := tx.Workspace(id); err != nil {
			return orNotFound(err, "workspace")
		}
		workspace, _, err = putWorkspace(tx, id, change)
		return err
	})
	return workspace, revision, err
}

func (s *Service) authorizePatch(r storage.Reader, a Actor, id string, change WorkspaceChange) error {
	asDirectory := s.authorize(r, a, writeDirectory, thePlatform)
	if asDirectory == nil || !change.switchesOnly() {
		return asDirectory
	}
	return s.authorize(r, a, switchPersonalKeys, authz.Owner{Type: authz.WorkspaceOwner, ID: id})
}

// apply sets what is given of the change. Whether those whom it names stand, references tells.
func (c WorkspaceChange) apply(workspace authz.Workspace) (authz.Workspace, error) {
	var f faults
	f.sameID("id", workspace.ID, c.ID)
	f.setText(&workspace.Name, "name", c.Name, nameFault)
	f.setReference(&workspace.OwnerID, "owner_id", c.OwnerID, false)
	f.setReference(&workspace.OrganizationID, "organization_id", c.OrganizationID, true)
	f.setBool(&workspace.PersonalKeysEnabled, "personal_keys_enabled", c.PersonalKeysEnabled)
	f.setBool(&workspace.Archived, "archived", c.Archived)
	if workspace.OwnerID == "" && len(f.fields) == 0 {
		f.add("owner_id", "is required: the user who owns the workspace, and is billed")
	}
	return workspace, f.err()
}

// checkWorkspace refuses an owner and an organization that are not there.
func checkWorkspace(w world, workspace authz.Workspace) error {
	var f faults
	if err := f.known("owner_id", "user", w.hasUser, workspace.OwnerID); err != nil {
		return err
	}
	if workspace.OrganizationID != "" {
		if err := f.known("organization_id", "organization", w.hasOrganization, workspace.OrganizationID); err != nil {
			return err
		}
	}
	return f.err()
}

func newWorkspace(id string) authz.Workspace {
	return authz.Workspace{ID: id, PersonalKeysEnabled: true}
}

func putWorkspace(tx storage.Tx, id string, change WorkspaceChange) (workspace authz.Workspace, made bool, err error) {
	current, err := tx.Workspace(id)
	if made = errors.Is(err, storage.ErrNotFound); made {
		current, err = newWorkspace(id), nil
	}
	if err != nil {
		return workspace, false, err
	}
	if workspace, err = change.apply(current); err != nil {
		return workspace, false, err
	}
	if err := checkWorkspace(stored{tx}, workspace); err != nil {
		return workspace, false, err
	}
	if !made && workspace == current {
		return workspace, false, nil
	}
	if !made && current.OrganizationID != "" && current.OrganizationID != workspace.OrganizationID {
		if err := endGrantsIn(tx, id, current.OrganizationID); err != nil {
			return workspace, false, err
		}
	}
	return workspace, made, tx.PutWorkspace(workspace)
}

// DeleteWorkspace deletes a workspace with the resources in it; its keys are revoked, and grants on it and on what was in
// it end.
func (s *Service) DeleteWorkspace(ctx context.Context, a Actor, id string) (uint64, error) {
	return s.changeDirectory(ctx, a.does("workspaces.delete", "workspace", id), func(tx storage.Tx) error {
		workspace, err := tx.Workspace(id)
		if err != nil {
			return orNotFound(err, "workspace")
		}
		if err := s.revokeAll(tx, a, authz.Owner{Type: authz.WorkspaceOwner, ID: id}); err != nil {
			return err
		}
		if err := endGrantsIn(tx, id, workspace.OrganizationID); err != nil {
			return err
		}
		resources, err := tx.ResourcesIn(id, "")
		if err != nil {
			return err
		}
		for _, resource := range resources {
			if err := tx.DeleteResource(resource.Type, resource.ID); err != nil {
				return err
			}
		}
		members, err := tx.WorkspaceMembers(id)
		if err != nil {
			return err
		}
		for _, m := range members {
			if err := tx.DeleteWorkspaceMember(id, m.UserID); err != nil {
				return err
			}
		}
		return tx.DeleteWorkspace(id)
	})
}
