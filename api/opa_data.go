package api

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/dataapi"
	"github.com/steelengine/steelgate/strictjson"
)

// The door of OPA's Data API: one document stands there, the decision.
const (
	dataRoot = "/v1/data"
	dataPath = dataRoot + "/steelgate/authz/decision"
	opaDoor  = "opa"
)

// mountOPA lists the routes for whoever speaks OPA.
func (s *server) mountOPA(r *gin.Engine) {
	r.POST(dataPath, asOPA, s.requireScope(authz.DecideScope), s.decideData)
	bundles := r.Group("/v1/bundles", s.requireScope(authz.BundleScope))
	bundles.GET("/steelgate.tar.gz", s.serveBundle)
	bundles.HEAD("/steelgate.tar.gz", s.serveBundle)
}

// asOPA has errors be as OPA says them.
func asOPA(c *gin.Context) { c.Set(problemWriter, writeOPAError) }

// isData tells whether a path is of OPA's Data API.
func isData(path string) bool { return path == dataRoot || strings.HasPrefix(path, dataRoot+"/") }

// writeOPAError answers a problem in OPA's shape: a code, OPA's own where it has one, and a message.
func writeOPAError(c *gin.Context, p *problem) {
	problemHeaders(c, p)
	code, message := p.Code, p.Detail
	switch p.Status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusRequestTimeout:
		code = dataapi.InvalidParameter
	case http.StatusNotFound:
		code = dataapi.ResourceNotFound
	}
	if len(p.Errors) > 0 {
		message += " " + faultText(p.Errors) + "."
	}
	c.Header("Content-Type", "application/json")
	c.Status(p.Status)
	_, _ = c.Writer.Write(dataapi.Error(code, message))
	c.Abort()
}

// decideData is POST /v1/data/steelgate/authz/decision.
func (s *server) decideData(c *gin.Context) {
	exchange := dataapi.Begin(c.Request.URL.Query())
	var q question
	err := exchange.Read(func() (err error) {
		q, err = readData(c.Request)
		return err
	})
	if err != nil {
		s.fail(c, err)
		return
	}
	view, err := s.engine.View()
	if err != nil {
		s.fail(c, err)
		return
	}
	decision, err := s.answerWatched(view, exchange.Watch(view), opaDoor, q)
	if err != nil {
		s.fail(c, fmt.Errorf("decision %s: %w", decision.ID, err))
		return
	}
	answer, err := exchange.Answer(view, decision)
	if err != nil {
		s.fail(c, fmt.Errorf("decision %s: %w", decision.ID, err))
		return
	}
	c.Header("Content-Type", "application/json")
	c.Header("Cache-Control", "no-store")
	c.Status(http.StatusOK)
	_, _ = c.Writer.Write(answer)
}

// readData reads a question: an input in AuthZEN's shape. What else an input holds no rule sees, and passes.
func readData(r *http.Request) (question, error) {
	body, err := inflated(r)
	if err != nil {
		return question{}, err
	}
	var asked struct {
		Input strictjson.Optional[evaluationRequest] `json:"input"`
	}
	if err := asBadRequest(bodyError(strictjson.DecodeKnown(body, maxBody, &asked))); err != nil {
		return question{}, err
	}
	if !asked.Input.Set || asked.Input.Null {
		return question{}, badRequest(fieldError{Field: "input", Message: "is required: an object with subject, action and resource"})
	}
	q, faults := asked.Input.Value.read(nothing)
	if len(faults) > 0 {
		return question{}, badRequest(faults...)
	}
	return q, nil
}

// inflated is a request's body, out of gzip where it comes in that: at most maxBody bytes count, before and after.
func inflated(r *http.Request) (io.Reader, error) {
	switch encoding := strings.ToLower(strings.Join(r.Header.Values("Content-Encoding"), ",")); encoding {
	case "", "identity":
		return r.Body, nil
	case "gzip":
		zip, err := gzip.NewReader(io.LimitReader(r.Body, maxBody))
		if err != nil {
			return nil, newProblem(http.StatusBadRequest, "malformed", "The body is not gzip, as Content-Encoding says.")
		}
		return zip, nil
	}
	return nil, newProblem(http.StatusUnsupportedMediaType, "unsupported_encoding", "The body's Content-Encoding must be gzip, or none.")
}
