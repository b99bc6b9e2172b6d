package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/storage"
)

// identityRecord is a person of an OpenID provider whom a user is.
type identityRecord struct {
	Issuer   string    `json:"issuer"`
	Subject  string    `json:"subject"`
	LinkedAt time.Time `json:"linked_at"`
}

func identityRecordOf(i storage.Identity) identityRecord {
	return identityRecord{i.Issuer, i.Subject, i.LinkedAt}
}

// listIdentities is GET /v1/users/{id}/identities.
func (s *server) listIdentities(c *gin.Context, who management.Actor) error {
	found, err := s.management.Identities(c.Request.Context(), who, c.Param("id"))
	if err != nil {
		return err
	}
	records := make([]identityRecord, len(found))
	for i, one := range found {
		records[i] = identityRecordOf(one)
	}
	writeJSON(c, http.StatusOK, page[identityRecord]{Data: records})
	return nil
}

// linkIdentity is PUT /v1/users/{id}/identities.
func (s *server) linkIdentity(c *gin.Context, who management.Actor) error {
	var fields management.IdentityFields
	if err := s.decode(c, &fields); err != nil {
		return err
	}
	linked, err := s.management.LinkIdentity(c.Request.Context(), who, c.Param("id"), fields)
	if err == nil {
		writeJSON(c, http.StatusOK, identityRecordOf(linked))
	}
	return err
}

// unlinkIdentities is DELETE /v1/users/{id}/identities.
func (s *server) unlinkIdentities(c *gin.Context, who management.Actor) error {
	if err := s.management.UnlinkIdentities(c.Request.Context(), who, c.Param("id")); err != nil {
		return err
	}
	answerDone(c)
	return nil
}
