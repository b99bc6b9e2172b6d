package management

import (
	"context"
	"errors"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/explain"
	"github.com/steelengine/steelgate/engine/snapshot"
	"github.com/steelengine/steelgate/storage"
)

// ExplainQuestion is a request whose decision is to be explained.
type ExplainQuestion struct {
	// KeyID names the key that asks. Where it is "", Credential presents it.
	KeyID      string
	Credential engine.Credential
	Request    authz.Request
	// Facts are put over the world for this question alone; only who reads all decisions may assume any.
	Facts []jsontext.Value
	// At is the moment to decide at; nil is now.
	At *time.Time
	// MinRevision is the least data revision to decide on.
	MinRevision uint64
}

// Explanation is why a decision is what it is, as far as the actor may see.
type Explanation struct {
	explain.Explanation
	// At is the moment that was decided at.
	At time.Time
	// Concealed tells that the resource, if there is one, or the key is not the actor's to look into: what lies behind the decision is
	// left out.
	Concealed bool
}

// LoggedExplanation explains a decision of the log by what would be decided now.
type LoggedExplanation struct {
	Explanation
	Logged authz.LoggedDecision
	// Same tells that today's policy, on today's data, at the moment of then, decides the same.
	Same bool
}

// Explain decides a request, and says why. Another owner's key is not found; of a resource that the actor has nothing to do with
// no more is told than a decision tells. An actor who may use no key of others learns nothing of which there are.
func (s *Service) Explain(ctx context.Context, a Actor, q ExplainQuestion) (Explanation, error) {
	if err := s.engine.Await(ctx, q.MinRevision); err != nil {
		return Explanation{}, err
	}
	view, err := s.engine.View()
	if err != nil {
		return Explanation{}, err
	}
	asked := explain.Question{Request: q.Request}
	if q.KeyID != "" {
		asked.Key, _ = view.Snapshot().Key(q.KeyID)
	} else if asked.Key, asked.Unknown = view.Recognize(q.Credential); asked.Key.ID() != "" {
		asked.Unknown = ""
	}
	var sees insight
	err = s.view(ctx, func(r storage.Reader) (err error) {
		if sees, err = s.insightOf(r, a, view, ownerOf(asked.Key), q.Request); err != nil {
			return err
		}
		return knowKey(r, &asked)
	})
	isNamed := q.KeyID != "" && asked.Key.ID() == ""
	switch {
	case err != nil:
		return Explanation{}, err
	case !sees.all && !sees.key:
		return Explanation{}, concealed("key")
	case !sees.all && len(q.Facts) > 0:
		return Explanation{}, refuse(Forbidden, "forbidden", "Only the platform and policy admins may assume facts: leave facts out.")
	}
	if view, err = suppose(view, q.Facts, q.At); err != nil {
		return Explanation{}, err
	}
	if isNamed {
		// It may be one that is assumed.
		if asked.Key, _ = view.Snapshot().Key(q.KeyID); asked.Key.ID() == "" {
			return Explanation{}, notFound("key")
		}
	}
	return s.explained(ctx, a, view, asked, sees)
}

// suppose is the view with facts assumed, at another moment.
func suppose(view *engine.View, facts []jsontext.Value, at *time.Time) (*engine.View, error) {
	if len(facts) > 0 {
		world, err := assume(view.Snapshot(), facts)
		if err != nil {
			return nil, err
		}
		view = view.Over(world)
	}
	if at != nil {
		view = view.At(*at)
	}
	return view, nil
}

