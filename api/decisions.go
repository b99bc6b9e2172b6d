package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/strictjson"
)

// maxBody is the greatest length of a body, in bytes; an import has none.
const maxBody = 1 << 20

// maxBatch is the greatest number of decisions in a batch.
const maxBatch = 1000

// decisionRequest is the body of POST /v1/decisions. A field that may be left out may be null too.
type decisionRequest struct {
	APIKey      strictjson.Optional[string]          `json:"api_key"`
	Action      strictjson.Optional[string]          `json:"action"`
	Resource    strictjson.Optional[resourceRequest] `json:"resource"`
	Context     strictjson.Optional[jsontext.Value]  `json:"context"`
	MinRevision strictjson.Optional[uint64]          `json:"min_revision"`
}

type resourceRequest struct {
	Type       strictjson.Optional[string]         `json:"type"`
	ID         strictjson.Optional[string]         `json:"id"`
	Properties strictjson.Optional[jsontext.Value] `json:"properties"`
}

// batchTime is how long the questions of one request may take together: somewhat less than a connection has, so that whoever asked is told,
// and nothing is decided that nobody waits for. It is a variable for tests to have no time.
var batchTime = 25 * time.Second

// batchFault is why the rest of many questions is not asked; nil is that it is.
func batchFault(ctx context.Context) error {
	err := ctx.Err()
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: many questions together ran past their time limit", engine.ErrPolicy)
	}
	return err
}

// decide is POST /v1/decisions.
func (s *server) decide(c *gin.Context) {
	var body decisionRequest
	if err := s.decode(c, &body); err != nil {
		s.fail(c, err)
		return
	}
	credential, err := credentialOf(c.Request.Header, body.APIKey.Value)
	if err != nil {
		s.fail(c, err)
		return
	}
	request, faults := body.read("")
	if len(faults) > 0 {
		s.fail(c, invalid(faults...))
		return
	}
	view, err := s.viewAt(c, body.MinRevision.Value)
	if err != nil {
		s.fail(c, err)
		return
	}
	began := time.Now()
	decision, err := view.Decide(credential, request)
	s.note(view, view.Logged("decisions", request, "", decision, time.Since(began)), decision)
	s.metrics.decided("decisions", decision)
	if err != nil {
		s.fail(c, fmt.Errorf("decision %s: %w", decision.ID, err))
		return
	}
	writeJSON(c, http.StatusOK, decision)
}

// note hands a decision, whoever asked for it, to whoever looks at decisions after the fact: the decision log, and the candidate
// policy that runs beside the one in force. Neither makes it wait. Where no route matched no policy was asked, and there is nothing to
// compare.
func (s *server) note(view *engine.View, logged authz.LoggedDecision, decision authz.Decision) {
	s.record(logged)
	if decision.Code != noRoute {
		s.shadow.Observe(view, logged.Subject, logged.Request, decision)
	}
}

// decideBatch is POST /v1/decisions/batch: all at one data revision and one policy revision. Where the policy fails for one
// item, that item says so; no other suffers.
func (s *server) decideBatch(c *gin.Context) {
	var body struct {
		Decisions []decisionRequest `json:"decisions"`
	}
	if err := s.decode(c, &body); err != nil {
		s.fail(c, err)
		return
	}
	if n := len(body.Decisions); n == 0 || n > maxBatch {
		s.fail(c, invalid(fieldError{Field: "decisions", Message: fmt.Sprintf("want 1 to %d decisions", maxBatch)}))
		return
	}
	credentials := make([]engine.Credential, len(body.Decisions))
	requests := make([]authz.Request, len(body.Decisions))
	var faults []fieldError
	var revision uint64
	for i, item := range body.Decisions {
		var found []fieldError
		requests[i], found = item.read(fmt.Sprintf("decisions[%d].", i))
		faults = append(faults, found...)
		credential, err := credentialOf(c.Request.Header, item.APIKey.Value)
		if err != nil {
			s.fail(c, err)
			return
		}
		credentials[i] = credential
		revision = max(revision, item.MinRevision.Value)
	}
	if len(faults) > 0 {
		s.fail(c, invalid(faults...))
		return
	}
	view, err := s.viewAt(c, revision)
	if err != nil {
		s.fail(c, err)
		return
	}
	answer := struct {
		Decisions []authz.Decision `json:"decisions"`
	}{make([]authz.Decision, len(requests))}
	ctx, cancel := context.WithTimeout(c.Request.Context(), batchTime)
	defer cancel()
	for i := range requests {
		if err := batchFault(ctx); err != nil {
			s.fail(c, err)
			return
		}
		began := time.Now()
		decision, err := view.Decide(credentials[i], requests[i])
		s.note(view, view.Logged("decisions/batch", requests[i], "", decision, time.Since(began)), decision)
		if err != nil {
			s.log.Error("no decision", "door", "decisions/batch", "decision_id", decision.ID, "error", err)
			decision.Message = "The policy could not decide."
		}
		s.metrics.decided("decisions/batch", decision)
		answer.Decisions[i] = decision
	}
	writeJSON(c, http.StatusOK, answer)
}

