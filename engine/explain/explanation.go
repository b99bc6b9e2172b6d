package explain

import (
	"context"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// Question is a request by a key, to be explained.
type Question struct {
	// Key is the one that asks, live or not; the zero Key is one that is not known.
	Key snapshot.Key
	// Unknown is why the zero Key is not known: key_missing, key_malformed or key_unknown.
	Unknown authz.Code
	Request authz.Request
	// RevokedAt is when the key was revoked, where the asker knows: a snapshot does not.
	RevokedAt *time.Time
	// Replaced tells that a rotation put another key in this one's place: its life is not extended.
	Replaced bool
}

// Explanation is why a decision is what it is.
type Explanation struct {
	// Decision is the one decision function's own. Its code is policy_error where the policy failed; Fault then says of what.
	Decision authz.Decision
	Fault    *engine.Fault
	// Stopped is which fact stopped the key, where it is not live: then no rule was asked.
	Stopped *Stop
	// Steps are the rules that were evaluated, in their order.
	Steps []Step
	// Truncated tells that more happened than Steps tell.
	Truncated bool
	// Counterfactual stands for a deny.
	Counterfactual *Counterfactual
}

// Stop is the fact that a key is not live for.
type Stop struct {
	Code authz.Code `json:"code"`
	// At is when the key was revoked or expired, where that is known.
	At    *time.Time `json:"at,omitzero"`
	Words string     `json:"words"`
}

// Step is what became of one body of a rule.
type Step struct {
	// Rule is its full name, such as data.steelgate.authz.refusal.
	Rule string `json:"rule"`
	Place
	// Depth counts the rules that were being evaluated for which this one was asked.
	Depth int `json:"depth"`
	// Fired tells that every expression held; Value is then the rule's, of a set's the first that it added.
	Fired bool           `json:"fired"`
	Value jsontext.Value `json:"value,omitzero"`
	// Failed is the expression that the body got to, and no further.
	Failed *Failure `json:"failed,omitzero"`
	// More is how often the same was evaluated again for the same rule, and is not told.
	More int `json:"more,omitzero"`
}

// Place is a position in a policy file; row and column count from 1.
type Place struct {
	Path string `json:"path"`
	Row  int    `json:"row"`
	Col  int    `json:"col"`
}

// Failure is an expression that did not hold.
type Failure struct {
	Place
	// Text is the expression as it is written.
	Text string `json:"text"`
	// Values are what its variables and references had led to.
	Values []Value `json:"values"`
}

// Value is what a variable or a reference had led to, by the name that it is written with. Cut tells that it is shortened, or that
// what a user is called was left out.
type Value struct {
	Name      string         `json:"name"`
	Value     jsontext.Value `json:"value,omitzero"`
	Undefined bool           `json:"undefined,omitzero"`
	Cut       bool           `json:"cut,omitzero"`
}

// Explain decides a request, and says why. Its error is the context's, or ErrPolicy where the trace tells another decision than the
// decision function, which is a fault of this package.
func Explain(ctx context.Context, view *engine.View, q Question) (Explanation, error) {
	if q.Key.ID() == "" {
		return unknown(view, q), nil
	}
	decision, err := view.Authorize(q.Key, q.Request)
	explanation := Explanation{Decision: decision}
	switch {
	case decision.Code.Unauthenticated():
		explanation.Stopped = stopOf(view, q, decision)
	default:
		if err := explanation.trace(view, q, err); err != nil {
			return Explanation{}, err
		}
	}
	if err == nil && !decision.Allow {
		explanation.Counterfactual, err = search(ctx, view, q, decision)
		return explanation, err
	}
	return explanation, ctx.Err()
}

// unknown explains that no key is known: no change of the world makes one of what was presented.
func unknown(view *engine.View, q Question) Explanation {
	decision := view.Refuse(snapshot.Key{}, q.Unknown)
	return Explanation{
		Decision:       decision,
		Stopped:        &Stop{Code: decision.Code, Words: decision.Message},
		Counterfactual: &Counterfactual{Ways: []Way{}, Nothing: "No change of a key or of the world helps: present the secret of a key that is live."},
	}
}

func stopOf(view *engine.View, q Question, decision authz.Decision) *Stop {
	stop := &Stop{Code: decision.Code, Words: decision.Message}
	switch decision.Code {
	case authz.KeyRevoked:
		if q.RevokedAt != nil {
			stop.At = q.RevokedAt
			stop.Words = "The key was revoked at " + q.RevokedAt.UTC().Format(time.RFC3339) + "."
		}
	case authz.KeyExpired:
		// As it stands in the view: the world may be assumed.
		if key, ok := view.Snapshot().Key(q.Key.ID()); ok {
			at, _ := key.ExpiresAt()
			stop.At = &at
			stop.Words = "The key expired at " + at.Format(time.RFC3339Nano) + "."
		}
	case authz.OwnerInactive:
		stop.Words = ownerStop(view, q.Key)
	}
	return stop
}

func ownerStop(view *engine.View, key snapshot.Key) string {
	owner := string(key.Type().OwnerType())
	if _, stands := view.Snapshot().User(key.OwnerID()); stands && key.Type() == authz.PersonalKey {
		return "The key's user " + key.OwnerID() + " is not active."
	}
	return "The key's " + owner + " " + key.OwnerID() + " is not there."
}