// ExplainLogged decides anew, at the moment of then, what the log has, and says why. A decision that is not the actor's to see is
// not found. Its error is a Conflict where the log did not keep all that it takes.
func (s *Service) ExplainLogged(ctx context.Context, a Actor, id string) (LoggedExplanation, error) {
	if err := s.view(ctx, a.mustBeSomeone); err != nil {
		return LoggedExplanation{}, err
	}
	if s.decisions == nil {
		return LoggedExplanation{}, errNoDecisionLog
	}
	view, err := s.engine.View()
	if err != nil {
		return LoggedExplanation{}, err
	}
	d, err := s.decisions.Get(ctx, id)
	if err != nil {
		return LoggedExplanation{}, translated(orNotFound(err, "decision"))
	}
	asked := explain.Question{Request: d.Request}
	if d.KeyID == "" {
		asked.Unknown = d.Code
	} else if asked.Key, _ = view.Snapshot().Key(d.KeyID); asked.Key.ID() == "" {
		asked.Unknown = authz.KeyUnknown
	}
	var sees insight
	err = s.view(ctx, func(r storage.Reader) error {
		if sees, err = s.insightOf(r, a, view, d.KeyOwner, d.Request); err != nil {
			return err
		}
		// It is seen by those, too, who keep the place where the resource was.
		isTheirs := sees.all || sees.key
		for _, place := range placesOf(d) {
			if isTheirs {
				break
			}
			if isTheirs, err = s.permits(r, a, place); err != nil {
				return err
			}
		}
		if !isTheirs {
			return concealed("decision")
		}
		return knowKey(r, &asked)
	})
	switch {
	case err != nil:
		return LoggedExplanation{}, err
	case d.Cut:
		return LoggedExplanation{}, refuse(Conflict, "not_replayable", "The request's context or properties were too large for the log: ask POST /v1/explain with them.")
	case d.Request.Action == "" && d.KeyID != "":
		return LoggedExplanation{}, refuse(Conflict, "not_replayable", "The gateway's request matched no route of the policy: there is no action to decide on.")
	case asked.Key.ID() == "" && !asked.Unknown.Unauthenticated():
		return LoggedExplanation{}, refuse(Conflict, "not_replayable", "No API key asked this: there is nothing to explain.")
	}
	explained, err := s.explained(ctx, a, view.At(d.Time), asked, sees)
	if err != nil {
		return LoggedExplanation{}, err
	}
	today := explained.Decision
	isSame := today.Allow == d.Allow && today.Code == d.Code
	if explained.Concealed {
		// Then as now it is told as to a stranger.
		d.Code = told(d.Code)
		isSame = isSame || d.Code == told(today.Code)
	}
	return LoggedExplanation{Explanation: explained, Logged: d, Same: isSame}, nil
}

// placesOf are the owners whose admins see a logged decision for where its resource was.
func placesOf(d authz.LoggedDecision) (places []authz.Owner) {
	if d.WorkspaceID != "" {
		places = append(places, authz.Owner{Type: authz.WorkspaceOwner, ID: d.WorkspaceID})
	}
	if d.OrganizationID != "" {
		places = append(places, authz.Owner{Type: authz.OrganizationOwner, ID: d.OrganizationID})
	}
	return places
}

// ownerOf is whom a key belongs to; of no key nobody.
func ownerOf(key snapshot.Key) authz.Owner {
	return authz.Owner{Type: key.Type().OwnerType(), ID: key.OwnerID()}
}

// knowKey adds what a snapshot does not know of a key.
func knowKey(r storage.Reader, q *explain.Question) error {
	if q.Key.ID() == "" {
		return nil
	}
	record, err := r.Key(q.Key.ID())
	if err != nil {
		return unlessNotFound(err)
	}
	q.RevokedAt, q.Replaced = record.RevokedAt, record.ReplacedBy != ""
	return nil
}

// explained explains one decision at a time, for each asks many: those that are waited for come first.
func (s *Service) explained(ctx context.Context, a Actor, view *engine.View, q explain.Question, sees insight) (Explanation, error) {
	done, err := s.explaining.take(ctx, a.UserID)
	if err != nil {
		return Explanation{}, err
	}
	defer done()
	found, err := explain.Explain(ctx, view, q)
	if errors.Is(err, engine.ErrPolicy) {
		found, err = explain.Explanation{Decision: view.Refuse(q.Key, authz.PolicyError), Fault: &engine.Fault{Message: err.Error()}}, nil
	}
	if err != nil {
		return Explanation{}, err
	}
	explained := Explanation{Explanation: found, At: view.Now()}
	if !sees.all {
		explained.leaveFactsOut()
	}
	// First, for a rule may fail of just what is concealed.
	if !sees.place {
		explained.conceal()
	}
	if explained.Fault != nil && !sees.all {
		// What a policy fails of is its admins' to know.
		return Explanation{}, engine.ErrPolicy
	}
	if !sees.key {
		explained.leaveKeyOut()
	}
	return explained, nil
}
