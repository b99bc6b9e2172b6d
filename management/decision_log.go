package management

import (
	"context"
	"errors"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
	"github.com/steelengine/steelgate/storage/decisions"
)

var errNoDecisionLog = refuse(NotFound, "no_decision_log", "This server's decision log can't be read here: it is, where the server runs with --decision-log store.")

// Decisions is one page of the decision log, newest first, and whether more follow. The platform, and whoever the policy lets
// read all, see all. Everybody else names what they administer: a workspace or an organization, for what was asked about things
// there, or the owner of keys, for what was asked with those; who names none gets what was asked with their own personal keys.
func (s *Service) Decisions(ctx context.Context, a Actor, q decisions.Filter) (page []authz.LoggedDecision, more bool, err error) {
	sees, hasAny, err := s.narrowed(ctx, a, &q)
	if err != nil || !hasAny {
		return nil, false, err
	}
	page, more, err = s.decisions.List(ctx, q)
	if err != nil {
		return nil, false, translated(err)
	}
	for i := range page {
		page[i] = sees.of(page[i], a.UserID)
	}
	return page, more, nil
}

// narrowed makes of a question the one that the actor may ask, and tells whether it can have an answer.
func (s *Service) narrowed(ctx context.Context, a Actor, q *decisions.Filter) (sees sight, hasAny bool, err error) {
	if err := s.view(ctx, func(r storage.Reader) (err error) {
		sees, err = s.authorizeDecisions(r, a, q)
		return err
	}); err != nil {
		return sees, false, err
	}
	if s.decisions == nil {
		return sees, false, errNoDecisionLog
	}
	if sees.isHolder() && len(q.Codes) > 0 {
		q.Codes = holdersCodes(q.Codes)
		return sees, len(q.Codes) > 0, nil
	}
	return sees, true, nil
}

// Decision is one of the decision log. One that the actor may not see is not there.
func (s *Service) Decision(ctx context.Context, a Actor, id string) (d authz.LoggedDecision, err error) {
	if err := s.view(ctx, func(r storage.Reader) error { return a.mustBeSomeone(r) }); err != nil {
		return d, err
	}
	if s.decisions == nil {
		return d, errNoDecisionLog
	}
	d, err = s.decisions.Get(ctx, id)
	if err != nil {
		return authz.LoggedDecision{}, translated(orNotFound(err, "decision"))
	}
	var sees sight
	err = s.view(ctx, func(r storage.Reader) (err error) {
		sees, err = s.authorizeDecision(r, a, d)
		return err
	})
	switch {
	case errors.Is(err, errForbidden):
		return authz.LoggedDecision{}, concealed("decision")
	case err != nil:
		return authz.LoggedDecision{}, err
	}
	return sees.of(d, a.UserID), nil
}

// authorizeDecisions narrows a question to what the actor may read. Where places are named they are what must be administered: a
// key's holder could else find out by them what exists.
func (s *Service) authorizeDecisions(r storage.Reader, a Actor, q *decisions.Filter) (sees sight, err error) {
	err = s.authorize(r, a, readDecisionLog, thePlatform)
	if !errors.Is(err, errForbidden) {
		return sight{all: err == nil}, err
	}
	workspace, organization := authz.Owner{Type: authz.WorkspaceOwner, ID: q.WorkspaceID}, authz.Owner{Type: authz.OrganizationOwner, ID: q.OrganizationID}
	switch {
	case workspace.ID != "":
		return sight{place: workspace}, s.authorize(r, a, readDecisionLog, workspace)
	case organization.ID != "":
		return sight{place: organization}, s.authorize(r, a, readDecisionLog, organization)
	case q.KeyOwner.ID == "":
		q.KeyOwner = authz.Owner{Type: authz.UserOwner, ID: a.UserID}
	}
	return sight{}, s.authorize(r, a, readDecisionLog, q.KeyOwner)
}

// authorizeDecision is authorizeDecisions for one that was found.
func (s *Service) authorizeDecision(r storage.Reader, a Actor, d authz.LoggedDecision) (sees sight, err error) {
	err = errForbidden
	workspace, organization := authz.Owner{Type: authz.WorkspaceOwner, ID: d.WorkspaceID}, authz.Owner{Type: authz.OrganizationOwner, ID: d.OrganizationID}
	for _, standing := range []struct {
		owner authz.Owner
		sees  sight
	}{
		{thePlatform, sight{all: true}}, {workspace, sight{place: workspace}}, {organization, sight{place: organization}}, {d.KeyOwner, sight{}},
	} {
		if standing.owner != thePlatform && standing.owner.ID == "" {
			continue
		}
		if err = s.authorize(r, a, readDecisionLog, standing.owner); !errors.Is(err, errForbidden) {
			return standing.sees, err
		}
	}
	return sight{}, err
}

// sight is by what somebody reads a decision: all of them, those about a place that they administer, or, where it is zero,
// those of keys that are theirs.
type sight struct {
	all   bool
	place authz.Owner
}

func (s sight) isHolder() bool { return !s.all && s.place == authz.Owner{} }

// of is the decision as it may be read: who administers a place reads which key asked about it, but not what another's caller
// said beside.
func (s sight) of(d authz.LoggedDecision, reader string) authz.LoggedDecision {
	isOwn := d.KeyOwner == s.place || d.KeyOwner == authz.Owner{Type: authz.UserOwner, ID: reader}
	switch {
	case s.all:
	case s.isHolder():
		return forHolder(d)
	case !isOwn && (len(d.Request.Context.Extra) > 0 || len(d.Request.Resource.Properties) > 0):
		d.Request.Context.Extra, d.Request.Resource.Properties, d.Cut = nil, nil, true
	}
	return d
}

// forHolder is a decision as a key's holder may know it: not whether what the key does not reach exists, nor where.
func forHolder(d authz.LoggedDecision) authz.LoggedDecision {
	d.Code = codeForHolder(d.Code)
	if d.Code == authz.Allowed {
		return d
	}
	if d.Permission == nil {
		// Where a key has a permission its holder knows the place.
		d.WorkspaceID, d.OrganizationID = "", ""
	}
	return d
}

// codeForHolder is a code as a key's holder reads it.
func codeForHolder(code authz.Code) authz.Code {
	if code == authz.NotAMember {
		return authz.OutsideScope
	}
	return code
}

// holdersCodes are the codes that stand for those that a key's holder reads.
func holdersCodes(read []authz.Code) (stand []authz.Code) {
	for _, code := range read {
		switch code {
		case authz.NotAMember:
		case authz.OutsideScope:
			stand = append(stand, authz.OutsideScope, authz.NotAMember)
		default:
			stand = append(stand, code)
		}
	}
	return stand
}
