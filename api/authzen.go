package api

import (
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/strictjson"
)

// The doors of AuthZEN's Authorization API 1.0, section by section: the information model and the evaluation here, then evaluations,
// searches and metadata in files of their own. What that standard leaves to the service is said in docs/api.md.

// Paths of the standard.
const (
	evaluationPath  = "/access/v1/evaluation"
	evaluationsPath = "/access/v1/evaluations"
	metadataPath    = "/.well-known/authzen-configuration"
)

// mountAuthZEN lists the routes of the standard.
func (s *server) mountAuthZEN(r *gin.Engine) {
	r.GET(metadataPath, s.authzenMetadata)
	doors := r.Group("", s.asAuthZEN, s.requireScope(authz.DecideScope))
	doors.POST(evaluationPath, s.evaluate)
	doors.POST(evaluationsPath, s.evaluateMany)
	doors.POST(searchSubjectPath, s.searchSubjects)
	doors.POST(searchResourcePath, s.searchResources)
	doors.POST(searchActionPath, s.searchActions)
}

// asAuthZEN sends a request's id back, and has errors be as the standard says: a text for people.
func (s *server) asAuthZEN(c *gin.Context) {
	if id := c.Request.Header.Get("X-Request-Id"); id != "" {
		c.Header("X-Request-Id", id)
	}
	c.Set(problemWriter, writeProblemText)
}

// writeProblemText answers a problem as a text of one line: what is wrong, and at which fields.
func writeProblemText(c *gin.Context, p *problem) {
	problemHeaders(c, p)
	text := p.Detail
	for _, f := range p.Errors {
		text += " " + f.Field + ": " + f.Message + "."
	}
	c.Header("Content-Type", "text/plain; charset=utf-8")
	c.Header("X-Content-Type-Options", "nosniff")
	c.Status(p.Status)
	_, _ = c.Writer.WriteString(text + "\n")
	c.Abort()
}

// badRequest is a question that can't be read, for the faults of its fields.
func badRequest(faults ...fieldError) *problem {
	p := newProblem(http.StatusBadRequest, "invalid_request", "The request can't be read.")
	p.Errors = faults
	return p
}

// decodeAuthZEN reads a body as the standard has it: JSON by its content type, in which names pass that are not known.
func (s *server) decodeAuthZEN(c *gin.Context, dst any) error {
	kinds := c.Request.Header.Values("Content-Type")
	kind := ""
	if len(kinds) == 1 {
		kind, _, _ = mime.ParseMediaType(kinds[0])
	}
	if kind != "application/json" {
		return newProblem(http.StatusBadRequest, "invalid_content_type", "The content type must be application/json.")
	}
	return asBadRequest(bodyError(strictjson.DecodeKnown(c.Request.Body, maxBody, dst)))
}

// asBadRequest makes a 400 of a body's fault, unless it is its length.
func asBadRequest(err error) error {
	fault, ok := err.(*strictjson.Error)
	if !ok || fault.Kind == strictjson.TooLarge {
		return err
	}
	p := bodyProblem(fault)
	p.Status = http.StatusBadRequest
	return p
}

// entityRequest is a subject or a resource.
type entityRequest struct {
	Type       strictjson.Optional[string]         `json:"type"`
	ID         strictjson.Optional[string]         `json:"id"`
	Properties strictjson.Optional[jsontext.Value] `json:"properties"`
}

type actionRequest struct {
	Name       strictjson.Optional[string]         `json:"name"`
	Properties strictjson.Optional[jsontext.Value] `json:"properties"`
}

// evaluationRequest is the body of POST /access/v1/evaluation.
type evaluationRequest struct {
	Subject  strictjson.Optional[entityRequest]  `json:"subject"`
	Action   strictjson.Optional[actionRequest]  `json:"action"`
	Resource strictjson.Optional[entityRequest]  `json:"resource"`
	Context  strictjson.Optional[jsontext.Value] `json:"context"`
}

// question is an evaluation, read.
type question struct {
	subject subject
	request authz.Request
}

// sought is the part of a question that a search looks for, and that stands without its id, or not at all.
type sought string

const (
	nothing        sought = ""
	soughtSubject  sought = "subject"
	soughtAction   sought = "action"
	soughtResource sought = "resource"
)

