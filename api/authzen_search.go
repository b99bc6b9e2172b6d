package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/search"
	"github.com/steelengine/steelgate/strictjson"
)

// Paths of the standard's searches.
const (
	searchSubjectPath  = "/access/v1/search/subject"
	searchResourcePath = "/access/v1/search/resource"
	searchActionPath   = "/access/v1/search/action"
)

// maxFound is how much a page of a search has at most, and where nothing is said.
const maxFound = 1000

// searchRequest is the body of a search: a question that lacks what is sought.
type searchRequest struct {
	evaluationRequest
	Page strictjson.Optional[searchPage] `json:"page"`
}

// searchActionsRequest has no action: one that stands all the same is a name like any that is not known.
type searchActionsRequest struct {
	Subject  strictjson.Optional[entityRequest]  `json:"subject"`
	Resource strictjson.Optional[entityRequest]  `json:"resource"`
	Context  strictjson.Optional[jsontext.Value] `json:"context"`
	Page     strictjson.Optional[searchPage]     `json:"page"`
}

type searchPage struct {
	Token strictjson.Optional[string] `json:"token"`
	Limit strictjson.Optional[uint64] `json:"limit"`
}

// finding asks for a page of what is sought.
type finding func(context.Context, *engine.View, question, search.Subject, search.Span) (search.Page, error)

// searchSubjects is POST /access/v1/search/subject.
func (s *server) searchSubjects(c *gin.Context) {
	var body searchRequest
	if err := s.decodeAuthZEN(c, &body); err != nil {
		s.fail(c, err)
		return
	}
	s.search(c, body, soughtSubject, func(ctx context.Context, v *engine.View, q question, _ search.Subject, span search.Span) (search.Page, error) {
		return search.Subjects(ctx, v, q.subject.entity.Type, q.subject.entity.Properties, q.request, span)
	})
}

// searchResources is POST /access/v1/search/resource.
func (s *server) searchResources(c *gin.Context) {
	var body searchRequest
	if err := s.decodeAuthZEN(c, &body); err != nil {
		s.fail(c, err)
		return
	}
	s.search(c, body, soughtResource, func(ctx context.Context, v *engine.View, q question, who search.Subject, span search.Span) (search.Page, error) {
		return search.Resources(ctx, v, who, q.request, span)
	})
}

// searchActions is POST /access/v1/search/action.
func (s *server) searchActions(c *gin.Context) {
	var given searchActionsRequest
	if err := s.decodeAuthZEN(c, &given); err != nil {
		s.fail(c, err)
		return
	}
	body := searchRequest{evaluationRequest{Subject: given.Subject, Resource: given.Resource, Context: given.Context}, given.Page}
	s.search(c, body, soughtAction, func(ctx context.Context, v *engine.View, q question, who search.Subject, span search.Span) (search.Page, error) {
		return search.Actions(ctx, v, who, q.request, span)
	})
}

// search answers a page. It is no decision: what was asked about is neither logged nor counted, and a key that is presented is not used.
func (s *server) search(c *gin.Context, body searchRequest, wanted sought, find finding) {
	q, faults := body.read(wanted)
	if len(faults) > 0 {
		s.fail(c, badRequest(faults...))
		return
	}
	view, err := s.engine.View()
	if err != nil {
		s.fail(c, err)
		return
	}
	who := q.subject.soughtFor(view)
	page, fault := readSearchPage(body.Page.Value, digestOfSearch(wanted, who.Entity, q.request))
	if fault != nil {
		s.fail(c, badRequest(*fault))
		return
	}
	span := search.Span{After: page.after, Limit: maxFound}
	if page.hasLimit {
		span.Limit = int(min(page.limit, maxFound))
	}
	found, err := find(c.Request.Context(), view, q, who, span)
	if err == nil && found.Asked > 0 && found.Undecided == found.Asked {
		err = found.Err
	}
	if err != nil {
		s.fail(c, fmt.Errorf("search: %w", err))
		return
	}
	if found.Undecided > 0 {
		s.log.Error("no decision", "door", authzenDoor, "search", string(wanted), "undecided", found.Undecided, "error", found.Err)
	}
	kind := q.request.Resource.Type
	if wanted == soughtSubject {
		kind = q.subject.entity.Type
	}
	writeJSON(c, http.StatusOK, answerOfSearch(wanted, kind, page, found))
}

// soughtFor is who asks, for a search: a key that is presented is recognized by its secret, which goes no further.
func (s subject) soughtFor(view *engine.View) search.Subject {
	who := search.Subject{Entity: s.entity}
	switch {
	case s.isPresented:
		who.Key, _ = view.Recognize(s.credential)
		who.Entity.ID = who.Key.ID()
	case s.entity.Type == authz.APIKeySubject:
		who.Key, _ = view.Snapshot().Key(s.entity.ID)
	}
	return who
}

// searchAnswer is a page in the standard's shape, which has the page first.
type searchAnswer struct {
	Page    answeredPage   `json:"page"`
	Context *searchContext `json:"context,omitzero"`
	Results []any          `json:"results"`
}

type answeredPage struct {
	// NextToken is "" where nothing is left.
	NextToken string `json:"next_token"`
	Count     int    `json:"count"`
}

// searchContext stands where the policy failed to decide about some, which are not among the results.
type searchContext struct {
	Undecided int `json:"undecided"`
}

type (
	foundEntity struct {
		Type string `json:"type"`
		ID   string `json:"id"`
	}
	foundAction struct {
		Name string `json:"name"`
	}
)

func answerOfSearch(wanted sought, kind string, page pageToken, found search.Page) searchAnswer {
	answer := searchAnswer{Page: answeredPage{Count: len(found.Found)}, Results: make([]any, len(found.Found))}
	for i, id := range found.Found {
		if wanted == soughtAction {
			answer.Results[i] = foundAction{id}
		} else {
			answer.Results[i] = foundEntity{kind, id}
		}
	}
	if found.Undecided > 0 {
		answer.Context = &searchContext{found.Undecided}
	}
	if found.More {
		page.after = found.Next
		answer.Page.NextToken = page.String()
	}
	return answer
}
