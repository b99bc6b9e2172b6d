package api

import (
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
)

// answered is how a change is answered.
type answered struct {
	status   int
	revision uint64
	record   any
}

// makeOrTry makes a change of the directory; or, asked with dry_run=true, tells what keys would lose by it.
func (s *server) makeOrTry(c *gin.Context, who management.Actor, change func(management.Directory) (answered, error)) error {
	isDry, err := readDryRun(c)
	if err != nil {
		return err
	}
	if !isDry {
		made, err := change(s.management)
		if err != nil {
			return err
		}
		return answerChange(c, made.status, made.revision, made.record)
	}
	report, err := s.management.DryRun(c.Request.Context(), who, func(d management.Directory) error {
		_, err := change(d)
		return err
	})
	if err == nil {
		writeJSON(c, http.StatusOK, dryRunRecordOf(report))
	}
	return err
}

var errMalformedQuery = invalid(fieldError{Field: "query", Message: "can't be read: a % or a ; is not as it should be"})

// readDryRun reads dry_run, the one parameter that a change of the directory has. Whoever wants a change tried must not have
// it made for a slip of the pen.
func readDryRun(c *gin.Context) (bool, error) {
	values, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil {
		return false, errMalformedQuery
	}
	var faults []fieldError
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch given := values[name]; {
		case name != "dry_run":
			faults = append(faults, fieldError{Field: name, Message: "is no parameter of this call"})
		case len(given) > 1 || given[0] != "true" && given[0] != "false":
			faults = append(faults, fieldError{Field: name, Message: "want true or false, once"})
		}
	}
	if len(faults) > 0 {
		return false, invalid(faults...)
	}
	return values.Get("dry_run") == "true", nil
}

// refuseDryRun refuses to make a change that can't be tried, where it was to be tried.
func (s *server) refuseDryRun(c *gin.Context) {
	if c.Request.Method == http.MethodGet {
		return
	}
	values, err := url.ParseQuery(c.Request.URL.RawQuery)
	switch {
	case err != nil:
		s.fail(c, errMalformedQuery)
	case values.Has("dry_run"):
		s.fail(c, invalid(fieldError{Field: "dry_run", Message: "only changes of the directory can be tried: leave it out"}))
	}
}

// dryRunRecord is what keys would lose by a change.
type dryRunRecord struct {
	DryRun    bool        `json:"dry_run"`
	Revision  uint64      `json:"revision"`
	Keys      []losingKey `json:"keys"`
	Truncated bool        `json:"truncated"`
}

// losingKey is a key that would lose something. Its name is null where the actor may not read the key. Of the owner's
// fields the one of its type stands.
type losingKey struct {
	ID             string        `json:"id"`
	Name           *string       `json:"name"`
	Type           authz.KeyType `json:"type"`
	UserID         string        `json:"user_id,omitzero"`
	WorkspaceID    string        `json:"workspace_id,omitzero"`
	OrganizationID string        `json:"organization_id,omitzero"`
	Loses          []any         `json:"loses"`
}

// A loss is of the key itself, or on one resource.
type (
	keyLoss struct {
		What    string `json:"what"`
		Because string `json:"because"`
	}
	resourceLoss struct {
		What        string     `json:"what"`
		ID          string     `json:"id"`
		WorkspaceID string     `json:"workspace_id"`
		Before      *string    `json:"before"`
		After       *string    `json:"after"`
		Code        authz.Code `json:"code"`
	}
)

func dryRunRecordOf(report management.DryRunReport) dryRunRecord {
	record := dryRunRecord{DryRun: true, Revision: report.Revision, Keys: make([]losingKey, len(report.Keys)), Truncated: report.Truncated}
	for i, key := range report.Keys {
		losing := losingKey{ID: key.ID, Name: orNull(key.Name), Type: key.Type}
		switch key.Type {
		case authz.PersonalKey:
			losing.UserID = key.Owner.ID
		case authz.WorkspaceKey:
			losing.WorkspaceID = key.Owner.ID
		case authz.OrganizationKey:
			losing.OrganizationID = key.Owner.ID
		}
		if key.Because != "" {
			losing.Loses = append(losing.Loses, keyLoss{"key", key.Because})
		}
		for _, loss := range key.Losses {
			losing.Loses = append(losing.Loses, resourceLoss{
				loss.Type, loss.ID, loss.WorkspaceID, orNull(loss.Before.String()), orNull(loss.After.String()), loss.Code,
			})
		}
		record.Keys[i] = losing
	}
	return record
}
