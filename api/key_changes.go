package api

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/strictjson"
)

// updateKey is PATCH /v1/keys/{id}.
func (s *server) updateKey(c *gin.Context, who management.Actor) error {
	var change management.KeyChange
	if err := s.decode(c, &change); err != nil {
		return err
	}
	key, revision, err := s.management.UpdateKey(c.Request.Context(), who, c.Param("id"), change)
	if err != nil {
		return err
	}
	return answerChange(c, http.StatusOK, revision, recordOf(key))
}

// rotateKey is POST /v1/keys/{id}/rotate. The successor's secret is in this answer, and nowhere else.
func (s *server) rotateKey(c *gin.Context, who management.Actor) error {
	overlap, err := s.readOverlap(c)
	if err != nil {
		return err
	}
	successor, secret, revision, err := s.management.RotateKey(c.Request.Context(), who, c.Param("id"), overlap)
	if err != nil {
		return err
	}
	c.Header("Location", "/v1/keys/"+url.PathEscape(successor.ID))
	return answerChange(c, http.StatusCreated, revision, withSecret(recordOf(successor), secret))
}

// readOverlap reads how long the old key goes on; without a body it ends at once.
func (s *server) readOverlap(c *gin.Context) (time.Duration, error) {
	var body struct {
		OverlapSeconds strictjson.Optional[int64] `json:"overlap_seconds"`
	}
	if c.Request.ContentLength != 0 {
		if err := s.decode(c, &body); err != nil {
			return 0, err
		}
	}
	longest := int64(management.MaxOverlap / time.Second)
	if n := body.OverlapSeconds.Value; n < 0 || n > longest {
		return 0, invalid(fieldError{Field: "overlap_seconds", Message: fmt.Sprintf("want 0 to %d", longest)})
	}
	return time.Duration(body.OverlapSeconds.Value) * time.Second, nil
}
