package engine

import (
	"errors"
	"fmt"

	"github.com/steelengine/steelgate/authz"
)

// Why no decision could be made. Test with errors.Is; NoDecision tells which code goes with it.
var (
	// ErrStale says that the engine can't vouch for its data, or does not have the revision asked for.
	ErrStale = errors.New("no decision: the data is stale")
	// ErrPolicy says that the policy erred, is undefined, answered another shape or ran past its time limit.
	ErrPolicy = errors.New("no decision: the policy failed")
	// ErrTimeLimit stands below ErrPolicy where a rule ran past its time limit.
	ErrTimeLimit = errors.New("the evaluation ran past its time limit")
	// ErrInvariant stands below ErrPolicy where the policy allowed a key what none may allow it.
	ErrInvariant = errors.New("the policy breaks an invariant")
)

func stale(why string) error { return fmt.Errorf("%w: %s", ErrStale, why) }

func policyError(why error) error { return fmt.Errorf("%w: %w", ErrPolicy, why) }

// NoDecision is the code of an error that a decision ended in: stale, or else policy_error.
func NoDecision(err error) authz.Code {
	if errors.Is(err, ErrStale) {
		return authz.Stale
	}
	return authz.PolicyError
}
