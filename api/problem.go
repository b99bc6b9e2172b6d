package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/bundle"
	"github.com/steelengine/steelgate/engine/policycheck"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/oidc"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/strictjson"
)

// problem is an error as RFC 9457 has it.
type problem struct {
	Type   string       `json:"type"`
	Title  string       `json:"title"`
	Status int          `json:"status"`
	Detail string       `json:"detail,omitempty"`
	Code   string       `json:"code"`
	Errors []fieldError `json:"errors,omitempty"`
	// Check is why a draft of the policy is refused.
	Check *policycheck.Verdict `json:"check,omitempty"`
}

// fieldError says what is wrong with one field, or one field of one line of an import.
type fieldError struct {
	Line    int    `json:"line,omitempty"`
	Field   string `json:"field"`
	Message string `json:"message"`
}

// newProblem makes one of a status, a snake_case code and a sentence that says what to do.
func newProblem(status int, code, detail string) *problem {
	title := strings.ReplaceAll(code, "_", " ")
	return &problem{
		Type: "urn:steelgate:problem:" + code, Title: strings.ToUpper(title[:1]) + title[1:],
		Status: status, Code: code, Detail: detail,
	}
}

func (p *problem) Error() string { return p.Code + ": " + p.Detail }

// fail answers an error and ends the request. This is the only map from errors to statuses.
func (s *server) fail(c *gin.Context, err error) {
	p := problemOf(err)
	s.logProblem(c, p, err)
	writeProblem(c, p)
}

func (s *server) logProblem(c *gin.Context, p *problem, err error) {
	if c.Request.Context().Err() == nil {
		s.log.Log(c.Request.Context(), severity(p), "request failed", "route", c.FullPath(), "code", p.Code, "error", err)
	}
}

// severity is how loudly a problem is logged: what a caller brought about, quietly, or anyone could fill the log.
func severity(p *problem) slog.Level {
	switch {
	case p.Code == "unavailable", p.Code == "policy_not_bundled", p.Code == "provider_unavailable", p.Code == "provider_not_believed":
		return slog.LevelWarn
	case p.Status >= 500 && p.Status != http.StatusServiceUnavailable:
		return slog.LevelError
	}
	return slog.LevelDebug
}

// problemWriter is under which name a request keeps how its problems are written, where a standard wants them in another shape.
const problemWriter = "problem writer"

func writeProblem(c *gin.Context, p *problem) {
	if write, ok := c.Value(problemWriter).(func(*gin.Context, *problem)); ok {
		write(c, p)
		return
	}
	problemHeaders(c, p)
	c.Header("Content-Type", "application/problem+json")
	c.Status(p.Status)
	// Whoever does not take the answer has gone.
	_ = json.NewEncoder(c.Writer).Encode(p)
	c.Abort()
}

// problemHeaders are those of a problem, whichever way it is written.
func problemHeaders(c *gin.Context, p *problem) {
	switch p.Status {
	case http.StatusUnauthorized:
		c.Header("WWW-Authenticate", `Bearer realm="steelgate"`)
	case http.StatusServiceUnavailable:
		c.Header("Retry-After", "1")
	}
	c.Header("Cache-Control", "no-store")
}

func problemOf(err error) *problem {
	var (
		p       *problem
		body    *strictjson.Error
		refused *management.Error
		draft   *management.DraftRefused
	)
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &body):
		return bodyProblem(body)
	case errors.As(err, &refused):
		return managementProblem(refused)
	case errors.As(err, &draft):
		p := newProblem(http.StatusUnprocessableEntity, "policy_refused", "The draft does not pass its check, and nothing was published: see check.")
		p.Check = &draft.Verdict
		return p
	case errors.Is(err, bundle.ErrPolicy):
		return newProblem(http.StatusConflict, "policy_not_bundled", "The policy in force can't be put into a bundle: its administrators find the cause in the server's log.")
	case errors.Is(err, oidc.ErrUnavailable):
		return newProblem(http.StatusServiceUnavailable, "provider_unavailable", "The OpenID provider can't be reached now: try again shortly.")
	case errors.Is(err, oidc.ErrRefused):
		return newProblem(http.StatusForbidden, "provider_not_believed", "What the OpenID provider answered is not to be believed: begin anew. The server's log has the cause.")
	case errors.Is(err, engine.ErrStale):
		return newProblem(http.StatusServiceUnavailable, "stale", "No decision can be made on fresh data now: try again shortly.")
	case errors.Is(err, engine.ErrPolicy):
		return newProblem(http.StatusInternalServerError, "policy_error", "The policy could not decide: its administrators find the cause in the server's log.")
	case errors.Is(err, storage.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		return newProblem(http.StatusServiceUnavailable, "unavailable", "The database does not answer now: nothing was changed, try again shortly.")
	case errors.Is(err, context.Canceled):
		return newProblem(http.StatusServiceUnavailable, "cancelled", "The request ended before it was done.")
	}
	return newProblem(http.StatusInternalServerError, "internal", "Something failed inside: the server's log has the cause.")
}

func bodyProblem(err *strictjson.Error) *problem {
	var p *problem
	switch err.Kind {
	case strictjson.TooLarge:
		p = newProblem(http.StatusRequestEntityTooLarge, "too_large", err.Detail)
	case strictjson.Invalid:
		p = newProblem(http.StatusUnprocessableEntity, "invalid_field", err.Detail)
	default:
		p = newProblem(http.StatusBadRequest, "malformed", err.Detail)
	}
	for _, f := range err.Fields {
		p.Errors = append(p.Errors, fieldError{Field: f.Field, Message: f.Message})
	}
	return p
}

var statusOf = map[management.Reason]int{
	management.NoActor:   http.StatusUnauthorized,
	management.Forbidden: http.StatusForbidden,
	management.NotFound:  http.StatusNotFound,
	management.Conflict:  http.StatusConflict,
	management.Invalid:   http.StatusUnprocessableEntity,
	management.Busy:      http.StatusServiceUnavailable,
}

func managementProblem(err *management.Error) *problem {
	p := newProblem(statusOf[err.Reason], err.Code, err.Detail)
	for _, f := range err.Fields {
		p.Errors = append(p.Errors, fieldError{Line: f.Line, Field: f.Name, Message: f.Message})
	}
	return p
}
