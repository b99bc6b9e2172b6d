package main

import (
	"context"

	"github.com/steelengine/steelgate/engine/policycheck"
	"github.com/steelengine/steelgate/engine/policycheck/sandbox"
)

// drafts judges drafts of the policy, in processes with limits.
type drafts struct{ checker sandbox.Checker }

// Check implements management.Drafts.
func (d *drafts) Check(ctx context.Context, files map[string]string) (policycheck.Verdict, error) {
	return d.checker.Check(ctx, files)
}

// Widens implements management.Drafts.
func (*drafts) Widens(context.Context, map[string]string) (string, error) { return "", nil }
