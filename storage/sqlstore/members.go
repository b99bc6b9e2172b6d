package sqlstore

import (
	"fmt"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

const organizationMemberColumns = "SELECT organization_id, user_id, role FROM organization_members"

func scanOrganizationMember(row scanner) (m authz.OrganizationMember, err error) {
	err = row.Scan(&m.OrganizationID, &m.UserID, &m.Role)
	return m, err
}

// OrganizationMember implements storage.Directory.
func (s *session) OrganizationMember(organizationID, userID string) (authz.OrganizationMember, error) {
	return one(s, scanOrganizationMember, organizationMemberColumns+" WHERE organization_id = ? AND user_id = ?", organizationID, userID)
}

// EachOrganizationMember implements storage.World.
func (s *session) EachOrganizationMember(visit func(authz.OrganizationMember) error) error {
	return visitAll(s, scanOrganizationMember, visit, organizationMemberColumns)
}

// OrganizationMembers implements storage.Directory.
func (s *session) OrganizationMembers(organizationID string) ([]authz.OrganizationMember, error) {
	return all(s, scanOrganizationMember, organizationMemberColumns+" WHERE organization_id = ? ORDER BY user_id", organizationID)
}

// OrganizationsWith implements storage.Directory.
func (s *session) OrganizationsWith(userID string) ([]authz.OrganizationMember, error) {
	return all(s, scanOrganizationMember, organizationMemberColumns+" WHERE user_id = ? ORDER BY organization_id", userID)
}

// PutOrganizationMember implements storage.Tx.
func (t *transaction) PutOrganizationMember(m authz.OrganizationMember) error {
	return t.put(storage.OrganizationMemberKind, m.OrganizationID, m.UserID, `INSERT INTO organization_members (organization_id, user_id, role) VALUES (?, ?, ?)
		ON CONFLICT (organization_id, user_id) DO UPDATE SET role = excluded.role`, m.OrganizationID, m.UserID, m.Role)
}

// DeleteOrganizationMember implements storage.Tx.
func (t *transaction) DeleteOrganizationMember(organizationID, userID string) error {
	return t.remove(storage.OrganizationMemberKind, organizationID, userID,
		"DELETE FROM organization_members WHERE organization_id = ? AND user_id = ?", organizationID, userID)
}

const workspaceMemberColumns = "SELECT workspace_id, user_id, role FROM workspace_members"

func scanWorkspaceMember(row scanner) (m authz.WorkspaceMember, err error) {
	var role string
	if err := row.Scan(&m.WorkspaceID, &m.UserID, &role); err != nil {
		return m, err
	}
	if m.Role, err = authz.ParsePermission(role); err != nil {
		return m, fmt.Errorf("member %s of workspace %s: %w", m.UserID, m.WorkspaceID, err)
	}
	return m, nil
}

// WorkspaceMember implements storage.Directory.
func (s *session) WorkspaceMember(workspaceID, userID string) (authz.WorkspaceMember, error) {
	return one(s, scanWorkspaceMember, workspaceMemberColumns+" WHERE workspace_id = ? AND user_id = ?", workspaceID, userID)
}

// EachWorkspaceMember implements storage.World.
func (s *session) EachWorkspaceMember(visit func(authz.WorkspaceMember) error) error {
	return visitAll(s, scanWorkspaceMember, visit, workspaceMemberColumns)
}

// WorkspaceMembers implements storage.Directory.
func (s *session) WorkspaceMembers(workspaceID string) ([]authz.WorkspaceMember, error) {
	return all(s, scanWorkspaceMember, workspaceMemberColumns+" WHERE workspace_id = ? ORDER BY user_id", workspaceID)
}

// WorkspacesWith implements storage.Directory.
func (s *session) WorkspacesWith(userID string) ([]authz.WorkspaceMember, error) {
	return all(s, scanWorkspaceMember, workspaceMemberColumns+" WHERE user_id = ? ORDER BY workspace_id", userID)
}

// PutWorkspaceMember implements storage.Tx.
func (t *transaction) PutWorkspaceMember(m authz.WorkspaceMember) error {
	return t.put(storage.WorkspaceMemberKind, m.WorkspaceID, m.UserID, `INSERT INTO workspace_members (workspace_id, user_id, role) VALUES (?, ?, ?)
		ON CONFLICT (workspace_id, user_id) DO UPDATE SET role = excluded.role`, m.WorkspaceID, m.UserID, m.Role.String())
}

// DeleteWorkspaceMember implements storage.Tx.
func (t *transaction) DeleteWorkspaceMember(workspaceID, userID string) error {
	return t.remove(storage.WorkspaceMemberKind, workspaceID, userID, "DELETE FROM workspace_members WHERE workspace_id = ? AND user_id = ?", workspaceID, userID)
}
