package api

import (
	"fmt"
	"net/http"
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
	overlap, once, err := s.readOverlap(c)
	if err != nil {
		return err
	}
	who.Once = once
	successor, secret, revision, err := s.management.RotateKey(c.Request.Context(), who, c.Param("id"), overlap)
	if err != nil {
		return err
	}
	return answerIssued(c, successor, secret, revision)
}

// readOverlap reads how long the old key goes on; without a body it ends at once.
func (s *server) readOverlap(c *gin.Context) (time.Duration, management.Once, error) {
	var body struct {
		OverlapSeconds strictjson.Optional[int64] `json:"overlap_seconds"`
	}
	once, err := s.decodeOnce(c, &body, true)
	if err != nil {
		return 0, once, err
	}
	longest := int64(management.MaxOverlap / time.Second)
	if n := body.OverlapSeconds.Value; n < 0 || n > longest {
		return 0, once, invalid(fieldError{Field: "overlap_seconds", Message: fmt.Sprintf("want 0 to %d", longest)})
	}
	return time.Duration(body.OverlapSeconds.Value) * time.Second, once, nil
}
