package main

import (
	"context"
	"fmt"

	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/engine/impact"
	"github.com/steelengine/steelgate/engine/policycheck"
	"github.com/steelengine/steelgate/engine/policycheck/sandbox"
)

// drafts judges drafts of the policy: in processes with limits, and beside the policy that an engine has in force.
type drafts struct {
	checker sandbox.Checker
	engine  *engine.Engine
}

// Check implements management.Drafts.
func (d *drafts) Check(ctx context.Context, files map[string]string) (policycheck.Verdict, error) {
	return d.checker.Check(ctx, files)
}

// Format implements management.Drafts.
func (d *drafts) Format(ctx context.Context, files map[string]string) (policycheck.Formatted, error) {
	return d.checker.Format(ctx, files)
}

// Widens implements management.Drafts.
func (d *drafts) Widens(ctx context.Context, base uint64, files map[string]string) (string, error) {
	active := d.engine.Policy()
	if active.Revision() != base {
		return "", fmt.Errorf("%w: revision %d of the policy is in force here, and not %d", engine.ErrStale, active.Revision(), base)
	}
	draft, err := engine.Compile(files, active.Revision(), engine.Unguarded)
	if err != nil {
		return "", err
	}
	small, err := impact.Policies(ctx, active, draft)
	return small.Digest, err
}
