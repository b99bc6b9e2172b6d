package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/strictjson"
)

// evaluationsRequest is the body of POST /access/v1/evaluations: what stands beside evaluations is the default of each.
type evaluationsRequest struct {
	evaluationRequest
	Evaluations strictjson.Optional[[]jsontext.Value]   `json:"evaluations"`
	Options     strictjson.Optional[evaluationsOptions] `json:"options"`
}

type evaluationsOptions struct {
	Semantic strictjson.Optional[string] `json:"evaluations_semantic"`
}

// The semantics: when the rest of the questions is left out.
const (
	executeAll          = "execute_all"
	denyOnFirstDeny     = "deny_on_first_deny"
	permitOnFirstPermit = "permit_on_first_permit"
)

// semantic is how the questions are to be answered.
func (e evaluationsRequest) semantic() (string, *fieldError) {
	switch asked := e.Options.Value.Semantic; {
	case !asked.Set || asked.Null:
		return executeAll, nil
	case asked.Value == executeAll, asked.Value == denyOnFirstDeny, asked.Value == permitOnFirstPermit:
		return asked.Value, nil
	}
	return "", &fieldError{Field: "options.evaluations_semantic", Message: "want " + executeAll + ", " + denyOnFirstDeny + " or " + permitOnFirstPermit}
}

// evaluateMany is POST /access/v1/evaluations: all at one data revision and one policy revision. Without evaluations it is as one.
func (s *server) evaluateMany(c *gin.Context) {
	var body evaluationsRequest
	if err := s.decodeAuthZEN(c, &body); err != nil {
		s.fail(c, err)
		return
	}
	semantic, fault := body.semantic()
	if fault != nil {
		s.fail(c, badRequest(*fault))
		return
	}
	if len(body.Evaluations.Value) == 0 {
		s.evaluateOne(c, body.evaluationRequest)
		return
	}
	if faults := body.faults(); len(faults) > 0 {
		s.fail(c, badRequest(faults...))
		return
	}
	view, err := s.engine.View()
	if err != nil {
		s.fail(c, err)
		return
	}
	answer := struct {
		Evaluations []evaluation `json:"evaluations"`
	}{make([]evaluation, 0, len(body.Evaluations.Value))}
	ctx, cancel := context.WithTimeout(c.Request.Context(), batchTime)
	defer cancel()
	for _, item := range body.Evaluations.Value {
		if err := batchFault(ctx); err != nil {
			s.fail(c, err)
			return
		}
		made := s.evaluateItem(view, body.evaluationRequest, item)
		answer.Evaluations = append(answer.Evaluations, made)
		if semantic == denyOnFirstDeny && !made.Decision || semantic == permitOnFirstPermit && made.Decision {
			break
		}
	}
	writeJSON(c, http.StatusOK, answer)
}

// faults are those of the whole: what no question could be answered with. A default that is at fault is one of them, be it that every
// question replaces it.
func (e evaluationsRequest) faults() (faults []fieldError) {
	if n := len(e.Evaluations.Value); n > maxBatch {
		return []fieldError{{Field: "evaluations", Message: fmt.Sprintf("has %d questions: want at most %d", n, maxBatch)}}
	}
	for i, item := range e.Evaluations.Value {
		if item.Kind() != '{' {
			faults = append(faults, fieldError{Field: fmt.Sprintf("evaluations[%d]", i), Message: "want an object"})
		}
	}
	// A default that is not there is no fault of it.
	whole := e.evaluationRequest.over(evaluationRequest{
		Subject:  strictjson.Some(entityRequest{Type: strictjson.Some("any"), ID: strictjson.Some("any")}),
		Action:   strictjson.Some(actionRequest{Name: strictjson.Some("any")}),
		Resource: strictjson.Some(entityRequest{Type: strictjson.Some("any"), ID: strictjson.Some("any")}),
	})
	_, wrong := whole.read(nothing)
	return append(faults, wrong...)
}

// over is the question with the defaults for what it leaves out. What it has replaces the default whole.
func (e evaluationRequest) over(defaults evaluationRequest) evaluationRequest {
	return evaluationRequest{
		Subject: orDefault(e.Subject, defaults.Subject), Action: orDefault(e.Action, defaults.Action),
		Resource: orDefault(e.Resource, defaults.Resource), Context: orDefault(e.Context, defaults.Context),
	}
}

func orDefault[T any](given, otherwise strictjson.Optional[T]) strictjson.Optional[T] {
	if given.Set && !given.Null {
		return given
	}
	return otherwise
}

// evaluateItem answers one question of several. One that can't be read, or decided, is a deny that says so; no other suffers.
func (s *server) evaluateItem(view *engine.View, defaults evaluationRequest, text jsontext.Value) evaluation {
	var item evaluationRequest
	if err := strictjson.DecodeKnownBytes(text, &item); err != nil {
		return unread(problemOf(asBadRequest(err)).Errors)
	}
	q, faults := item.over(defaults).read(nothing)
	if len(faults) > 0 {
		return unread(faults)
	}
	decision, err := s.answerQuestion(view, authzenDoor, q)
	if err != nil {
		s.log.Error("no decision", "door", authzenDoor, "decision_id", decision.ID, "error", err)
		decision.Message = "The policy could not decide."
	}
	return evaluationOf(decision)
}

// unread is the answer to a question of several that can't be read.
func unread(faults []fieldError) evaluation {
	text := faultText(faults)
	return evaluation{Context: evaluationContext{
		Code: authz.Code("invalid_request"), Message: text, Error: &evaluationError{http.StatusBadRequest, text},
	}}
}
