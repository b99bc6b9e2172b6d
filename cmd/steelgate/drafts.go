package main

import (
	"context"

	"github.com/steelengine/steelgate/engine/policycheck"
)

// drafts judges drafts of the policy.
type drafts struct{}

func (drafts) Check(ctx context.Context, files map[string]string) (policycheck.Verdict, error) {
	return policycheck.Check(ctx, files)
}

func (drafts) Widens(context.Context, map[string]string) (string, error) { return "", nil }
