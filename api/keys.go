package api

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/storage"
)

// keyRecord is a key as it is read. Of the owner's fields the one of its type stands.
type keyRecord struct {
	ID             string        `json:"id"`
	Type           authz.KeyType `json:"type"`
	Name           string        `json:"name"`
	UserID         string        `json:"user_id,omitzero"`
	WorkspaceID    string        `json:"workspace_id,omitzero"`
	OrganizationID string        `json:"organization_id,omitzero"`
	WorkflowIDs    []string      `json:"workflow_ids"`
	Grants         []authz.Grant `json:"grants"`
	Hint           string        `json:"hint"`
	CreatedBy      string        `json:"created_by"`
	CreatedAt      time.Time     `json:"created_at"`
	ExpiresAt      *time.Time    `json:"expires_at"`
	Disabled       bool          `json:"disabled"`
	AllowedCIDRs   []string      `json:"allowed_cidrs"`
	LastUsedAt     *time.Time    `json:"last_used_at"`
	RevokedAt      *time.Time    `json:"revoked_at"`
	RevokedBy      *string       `json:"revoked_by"`
	ReplacedBy     *string       `json:"replaced_by"`
	// Replaces stands on a successor alone.
	Replaces string `json:"replaces,omitzero"`
}

func recordOf(k authz.APIKey) keyRecord {
	record := keyRecord{
		ID: k.ID, Type: k.Type, Name: k.Name, WorkflowIDs: k.WorkflowIDs, Grants: k.Grants, Hint: k.Hint,
		CreatedBy: k.CreatedBy, CreatedAt: k.CreatedAt, ExpiresAt: k.ExpiresAt, Disabled: k.Disabled, AllowedCIDRs: k.AllowedCIDRs,
		LastUsedAt: k.LastUsedAt, RevokedAt: k.RevokedAt, RevokedBy: orNull(k.RevokedBy), ReplacedBy: orNull(k.ReplacedBy), Replaces: k.Replaces,
	}
	switch k.Type {
	case authz.PersonalKey:
		record.UserID = k.OwnerID
	case authz.WorkspaceKey:
		record.WorkspaceID = k.OwnerID
	case authz.OrganizationKey:
		record.OrganizationID = k.OwnerID
	}
	return record
}

// orNull is null for "".
func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// createKey is POST /v1/keys. The secret is in this answer, and nowhere else.
func (s *server) createKey(c *gin.Context, who management.Actor) error {
	var fields management.KeyFields
	once, err := s.decodeOnce(c, &fields, false)
	if err != nil {
		return err
	}
	who.Once = once
	key, secret, revision, err := s.management.CreateKey(c.Request.Context(), who, fields)
	if err != nil {
		return err
	}
	return answerIssued(c, key, secret, revision)
}

// answerIssued answers a new key with its secret, and one that was issued before, by the same request, without.
func answerIssued(c *gin.Context, key authz.APIKey, secret apikey.Secret, revision uint64) error {
	c.Header("Location", "/v1/keys/"+url.PathEscape(key.ID))
	if secret.IsZero() {
		c.Header("Idempotency-Replayed", "true")
		return answerChange(c, http.StatusOK, revision, struct {
			Record   keyRecord `json:",embed"`
			Secret   *string   `json:"secret"`
			Replayed bool      `json:"replayed"`
		}{recordOf(key), nil, true})
	}
	return answerChange(c, http.StatusCreated, revision, withSecret(recordOf(key), secret))
}

// withSecret is a record that shows its secret, once.
func withSecret[T any](record T, secret apikey.Secret) any {
	return struct {
		Record T      `json:",embed"`
		Secret string `json:"secret"`
	}{record, secret.Reveal()}
}

// getKey is GET /v1/keys/{id}.
func (s *server) getKey(c *gin.Context, who management.Actor) error {
	key, err := s.management.Key(c.Request.Context(), who, c.Param("id"))
	if err == nil {
		writeJSON(c, http.StatusOK, recordOf(key))
	}
	return err
}

// listKeys is GET /v1/keys.
func (s *server) listKeys(c *gin.Context, who management.Actor) error {
	query, faults := readKeyQuery(c.Request.URL.Query())
	if len(faults) > 0 {
		return invalid(faults...)
	}
	keys, more, err := s.management.ListKeys(c.Request.Context(), who, query)
	if err != nil {
		return err
	}
	answer := page[keyRecord]{Data: make([]keyRecord, len(keys)), Pagination: pagination{HasMore: more}}
	for i, key := range keys {
		answer.Data[i] = recordOf(key)
	}
	if more {
		last := keys[len(keys)-1]
		answer.Pagination.Cursor = cursorOf(storage.KeyPosition{CreatedAt: last.CreatedAt, ID: last.ID})
	}
	writeJSON(c, http.StatusOK, answer)
	return nil
}

var ownerTypes = []authz.OwnerType{authz.UserOwner, authz.WorkspaceOwner, authz.OrganizationOwner}

func readKeyQuery(values url.Values) (q management.KeyQuery, faults []fieldError) {
	add := func(fault *fieldError) {
		if fault != nil {
			faults = append(faults, *fault)
		}
	}
	faults = unknownParameters(values, "owner_type", "owner_id", "status", "q", "expires_before", "unused_since", "cursor", "limit")
	q.Owner = authz.Owner{Type: authz.OwnerType(values.Get("owner_type")), ID: values.Get("owner_id")}
	if q.Owner.Type != "" && !slices.Contains(ownerTypes, q.Owner.Type) {
		add(&fieldError{Field: "owner_type", Message: "want user, workspace or organization"})
	}
	if (q.Owner.Type == "") != (q.Owner.ID == "") {
		add(&fieldError{Field: "owner_id", Message: "owner_type and owner_id go together"})
	}
	q.Status, q.Text = storage.KeyStatus(values.Get("status")), values.Get("q")
	if q.Status != "" && !slices.Contains(storage.KeyStatuses, q.Status) {
		add(&fieldError{Field: "status", Message: "want active, disabled, expired, replaced or revoked"})
	}
	var fault *fieldError
	q.ExpiresBefore, fault = timeParameter(values, "expires_before")
	add(fault)
	q.UnusedSince, fault = timeParameter(values, "unused_since")
	add(fault)
	q.Limit, fault = pageLimit(values)
	add(fault)
	q.After, fault = readCursor(values.Get("cursor"))
	add(fault)
	return q, faults
}

// revokeKey is POST /v1/keys/{id}/revoke.
func (s *server) revokeKey(c *gin.Context, who management.Actor) error {
	key, revision, err := s.management.RevokeKey(c.Request.Context(), who, c.Param("id"))
	if err != nil {
		return err
	}
	return answerChange(c, http.StatusOK, revision, recordOf(key))
}

// reachingKey is an organization key's record, its grants here alone, and the highest permission that they give.
type reachingKey struct {
	Record     keyRecord        `json:",embed"`
	Permission authz.Permission `json:"permission"`
}

// reachingKeys is GET /v1/workspaces/{id}/reaching-keys.
func (s *server) reachingKeys(c *gin.Context, who management.Actor) error {
	reaching, err := s.management.ReachingKeys(c.Request.Context(), who, c.Param("id"))
	if err != nil {
		return err
	}
	answer := page[reachingKey]{Data: make([]reachingKey, len(reaching))}
	for i, r := range reaching {
		answer.Data[i] = reachingKey{recordOf(r.Key), r.Permission}
	}
	writeJSON(c, http.StatusOK, answer)
	return nil
}
