package shadow

import (
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/engine/impact"
)

// Report is what this process has seen of a candidate.
type Report struct {
	// Running tells that the candidate runs here: it compiles, and has arrived.
	Running bool `json:"running"`
	// Compared are the decisions that both made, Shed those that there was no time to compare.
	Compared uint64 `json:"compared"`
	Shed     uint64 `json:"shed"`
	// Disagreed are those that differ, by kind.
	Disagreed map[impact.Kind]uint64 `json:"disagreed"`
	// Disagreements are the latest, newest first.
	Disagreements []Disagreement `json:"disagreements"`
}

// Disagreement is one decision that the candidate would have made otherwise.
type Disagreement struct {
	Kind       impact.Kind `json:"kind"`
	Time       time.Time   `json:"time"`
	DecisionID string      `json:"decision_id"`
	Subject    Entity      `json:"subject"`
	// KeyID is the subject's where it is an API key, and else "".
	KeyID string `json:"key_id"`
	// Owner is whom the key belongs to; nil where no key asked.
	Owner     *authz.Owner   `json:"owner,omitempty"`
	Action    string         `json:"action"`
	Resource  Entity         `json:"resource"`
	Active    impact.Outcome `json:"active"`
	Candidate impact.Outcome `json:"candidate"`
}

// Entity is who asked, or what about.
type Entity struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}
