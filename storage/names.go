package storage

import (
	"unicode/utf8"

	"github.com/steelengine/steelgate/authz"
)

// maxOrderedName is how much of a folded name, in bytes, lists are ordered and searched by. Postgres takes no more than 2,700
// into an index; a name as management lets it pass is shorter, however it folds.
const maxOrderedName = 1600

// OrderedName is a name as lists of the directory compare it: folded, and cut where it is very long.
func OrderedName(name string) string {
	folded := FoldName(name)
	if len(folded) <= maxOrderedName {
		return folded
	}
	end := maxOrderedName
	for !utf8.RuneStart(folded[end]) {
		end--
	}
	return folded[:end]
}

// NamePosition is a place in a list that is ordered by names: Type counts in lists of resources alone, and comes first.
type NamePosition struct {
	Type, Name, ID string
}

// WorkspaceFilter narrows a list of workspaces. Its zero fields narrow nothing.
type WorkspaceFilter struct {
	// MemberID is a user who owns the workspace or is a member of it.
	MemberID       string
	OrganizationID string
	// Query is found anywhere in name or id, ignoring case.
	Query string
	// After is the position that the page starts behind: by name, ignoring case, and then by id.
	After *NamePosition
	// Limit is the greatest length of the page, 1 or more.
	Limit int
}

// ListedWorkspace is a workspace with the names of whom it belongs to, "" where there is none.
type ListedWorkspace struct {
	authz.Workspace
	OrganizationName, OwnerName string
}

// OrganizationFilter narrows a list of organizations as WorkspaceFilter does.
type OrganizationFilter struct {
	// MemberID is a user who is a member.
	MemberID string
	Query    string
	After    *NamePosition
	Limit    int
}

// ResourceFilter says whose resources are listed: those of the workspaces that are named.
type ResourceFilter struct {
	WorkspaceIDs []string
	// Type narrows them, unless it is "".
	Type string
	// Query is found anywhere in name or id, ignoring case.
	Query string
	// After is the position that the page starts behind: by type, by name, ignoring case, and then by id.
	After *NamePosition
	Limit int
}
