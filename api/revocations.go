package api

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/strictjson"
)

// revokeKeysOf is POST /v1/keys/revoke: every key of an owner, at once.
func (s *server) revokeKeysOf(c *gin.Context, who management.Actor) error {
	var body struct {
		OwnerType strictjson.Optional[string] `json:"owner_type"`
		OwnerID   strictjson.Optional[string] `json:"owner_id"`
	}
	if err := s.decode(c, &body); err != nil {
		return err
	}
	owner := authz.Owner{Type: authz.OwnerType(body.OwnerType.Value), ID: body.OwnerID.Value}
	var faults []fieldError
	if !slices.Contains(ownerTypes, owner.Type) {
		faults = append(faults, fieldError{Field: "owner_type", Message: "want user, workspace or organization"})
	}
	if !authz.ValidID(owner.ID) {
		faults = append(faults, fieldError{Field: "owner_id", Message: "is required: whose keys are to be revoked"})
	}
	if len(faults) > 0 {
		return invalid(faults...)
	}
	count, revision, err := s.management.RevokeKeysOf(c.Request.Context(), who, owner)
	if err != nil {
		return err
	}
	return answerChange(c, http.StatusOK, revision, map[string]int{"revoked": count})
}

// reportLeak is POST /v1/leaks: a scanner found a key. The answer tells nothing of the key.
func (s *server) reportLeak(c *gin.Context, who management.Actor) error {
	var body struct {
		APIKey strictjson.Optional[string] `json:"api_key"`
		Source strictjson.Optional[string] `json:"source"`
	}
	if err := s.decode(c, &body); err != nil {
		return err
	}
	if !body.APIKey.Set {
		return invalid(fieldError{Field: "api_key", Message: "is required: what was found"})
	}
	if err := s.management.ReportLeak(c.Request.Context(), who, body.APIKey.Value, body.Source.Value); err != nil {
		return err
	}
	writeJSON(c, http.StatusAccepted, map[string]string{"status": "accepted"})
	return nil
}
