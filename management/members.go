package management

import (
	"context"
	"errors"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/strictjson"
)

// MemberChange is what to set of a membership in a workspace or an organization.
type MemberChange struct {
	OrganizationID strictjson.Optional[string] `json:"organization_id"`
	WorkspaceID    strictjson.Optional[string] `json:"workspace_id"`
	UserID         strictjson.Optional[string] `json:"user_id"`
	Role           strictjson.Optional[string] `json:"role"`
}

// role answers the role that the change sets, or the current one; check tells what is wrong with it.
func (c MemberChange) role(current string, check func(string) string) (string, error) {
	var f faults
	role := current
	f.setText(&role, "role", c.Role, check)
	if role == "" && len(f.fields) == 0 {
		f.add("role", "is required: %s", check(""))
	}
	return role, f.err()
}

func organizationRoleFault(role string) string {
	switch authz.OrganizationRole(role) {
	case authz.OrganizationMemberRole, authz.OrganizationAdminRole:
		return ""
	}
	return "want member or admin"
}

func workspaceRoleFault(role string) string {
	if _, err := authz.ParsePermission(role); err != nil {
		return "want read, write or admin"
	}
	return ""
}

// OrganizationMember reads a membership.
func (s *Service) OrganizationMember(ctx context.Context, a Actor, organizationID, userID string) (member authz.OrganizationMember, err error) {
	err = s.readPlatform(ctx, a, func(r storage.Reader) error {
		member, err = r.OrganizationMember(organizationID, userID)
		return orNotFound(err, "member")
	})
	return member, err
}

// PutOrganizationMember makes a user a member of an organization, or changes their role.
func (s *Service) PutOrganizationMember(ctx context.Context, a Actor, organizationID, userID string, change MemberChange) (member authz.OrganizationMember, made bool, revision uint64, err error) {
	revision, err = s.changeDirectory(ctx, a.does("organization_members.put", "organization_member", organizationID+"/"+userID), func(tx storage.Tx) error {
		var f faults
		f.sameID("organization_id", organizationID, change.OrganizationID)
		f.sameID("user_id", userID, change.UserID)
		if change.WorkspaceID.Set {
			f.add("workspace_id", "is not a field of a member of an organization")
		}
		if err := f.err(); err != nil {
			return err
		}
		if _, err := tx.Organization(organizationID); err != nil {
			return orNotFound(err, "organization")
		}
		if _, err := tx.User(userID); err != nil {
			return orNotFound(err, "user")
		}
		member, made, err = putOrganizationMember(tx, organizationID, userID, change)
		return err
	})
	return member, made, revision, err
}

func putOrganizationMember(tx storage.Tx, organizationID, userID string, change MemberChange) (authz.OrganizationMember, bool, error) {
	current, err := tx.OrganizationMember(organizationID, userID)
	made := errors.Is(err, storage.ErrNotFound)
	if err != nil && !made {
		return current, false, err
	}
	role, err := change.role(string(current.Role), organizationRoleFault)
	if err != nil {
		return current, false, err
	}
	if string(current.Role) == role {
		return current, false, nil
	}
	member := authz.OrganizationMember{OrganizationID: organizationID, UserID: userID, Role: authz.OrganizationRole(role)}
	return member, made, tx.PutOrganizationMember(member)
}

// DeleteOrganizationMember ends a membership.
func (s *Service) DeleteOrganizationMember(ctx context.Context, a Actor, organizationID, userID string) (uint64, error) {
	return s.changeDirectory(ctx, a.does("organization_members.delete", "organization_member", organizationID+"/"+userID), func(tx storage.Tx) error {
		return orNotFound(tx.DeleteOrganizationMember(organizationID, userID), "member")
	})
}

// WorkspaceMember reads a membership.
func (s *Service) WorkspaceMember(ctx context.Context, a Actor, workspaceID, userID string) (member authz.WorkspaceMember, err error) {
	err = s.readPlatform(ctx, a, func(r storage.Reader) error {
		member, err = r.WorkspaceMember(workspaceID, userID)
		return orNotFound(err, "member")
	})
	return member, err
}

// PutWorkspaceMember makes a user a member of a workspace, or changes their role.
func (s *Service) PutWorkspaceMember(ctx context.Context, a Actor, workspaceID, userID string, change MemberChange) (member authz.WorkspaceMember, made bool, revision uint64, err error) {
	revision, err = s.changeDirectory(ctx, a.does("workspace_members.put", "workspace_member", workspaceID+"/"+userID), func(tx storage.Tx) error {
		var f faults
		f.sameID("workspace_id", workspaceID, change.WorkspaceID)
		f.sameID("user_id", userID, change.UserID)
		if change.OrganizationID.Set {
			f.add("organization_id", "is not a field of a member of a workspace")
		}
		if err := f.err(); err != nil {
			return err
		}
		if _, err := tx.Workspace(workspaceID); err != nil {
			return orNotFound(err, "workspace")
		}
		if _, err := tx.User(userID); err != nil {
			return orNotFound(err, "user")
		}
		member, made, err = putWorkspaceMember(tx, workspaceID, userID, change)
		return err
	})
	return member, made, revision, err
}

func putWorkspaceMember(tx storage.Tx, workspaceID, userID string, change MemberChange) (authz.WorkspaceMember, bool, error) {
	current, err := tx.WorkspaceMember(workspaceID, userID)
	made := errors.Is(err, storage.ErrNotFound)
	if err != nil && !made {
		return current, false, err
	}
	text, err := change.role(current.Role.String(), workspaceRoleFault)
	if err != nil {
		return current, false, err
	}
	role, err := authz.ParsePermission(text)
	if err != nil || current.Role == role {
		return current, false, err
	}
	member := authz.WorkspaceMember{WorkspaceID: workspaceID, UserID: userID, Role: role}
	return member, made, tx.PutWorkspaceMember(member)
}

// DeleteWorkspaceMember ends a membership.
func (s *Service) DeleteWorkspaceMember(ctx context.Context, a Actor, workspaceID, userID string) (uint64, error) {
	return s.changeDirectory(ctx, a.does("workspace_members.delete", "workspace_member", workspaceID+"/"+userID), func(tx storage.Tx) error {
		return orNotFound(tx.DeleteWorkspaceMember(workspaceID, userID), "member")
	})
}