// viewAt pins what is in force, once that has reached the revision.
func (s *server) viewAt(c *gin.Context, revision uint64) (*engine.View, error) {
	if err := s.engine.Await(c.Request.Context(), revision); err != nil {
		return nil, err
	}
	return s.engine.View()
}

// credentialOf takes the key from the body or from the header X-API-Key. Two that differ, and a header given twice, are
// refused.
func credentialOf(h http.Header, inBody string) (engine.Credential, error) {
	headers := h.Values("X-Api-Key")
	switch {
	case len(headers) == 0, len(headers) == 1 && headers[0] == "":
		return engine.Present(inBody), nil
	case len(headers) > 1:
		return engine.Credential{}, newProblem(http.StatusBadRequest, "doubled_header", "The header X-API-Key is given more than once.")
	case inBody != "" && inBody != headers[0]:
		return engine.Credential{}, newProblem(http.StatusBadRequest, "two_keys", "The body's api_key and the header X-API-Key differ.")
	}
	return engine.Present(headers[0]), nil
}

// read checks the shape of a request; the prefix leads to its fields.
func (d decisionRequest) read(prefix string) (authz.Request, []fieldError) {
	var faults []fieldError
	require := func(field string, present bool, want string) {
		if !present {
			faults = append(faults, fieldError{Field: prefix + field, Message: "is required: " + want})
		}
	}
	resource := d.Resource.Value
	require("action", d.Action.Value != "", "the name of an action, such as workflow.execute")
	require("resource", d.Resource.Set && !d.Resource.Null, `an object such as {"type": "workflow", "id": "wf_1"}`)
	if len(faults) == 0 {
		require("resource.type", resource.Type.Value != "", "a type of resource, such as workflow")
		require("resource.id", resource.ID.Set && !resource.ID.Null, "the id of a resource")
	}
	request := authz.Request{
		Action:   d.Action.Value,
		Resource: authz.Entity{Type: resource.Type.Value, ID: resource.ID.Value, Properties: authz.Object(resource.Properties.Value)},
	}
	if request.Resource.Properties != nil && resource.Properties.Value.Kind() != '{' {
		faults = append(faults, fieldError{Field: prefix + "resource.properties", Message: "want an object"})
	} else if !engine.CanRead(request.Resource.Properties) {
		faults = append(faults, fieldError{Field: prefix + "resource.properties", Message: tooLarge})
	}
	context, fault := readContext(d.Context.Value)
	if fault != nil {
		faults = append(faults, fieldError{Field: prefix + fault.Field, Message: fault.Message})
	}
	request.Context = context
	return request, faults
}

// tooLarge is what is wrong with an object that no policy can read.
const tooLarge = "holds a number that is too large"

// readContext splits client_ip off a context, the rest of which is for the policy to read.
func readContext(text jsontext.Value) (authz.Context, *fieldError) {
	if len(text) == 0 {
		return authz.Context{}, nil
	}
	if text.Kind() != '{' {
		return authz.Context{}, &fieldError{Field: "context", Message: "want an object"}
	}
	clientIP, others, err := splitClientIP(text)
	if err != nil {
		return authz.Context{}, &fieldError{Field: "context.client_ip", Message: "want a string"}
	}
	context := authz.Context{ClientIP: clientIP}
	if others {
		context.Extra = authz.Object(text)
	}
	if !engine.CanRead(context.Extra) {
		return authz.Context{}, &fieldError{Field: "context", Message: tooLarge}
	}
	return context, nil
}
