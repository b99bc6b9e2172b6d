package api

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/storage/decisions"
)

// listDecisions is GET /v1/decision-log: one page, newest first.
func (s *server) listDecisions(c *gin.Context, who management.Actor) error {
	values := c.Request.URL.Query()
	filter, faults := readDecisionFilter(values, "cursor", "limit")
	before, fault := readDecisionCursor(values.Get("cursor"))
	if fault != nil {
		faults = append(faults, *fault)
	}
	limit, fault := pageLimit(values)
	if fault != nil {
		faults = append(faults, *fault)
	}
	if len(faults) > 0 {
		return invalid(faults...)
	}
	filter.Before, filter.Limit = before, limit
	found, more, err := s.management.Decisions(c.Request.Context(), who, filter)
	if err != nil {
		return err
	}
	answer := page[authz.LoggedDecision]{Data: found, Pagination: pagination{HasMore: more}}
	if found == nil {
		answer.Data = []authz.LoggedDecision{}
	}
	if more {
		last := found[len(found)-1]
		answer.Pagination.Cursor = cursorOf(storage.KeyPosition{CreatedAt: last.Time, ID: last.ID})
	}
	writeJSON(c, http.StatusOK, answer)
	return nil
}

// getDecision is GET /v1/decision-log/{id}.
func (s *server) getDecision(c *gin.Context, who management.Actor) error {
	d, err := s.management.Decision(c.Request.Context(), who, c.Param("id"))
	if err != nil {
		return err
	}
	writeJSON(c, http.StatusOK, d)
	return nil
}

// readDecisionFilter reads by what the log is narrowed; others are the parameters that a call takes beside.
func readDecisionFilter(values url.Values, others ...string) (f decisions.Filter, faults []fieldError) {
	add := func(field, message string) { faults = append(faults, fieldError{Field: field, Message: message}) }
	faults = unknownParameters(values, append(others, "key_id", "owner_type", "owner_id", "resource_type", "resource_id", "workspace_id", "organization_id",
		"action", "code", "allow", "from", "until")...)
	f.KeyID, f.Action = values.Get("key_id"), values.Get("action")
	f.WorkspaceID, f.OrganizationID = values.Get("workspace_id"), values.Get("organization_id")
	f.ResourceType, f.ResourceID = values.Get("resource_type"), values.Get("resource_id")
	if f.ResourceID != "" && f.ResourceType == "" {
		add("resource_type", "goes with resource_id")
	}
	f.KeyOwner = authz.Owner{Type: authz.OwnerType(values.Get("owner_type")), ID: values.Get("owner_id")}
	if f.KeyOwner.Type != "" && !slices.Contains(ownerTypes, f.KeyOwner.Type) {
		add("owner_type", "want user, workspace or organization")
	}
	if (f.KeyOwner.Type == "") != (f.KeyOwner.ID == "") {
		add("owner_id", "owner_type and owner_id go together")
	}
	if code := values.Get("code"); code != "" {
		f.Codes = []authz.Code{authz.Code(code)}
	}
	switch text := values.Get("allow"); text {
	case "":
	case "true", "false":
		isAllowed := text == "true"
		f.Allow = &isAllowed
	default:
		add("allow", "want true or false")
	}
	for name, at := range map[string]*time.Time{"from": &f.From, "until": &f.Until} {
		var fault *fieldError
		if *at, fault = timeParameter(values, name); fault != nil {
			faults = append(faults, *fault)
		}
	}
	return f, faults
}

// readDecisionCursor reads a cursor: one of this list is made like those of keys.
func readDecisionCursor(text string) (*decisions.Position, *fieldError) {
	key, fault := readCursor(text)
	if key == nil {
		return nil, fault
	}
	return &decisions.Position{Time: key.CreatedAt, ID: key.ID}, nil
}
