package api

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
)

// The decision log counted, as it is answered.
type (
	decisionSummary struct {
		From        time.Time           `json:"from"`
		Until       time.Time           `json:"until"`
		StepSeconds int64               `json:"step_seconds"`
		Complete    bool                `json:"complete"`
		Since       *time.Time          `json:"since"`
		Total       management.Outcomes `json:"total"`
		Codes       map[authz.Code]int  `json:"codes"`
		Took        *tookMicroseconds   `json:"took_us"`
		Buckets     []decisionBucket    `json:"buckets"`
		Keys        map[string]keyUse   `json:"keys,omitzero"`
	}
	tookMicroseconds struct {
		P50 int64 `json:"p50"`
		P99 int64 `json:"p99"`
	}
	decisionBucket struct {
		At    time.Time           `json:"at"`
		Count management.Outcomes `json:",embed"`
		Codes map[authz.Code]int  `json:"codes,omitzero"`
	}
	keyUse struct {
		Count   management.Outcomes `json:",embed"`
		LastAt  time.Time           `json:"last_at"`
		Buckets []decisionBucket    `json:"buckets"`
	}
)

// summarizeDecisions is GET /v1/decision-log/summary.
func (s *server) summarizeDecisions(c *gin.Context, who management.Actor) error {
	query, faults := readSummaryQuery(c.Request.URL.Query())
	if len(faults) > 0 {
		return invalid(faults...)
	}
	counted, err := s.management.SummarizeDecisions(c.Request.Context(), who, query)
	if err != nil {
		return err
	}
	answer := decisionSummary{
		From: counted.From, Until: counted.Until, StepSeconds: int64(counted.Step / time.Second), Complete: counted.Since.IsZero(),
		Total: counted.Total, Codes: counted.Codes, Buckets: bucketsOf(counted.Buckets),
	}
	if !answer.Complete {
		answer.Since = &counted.Since
	}
	if counted.P50 != nil && counted.P99 != nil {
		answer.Took = &tookMicroseconds{counted.P50.Microseconds(), counted.P99.Microseconds()}
	}
	if counted.Keys != nil {
		answer.Keys = make(map[string]keyUse, len(counted.Keys))
		for _, key := range counted.Keys {
			answer.Keys[key.ID] = keyUse{key.Outcomes, key.LastAt, bucketsOf(key.Buckets)}
		}
	}
	writeJSON(c, http.StatusOK, answer)
	return nil
}

func bucketsOf(counted []management.Bucket) []decisionBucket {
	buckets := make([]decisionBucket, len(counted))
	for i, b := range counted {
		buckets[i] = decisionBucket{b.At, b.Outcomes, b.Codes}
	}
	return buckets
}

func readSummaryQuery(values url.Values) (q management.SummaryQuery, faults []fieldError) {
	q.Filter, faults = readDecisionFilter(values, "step", "by")
	if text := values.Get("step"); text != "" {
		seconds, err := strconv.ParseInt(text, 10, 32)
		if err != nil || seconds < 60 || seconds > 86400 {
			faults = append(faults, fieldError{Field: "step", Message: "want a whole number of seconds from 60 to 86400"})
		}
		q.Step = time.Duration(seconds) * time.Second
	}
	switch values.Get("by") {
	case "":
	case "key":
		q.ByKey = true
	default:
		faults = append(faults, fieldError{Field: "by", Message: "want key"})
	}
	return q, faults
}
