package shadow

import (
	"time"

	"github.com/steelengine/steelgate/authz"
)

// Report is what this process has seen of a candidate.
type Report struct {
	// Running tells that the candidate runs here: it compiles, and has arrived.
	Running bool `json:"running"`
	// Compared are the decisions that both made, Shed those that there was no time to compare.
	Compared uint64 `json:"compared"`
	Shed     uint64 `json:"shed"`
	// Disagreed are those that differ, by kind.
	Disagreed map[Kind]uint64 `json:"disagreed"`
	// Disagreements are the latest, newest first.
	Disagreements []Disagreement `json:"disagreements"`
}

// Disagreement is one decision that the candidate would have made otherwise.
type Disagreement struct {
	Kind       Kind      `json:"kind"`
	Time       time.Time `json:"time"`
	DecisionID string    `json:"decision_id"`
	KeyID      string    `json:"key_id"`
	Action     string    `json:"action"`
	Resource   Resource  `json:"resource"`
	Active     Outcome   `json:"active"`
	Candidate  Outcome   `json:"candidate"`
}

// Resource is what a decision was about.
type Resource struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// Outcome is what a policy decided; the candidate's code is policy_error where it could not.
type Outcome struct {
	Allow    bool         `json:"allow"`
	Code     authz.Code   `json:"code"`
	BilledTo *authz.Owner `json:"billed_to,omitempty"`
}

// Kind says how two decisions differ.
type Kind string

// The kinds, of which a disagreement has the first that holds.
const (
	Errs           Kind = "errs"
	Widened        Kind = "widened"
	Narrowed       Kind = "narrowed"
	CodeChanged    Kind = "code_changed"
	BillingChanged Kind = "billing_changed"
)

// Kinds are all kinds.
var Kinds = []Kind{Errs, Widened, Narrowed, CodeChanged, BillingChanged}

// kindOf tells how the candidate's decision differs from that in force, or "".
func kindOf(active, candidate authz.Decision) Kind {
	switch {
	case candidate.Code == authz.PolicyError:
		return Errs
	case candidate.Allow && !active.Allow:
		return Widened
	case active.Allow && !candidate.Allow:
		return Narrowed
	case active.Code != candidate.Code:
		return CodeChanged
	case !sameOwner(active.BilledTo, candidate.BilledTo):
		return BillingChanged
	}
	return ""
}

func sameOwner(a, b *authz.Owner) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
