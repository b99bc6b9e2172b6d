package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/shadow"
	"github.com/steelengine/steelgate/storage"
)

// candidateRecord is what runs beside the policy in force, and what this replica saw of it.
type candidateRecord struct {
	ID           string            `json:"id"`
	Message      string            `json:"message"`
	Author       string            `json:"author"`
	BaseRevision uint64            `json:"base_revision"`
	BegunAt      time.Time         `json:"begun_at"`
	Acknowledged *string           `json:"acknowledged"`
	Override     *string           `json:"override"`
	Files        map[string]string `json:"files"`
	Seen         shadow.Report     `json:"seen"`
}

func (s *server) candidateRecordOf(c storage.PolicyCandidate) candidateRecord {
	return candidateRecord{
		ID: c.ID, Message: c.Message, Author: c.Author, BaseRevision: c.Base, BegunAt: c.BegunAt,
		Acknowledged: orNull(c.Acknowledged), Override: orNull(c.Override), Files: c.Files, Seen: s.shadow.Report(c.ID),
	}
}

// getCandidate is GET /v1/policy/shadow.
func (s *server) getCandidate(c *gin.Context, who management.Actor) error {
	candidate, err := s.management.Candidate(c.Request.Context(), who)
	if err == nil {
		writeJSON(c, http.StatusOK, s.candidateRecordOf(candidate))
	}
	return err
}

// beginCandidate is PUT /v1/policy/shadow.
func (s *server) beginCandidate(c *gin.Context, who management.Actor) error {
	var draft management.PolicyDraft
	if err := s.decode(c, &draft); err != nil {
		return err
	}
	awaitJudgement(c)
	candidate, revision, err := s.management.BeginCandidate(c.Request.Context(), who, draft)
	if err != nil {
		return err
	}
	return answerChange(c, http.StatusCreated, revision, s.candidateRecordOf(candidate))
}

// dropCandidate is DELETE /v1/policy/shadow.
func (s *server) dropCandidate(c *gin.Context, who management.Actor) error {
	revision, err := s.management.DropCandidate(c.Request.Context(), who)
	if err != nil {
		return err
	}
	return answerChange(c, http.StatusNoContent, revision, nil)
}

// promoteCandidate is POST /v1/policy/shadow/promote.
func (s *server) promoteCandidate(c *gin.Context, who management.Actor) error {
	awaitJudgement(c)
	published, revision, err := s.management.PromoteCandidate(c.Request.Context(), who)
	if err != nil {
		return err
	}
	return answerChange(c, http.StatusCreated, revision, policyRecordOf(published))
}
