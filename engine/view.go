package engine

import (
	"fmt"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/invariants"
	"github.com/steelengine/steelgate/engine/opastore"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// View is one policy over one snapshot at one moment. What is decided with it is consistent, however long that takes.
type View struct {
	engine   *Engine
	policy   *Policy
	snapshot *snapshot.Snapshot
	// keys recognize every secret of the snapshot.
	keys *apikey.Versions
	now  time.Time
	// context is what a policy reads of now.
	context *ast.Term
	// note, unless nil, is told what the policy reads, and what is read beside it.
	note func(opastore.Record)
	// watch, unless nil, is told how it decides.
	watch *Watch
}

// View pins what is in force. It fails with ErrStale where that may not be decided on.
func (e *Engine) View() (*View, error) {
	// First the keyring, then the data: a version is let go only once the data that needed it is replaced.
	keys := e.options.Keyring.Versions()
	d, policy := e.data.Load(), e.policy.Load()
	now := e.options.Clock()
	switch {
	case d.snapshot == nil:
		return nil, stale("no data is loaded yet")
	case policy == nil:
		return nil, stale("no policy is loaded yet")
	case ageOf(d.asOf, now) > e.options.MaxStaleness:
		return nil, stale("the data has not been confirmed for longer than the limit")
	}
	return &View{engine: e, policy: policy, snapshot: d.snapshot, keys: keys, now: now, context: e.contexts.of(now)}, nil
}

// DataRevision is the revision of the data that the view decides on.
func (v *View) DataRevision() uint64 { return v.snapshot.Revision() }

// PolicyRevision is the revision of the policy that the view decides by.
func (v *View) PolicyRevision() uint64 { return v.policy.revision }

// Decide is the one decision function: it authenticates the credential and, where its key is live, authorizes the
// request. An error is ErrPolicy; a deny is a decision.
func (v *View) Decide(credential Credential, request authz.Request) (authz.Decision, error) {
	key, code := v.Authenticate(credential)
	if code != "" {
		return v.Refuse(key, code), nil
	}
	return v.authorize(key, request)
}

// Route answers the request that a method and a URI of the product's API stand for in the view's policy, and the pattern that
// they match.
func (v *View) Route(method, uri string) (request authz.Request, pattern string, ok bool) {
	return v.policy.routes.Match(method, uri)
}

// Authorize asks the policy what a key may do that Authenticate found to be live. One that is not gets its 401 here too: a
// door that forgets to look may not ask a policy about it.
func (v *View) Authorize(key snapshot.Key, request authz.Request) (authz.Decision, error) {
	key, known := v.snapshot.Key(key.ID())
	if !known {
		return v.Refuse(key, authz.KeyUnknown), nil
	}
	if code := v.snapshot.Liveness(key, v.now); code != "" {
		return v.Refuse(key, code), nil
	}
	return v.authorize(key, request)
}

// authorize takes a key that is live in this view.
func (v *View) authorize(key snapshot.Key, request authz.Request) (authz.Decision, error) {
	var answer answer
	input, err := inputOf(key.ID(), request, v.context)
	if err == nil {
		err = v.policy.entrypoint.evaluate(v.engine.options.TimeLimit, world{v.snapshot, v.now, key, v.note, v.watch}, input, answer.read)
	}
	if err != nil {
		return v.decision(key, authz.PolicyError), policyError(err)
	}
	return v.guarded(key, request.Resource, answer)
}

// guarded is the decision that a policy's answer about a key makes; none where it is an allow that breaks an invariant, unless the
// policy was published for all that.
func (v *View) guarded(key snapshot.Key, resource authz.Entity, a answer) (authz.Decision, error) {
	if a.allow && !v.policy.unguarded {
		if name, why := invariants.Broken(v.snapshot, key, resource, v.note); name != "" {
			return v.decision(key, authz.PolicyError), policyError(fmt.Errorf("%w: by revision %d the key %s is allowed against %s: %s", ErrInvariant, v.policy.revision, key.ID(), name, why))
		}
	}
	return v.answered(key, a), nil
}

// answered is the decision that a policy's answer makes.
func (v *View) answered(key snapshot.Key, a answer) authz.Decision {
	d := v.decision(key, a.code)
	d.Allow, d.Message = a.allow, a.message
	d.Permission, d.GrantedBy, d.BilledTo = a.permission, a.grantedBy, a.billedTo
	return d
}

// Refuse is the decision about a key that Authenticate found not to be live.
func (v *View) Refuse(key snapshot.Key, code authz.Code) authz.Decision {
	d := v.decision(key, code)
	d.Message = refusals[code]
	return d
}

// decision begins one; the zero key is one that is not known.
func (v *View) decision(key snapshot.Key, code authz.Code) authz.Decision {
	d := authz.Decision{
		ID: NewDecisionID(), Status: code.Status(), Code: code,
		PolicyRevision: v.policy.revision, DataRevision: v.snapshot.Revision(),
	}
	if id := key.ID(); id != "" {
		d.Key = &authz.KeyRef{ID: id, Name: key.Name(), Type: key.Type()}
	}
	return d
}
