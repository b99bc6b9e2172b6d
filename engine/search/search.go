package search

import (
	"context"
	"slices"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// maxAsked is how many candidates one page asks about at most. What is not asked about then is for the pages after it. It is a variable for
// tests to have small pages.
var maxAsked = 2000

// maxPageTime is after how long a page ends, with what it has found by then: whoever waits for it goes on with the next. It is a variable for
// tests to have short pages.
var maxPageTime = 10 * time.Second

// maxRunaways is after how many decisions that ran past their time limit a page is given up.
const maxRunaways = 3

// Subject is who asks, where that is known. A key is asked about by its record, whether it is live or not; of another the caller vouches
// for who that is.
type Subject struct {
	Entity authz.Entity
	// Key is the zero key where Entity is no key, or one that is not known.
	Key snapshot.Key
}

// Span is which part of all that is found is asked for: what comes after an id or a name, and how much of it at most.
type Span struct {
	After string
	Limit int
}

// Page is a part of what is found.
type Page struct {
	// Found are ids or names, in order.
	Found []string
	// Next is what the page after this one comes after; More tells that there may be one.
	Next string
	More bool
	// Asked is how many candidates were asked about, Undecided about how many of them the policy failed to decide: they are not found.
	Asked, Undecided int
	// Err is why the last of these could not be decided.
	Err error
}

// Subjects finds the subjects of a type that may do something to a resource. The properties are those of every subject that is no key.
// The error is the context's, or engine.ErrPolicy where the policy runs on and on.
func Subjects(ctx context.Context, v *engine.View, kind string, properties authz.Object, request authz.Request, span Span) (Page, error) {
	var candidates candidates
	switch {
	case kind == authz.APIKeySubject:
		candidates = keysReaching(v, request.Resource)
	case !v.DeniesSubjects():
		candidates = entities(v.Snapshot(), kind)
	}
	return candidates.ask(ctx, span, func(id string) (authz.Decision, error) {
		if kind == authz.APIKeySubject {
			key, _ := v.Snapshot().Key(id)
			return v.Authorize(key, request)
		}
		return v.AuthorizeSubject(authz.Entity{Type: kind, ID: id, Properties: properties}, request)
	})
}

// Resources finds the resources of the request's type that a subject may do something to. The error is as of Subjects.
func Resources(ctx context.Context, v *engine.View, who Subject, request authz.Request, span Span) (Page, error) {
	var candidates candidates
	if mayBeAllowed(v, who) {
		candidates = resourcesReached(v, who, request.Resource.Type)
	}
	return candidates.ask(ctx, span, func(id string) (authz.Decision, error) {
		request.Resource.ID = id
		return decide(v, who, request)
	})
}

// Actions finds the actions that a subject may do to a resource, among those that the policy's table names and, where the subject is no
// key, those that the installation names beside them. The error is as of Subjects, or engine.ErrPolicy where the table can't be read.
func Actions(ctx context.Context, v *engine.View, who Subject, request authz.Request, span Span) (Page, error) {
	var candidates candidates
	if mayBeAllowed(v, who) {
		known, err := v.Vocabulary()
		if err != nil {
			return Page{}, err
		}
		candidates = func(yield func(string) bool) {
			for name := range known.Actions {
				if !yield(name) {
					return
				}
			}
			if who.Entity.Type == authz.APIKeySubject {
				return
			}
			for _, name := range known.SiteActions {
				if !yield(name) {
					return
				}
			}
		}
	}
	return candidates.ask(ctx, span, func(name string) (authz.Decision, error) {
		request.Action = name
		return decide(v, who, request)
	})
}

// mayBeAllowed tells whether there is anything to ask about a subject.
func mayBeAllowed(v *engine.View, who Subject) bool {
	if who.Entity.Type == authz.APIKeySubject {
		return v.Liveness(who.Key) == ""
	}
	return !v.DeniesSubjects()
}

func decide(v *engine.View, who Subject, request authz.Request) (authz.Decision, error) {
	if who.Entity.Type == authz.APIKeySubject {
		return v.Authorize(who.Key, request)
	}
	return v.AuthorizeSubject(who.Entity, request)
}

// ask asks about the candidates of a span in their order, until the page is full, enough were asked about, or it took long enough.
func (c candidates) ask(ctx context.Context, span Span, decide func(id string) (authz.Decision, error)) (Page, error) {
	page := Page{Found: []string{}, Next: span.After}
	ids, more := c.after(span.After, maxAsked)
	page.More = more
	runaways, began := 0, time.Now()
	for i, id := range ids {
		if len(page.Found) >= span.Limit || page.Asked > 0 && time.Since(began) > maxPageTime {
			page.More = true
			break
		}
		if i%64 == 0 && ctx.Err() != nil {
			return Page{}, ctx.Err()
		}
		decision, err := decide(id)
		page.Asked, page.Next = page.Asked+1, id
		switch {
		case err != nil:
			page.Undecided, page.Err = page.Undecided+1, err
			if engine.RanOut(err) {
				runaways++
			}
			if runaways == maxRunaways {
				return Page{}, err
			}
		case decision.Allow:
			page.Found = append(page.Found, id)
		}
	}
	return page, nil
}

// after are the first of the candidates that come after one, each once and in order, and whether there are more.
func (c candidates) after(start string, most int) (ids []string, more bool) {
	if c == nil {
		return nil, false
	}
	// What comes after the last of the first can be passed over.
	last := ""
	keep := func() {
		slices.Sort(ids)
		ids = slices.Compact(ids)
		if len(ids) > most {
			ids, more = ids[:most], true
		}
		if len(ids) == most {
			last = ids[most-1]
		}
	}
	for id := range c {
		switch {
		case id <= start:
		case last != "" && id > last:
			more = true
		default:
			if ids = append(ids, id); len(ids) >= 2*most {
				keep()
			}
		}
	}
	keep()
	return ids, more
}
