package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/strictjson"
)

// explainRequest is the body of POST /v1/explain: that of a decision, with what may be assumed.
type explainRequest struct {
	decisionRequest
	KeyID strictjson.Optional[string]           `json:"key_id"`
	Facts strictjson.Optional[[]jsontext.Value] `json:"facts"`
	Time  strictjson.Optional[time.Time]        `json:"time"`
}

// explanationRecord is why a decision is what it is. What there is none of is null.
type explanationRecord struct {
	Decision  authz.Decision `json:"decision"`
	DecidedAt time.Time      `json:"decided_at"`
	// Concealed tells that the actor may not see all that lies behind it.
	Concealed      bool         `json:"concealed"`
	Stopped        any          `json:"stopped"`
	Fault          *faultRecord `json:"fault"`
	Steps          any          `json:"steps"`
	Truncated      bool         `json:"truncated"`
	Counterfactual any          `json:"counterfactual"`
}

type faultRecord struct {
	Path    string `json:"path"`
	Row     int    `json:"row"`
	Col     int    `json:"col"`
	Message string `json:"message"`
}

// loggedExplanationRecord explains a decision that was made, by what would be decided today.
type loggedExplanationRecord struct {
	explanationRecord
	Logged loggedOutcome `json:"logged"`
	Same   bool          `json:"same"`
}

// loggedOutcome is what was decided then.
type loggedOutcome struct {
	DecisionID     string     `json:"decision_id"`
	Time           time.Time  `json:"time"`
	Allow          bool       `json:"allow"`
	Code           authz.Code `json:"code"`
	PolicyRevision uint64     `json:"policy_revision"`
	DataRevision   uint64     `json:"data_revision"`
}

// explain is POST /v1/explain.
func (s *server) explain(c *gin.Context, who management.Actor) error {
	var body explainRequest
	if err := s.decode(c, &body); err != nil {
		return err
	}
	q, faults := body.question()
	if len(faults) > 0 {
		return invalid(faults...)
	}
	if q.KeyID == "" {
		credential, err := credentialOf(c.Request.Header, body.APIKey.Value)
		if err != nil {
			return err
		}
		q.Credential = credential
	}
	explained, err := s.management.Explain(c.Request.Context(), who, q)
	if err == nil {
		writeJSON(c, http.StatusOK, explanationRecordOf(explained))
	}
	return err
}

// question checks the shape of what is asked.
func (r explainRequest) question() (q management.ExplainQuestion, faults []fieldError) {
	q.Request, faults = r.read("")
	q.KeyID, q.Facts, q.MinRevision = r.KeyID.Value, r.Facts.Value, r.MinRevision.Value
	if q.KeyID != "" && r.APIKey.Value != "" {
		faults = append(faults, fieldError{Field: "key_id", Message: "want one of key_id and api_key"})
	}
	if r.Time.Set && !r.Time.Null {
		at := r.Time.Value.UTC()
		if at.Year() < 1970 || at.Year() > 9998 {
			faults = append(faults, fieldError{Field: "time", Message: "want a time between 1970 and 9998"})
		}
		q.At = &at
	}
	return q, faults
}

func explanationRecordOf(x management.Explanation) explanationRecord {
	record := explanationRecord{
		Decision: x.Decision, DecidedAt: x.At.UTC(), Concealed: x.Concealed, Steps: []any{}, Truncated: x.Truncated,
	}
	if x.Stopped != nil {
		record.Stopped = x.Stopped
	}
	if x.Fault != nil {
		record.Fault = &faultRecord{x.Fault.Path, x.Fault.Row, x.Fault.Col, x.Fault.Message}
		record.Decision.Message = "The policy could not decide."
	}
	if len(x.Steps) > 0 {
		record.Steps = x.Steps
	}
	if x.Counterfactual != nil {
		record.Counterfactual = x.Counterfactual
	}
	return record
}

// explainLogged is GET /v1/decision-log/{id}/explanation.
func (s *server) explainLogged(c *gin.Context, who management.Actor) error {
	if faults := unknownParameters(c.Request.URL.Query()); len(faults) > 0 {
		return invalid(faults...)
	}
	explained, err := s.management.ExplainLogged(c.Request.Context(), who, c.Param("id"))
	if err != nil {
		return err
	}
	logged := explained.Logged
	writeJSON(c, http.StatusOK, loggedExplanationRecord{
		explanationRecord: explanationRecordOf(explained.Explanation), Same: explained.Same,
		Logged: loggedOutcome{logged.ID, logged.Time.UTC(), logged.Allow, logged.Code, logged.PolicyRevision, logged.DataRevision},
	})
	return nil
}
