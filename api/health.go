package api

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// live is GET /livez: the process answers.
func (s *server) live(c *gin.Context) { writeJSON(c, http.StatusOK, map[string]string{"status": "ok"}) }

// ready is GET /readyz: a snapshot and a policy are loaded, and fresh enough to decide on.
func (s *server) ready(c *gin.Context) {
	view, err := s.engine.View()
	if err != nil {
		writeProblem(c, newProblem(http.StatusServiceUnavailable, "not_ready", err.Error()))
		return
	}
	age, _ := s.engine.Freshness()
	writeJSON(c, http.StatusOK, struct {
		Status         string  `json:"status"`
		DataRevision   uint64  `json:"data_revision"`
		PolicyRevision uint64  `json:"policy_revision"`
		DataAge        float64 `json:"data_age_seconds"`
	}{"ready", view.DataRevision(), view.PolicyRevision(), age.Seconds()})
}
