package engine

import (
	"errors"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
)

// ManagementRule is the rule that says who may change what.
const ManagementRule = "data.steelgate.management.allow"

// Permits asks the policy in force whether a change may be made, on the facts in input alone: a snapshot that is a moment
// old must not authorize an admin who was just demoted. A rule that is undefined, or gone, permits nothing. The error is
// ErrStale where no policy is loaded, or else ErrPolicy.
func (e *Engine) Permits(input any) (bool, error) {
	policy := e.policy.Load()
	if policy == nil {
		return false, stale("no policy is loaded yet")
	}
	if policy.management == nil {
		return false, nil
	}
	facts, err := ast.InterfaceToValue(input)
	if err != nil {
		return false, policyError(err)
	}
	permitted := false
	err = policy.management.evaluate(e.options.PermitLimit, noWorld, facts, func(term *ast.Term) error {
		value, ok := term.Value.(ast.Boolean)
		if !ok {
			return fmt.Errorf("%s is of type %s, not a boolean", ManagementRule, ast.ValueName(term.Value))
		}
		permitted = bool(value)
		return nil
	})
	switch {
	case errors.Is(err, errUndefined):
		return false, nil
	case err != nil:
		return false, policyError(err)
	}
	return permitted, nil
}
