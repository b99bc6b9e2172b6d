package api

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/management"
)

// listAudit is GET /v1/audit: one page, newest first.
func (s *server) listAudit(c *gin.Context, who management.Actor) error {
	query, faults := readAuditQuery(c.Request.URL.Query())
	if len(faults) > 0 {
		return invalid(faults...)
	}
	records, more, err := s.management.Audit(c.Request.Context(), who, query)
	if err != nil {
		return err
	}
	answer := page[management.AuditRecord]{Data: records, Pagination: pagination{HasMore: more}}
	if more {
		cursor := strconv.FormatUint(records[len(records)-1].Seq, 10)
		answer.Pagination.Cursor = &cursor
	}
	writeJSON(c, http.StatusOK, answer)
	return nil
}

// exportAudit is GET /v1/audit/export: every entry that the same query finds, newest first, one a line.
func (s *server) exportAudit(c *gin.Context, who management.Actor) error {
	query, faults := readAuditQuery(c.Request.URL.Query())
	if len(faults) > 0 {
		return invalid(faults...)
	}
	query.Limit = maxAuditPage
	control := http.NewResponseController(c.Writer)
	for begun := false; ; begun = true {
		records, more, err := s.management.Audit(c.Request.Context(), who, query)
		switch {
		case err != nil && begun:
			// What was sent can't be taken back: cut the answer off, so that nobody takes it for the whole.
			s.log.Error("an export of the audit was cut off", "error", err)
			panic(http.ErrAbortHandler)
		case err != nil:
			return err
		case !begun:
			c.Header("Content-Type", "application/x-ndjson")
			c.Header("Cache-Control", "no-store")
			c.Header("Content-Disposition", `attachment; filename="steelgate-audit.ndjson"`)
			c.Status(http.StatusOK)
		}
		for _, record := range records {
			// Whoever does not take the answer has gone.
			_ = json.MarshalWrite(c.Writer, record, json.FormatNilSliceAsNull(true))
			_, _ = c.Writer.WriteString("\n")
		}
		if !more {
			return nil
		}
		query.Before = records[len(records)-1].Seq
		// Each page has the time of a request of its own.
		_ = control.SetWriteDeadline(time.Now().Add(exportTimeout))
	}
}

// maxAuditPage is the greatest length of a page of the audit: an entry may have hundreds of changes in it.
const maxAuditPage = 200

// exportTimeout is how long a page of an export may take to be sent.
const exportTimeout = 30 * time.Second

func readAuditQuery(values url.Values) (q management.AuditQuery, faults []fieldError) {
	add := func(field, message string) { faults = append(faults, fieldError{Field: field, Message: message}) }
	faults = unknownParameters(values, "owner_type", "owner_id", "action", "actor", "target", "outcome", "from", "until", "cursor", "limit")
	q.Owner = authz.Owner{Type: authz.OwnerType(values.Get("owner_type")), ID: values.Get("owner_id")}
	if q.Owner.Type != "" && !slices.Contains(ownerTypes, q.Owner.Type) {
		add("owner_type", "want user, workspace or organization")
	}
	if (q.Owner.Type == "") != (q.Owner.ID == "") {
		add("owner_id", "owner_type and owner_id go together")
	}
	q.Action, q.Actor, q.Target = values.Get("action"), values.Get("actor"), values.Get("target")
	switch outcome := values.Get("outcome"); outcome {
	case "":
	case "done", "denied":
		isDenied := outcome == "denied"
		q.Denied = &isDenied
	default:
		add("outcome", "want done or denied")
	}
	for name, at := range map[string]*time.Time{"from": &q.From, "until": &q.Until} {
		if text := values.Get(name); text != "" {
			parsed, err := time.Parse(time.RFC3339, text)
			if err != nil {
				add(name, "want a time as in RFC 3339, such as 2030-01-31T12:00:00Z")
			}
			*at = parsed
		}
	}
	if text := values.Get("cursor"); text != "" {
		before, err := strconv.ParseUint(text, 10, 63)
		if err != nil || before == 0 {
			add("cursor", "is none that a list answered")
		}
		q.Before = before
	}
	limit, fault := pageLimit(values)
	limit = min(limit, maxAuditPage)
	if fault != nil {
		faults = append(faults, *fault)
	}
	q.Limit = limit
	return q, faults
}
