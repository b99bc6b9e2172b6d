package api

import (
	"encoding/hex"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/strictjson"
)

// mountPolicy mounts what policy admins do, and what everybody may know of the policy.
func (s *server) mountPolicy(r gin.IRoutes) {
	r.GET("/actions", s.asActor(s.getActions))
	r.GET("/policy", s.asActor(s.getPolicy))
	r.POST("/policy/check", s.asActor(s.checkPolicy))
	r.POST("/policy/format", s.asActor(s.formatPolicy))
	r.POST("/policy/impact", s.asActor(s.policyImpact))
	r.GET("/policy/revisions", s.asActor(s.listPolicyRevisions))
	r.POST("/policy/revisions", s.asActor(s.publishPolicy))
	r.GET("/policy/revisions/:revision", s.asActor(s.getPolicyRevision))
	r.POST("/policy/revisions/:revision/restore", s.asActor(s.restorePolicy))
	r.GET("/policy/diff", s.asActor(s.diffPolicies))
	r.GET("/policy/upgrade", s.asActor(s.policyUpgrade))
	r.GET("/policy/shadow", s.asActor(s.getCandidate))
	r.PUT("/policy/shadow", s.asActor(s.beginCandidate))
	r.DELETE("/policy/shadow", s.asActor(s.dropCandidate))
	r.POST("/policy/shadow/promote", s.asActor(s.promoteCandidate))
}

// policyHead is a published revision without its files.
type policyHead struct {
	Revision     uint64    `json:"revision"`
	Message      string    `json:"message"`
	Author       string    `json:"author"`
	PublishedAt  time.Time `json:"published_at"`
	Digest       string    `json:"digest"`
	BaseRevision *uint64   `json:"base_revision"`
	Restores     *uint64   `json:"restores"`
	Acknowledged *string   `json:"acknowledged"`
	Override     *string   `json:"override"`
}

// policyRecord is a published revision.
type policyRecord struct {
	policyHead
	Files map[string]string `json:"files"`
}

func policyHeadOf(p storage.PolicyRevision) policyHead {
	return policyHead{
		Revision: p.Revision, Message: p.Message, Author: p.Author, PublishedAt: p.PublishedAt, Digest: hex.EncodeToString(p.Digest[:]),
		BaseRevision: orNone(p.Base), Restores: orNone(p.Restores), Acknowledged: orNull(p.Acknowledged), Override: orNull(p.Override),
	}
}

func policyRecordOf(p storage.PolicyRevision) policyRecord {
	return policyRecord{policyHead: policyHeadOf(p), Files: p.Files}
}

// orNone is null for 0.
func orNone(revision uint64) *uint64 {
	if revision == 0 {
		return nil
	}
	return &revision
}

// getPolicy is GET /v1/policy.
func (s *server) getPolicy(c *gin.Context, who management.Actor) error {
	active, err := s.management.ActivePolicy(c.Request.Context(), who)
	if err == nil {
		writeJSON(c, http.StatusOK, policyRecordOf(active))
	}
	return err
}

// judgementTimeout is how long the judgement on a draft may take: it may have to wait for others, and is somebody's program.
const judgementTimeout = 2 * time.Minute

// awaitJudgement keeps the connection open for as long as a draft is judged.
func awaitJudgement(c *gin.Context) {
	_ = http.NewResponseController(c.Writer).SetWriteDeadline(time.Now().Add(judgementTimeout))
}

// policyFiles is a draft's whole.
type policyFiles struct {
	Files strictjson.Optional[management.PolicyFiles] `json:"files"`
}

var wantFiles = fieldError{Field: "files", Message: "is required: the whole policy, an object of paths and sources"}

func (s *server) decodeFiles(c *gin.Context) (map[string]string, error) {
	var body policyFiles
	if err := s.decode(c, &body); err != nil {
		return nil, err
	}
	if !body.Files.Set || body.Files.Null {
		return nil, invalid(wantFiles)
	}
	return body.Files.Value, nil
}

// checkPolicy is POST /v1/policy/check.
func (s *server) checkPolicy(c *gin.Context, who management.Actor) error {
	files, err := s.decodeFiles(c)
	if err != nil {
		return err
	}
	awaitJudgement(c)
	verdict, err := s.management.CheckPolicy(c.Request.Context(), who, files)
	if err == nil {
		writeJSON(c, http.StatusOK, verdict)
	}
	return err
}

// formatPolicy is POST /v1/policy/format.
func (s *server) formatPolicy(c *gin.Context, who management.Actor) error {
	files, err := s.decodeFiles(c)
	if err != nil {
		return err
	}
	awaitJudgement(c)
	formatted, err := s.management.FormatPolicy(c.Request.Context(), who, files)
	if err == nil {
		writeJSON(c, http.StatusOK, formatted)
	}
	return err
}

// getActions is GET /v1/actions.
func (s *server) getActions(c *gin.Context, who management.Actor) error {
	if faults := unknownParameters(c.Request.URL.Query()); len(faults) > 0 {
		return invalid(faults...)
	}
	vocabulary, err := s.management.Vocabulary(c.Request.Context(), who)
	if err == nil {
		writeJSON(c, http.StatusOK, vocabulary)
	}
	return err
}

