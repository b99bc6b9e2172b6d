package sqlstore

import (
	"cmp"
	"slices"
	"strings"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

const listedWorkspaceColumns = `SELECT w.id, w.name, w.owner_id, w.organization_id, w.personal_keys_enabled, w.archived, COALESCE(o.name, ''), COALESCE(u.name, '')
	FROM workspaces w LEFT JOIN organizations o ON o.id = w.organization_id LEFT JOIN users u ON u.id = w.owner_id`

func scanListedWorkspace(row scanner) (w storage.ListedWorkspace, err error) {
	err = row.Scan(&w.ID, &w.Name, &w.OwnerID, &w.OrganizationID, &w.PersonalKeysEnabled, &w.Archived, &w.OrganizationName, &w.OwnerName)
	return w, err
}

// ListWorkspaces implements storage.Directory.
func (s *session) ListWorkspaces(filter storage.WorkspaceFilter) (page []storage.ListedWorkspace, more bool, err error) {
	w := where{}
	if filter.MemberID != "" {
		w.add("w.id IN (SELECT workspace_id FROM workspace_members WHERE user_id = ? UNION SELECT id FROM workspaces WHERE owner_id = ?)", filter.MemberID, filter.MemberID)
	}
	if filter.OrganizationID != "" {
		w.add("w.organization_id = ?", filter.OrganizationID)
	}
	if !w.addSearch("w.", filter.Query) {
		return nil, false, nil
	}
	w.addAfter("w.", filter.After)
	page, err = all(s, scanListedWorkspace, listedWorkspaceColumns+w.String()+" ORDER BY w.name_folded, w.id LIMIT ?", append(w.args, filter.Limit+1)...)
	page, more = cutPage(page, filter.Limit)
	return page, more, err
}

// ListOrganizations implements storage.Directory.
func (s *session) ListOrganizations(filter storage.OrganizationFilter) (page []authz.Organization, more bool, err error) {
	w := where{}
	if filter.MemberID != "" {
		w.add("id IN (SELECT organization_id FROM organization_members WHERE user_id = ?)", filter.MemberID)
	}
	if !w.addSearch("", filter.Query) {
		return nil, false, nil
	}
	w.addAfter("", filter.After)
	page, err = all(s, scanOrganization, organizationColumns+w.String()+" ORDER BY name_folded, id LIMIT ?", append(w.args, filter.Limit+1)...)
	page, more = cutPage(page, filter.Limit)
	return page, more, err
}

// workspacesAtOnce is how many workspaces one statement asks about: SQLite joins no more than 500 parts.
const workspacesAtOnce = 100

// ListResources implements storage.Directory. Each workspace answers its own beginning of the page by the index, so that many
// resources cost no more than a few.
func (s *session) ListResources(filter storage.ResourceFilter) (page []authz.Resource, more bool, err error) {
	w := where{}
	if filter.Type != "" {
		w.add("type = ?", filter.Type)
	}
	if !w.addSearch("", filter.Query) {
		return nil, false, nil
	}
	if after := filter.After; after != nil {
		w.add("(type, name_folded, id) > (?, ?, ?)", after.Type, storage.OrderedName(after.Name), after.ID)
	}
	for ids := range slices.Chunk(filter.WorkspaceIDs, workspacesAtOnce) {
		found, err := s.resourcesOf(ids, w, filter.Limit+1)
		if err != nil {
			return nil, false, err
		}
		page = append(page, found...)
		slices.SortFunc(page, byTypeAndName)
		page = page[:min(len(page), filter.Limit+1)]
	}
	page, more = cutPage(page, filter.Limit)
	return page, more, nil
}

// resourcesOf is the beginning of what is found in workspaces.
func (s *session) resourcesOf(workspaceIDs []string, w where, limit int) ([]authz.Resource, error) {
	const columns = "type, id, name, workspace_id, properties, name_folded"
	conditions := " WHERE workspace_id = ?"
	if len(w.conditions) > 0 {
		conditions += " AND " + strings.Join(w.conditions, " AND ")
	}
	part := "SELECT * FROM (SELECT " + columns + " FROM resources" + conditions + " ORDER BY type, name_folded, id LIMIT ?) part"
	parts := make([]string, len(workspaceIDs))
	var args []any
	for i, id := range workspaceIDs {
		parts[i] = part
		args = append(append(append(args, id), w.args...), limit)
	}
	query := "SELECT type, id, name, workspace_id, properties FROM (" + strings.Join(parts, " UNION ALL ") + ") parts ORDER BY type, name_folded, id LIMIT ?"
	return all(s, scanResource, query, append(args, limit)...)
}

func byTypeAndName(a, b authz.Resource) int {
	return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(storage.OrderedName(a.Name), storage.OrderedName(b.Name)), cmp.Compare(a.ID, b.ID))
}

// cutPage takes off what was read to know whether more follow.
func cutPage[T any](found []T, limit int) (page []T, more bool) {
	if len(found) > limit {
		return found[:limit], true
	}
	return found, false
}

// addSearch adds what finds a text in name or id, and tells whether anything can be found.
func (w *where) addSearch(table, query string) bool {
	if len(query) > maxQuery {
		return false
	}
	if query != "" {
		pattern := "%" + likeEscaper.Replace(storage.FoldName(query)) + "%"
		w.add("("+table+"name_folded LIKE ? ESCAPE '!' OR LOWER("+table+"id) LIKE ? ESCAPE '!')", pattern, pattern)
	}
	return true
}

func (w *where) addAfter(table string, after *storage.NamePosition) {
	if after != nil {
		w.add("("+table+"name_folded, "+table+"id) > (?, ?)", storage.OrderedName(after.Name), after.ID)
	}
}
