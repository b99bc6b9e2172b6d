package api

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/storage"
)

// The directory's entities as whoever belongs to them sees them: what is none is null.
type (
	listedWorkspace struct {
		ID                  string   `json:"id"`
		Name                string   `json:"name"`
		OrganizationID      *string  `json:"organization_id"`
		OrganizationName    *string  `json:"organization_name"`
		OwnerID             string   `json:"owner_id"`
		OwnerName           string   `json:"owner_name"`
		PersonalKeysEnabled bool     `json:"personal_keys_enabled"`
		Archived            bool     `json:"archived"`
		Role                *string  `json:"role"`
		May                 []string `json:"may"`
	}
	listedOrganization struct {
		ID   string   `json:"id"`
		Name string   `json:"name"`
		Role *string  `json:"role"`
		May  []string `json:"may"`
	}
)

func listedWorkspaceOf(w management.WorkspaceView) any {
	listed := listedWorkspace{
		ID: w.ID, Name: w.Name, OrganizationID: orNull(w.OrganizationID), OwnerID: w.OwnerID, OwnerName: w.OwnerName,
		PersonalKeysEnabled: w.PersonalKeysEnabled, Archived: w.Archived, Role: orNull(w.Role), May: w.May,
	}
	if w.OrganizationID != "" {
		listed.OrganizationName = &w.OrganizationName
	}
	return listed
}

func listedOrganizationOf(o management.OrganizationView) any {
	return listedOrganization{o.ID, o.Name, orNull(o.Role), o.May}
}

// listWorkspaces is GET /v1/workspaces.
func (s *server) listWorkspaces(c *gin.Context, who management.Actor) error {
	values := c.Request.URL.Query()
	q, faults := readDirectoryQuery(values, "organization_id")
	if id := values.Get("organization_id"); id != "" {
		q.Place = authz.Owner{Type: authz.OrganizationOwner, ID: id}
	}
	if len(faults) > 0 {
		return invalid(faults...)
	}
	found, more, err := s.management.ListWorkspaces(c.Request.Context(), who, q)
	if err != nil {
		return err
	}
	return answerNamed(c, found, more, listedWorkspaceOf, func(w management.WorkspaceView) storage.NamePosition {
		return storage.NamePosition{Name: w.Name, ID: w.ID}
	})
}

// listOrganizations is GET /v1/organizations.
func (s *server) listOrganizations(c *gin.Context, who management.Actor) error {
	q, faults := readDirectoryQuery(c.Request.URL.Query())
	if len(faults) > 0 {
		return invalid(faults...)
	}
	found, more, err := s.management.ListOrganizations(c.Request.Context(), who, q)
	if err != nil {
		return err
	}
	return answerNamed(c, found, more, listedOrganizationOf, func(o management.OrganizationView) storage.NamePosition {
		return storage.NamePosition{Name: o.Name, ID: o.ID}
	})
}

// listResources is GET /v1/resources.
func (s *server) listResources(c *gin.Context, who management.Actor) error {
	values := c.Request.URL.Query()
	q, faults := readDirectoryQuery(values, "workspace_id", "organization_id", "type")
	q.Type = values.Get("type")
	switch workspace, organization := values.Get("workspace_id"), values.Get("organization_id"); {
	case (workspace == "") == (organization == ""):
		faults = append(faults, fieldError{Field: "workspace_id", Message: "name a workspace or an organization, and not both"})
	case workspace != "":
		q.Place = authz.Owner{Type: authz.WorkspaceOwner, ID: workspace}
	default:
		q.Place = authz.Owner{Type: authz.OrganizationOwner, ID: organization}
	}
	if len(faults) > 0 {
		return invalid(faults...)
	}
	found, more, err := s.management.ListResources(c.Request.Context(), who, q)
	if err != nil {
		return err
	}
	return answerNamed(c, found, more, resourceRecordOf, func(r authz.Resource) storage.NamePosition {
		return storage.NamePosition{Type: r.Type, Name: r.Name, ID: r.ID}
	})
}

// readDirectoryQuery reads what all lists of the directory take; others are the parameters that one takes beside.
func readDirectoryQuery(values url.Values, others ...string) (q management.DirectoryQuery, faults []fieldError) {
	faults = unknownParameters(values, append(others, "q", "cursor", "limit")...)
	q.Text = values.Get("q")
	limit, fault := pageLimit(values)
	if fault != nil {
		faults = append(faults, *fault)
	}
	q.Limit = limit
	after, fault := readNameCursor(values.Get("cursor"))
	if fault != nil {
		faults = append(faults, *fault)
	}
	q.After = after
	return q, faults
}

// answerNamed answers one page of a list that is ordered by names.
func answerNamed[T any](c *gin.Context, found []T, more bool, record func(T) any, position func(T) storage.NamePosition) error {
	answer := page[any]{Data: make([]any, len(found)), Pagination: pagination{HasMore: more}}
	for i, one := range found {
		answer.Data[i] = record(one)
	}
	if more {
		answer.Pagination.Cursor = nameCursorOf(position(found[len(found)-1]))
	}
	writeJSON(c, http.StatusOK, answer)
	return nil
}

// nameCursorOf is a place in a list that is ordered by names, as callers hand it back.
func nameCursorOf(p storage.NamePosition) *string {
	text := base64.RawURLEncoding.EncodeToString([]byte(p.Type + "\n" + p.ID + "\n" + p.Name))
	return &text
}

// readNameCursor reads what nameCursorOf made; "" is the beginning.
func readNameCursor(text string) (*storage.NamePosition, *fieldError) {
	if text == "" {
		return nil, nil
	}
	packed, err := base64.RawURLEncoding.DecodeString(text)
	parts := strings.SplitN(string(packed), "\n", 3)
	if err != nil || !utf8.Valid(packed) || len(parts) != 3 || !authz.ValidID(parts[1]) || parts[0] != "" && !authz.ValidID(parts[0]) || strings.ContainsRune(parts[2], 0) {
		return nil, &fieldError{Field: "cursor", Message: "is none that a list answered"}
	}
	return &storage.NamePosition{Type: parts[0], ID: parts[1], Name: parts[2]}, nil
}