// policyImpact is POST /v1/policy/impact.
func (s *server) policyImpact(c *gin.Context, who management.Actor) error {
	var body struct {
		policyFiles
		From  strictjson.Optional[time.Time] `json:"from"`
		Until strictjson.Optional[time.Time] `json:"until"`
	}
	if err := s.decode(c, &body); err != nil {
		return err
	}
	var faults []fieldError
	if !body.Files.Set || body.Files.Null {
		faults = append(faults, wantFiles)
	}
	if from, until := body.From.Value, body.Until.Value; !until.IsZero() && !from.IsZero() && !from.Before(until) {
		faults = append(faults, fieldError{Field: "until", Message: "is not after from"})
	}
	if len(faults) > 0 {
		return invalid(faults...)
	}
	awaitJudgement(c)
	report, err := s.management.PolicyImpact(c.Request.Context(), who, body.Files.Value, body.From.Value, body.Until.Value)
	if err == nil {
		writeJSON(c, http.StatusOK, report)
	}
	return err
}

// listPolicyRevisions is GET /v1/policy/revisions.
func (s *server) listPolicyRevisions(c *gin.Context, who management.Actor) error {
	query := c.Request.URL.Query()
	faults := unknownParameters(query, "cursor", "limit")
	limit, fault := pageLimit(query)
	if fault != nil {
		faults = append(faults, *fault)
	}
	before, fault := numberParameter(query, "cursor", "is none that a list answered")
	if fault != nil {
		faults = append(faults, *fault)
	}
	if len(faults) > 0 {
		return invalid(faults...)
	}
	revisions, more, err := s.management.PolicyRevisions(c.Request.Context(), who, before, limit)
	if err != nil {
		return err
	}
	answer := page[policyHead]{Data: make([]policyHead, len(revisions)), Pagination: pagination{HasMore: more}}
	for i, revision := range revisions {
		answer.Data[i] = policyHeadOf(revision)
	}
	if more {
		cursor := strconv.FormatUint(revisions[len(revisions)-1].Revision, 10)
		answer.Pagination.Cursor = &cursor
	}
	writeJSON(c, http.StatusOK, answer)
	return nil
}

// publishPolicy is POST /v1/policy/revisions.
func (s *server) publishPolicy(c *gin.Context, who management.Actor) error {
	var draft management.PolicyDraft
	if err := s.decode(c, &draft); err != nil {
		return err
	}
	awaitJudgement(c)
	published, revision, err := s.management.PublishPolicy(c.Request.Context(), who, draft)
	if err != nil {
		return err
	}
	return answerChange(c, http.StatusCreated, revision, policyRecordOf(published))
}

// getPolicyRevision is GET /v1/policy/revisions/{n}.
func (s *server) getPolicyRevision(c *gin.Context, who management.Actor) error {
	found, err := s.management.PolicyRevision(c.Request.Context(), who, revisionParam(c))
	if err == nil {
		writeJSON(c, http.StatusOK, policyRecordOf(found))
	}
	return err
}

// restorePolicy is POST /v1/policy/revisions/{n}/restore.
func (s *server) restorePolicy(c *gin.Context, who management.Actor) error {
	if err := mustHaveNoBody(c); err != nil {
		return err
	}
	awaitJudgement(c)
	published, revision, err := s.management.RestorePolicy(c.Request.Context(), who, revisionParam(c))
	if err != nil {
		return err
	}
	return answerChange(c, http.StatusCreated, revision, policyRecordOf(published))
}

// revisionParam is the revision in the path; 0, which none has, for what is no number.
func revisionParam(c *gin.Context) uint64 {
	n, err := strconv.ParseUint(c.Param("revision"), 10, 63)
	if err != nil {
		return 0
	}
	return n
}

// diffPolicies is GET /v1/policy/diff?from=&to=.
func (s *server) diffPolicies(c *gin.Context, who management.Actor) error {
	query := c.Request.URL.Query()
	faults := unknownParameters(query, "from", "to")
	from, fault := numberParameter(query, "from", "want the number of a revision")
	if fault == nil && from == 0 {
		fault = &fieldError{Field: "from", Message: "is required: the number of a revision"}
	}
	if fault != nil {
		faults = append(faults, *fault)
	}
	to, fault := numberParameter(query, "to", "want the number of a revision")
	if fault != nil {
		faults = append(faults, *fault)
	}
	if len(faults) > 0 {
		return invalid(faults...)
	}
	diffs, through, err := s.management.PolicyDiff(c.Request.Context(), who, from, to)
	if err == nil {
		writeJSON(c, http.StatusOK, struct {
			From  uint64                `json:"from"`
			To    uint64                `json:"to"`
			Files []management.FileDiff `json:"files"`
		}{from, through, diffs})
	}
	return err
}

// policyUpgrade is GET /v1/policy/upgrade.
func (s *server) policyUpgrade(c *gin.Context, who management.Actor) error {
	upgrade, err := s.management.PolicyUpgrade(c.Request.Context(), who)
	if err == nil {
		writeJSON(c, http.StatusOK, upgrade)
	}
	return err
}
