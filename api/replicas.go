package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/steelengine/steelgate/management"
)

// replica is a server as it is answered.
type replica struct {
	ID             string    `json:"id"`
	Version        string    `json:"version"`
	StartedAt      time.Time `json:"started_at"`
	SeenAt         time.Time `json:"seen_at"`
	DataRevision   uint64    `json:"data_revision"`
	PolicyRevision uint64    `json:"policy_revision"`
	FreshMS        *int64    `json:"fresh_ms"`
	IsReady        bool      `json:"ready"`
	IsSelf         bool      `json:"self"`
}

// listReplicas is GET /v1/replicas: there are few, and they come all at once.
func (s *server) listReplicas(c *gin.Context, who management.Actor) error {
	if faults := unknownParameters(c.Request.URL.Query()); len(faults) > 0 {
		return invalid(faults...)
	}
	seen, err := s.management.Replicas(c.Request.Context(), who)
	if err != nil {
		return err
	}
	answer := page[replica]{Data: make([]replica, len(seen))}
	for i, r := range seen {
		answer.Data[i] = replica{
			ID: r.ID, Version: r.Version, StartedAt: r.StartedAt, SeenAt: r.SeenAt, DataRevision: r.DataRevision, PolicyRevision: r.PolicyRevision, IsReady: r.IsReady, IsSelf: r.IsSelf,
		}
		if r.DataAge != nil {
			age := r.DataAge.Milliseconds()
			answer.Data[i].FreshMS = &age
		}
	}
	writeJSON(c, http.StatusOK, answer)
	return nil
}
