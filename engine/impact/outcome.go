package impact

import (
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/snapshot"
)

// Outcome is what was decided, or that nothing could be. It is never both: where Error stands, Allow is false and the code
// policy_error.
type Outcome struct {
	Allow      bool                   `json:"allow"`
	Code       authz.Code             `json:"code"`
	Message    string                 `json:"message,omitempty"`
	Permission *authz.PermissionCheck `json:"permission,omitempty"`
	GrantedBy  *authz.Grant           `json:"granted_by,omitempty"`
	BilledTo   *authz.Owner           `json:"billed_to,omitempty"`
	Error      string                 `json:"error,omitempty"`
}

// Kind is what a change does to a decision.
type Kind string

// The kinds, the gravest first. Errors is that the draft decides nothing where the active policy decided.
const (
	Widened        Kind = "widened"
	Errors         Kind = "errors"
	Narrowed       Kind = "narrowed"
	BillingChanged Kind = "billing_changed"
	CodeChanged    Kind = "code_changed"
)

// Kinds are all of them, in their order.
var Kinds = []Kind{Widened, Errors, Narrowed, BillingChanged, CodeChanged}

// Change is the kind of change from one outcome to another; "" is none. What is told beside the code and the payer does not
// count.
func Change(before, after Outcome) Kind {
	switch {
	case after.Error != "" && before.Error == "":
		return Errors
	case after.Allow && !before.Allow:
		return Widened
	case before.Allow && !after.Allow:
		return Narrowed
	case before.Code != after.Code:
		return CodeChanged
	case owner(before) != owner(after):
		return BillingChanged
	}
	return ""
}

func owner(o Outcome) authz.Owner {
	if o.BilledTo == nil {
		return authz.Owner{}
	}
	return *o.BilledTo
}

// maxRunaways is how many decisions a policy may take past the time limit before no more are asked of it.
const maxRunaways = 5

// tries is how often a decision is tried that runs past the time limit: a busy machine is no runaway rule, and what is told
// of a draft must be the same every time.
const tries = 3

// patience is how long a draft may take over one part of an impact, be each of its decisions within the limit: the shipped policy takes
// some seconds on a quiet machine.
const patience = 3 * time.Minute

// asker asks policies. Whatever one does, there is an outcome.
type asker struct {
	runaways int
	until    time.Time
}

func newAsker() asker { return asker{until: time.Now().Add(patience)} }

func (a *asker) ask(v *engine.View, key snapshot.Key, r authz.Request) Outcome {
	return a.outcome(func() (authz.Decision, error) { return v.Authorize(key, r) })
}

// askFor asks for a subject that is no key.
func (a *asker) askFor(subject authz.Entity, v *engine.View, r authz.Request) Outcome {
	return a.outcome(func() (authz.Decision, error) { return v.AuthorizeSubject(subject, r) })
}

func (a *asker) outcome(decide func() (authz.Decision, error)) Outcome {
	for try := 1; ; try++ {
		d, err := decide()
		switch {
		case err == nil:
			return OutcomeOf(d)
		case !engine.RanOut(err):
			return Outcome{Code: engine.NoDecision(err), Error: err.Error()}
		case try == tries:
			a.runaways++
			return Outcome{Code: engine.NoDecision(err), Error: err.Error()}
		}
	}
}

// isRunaway tells that the policy has run past the limit too often, or takes too long in all, to go on.
func (a *asker) isRunaway() bool { return a.runaways >= maxRunaways || time.Now().After(a.until) }

// OutcomeOf is what was decided.
func OutcomeOf(d authz.Decision) Outcome {
	return Outcome{Allow: d.Allow, Code: d.Code, Message: d.Message, Permission: d.Permission, GrantedBy: d.GrantedBy, BilledTo: d.BilledTo}
}
