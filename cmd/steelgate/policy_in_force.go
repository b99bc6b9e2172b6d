package main

import (
	"context"
	"fmt"
	"maps"

	"github.com/steelengine/steelgate/engine"
	"github.com/steelengine/steelgate/policies"
	"github.com/steelengine/steelgate/policy_test"
	"github.com/steelengine/steelgate/storage"
)

// shippedFiles are the policy that is embedded in the binary, with its tests: revision 1 of every installation.
func shippedFiles() (map[string]string, error) {
	files, err := engine.ReadFiles(policies.Files)
	if err != nil {
		return nil, err
	}
	tests, err := engine.ReadFiles(policy_test.Files)
	maps.Copy(files, tests)
	return files, err
}

// usePolicy puts the newest published revision in force, which in a new database is what the binary ships. It follows what is
// published later only where the feed runs.
func (s *service) usePolicy(ctx context.Context, follows bool) error {
	shipped, err := shippedFiles()
	if err != nil {
		return err
	}
	if err := s.management.BeginPolicies(ctx, shipped, version()); err != nil {
		return fmt.Errorf("the policy: %w", err)
	}
	var active storage.PolicyRevision
	if err := s.store.View(ctx, func(r storage.Reader) error {
		revision, _, err := r.NewestPolicy()
		if err != nil {
			return err
		}
		active, err = r.PolicyRevision(revision)
		return err
	}); err != nil {
		return fmt.Errorf("the policy: %w", err)
	}
	policy, err := engine.Compile(active.Files, active.Revision, engine.Overridden(active.Override))
	if err != nil && !follows {
		// A command decides nothing, and must be able to publish another revision.
		policy, err = engine.Compile(shipped, active.Revision)
	}
	if err != nil {
		return &exitError{exitPolicyBroken, fmt.Errorf("revision %d of the policy, which is in force, does not compile with this version of steelgate; publish another, or go back with 'steelgate policy restore':\n%w", active.Revision, err)}
	}
	s.engine.UsePolicy(policy)
	return nil
}
