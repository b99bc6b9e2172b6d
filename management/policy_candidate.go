package management

import (
	"context"
	"errors"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/storage"
)

// BeginCandidate has a draft run beside the policy in force, on every replica, deciding nothing. It is judged as what is
// published is, and takes the place of any other candidate.
func (s *Service) BeginCandidate(ctx context.Context, a Actor, draft PolicyDraft) (candidate storage.PolicyCandidate, revision uint64, err error) {
	candidate.ID = apikey.NewID("cand_")
	of := a.does("policies.shadow", "policy_candidate", candidate.ID)
	if err := s.mayPublish(ctx, of); err != nil {
		return candidate, 0, err
	}
	p, err := draft.read(a)
	if err != nil {
		return candidate, 0, err
	}
	if err := s.view(ctx, func(r storage.Reader) error { return standsOn(r, p.Base) }); err != nil {
		return candidate, 0, err
	}
	if err := s.judge(ctx, &p); err != nil {
		return candidate, 0, err
	}
	candidate.Files, candidate.Message, candidate.Author, candidate.Base = p.Files, p.Message, p.Author, p.Base
	candidate.Acknowledged, candidate.Override, candidate.BegunAt = p.Acknowledged, p.Override, s.now()
	revision, err = s.update(ctx, of, func(tx storage.Tx) error {
		if err := s.authorize(tx, a, writePolicies, thePlatform); err != nil {
			return err
		}
		if err := standsOn(tx, candidate.Base); err != nil {
			return err
		}
		return tx.PutPolicyCandidate(candidate)
	})
	return candidate, revision, err
}

// Candidate is what runs beside the policy in force.
func (s *Service) Candidate(ctx context.Context, a Actor) (candidate storage.PolicyCandidate, err error) {
	err = s.readPolicies(ctx, a, func(r storage.Reader) error {
		candidate, err = r.PolicyCandidate()
		return orNotFound(err, "candidate")
	})
	return candidate, err
}

// PromoteCandidate publishes what ran beside the policy in force. It fails with a Conflict where another candidate took its place
// meanwhile.
func (s *Service) PromoteCandidate(ctx context.Context, a Actor) (published storage.PolicyRevision, revision uint64, err error) {
	of := a.does("policies.publish", "policy", "")
	if err := s.mayPublish(ctx, of); err != nil {
		return published, 0, err
	}
	candidate, err := s.Candidate(ctx, a)
	if err != nil {
		return published, 0, err
	}
	published = storage.PolicyRevision{
		Files: candidate.Files, Digest: DigestOfPolicy(candidate.Files), Message: candidate.Message, Author: a.name(), Base: candidate.Base,
		Acknowledged: candidate.Acknowledged, Override: candidate.Override,
	}
	if err := mustCompile(published.Files, published.Base+1); err != nil {
		return published, 0, err
	}
	// It may have been begun where nobody asks for that.
	if err := s.mustBeAcknowledged(ctx, &published); err != nil {
		return published, 0, err
	}
	revision, err = s.publish(ctx, of, &published, func(r storage.Reader) error { return stillRuns(r, candidate.ID) })
	return published, revision, err
}

// stillRuns refuses where another candidate runs, or none: what is published is what was looked at.
func stillRuns(r storage.Reader, id string) error {
	runs, err := r.PolicyCandidate()
	if err != nil {
		return orNotFound(err, "candidate")
	}
	if runs.ID != id {
		return refuse(Conflict, "candidate_replaced", "Another candidate took this one's place meanwhile: look at what it decides, and promote that.")
	}
	return nil
}

// DropCandidate ends what runs beside the policy in force. It is harmless where nothing does.
func (s *Service) DropCandidate(ctx context.Context, a Actor) (uint64, error) {
	return s.update(ctx, a.does("policies.unshadow", "policy_candidate", ""), func(tx storage.Tx) error {
		if err := s.authorize(tx, a, writePolicies, thePlatform); err != nil {
			return err
		}
		err := tx.DeletePolicyCandidate()
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		return err
	})
}