// read checks the shape of a question, but for what is sought.
func (e evaluationRequest) read(wanted sought) (q question, faults []fieldError) {
	fault := func(field, message string) { faults = append(faults, fieldError{Field: field, Message: message}) }
	object := func(field string, value strictjson.Optional[jsontext.Value]) authz.Object {
		switch {
		case !value.Set || value.Null:
			return nil
		case value.Value.Kind() != '{':
			fault(field, "want an object")
		case !engine.CanRead(authz.Object(value.Value)):
			fault(field, tooLarge)
		default:
			return authz.Object(value.Value)
		}
		return nil
	}
	entity := func(name string, given strictjson.Optional[entityRequest], isSought bool) (made authz.Entity) {
		if !given.Set || given.Null {
			fault(name, `is required: an object such as {"type": "…", "id": "…"}`)
			return made
		}
		if made.Type = given.Value.Type.Value; made.Type == "" {
			fault(name+".type", "is required")
		}
		if !isSought {
			if made.ID = given.Value.ID.Value; !given.Value.ID.Set || given.Value.ID.Null {
				fault(name+".id", "is required")
			}
		}
		made.Properties = object(name+".properties", given.Value.Properties)
		return made
	}
	who := entity("subject", e.Subject, wanted == soughtSubject)
	if wanted != soughtAction {
		switch {
		case !e.Action.Set || e.Action.Null:
			fault("action", `is required: an object such as {"name": "workflow.execute"}`)
		case e.Action.Value.Name.Value == "":
			fault("action.name", "is required")
		}
		q.request.Action = e.Action.Value.Name.Value
		q.request.ActionProperties = object("action.properties", e.Action.Value.Properties)
	}
	q.request.Resource = entity("resource", e.Resource, wanted == soughtResource)
	context, wrong := readContext(e.Context.Value)
	if wrong != nil {
		faults = append(faults, *wrong)
	}
	q.request.Context = context
	if q.subject, wrong = readSubject(who.Type, who.ID, jsontext.Value(who.Properties)); wrong != nil {
		faults = append(faults, *wrong)
	}
	return q, faults
}

// evaluation is a decision in the standard's shape.
type evaluation struct {
	Decision bool              `json:"decision"`
	Context  evaluationContext `json:"context"`
}

// evaluationContext is why.
type evaluationContext struct {
	Code       authz.Code             `json:"code"`
	Message    string                 `json:"message,omitzero"`
	Permission *authz.PermissionCheck `json:"permission,omitzero"`
	BilledTo   *authz.Owner           `json:"billed_to,omitzero"`
	DecisionID string                 `json:"decision_id,omitzero"`
	// Error stands where one of several questions could not be read.
	Error *evaluationError `json:"error,omitzero"`
}

// evaluationError is what the question would have been answered, had it come alone.
type evaluationError struct {
	Status  int    `json:"status"`
	Message string `json:"message"`
}

func evaluationOf(d authz.Decision) evaluation {
	return evaluation{d.Allow, evaluationContext{Code: d.Code, Message: d.Message, Permission: d.Permission, BilledTo: d.BilledTo, DecisionID: d.ID}}
}

// evaluate is POST /access/v1/evaluation.
func (s *server) evaluate(c *gin.Context) {
	var body evaluationRequest
	if err := s.decodeAuthZEN(c, &body); err != nil {
		s.fail(c, err)
		return
	}
	s.evaluateOne(c, body)
}

// evaluateOne answers a question that came alone.
func (s *server) evaluateOne(c *gin.Context, body evaluationRequest) {
	q, faults := body.read(nothing)
	if len(faults) > 0 {
		s.fail(c, badRequest(faults...))
		return
	}
	view, err := s.engine.View()
	if err != nil {
		s.fail(c, err)
		return
	}
	decision, err := s.answerQuestion(view, authzenDoor, q)
	if err != nil {
		s.fail(c, fmt.Errorf("decision %s: %w", decision.ID, err))
		return
	}
	writeJSON(c, http.StatusOK, evaluationOf(decision))
}

const authzenDoor = "authzen"

// answerQuestion decides, and tells whoever looks at decisions after the fact.
func (s *server) answerQuestion(view *engine.View, door string, q question) (authz.Decision, error) {
	return s.answerWatched(view, view, door, q)
}

// answerWatched is answerQuestion, by the view as it is watched: whoever looks after the fact sees the view itself.
func (s *server) answerWatched(view, watched *engine.View, door string, q question) (authz.Decision, error) {
	began := time.Now()
	decision, err := decideSubject(watched, q.subject, q.request)
	logged := view.Logged(door, q.request, "", decision, time.Since(began))
	logged.Subject = q.subject.logged()
	s.note(view, logged, decision)
	s.metrics.decided(door, decision)
	return decision, err
}

// faultText tells faults in one line.
func faultText(faults []fieldError) string {
	lines := make([]string, len(faults))
	for i, f := range faults {
		lines[i] = f.Field + " " + f.Message
	}
	return strings.Join(lines, "; ")
}
