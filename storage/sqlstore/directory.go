package sqlstore

import (
	"github.com/jmoiron/sqlx"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

const userColumns = "SELECT id, name, email, active, platform_role FROM users"

func scanUser(row scanner) (u authz.User, err error) {
	err = row.Scan(&u.ID, &u.Name, &u.Email, &u.Active, &u.PlatformRole)
	return u, err
}

// User implements storage.Directory.
func (s *session) User(id string) (authz.User, error) {
	return one(s, scanUser, userColumns+" WHERE id = ?", id)
}

// EachUser implements storage.World.
func (s *session) EachUser(visit func(authz.User) error) error {
	return visitAll(s, scanUser, visit, userColumns)
}

// PutUser implements storage.Tx.
func (t *transaction) PutUser(u authz.User) error {
	return t.put(storage.UserKind, u.ID, "", `INSERT INTO users (id, name, email, active, platform_role) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, email = excluded.email, active = excluded.active, platform_role = excluded.platform_role`,
		u.ID, u.Name, u.Email, u.Active, u.PlatformRole)
}

// DeleteUser implements storage.Tx.
func (t *transaction) DeleteUser(id string) error {
	return t.remove(storage.UserKind, id, "", "DELETE FROM users WHERE id = ?", id)
}

const organizationColumns = "SELECT id, name FROM organizations"

func scanOrganization(row scanner) (o authz.Organization, err error) {
	err = row.Scan(&o.ID, &o.Name)
	return o, err
}

// Organization implements storage.Directory.
func (s *session) Organization(id string) (authz.Organization, error) {
	return one(s, scanOrganization, organizationColumns+" WHERE id = ?", id)
}

// EachOrganization implements storage.World.
func (s *session) EachOrganization(visit func(authz.Organization) error) error {
	return visitAll(s, scanOrganization, visit, organizationColumns)
}

// PutOrganization implements storage.Tx.
func (t *transaction) PutOrganization(o authz.Organization) error {
	return t.put(storage.OrganizationKind, o.ID, "", `INSERT INTO organizations (id, name, name_folded) VALUES (?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_folded = excluded.name_folded`, o.ID, o.Name, storage.OrderedName(o.Name))
}

// DeleteOrganization implements storage.Tx.
func (t *transaction) DeleteOrganization(id string) error {
	return t.remove(storage.OrganizationKind, id, "", "DELETE FROM organizations WHERE id = ?", id)
}

const workspaceColumns = "SELECT id, name, owner_id, organization_id, personal_keys_enabled, archived FROM workspaces"

func scanWorkspace(row scanner) (w authz.Workspace, err error) {
	err = row.Scan(&w.ID, &w.Name, &w.OwnerID, &w.OrganizationID, &w.PersonalKeysEnabled, &w.Archived)
	return w, err
}

// Workspace implements storage.Directory.
func (s *session) Workspace(id string) (authz.Workspace, error) {
	return one(s, scanWorkspace, workspaceColumns+" WHERE id = ?", id)
}

// EachWorkspace implements storage.World.
func (s *session) EachWorkspace(visit func(authz.Workspace) error) error {
	return visitAll(s, scanWorkspace, visit, workspaceColumns)
}

// WorkspacesOwnedBy implements storage.Directory.
func (s *session) WorkspacesOwnedBy(userID string) (ids []string, err error) {
	err = s.list(&ids, "SELECT id FROM workspaces WHERE owner_id = ? ORDER BY id", userID)
	return ids, err
}

// WorkspacesOf implements storage.Directory.
func (s *session) WorkspacesOf(organizationID string) (ids []string, err error) {
	err = s.list(&ids, "SELECT id FROM workspaces WHERE organization_id = ? ORDER BY id", organizationID)
	return ids, err
}

// PutWorkspace implements storage.Tx.
func (t *transaction) PutWorkspace(w authz.Workspace) error {
	return t.put(storage.WorkspaceKind, w.ID, "", `INSERT INTO workspaces (id, name, name_folded, owner_id, organization_id, personal_keys_enabled, archived) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_folded = excluded.name_folded, owner_id = excluded.owner_id, organization_id = excluded.organization_id,
		personal_keys_enabled = excluded.personal_keys_enabled, archived = excluded.archived`,
		w.ID, w.Name, storage.OrderedName(w.Name), w.OwnerID, w.OrganizationID, w.PersonalKeysEnabled, w.Archived)
}

// DeleteWorkspace implements storage.Tx.
func (t *transaction) DeleteWorkspace(id string) error {
	return t.remove(storage.WorkspaceKind, id, "", "DELETE FROM workspaces WHERE id = ?", id)
}

const resourceColumns = "SELECT type, id, name, workspace_id, properties FROM resources"

func scanResource(row scanner) (r authz.Resource, err error) {
	var properties string
	err = row.Scan(&r.Type, &r.ID, &r.Name, &r.WorkspaceID, &properties)
	if properties != "" {
		r.Properties = authz.Object(properties)
	}
	return r, err
}

// Resource implements storage.Directory.
func (s *session) Resource(resourceType, id string) (authz.Resource, error) {
	return one(s, scanResource, resourceColumns+" WHERE type = ? AND id = ?", resourceType, id)
}

// EachResource implements storage.World.
func (s *session) EachResource(visit func(authz.Resource) error) error {
	return visitAll(s, scanResource, visit, resourceColumns)
}

// ResourcesIn implements storage.Directory.
func (s *session) ResourcesIn(workspaceID, resourceType string) ([]authz.Resource, error) {
	query, args := resourceColumns+" WHERE workspace_id = ?", []any{workspaceID}
	if resourceType != "" {
		query, args = query+" AND type = ?", append(args, resourceType)
	}
	return all(s, scanResource, query+" ORDER BY type, id", args...)
}

// ResourceIDsIn implements storage.Directory.
func (s *session) ResourceIDsIn(workspaceID, resourceType string, limit int) (ids []string, err error) {
	err = s.list(&ids, "SELECT id FROM resources WHERE workspace_id = ? AND type = ? ORDER BY id LIMIT ?", workspaceID, resourceType, limit)
	return ids, err
}

// PutResource implements storage.Tx.
func (t *transaction) PutResource(r authz.Resource) error {
	return t.put(storage.ResourceKind, r.Type, r.ID, `INSERT INTO resources (type, id, name, name_folded, workspace_id, properties) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (type, id) DO UPDATE SET name = excluded.name, name_folded = excluded.name_folded, workspace_id = excluded.workspace_id, properties = excluded.properties`,
		r.Type, r.ID, r.Name, storage.OrderedName(r.Name), r.WorkspaceID, string(r.Properties))
}

// DeleteResource implements storage.Tx.
func (t *transaction) DeleteResource(resourceType, id string) error {
	return t.remove(storage.ResourceKind, resourceType, id, "DELETE FROM resources WHERE type = ? AND id = ?", resourceType, id)
}

// scanner is a row, alone or of many.
type scanner interface{ Scan(columns ...any) error }

// one reads the row that there is, or ErrNotFound.
func one[T any](s *session, scan func(scanner) (T, error), query string, args ...any) (found T, err error) {
	err = storage.ErrNotFound
	failed := s.each(func(rows *sqlx.Rows) error {
		found, err = scan(rows)
		return err
	}, query, args...)
	if failed != nil {
		return found, failed
	}
	return found, err
}

// all reads every row.
func all[T any](s *session, scan func(scanner) (T, error), query string, args ...any) (found []T, err error) {
	err = visitAll(s, scan, func(record T) error { found = append(found, record); return nil }, query, args...)
	return found, err
}

// visitAll hands every row to visit while they come.
func visitAll[T any](s *session, scan func(scanner) (T, error), visit func(T) error, query string, args ...any) error {
	return s.each(func(rows *sqlx.Rows) error {
		record, err := scan(rows)
		if err != nil {
			return err
		}
		return visit(record)
	}, query, args...)
}
